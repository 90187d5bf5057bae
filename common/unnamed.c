/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linkat(2) finds a file without a name by that of its descriptor in /proc; by the descriptor alone it
 * would take a privilege.  So where there is no /proc no such file is made, since it could never get a
 * name.
 */
#include "unnamed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROC_BYTES = 64 };

/* Writes the name by which linkat(2) finds a file that has none. */
static void
proc_name(char name[PROC_BYTES], int fd)
{
    (void)snprintf(name, PROC_BYTES, "/proc/self/fd/%d", fd);
}

int
unnamed_open(const char *path, mode_t mode)
{
#ifdef O_TMPFILE
    const char *slash = strrchr(path, '/');
    char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    char name[PROC_BYTES];

    if (!directory)
        return -1;
    int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    free(directory);
    if (fd == -1)
        return -1;
    proc_name(name, fd);
    if (access(name, F_OK) == 0)
        return fd;
    (void)close(fd);
#else
    (void)path;
    (void)mode;
#endif
    return -1;
}

int
unnamed_link(int fd, const char *name)
{
    char proc[PROC_BYTES];

    proc_name(proc, fd);
    return linkat(AT_FDCWD, proc, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}
