/* SPDX-License-Identifier: BSD-3-Clause */
/* What -v says about a run, for people and for scripts. */
#ifndef FTP_SUMMARY_H
#define FTP_SUMMARY_H

#include <stdint.h>
#include <stdio.h>

#include "cache.h"
#include "output.h"

struct summary {
    const struct cache_stats *stats;
    const struct output_counts *out;
    uint64_t skipped;      /* rows that ftp-read could not read and was told to go on */
    uint64_t astray;       /* records more than a day, but not a year, from the bulk */
    uint64_t memory_limit; /* bytes */
};

/* Writes a summary of several lines. */
void summary_print(FILE *out, const struct summary *s);

/* Writes the same as one line of JSON. */
void summary_print_json(FILE *out, const struct summary *s);

#endif
