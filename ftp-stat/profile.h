/* SPDX-License-Identifier: BSD-3-Clause */
/* A profile that has been read whole. */
#ifndef FTP_PROFILE_H
#define FTP_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"
#include "source.h"
#include "stream.h"
#include "timeline.h"
#include "totals.h"
#include "unique.h"

struct profile_options {
    uint64_t inactive; /* s */
    uint64_t window;   /* s */
    bool uniqueness;
};

struct profile {
    const char *name; /* of the source, for people */
    struct profile_options options;
    struct totals totals;
    struct timeline timeline;
    struct unique unique;
    uint64_t skipped; /* rows that ftp-read was told to leave out */
    bool is_sorted;   /* its rows had to be sorted */
};

/* Reads all of a source, which the caller closes.  With a copy, each biflow is put into that stream as it
 * comes; ending it is left to the caller.  Returns 0, or -1 with a problem that names what failed.  The
 * profile has to be released in both cases. */
int profile_read(struct profile *p, const struct profile_options *options, struct source *s,
                 struct stream_writer *copy, struct problem *problem);

/* Frees the memory. */
void profile_release(struct profile *p);

#endif
