/* SPDX-License-Identifier: BSD-3-Clause */
/* How many rows of a profile are one of a kind. */
#ifndef FTP_UNIQUE_H
#define FTP_UNIQUE_H

#include <stddef.h>
#include <stdint.h>

#include "flow.h"

/* By what rows are compared. */
enum unique_kind { UNIQUE_PROTOCOL_PORTS_COUNTERS, UNIQUE_PROTOCOL_COUNTERS, UNIQUE_KINDS };

struct unique {
    uint64_t seed[2];
    uint64_t *hashes[UNIQUE_KINDS]; /* one for each row */
    size_t n;
    size_t room;
};

struct unique_result {
    uint64_t unique; /* rows that are one of a kind */
    uint64_t
        smallest; /* rows in the smallest group of equal ones: the k of k-anonymity; 0 without rows */
};

/* Makes an empty set.  Returns 0, or -1 with errno set. */
int unique_open(struct unique *u);

/* Adds a row, for 8 bytes a kind.  Returns 0, or -1 when there is no memory. */
int unique_add(struct unique *u, const struct biflow *b);

/* Counts groups of rows that are equal by a unique_kind.  The set can only be released after that. */
struct unique_result unique_count(struct unique *u, int kind);

/* Frees the memory. */
void unique_release(struct unique *u);

#endif
