/* SPDX-License-Identifier: BSD-3-Clause */
/* What ftp-merge says about a run at its end: warnings, and the summary of -v. */
#ifndef FTP_REPORT_H
#define FTP_REPORT_H

#include <stdint.h>

#include "cache.h"
#include "output.h"

struct report {
    const struct cache_stats *stats;
    const struct output_counts *out;
    uint64_t skipped;      /* rows that ftp-read could not read and was told to go on */
    uint64_t astray;       /* records more than a day, but not a year, from the bulk */
    uint64_t active;       /* active timeout, s */
    uint64_t memory_limit; /* bytes */
};

/* Warns, on stderr, of what a user ought to know about the profile even without -v. */
void report_warn(const struct report *r);

/* Writes the summary to stderr: verbose times -v. */
void report_write(const struct report *r, int verbose);

#endif
