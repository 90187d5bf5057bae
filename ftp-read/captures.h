/* SPDX-License-Identifier: BSD-3-Clause */
/* The capture files that nfdump is about to read, checked before it does. */
#ifndef FTP_CAPTURES_H
#define FTP_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the headers of the files say, all together. */
struct captures {
    uint64_t files;
    uint64_t flows;
    int64_t first; /* ms since 1970, of all files; INT64_MAX and INT64_MIN when there are no flows */
    int64_t last;
    uint64_t packets; /* of both directions, where an exporter counts both */
};

/* Checks every file that nfdump -M multidir (or NULL) -R read selects: that it is there, can be read, and
 * nfdump knows its header.  With verify, also that nfdump finds as many records in it as its header
 * promises.  Returns 0, or -1 with problem (of problem_size bytes) naming the file. */
int captures_check(struct captures *captures, const char *program, const char *multidir, const char *read,
                   bool verify, char *problem, size_t problem_size);

#endif
