/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A pile is a second that has several times as many records as those around it.  So nothing has to be
 * known of the exporter, and a network where long flows are many shows none.
 */
#include "durations.h"

enum {
    SHORTEST_PILE = 5, /* s; below that durations are many and say nothing */
    FEWEST_RECORDS = 10,
    TIMES_OTHERS = 5,
    AROUND = 10 /* s on each side */
};

void
durations_add(struct durations *d, int64_t start, int64_t end)
{
    uint64_t ms = end > start ? (uint64_t)end - (uint64_t)start : 0;

    d->records++;
    if (ms > d->longest)
        d->longest = ms;
    d->seconds[ms / 1000 < DURATIONS_MAX ? ms / 1000 : DURATIONS_MAX]++;
}

/* The records that last a number of seconds or one more: an exporter looks for what it has to cut once a
 * second or less often, so a pile is mostly in two. */
static uint64_t
records_at(const struct durations *d, int second)
{
    return d->seconds[second] + d->seconds[second + 1];
}

/* The average of the seconds around the two of a pile, for as many as the pile has. */
static uint64_t
records_around(const struct durations *d, int second)
{
    uint64_t sum = 0;
    int n = 0;

    for (int i = second - AROUND; i <= second + 1 + AROUND; i++) {
        if (i < 0 || i >= DURATIONS_MAX || i == second || i == second + 1)
            continue;
        sum += d->seconds[i];
        n++;
    }
    return 2 * sum / (uint64_t)n;
}

bool
durations_pile(const struct durations *d, unsigned *second, uint64_t *records)
{
    *records = 0;
    for (int i = SHORTEST_PILE; i + 1 < DURATIONS_MAX; i++) {
        uint64_t n = records_at(d, i);
        if (n < FEWEST_RECORDS || n < *records || n < TIMES_OTHERS * records_around(d, i))
            continue;
        *second = (unsigned)i;
        *records = n;
    }
    return *records > 0;
}
