/* SPDX-License-Identifier: BSD-3-Clause */
/* The exporters and interfaces of a capture: what a user can give as -r and -i. */
#ifndef FTP_INTERFACES_H
#define FTP_INTERFACES_H

#include <stddef.h>
#include <stdint.h>

#include "durations.h"
#include "parse.h"
#include "run.h"

struct interface_use {
    uint8_t exporter[16];
    int exporter_family; /* 4 or 6 */
    uint32_t id;
    uint64_t flows_in; /* flows that enter by the interface */
    uint64_t flows_out;
    uint64_t biflows; /* of them with counters of both directions, which nffile -b reads */
    uint64_t packets; /* of all of them, both directions */
    uint64_t bytes;
    int64_t first; /* ms since 1970, of both */
    int64_t last;
};

/* An exporter, and how long its records last. */
struct exporter_use {
    uint8_t address[16];
    int family;
    struct durations durations;
};

/* Exporters whose durations are counted: an address is what a sender says it is, and a counter is
 * large. */
enum { INTERFACES_EXPORTERS = 64 };

struct interfaces {
    struct run *run;
    void *by_name;                   /* a tree of tsearch(3) with all of them */
    struct interface_use **uses;     /* all of them */
    struct interface_use *latest[2]; /* that a row was counted under: out, in */
    size_t count;
    size_t room;
    struct exporter_use *exporters[INTERFACES_EXPORTERS]; /* in the order of their first records */
    size_t exporter_count;
};

/* Makes an empty table; a function that takes it notes in run why it failed. */
void interfaces_open(struct interfaces *t, struct run *run);

/* Counts a row under both of its interfaces; it is a row_handler with the table as context.  Returns
 * RUN_OK, or RUN_FAILED without memory. */
enum run_result interfaces_take(void *table, const struct row *row);

/* Prints the table to stdout, sorted by exporter and interface.  verbose 0: a line for each interface; 1:
 * and one for each exporter, about the durations of its records; 2: all of it as one line of JSON.
 * Returns 0, or -1 with errno set when it could not be written whole. */
int interfaces_print(struct interfaces *t, int verbose);

void interfaces_release(struct interfaces *t);

#endif
