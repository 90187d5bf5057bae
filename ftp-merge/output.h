/* SPDX-License-Identifier: BSD-3-Clause */
/* Where absolute times end: the way of a row from the cache to the stream. */
#ifndef FTP_OUTPUT_H
#define FTP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"
#include "runs.h"
#include "stream.h"

/* A row that starts further than this (ms) from the time by which it is judged is left out. */
#define OUTPUT_MAX_DISTANCE (INT64_C(366) * 24 * 3600 * 1000)

/* What became of the rows. */
struct output_counts {
    uint64_t rows;
    uint64_t two_sided;      /* of them with packets both ways */
    uint64_t tcp;            /* of them TCP */
    uint64_t tcp_two_sided;  /* of those with packets both ways */
    uint64_t unset_clock;    /* left out: they start too far from the bulk */
    uint64_t packets, bytes; /* of the rows; UINT64_MAX for that or more */
    int64_t first, last; /* smallest start and largest end, ms after the time zero; void without rows */
};

struct output {
    struct stream_writer stream;
    struct runs waiting; /* rows that left the cache before all were known, times absolute */
    bool sorted;         /* rows leave in order, at the end */
    bool complete;       /* all rows are known that have to wait */
    bool zero_known;
    int64_t zero;        /* ms since 1970 */
    int64_t first_start; /* between these (ms since 1970) a row has to start, or its clock was not set */
    int64_t last_start;
    struct output_counts counts;
    const char *failed; /* what failed, for messages, when a call returned -1 */
};

/* Starts a biflow stream on fd.  Returns 0, or -1 with errno set. */
int output_open(struct output *o, int fd);

/* Rows leave as they come: gives the time zero, and the time from which a row must not be too far (both
 * ms since 1970). */
void output_set_zero(struct output *o, int64_t zero, int64_t bulk);

/* Rows wait until all are known, then leave in order; the start of the first one is time zero. */
void output_set_sorted(struct output *o);

/* Takes a row with absolute times, and changes it; a cache_sink.  Once all records are read, rows have to
 * come in order.  Returns 0, or -1 with errno set. */
int output_put(void *output, struct biflow *b);

/* Says that all records are read, and on which day (counted from 1970) most of them start, by which rows
 * that wait are judged.  What comes after that comes in order.  Returns 0, or -1 with errno set. */
int output_complete(struct output *o, int64_t bulk);

/* Sends all rows that still wait.  Returns 0, or -1 with errno set. */
int output_drain(struct output *o);

/* Ends the stream with its trailer.  Returns 0, or -1 with errno set. */
int output_finish(struct output *o, uint64_t skipped);

/* Frees all of it; the descriptor stays the caller's. */
void output_release(struct output *o);

#endif
