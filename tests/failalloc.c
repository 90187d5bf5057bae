/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Preloaded into a program, makes its FAIL_AT-th request for memory fail, and all later ones.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>

static long calls;

static int
has_to_fail(void)
{
    static long at = -1;

    if (at == -1) {
        const char *text = getenv("FAIL_AT");
        at = text ? atol(text) : 0;
    }
    if (at == 0 || ++calls < at)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
    return has_to_fail() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
    return has_to_fail() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
    return has_to_fail() ? NULL : __libc_realloc(p, n);
}

void *
mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    static void *(*real)(void *, size_t, int, int, int, off_t);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "mmap");
    return has_to_fail() ? MAP_FAILED : real(address, length, protection, flags, fd, offset);
}
