/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The merge rules once more, as slowly and plainly as possible: what ftp-merge has to give when its
 * memory is without limit.
 */
#ifndef FTP_MODEL_H
#define FTP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow.h"
#include "rows.h"

enum model_zero { MODEL_EARLIEST, MODEL_FIRST, MODEL_GIVEN };

struct model_options {
    uint64_t active; /* ms */
    uint64_t inactive;
    bool arrival;
    enum model_zero zero;
    int64_t given_zero; /* for MODEL_GIVEN, ms since 1970 */
    int64_t given_bulk;
};

struct model_result {
    struct rows biflows; /* sorted, times absolute, clocks that were not set among them */
    struct rows rows;    /* of the profile: sorted, times relative */
    bool overflow;       /* a sum of packets or bytes does not fit 64 bits; then all else is void */
    bool no_first;       /* MODEL_FIRST, but no record is near most of the first ones; rows are void */
    uint64_t no_packets; /* records left out */
    uint64_t no_bytes;
    uint64_t wrong_family;
    uint64_t too_long;
    uint64_t end_before_start; /* records mended */
    uint64_t one_packet_mended;
    uint64_t long_records; /* longer than twice the active timeout, the giants among them */
    uint64_t giants;
    uint64_t admitted; /* records that were not left out */
    uint64_t reverse;  /* times that rule 4 joined two */
    uint64_t too_long_mended;
    uint64_t unset_clock; /* biflows left out */
    int64_t bulk;         /* number of the day since 1970; void without admitted records */
    uint64_t astray;      /* records more than a day, but not a year, from the bulk */
    int64_t zero;         /* ms since 1970; void without rows */
};

/* Says what becomes of n records in their order; the caller frees the result with model_free().  Aborts
 * when there is no memory. */
void model_run(const struct model_options *options, const struct flow *flows, size_t n,
               struct model_result *result);

void model_free(struct model_result *result);

#endif
