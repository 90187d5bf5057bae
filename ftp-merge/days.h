/* SPDX-License-Identifier: BSD-3-Clause */
/* How many records lie far from the others in time: a clock that was never set stretches a profile. */
#ifndef FTP_DAYS_H
#define FTP_DAYS_H

#include <stdint.h>

enum { DAYS_MAX = 1024 };

struct day {
    int64_t number; /* days since 1970 */
    uint64_t records;
};

struct days {
    struct day days[DAYS_MAX]; /* in no order */
    int count;
    int last;         /* the day of the last record */
    uint64_t outside; /* records of days for which there was no room */
};

/* Counts a record by its start (ms since 1970). */
void days_see(struct days *d, int64_t start);

/* The number of records more than a day away from the bulk: the most populous run of days between which
 * no whole day is empty.  Sorts d. */
uint64_t days_far(struct days *d);

#endif
