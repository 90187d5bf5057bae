/* SPDX-License-Identifier: BSD-3-Clause */
/* Files that appear under their names together, each of them whole, or not at all. */
#ifndef FTP_FILESET_H
#define FTP_FILESET_H

#include <stdbool.h>
#include <stddef.h>

#include "problem.h"

struct fileset_file {
    char *path;      /* its name when all is done */
    char *temporary; /* its name until then; NULL: it has none */
    int fd;
    bool placed; /* it has its final name */
};

struct fileset {
    struct fileset_file *files;
    size_t n;
    size_t capacity;
};

/* Starts a set of at most so many files; the limit of open files is raised for them if need be.  Returns
 * 0, or -1 with the problem. */
int fileset_open(struct fileset *s, size_t capacity, struct problem *p);

/* Makes a file that is to become `path`, which is copied.  Nothing, or a regular file, may have that name
 * now.  Returns its descriptor, for writing, which stays the set's; -1 with the problem. */
int fileset_add(struct fileset *s, const char *path, struct problem *p);

/* Puts all files in their places: when, with sync, they are on disk, old files of these names are
 * removed, from the first to the last, then the new ones get their names, from the last to the first.  So
 * the first one is there only when all are, old or new.  From when the first is removed, signals that
 * would end the program are ignored.  Returns 0; or -1 with the problem when a file could not be written,
 * and the old ones are still there, or not be put in its place, and none is.  Frees all. */
int fileset_commit(struct fileset *s, bool sync, struct problem *p);

/* Gives up all files that have not been put in their places.  Frees all. */
void fileset_discard(struct fileset *s);

#endif
