/* SPDX-License-Identifier: BSD-3-Clause */
/* How many records start on which UTC day, and which of them have a clock that was not set. */
#ifndef FTP_DAYS_H
#define FTP_DAYS_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of a day. */
#define DAYS_MS (INT64_C(24) * 3600 * 1000)

/* A start further than this from the bulk is that of a clock that was not set. */
enum { DAYS_APART = 366 };

struct day {
    int64_t number;   /* since 1970 */
    int64_t earliest; /* start of its records, ms since 1970 */
    uint64_t records;
};

struct days {
    struct day *today;               /* the day of the record before, NULL at first */
    int64_t today_first, today_last; /* its first and last ms since 1970 */
    struct day *calendar;            /* an element for each day of the years 1900 to 2447 */
    int begin, end;                  /* the places in it from and before which there are records */
    struct day *others;              /* a sorted list of other days */
    int others_count;
    struct day outside; /* where records of other days are counted for which there was no room */
};

/* Makes a count of no records.  Returns 0, or -1 with errno set. */
int days_open(struct days *d);

/* Makes the day of a start (ms since 1970) today. */
void days_change(struct days *d, int64_t start);

/* Counts a record by its start (ms since 1970).  Records come in runs of one day. */
static inline void
days_see(struct days *d, int64_t start)
{
    if (!d->today || start < d->today_first || start > d->today_last)
        days_change(d, start);
    if (start < d->today->earliest)
        d->today->earliest = start;
    d->today->records++;
}

/* Copies the day in a place of all that there are, in no order; places are 0, 1, ...  A day in between
 * may have no record.  Returns false after the last place.  The records that had no room are not among
 * them. */
bool days_at(const struct days *d, int place, struct day *day);

/* The number (since 1970) of the day with the most records, of equal ones the latest: the bulk.  Returns
 * false when no record was seen. */
bool days_bulk(const struct days *d, int64_t *bulk);

/* The first and the last start (ms since 1970) that are not more than DAYS_APART days from a day. */
void days_bounds(int64_t day, int64_t *first, int64_t *last);

/* A time (ms since 1970) at or before the starts of all records that are not far from a day. */
int64_t days_earliest(const struct days *d, int64_t day);

/* The number of records that are not far from a day, but more than a day from it. */
uint64_t days_astray(const struct days *d, int64_t day);

/* Frees the memory of a count. */
void days_close(struct days *d);

#endif
