/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run of ftp-read, whatever the reader: where flows go, what was counted on the way, and why it ended
 * if it did not end well.
 */
#ifndef FTP_RUN_H
#define FTP_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "stream.h"

struct counts {
    uint64_t rows;            /* read, whatever became of them */
    uint64_t flows;           /* put into the stream */
    uint64_t not_ip;          /* left out */
    uint64_t other_interface; /* left out */
    uint64_t other_time;      /* left out */
    uint64_t skipped;         /* rows that could not be read, with -k */
    uint64_t packets;         /* of the flows */
    int64_t first;            /* smallest start and largest end of the flows, ms since 1970 */
    int64_t last;
};

struct run {
    struct stream_writer stream;
    bool keep_going;
    bool quiet;         /* no warnings */
    int64_t span_first; /* what the input spans, as far as it is known beforehand: ms since 1970 */
    int64_t span_last;  /* INT64_MIN when it is not */
    uint64_t limit;     /* most flows, 0 for any number */
    void (*say)(const char *message);
    struct counts counts;
    bool is_damaged;        /* the run failed for what a program said of its input */
    struct problem note;    /* what a summary adds about this input, or "" */
    struct problem problem; /* why the run failed */
};

enum run_result {
    RUN_FAILED = -1, /* problem says why */
    RUN_OK = 0,
    RUN_ENOUGH = 1, /* the limit is reached */
    RUN_USELESS = 2 /* of a program that was asked for a format: it has another; nothing was lost */
};

/* Notes why the run failed.  Returns RUN_FAILED. */
enum run_result run_fail(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Notes what a summary adds about this input. */
void run_note(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Tells the user something that does not end the run. */
void run_say(const struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts the flow of a row into the stream.  Returns RUN_ENOUGH when it was the last one wanted. */
enum run_result run_put(struct run *r, const struct flow *f);

/* A row that cannot be read: it ends the run, or, with keep_going, it is reported (the first ten are) and
 * counted.  place names the input. */
enum run_result run_bad_row(struct run *r, const char *place, uint64_t line, const char *why);

#endif
