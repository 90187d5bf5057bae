/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Now is the largest end seen, but it follows the traffic, not one exporter with a wrong clock: an end
 * beyond the horizon moves it only when many records in a row agree (a night without traffic, the
 * files of another day or another directory).
 */
#include "clock.h"

/* Strangers in a row that are believed. */
enum { QUORUM = 64 };

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
    if (distance <= c->horizon) {
        c->strangers = 0;
        if (ahead)
            c->now = end;
        return;
    }
    bool same_side = ahead ? c->strangers > 0 : c->strangers < 0;
    if (!same_side) {
        c->strangers = 0;
        c->nearest = end;
    }
    if (ahead ? end < c->nearest : end > c->nearest)
        c->nearest = end;
    c->strangers += ahead ? 1 : -1;
    if (c->strangers == QUORUM || c->strangers == -QUORUM) {
        c->now = c->nearest;
        c->strangers = 0;
    }
}
