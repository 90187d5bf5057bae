/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the output goes: standard output, a fifo or device, or a file that is replaced whole or not at
 * all. */
#ifndef FTP_TARGET_H
#define FTP_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

#include "problem.h"

struct target {
    int fd;          /* to write to */
    char *path;      /* the file that is replaced at the end; NULL: what is written is there at once */
    char *temporary; /* a name beside it */
    bool named;      /* the file of fd has that name (it may have none) */
    struct problem problem; /* what made the last call return -1, to stand after the name of the file */
};

/* Opens a target.  NULL and "-" are standard output, and so is a name (/dev/stdout) of what standard
 * output already is.  A file that will replace another gets the permissions and the group of that one;
 * where the group cannot be kept, it has no permissions.  From here to the end of target_commit() or
 * target_discard(), a signal that ends the program removes the temporary file first.  Only one target may
 * be open at a time.  Returns 0, or -1. */
int target_open(struct target *t, const char *file);

/* Has the system begin to bring to disk what was written so far, where that is to become a file, and does
 * not wait: so target_commit() has less to wait for. */
void target_write_behind(const struct target *t);

/* Puts what was written in its place, on disk and whole, and closes it.  When a file was replaced, all
 * signals stay blocked from just before that: they come too late, and the program has only to end with
 * status 0.  On failure what was there before is still there.  Returns 0, or -1. */
int target_commit(struct target *t);

/* Closes the target and leaves the file that it would have replaced as it was. */
void target_discard(struct target *t);

/* Removes the temporary file that a process of that id left beside the file when it was killed outright
 * (SIGKILL) between target_open() and the end of target_commit(). */
void target_clean(const char *file, pid_t writer);

#endif
