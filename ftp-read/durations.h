/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long the records of an exporter last.  What an exporter cuts at its active timeout lasts about as
 * long as that, so there the durations pile up, and the timeout can be read off.
 */
#ifndef FTP_DURATIONS_H
#define FTP_DURATIONS_H

#include <stdbool.h>
#include <stdint.h>

enum { DURATIONS_MAX = 7200 }; /* seconds that are told apart; more than any active timeout in use */

struct durations {
    uint64_t records;
    uint64_t longest;                    /* ms */
    uint64_t seconds[DURATIONS_MAX + 1]; /* how many last so many whole seconds, the last one: or more */
};

/* Counts a record by its times (ms).  One that ends before it starts lasts 0. */
void durations_add(struct durations *d, int64_t start, int64_t end);

/* Finds where durations pile up: a second, from 5 on, with at least ten records and five times as many as
 * the seconds around it have on average.  Of several the one with the most, of equal ones the longest.
 * Returns whether there is one, with the second and the records that last from it to two seconds more. */
bool durations_pile(const struct durations *d, unsigned *second, uint64_t *records);

#endif
