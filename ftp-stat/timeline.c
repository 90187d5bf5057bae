/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two ways to spread a biflow over time, of two tools of FlowTest.  The visualizer does it by whole
 * seconds: packets and bytes are spread over all seconds that a biflow touches.  The sampler does it by
 * windows that begin with the first row: packets are spread over the time itself, and a biflow without a
 * duration is where it starts.
 */
#include "timeline.h"

void
timeline_open(struct timeline *t, uint64_t inactive, uint64_t window)
{
    *t = (struct timeline){.inactive = inactive};
    series_open(&t->load, 1);
    series_open(&t->events, 1);
    series_open(&t->active, 1);
    series_open(&t->windows, window * 1000);
}

void
timeline_release(struct timeline *t)
{
    series_release(&t->load);
    series_release(&t->events);
    series_release(&t->active);
    series_release(&t->windows);
}

/* The whole second that a time is in, also before zero. */
static int64_t
second_of(int64_t ms)
{
    return ms / 1000 - (ms % 1000 < 0);
}

static void
start(struct timeline *t, const struct biflow *b)
{
    t->started = true;
    t->first = t->previous = b->start;
    t->first_second = second_of(b->start);
}

static int
add_seconds(struct timeline *t, const struct biflow *b, uint64_t packets, uint64_t bytes)
{
    uint64_t start = (uint64_t)second_of(b->start) - (uint64_t)t->first_second;
    uint64_t end = (uint64_t)second_of(b->end) - (uint64_t)t->first_second;
    uint64_t n = end - start + 1;
    uint64_t in_cache = n + t->inactive;

    if (series_spread(&t->load, start, n, packets, bytes) == -1 ||
        series_spread(&t->events, start, 1, 1, 0) == -1 || series_spread(&t->events, end, 1, 0, 1) == -1)
        return -1;
    return series_spread(&t->active, start, in_cache, in_cache, 0);
}

int
timeline_add(struct timeline *t, const struct biflow *b)
{
    uint64_t packets = b->packets + b->packets_rev, bytes = b->bytes + b->bytes_rev;
    uint64_t duration = (uint64_t)b->end - (uint64_t)b->start;

    if (t->started)
        histogram_add(&t->interarrival, (uint64_t)b->start - (uint64_t)t->previous);
    else
        start(t, b);
    t->previous = b->start;
    if (add_seconds(t, b, packets, bytes) == -1)
        return -1;
    return series_spread(&t->windows, (uint64_t)b->start - (uint64_t)t->first,
                         duration > 0 ? duration : 1, packets, bytes);
}
