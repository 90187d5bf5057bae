/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens over time, in buckets of equal length: two quantities side by side, such as packets and
 * bytes, each amount of which is spread evenly over a time.
 *
 * Time is counted in units from the beginning: whole seconds, or milliseconds.  A series never has more
 * than a week of seconds has; what goes on for longer gets longer buckets, each time of the double
 * length.
 */
#ifndef FTP_SERIES_H
#define FTP_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "wide.h"

enum {
    SERIES_QUANTITIES = 2,
    SERIES_MAX_BUCKETS = 7 * 24 * 3600,
    SERIES_FRACTION_BITS = 56 /* amounts are counted in 1 / 2 to this */
};

/* By how much a bucket has more than the one before it. */
struct series_step {
    struct wide amount[SERIES_QUANTITIES];
};

struct series {
    uint64_t width;            /* of a bucket, in units */
    size_t used;               /* buckets up to the last one in which something is */
    size_t room;               /* for so many buckets and one step after them there is memory */
    struct series_step *steps; /* all up to room are set */
};

/* Makes an empty series with buckets of so many units.  It takes memory only as it grows. */
void series_open(struct series *s, uint64_t width);

/* Spreads two amounts evenly over n units (at least 1) that begin `first` units after the beginning.  The
 * cost does not depend on n.  Buckets hold up to 2^70, which nothing reaches that 64 bits can count.
 * Returns 0, or -1 when there is no memory. */
int series_spread(struct series *s, uint64_t first, uint64_t n, uint64_t amount0, uint64_t amount1);

/* Doubles the length of the buckets. */
void series_fold(struct series *s);

/* What is in each bucket of one quantity.  Returns the `used` values, which the caller frees, or NULL
 * when there is no memory. */
double *series_values(const struct series *s, int quantity);

/* Frees the memory. */
void series_release(struct series *s);

#endif
