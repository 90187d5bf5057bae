/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded into a program, kills it (SIGKILL) just before its DIE_AT-th change of a name in a file
 * system: unlink, rename or linkat.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
count(void)
{
    static long calls;
    const char *at = getenv("DIE_AT");

    if (++calls == (at ? atol(at) : 0))
        (void)raise(SIGKILL);
}

int
unlink(const char *path)
{
    static int (*real)(const char *);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "unlink");
    count();
    return real(path);
}

int
rename(const char *from, const char *to)
{
    static int (*real)(const char *, const char *);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "rename");
    count();
    return real(from, to);
}

int
linkat(int from_directory, const char *from, int to_directory, const char *to, int flags)
{
    static int (*real)(int, const char *, int, const char *, int);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "linkat");
    count();
    return real(from_directory, from, to_directory, to, flags);
}
