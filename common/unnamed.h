/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files without a name (O_TMPFILE of open(2)): such a file is gone however the program ends, SIGKILL
 * included, until it is given a name.  They do not work everywhere (NFS, some overlays, no /proc).
 */
#ifndef FTP_UNNAMED_H
#define FTP_UNNAMED_H

#include <sys/types.h>

/* Makes a file without a name in the directory of a path, for writing.  Returns its descriptor, or -1
 * where that does not work, for whatever reason. */
int unnamed_open(const char *path, mode_t mode);

/* Gives the file of such a descriptor a name that is free.  Returns 0, or -1 with errno set (EEXIST: the
 * name is not free). */
int unnamed_link(int fd, const char *name);

#endif
