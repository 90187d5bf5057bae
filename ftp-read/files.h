/* SPDX-License-Identifier: BSD-3-Clause */
/* Which files nfdump -M and -R select, by nfdump's own rules. */
#ifndef FTP_FILES_H
#define FTP_FILES_H

#include <stddef.h>
#include <sys/stat.h>

#include "problem.h"

struct file {
    char *path;
    struct stat st;
};

struct files {
    struct file *file; /* in the order in which nfdump reads them */
    size_t count;
    size_t room;
};

/* Adds the files that nfdump -M multidir (or NULL) -R read selects to a list, which begins zeroed.  Where
 * versions of nfdump differ, as with names that begin with a dot, it adds those that all of them select.
 * Returns 0, or -1 with the problem when something that was named is not there. */
int files_add(struct files *files, const char *multidir, const char *read, struct problem *p);

/* Checks that no file was selected twice, under whatever names.  Returns 0, or -1 with the problem. */
int files_check_once(const struct files *files, struct problem *p);

/* Frees the list. */
void files_release(struct files *files);

#endif
