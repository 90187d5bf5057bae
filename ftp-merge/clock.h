/* SPDX-License-Identifier: BSD-3-Clause */
/* The time that the traffic has reached, as the ends of its records tell it. */
#ifndef FTP_CLOCK_H
#define FTP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t now;       /* ms since 1970 */
    uint64_t horizon;  /* ms: a record further away than that is an outlier */
    uint64_t elapsed;  /* ms that now has moved forward, its jumps left out */
    uint64_t settling; /* until elapsed is more than this, what was open before the last jump is young */
    uint64_t jumps;    /* how many there were */
    int64_t nearest;   /* of the outliers that came last, all on one side: the end nearest to now */
    int64_t latest;    /* of these: the largest end */
    int outliers;      /* how many in a row; negative for the past */
    bool running;      /* a record was seen */
};

/* Makes a clock that has seen no record. */
void clock_start(struct clock *c, uint64_t horizon);

/* Takes note of the end of a record (ms since 1970). */
void clock_see(struct clock *c, int64_t end);

/* Whether now has moved on by the horizon since its last jump. */
static inline bool
clock_is_settled(const struct clock *c)
{
    return c->elapsed > c->settling;
}

#endif
