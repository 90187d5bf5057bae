/* SPDX-License-Identifier: BSD-3-Clause */
/* The capture files that nfdump is about to read, checked before it does. */
#ifndef FTP_CAPTURES_H
#define FTP_CAPTURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files.h"
#include "nfdump.h"

/* What was selected, as on the command line. */
struct captures_selection {
    const char *multidir; /* nfdump -M, or NULL */
    const char **reads;   /* of each -R */
    size_t read_count;
};

struct captures {
    const struct nfdump *nfdump;
    struct files files;

    /* What their headers say, all together. */
    uint64_t flows;
    uint64_t packets; /* of both directions, where an exporter counts both */
    int64_t first;    /* ms since 1970, of all files; INT64_MAX and INT64_MIN when there are no flows */
    int64_t last;
};

/* Finds every file that is selected, and checks that it can be read and that nfdump knows its header;
 * with verify, also that nfdump can read all of it.  Returns 0, or -1 with the problem, which names the
 * file; the captures have to be released in any case. */
int captures_open(struct captures *captures, const struct nfdump *nfdump,
                  const struct captures_selection *selection, bool verify, struct problem *p);

/* Has nfdump read one file after the other, to the first one that is damaged.  Returns -1 with the
 * problem, which names that file, or 0 when all are good. */
int captures_verify(const struct captures *captures, struct problem *p);

/* Frees the list of files. */
void captures_release(struct captures *captures);

#endif
