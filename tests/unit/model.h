/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The merge rules once more, as slowly and plainly as possible: what the flow cache has to give when
 * its memory is without limit.  And lists of biflows that can be compared.
 */
#ifndef FTP_MODEL_H
#define FTP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "flow.h"

/* A list of biflows; all zero is the empty one. */
struct rows {
    struct biflow *row;
    size_t n;
    size_t room;
};

/* Appends a copy; aborts when there is no memory. */
void rows_add(struct rows *rows, const struct biflow *b);

/* Sorts by all fields, so that equal lists have equal rows at equal places. */
void rows_sort(struct rows *rows);

/* Whether two lists have the same rows in the same order. */
bool rows_equal(const struct rows *a, const struct rows *b);

/* Prints one biflow a line, each line after the prefix. */
void rows_print(FILE *out, const char *prefix, const struct rows *rows);

/* Frees the rows; the list is empty then. */
void rows_free(struct rows *rows);

struct model_options {
    uint64_t active; /* as in struct cache_options */
    uint64_t inactive;
    bool arrival;
};

/* What is counted has the names of struct cache_stats. */
struct model_result {
    struct rows rows; /* sorted, times absolute; without meaning after an overflow */
    bool overflow;    /* a sum of packets or bytes does not fit 64 bits */
    uint64_t no_packets;
    uint64_t no_bytes;
    uint64_t wrong_family;
    uint64_t end_before_start;
    uint64_t opened;
    uint64_t joined; /* by whatever rule: it does not matter which is named when several hold */
    uint64_t coalesced;
    uint64_t two_sided;
    uint64_t one_packet_mended;
    uint64_t too_long_mended;
    int64_t earliest; /* without meaning when no record was opened */
    int64_t latest;
};

/* Puts n records in their order, closes all biflows and says what came out; the caller frees
 * result->rows with rows_free().  Aborts when there is no memory. */
void model_run(const struct model_options *options, const struct flow *flows, size_t n,
               struct model_result *result);

#endif
