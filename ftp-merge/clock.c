/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Now is the largest end seen, but it follows the traffic, not one exporter with a wrong clock: an end
 * beyond the horizon moves it only when many records in a row agree (a night without traffic, the
 * files of another day or of another directory).  Such a jump says nothing about the age of what is
 * open.  So there is a second count beside now, which never jumps and never goes back.
 */
#include "clock.h"

/* Strangers in a row that are believed. */
enum { QUORUM = 64 };

void
clock_start(struct clock *c, uint64_t horizon)
{
    /* It starts at the horizon, so that a time of that long ago is not negative. */
    *c = (struct clock){.horizon = horizon, .elapsed = horizon};
}

/* Some of the outliers may be ahead of the new now: these are not old before it has passed them as
 * well. */
static void
jump(struct clock *c)
{
    uint64_t ahead = (uint64_t)c->latest - (uint64_t)c->nearest;

    c->now = c->nearest;
    c->outliers = 0;
    c->jumps++;
    c->settling = c->elapsed + c->horizon + (ahead < c->horizon ? ahead : c->horizon);
}

/* An outlier: it counts when those right before it were outliers of the same side. */
static void
see_stranger(struct clock *c, int64_t end, bool ahead)
{
    bool same_side = ahead ? c->outliers > 0 : c->outliers < 0;

    if (!same_side) {
        c->outliers = 0;
        c->nearest = end;
        c->latest = end;
    }
    if (end > c->latest)
        c->latest = end;
    if (ahead ? end < c->nearest : end > c->nearest)
        c->nearest = end;
    c->outliers += ahead ? 1 : -1;
    if (c->outliers == QUORUM || c->outliers == -QUORUM)
        jump(c);
}

void
clock_see(struct clock *c, int64_t end)
{
    bool ahead = end > c->now;
    uint64_t distance = ahead ? (uint64_t)end - (uint64_t)c->now : (uint64_t)c->now - (uint64_t)end;

    if (!c->running) {
        c->running = true;
        c->now = end;
        return;
    }
    if (distance > c->horizon) {
        see_stranger(c, end, ahead);
        return;
    }
    c->outliers = 0;
    if (ahead) {
        c->elapsed += distance;
        c->now = end;
    }
}
