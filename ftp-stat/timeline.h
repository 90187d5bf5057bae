/* SPDX-License-Identifier: BSD-3-Clause */
/* What a profile is over time; rows have to come in the order of their starts. */
#ifndef FTP_TIMELINE_H
#define FTP_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"
#include "histogram.h"
#include "series.h"

enum timeline_load { LOAD_PACKETS, LOAD_BYTES };
enum timeline_event { EVENT_START, EVENT_END };

struct timeline {
    uint64_t inactive; /* s that a biflow stays in a flow cache after its end */
    bool started;
    int64_t first;                 /* start of the first row, ms */
    int64_t first_second;          /* the whole second that it is in */
    int64_t previous;              /* start of the row before */
    struct histogram interarrival; /* ms between successive starts */
    struct series load;            /* packets and bytes, in seconds from first_second */
    struct series events;          /* starts and ends, likewise */
    struct series active;          /* the sum over the seconds of the biflows in the cache, likewise */
    struct series windows;         /* packets and bytes, in ms from first */
};

/* Makes an empty timeline, with windows of so many seconds. */
void timeline_open(struct timeline *t, uint64_t inactive, uint64_t window);

/* Whether a row may be the next one. */
static inline bool
timeline_is_next(const struct timeline *t, const struct biflow *b)
{
    return !t->started || b->start >= t->previous;
}

/* Adds the next row.  Returns 0, or -1 when there is no memory. */
int timeline_add(struct timeline *t, const struct biflow *b);

/* Frees the memory. */
void timeline_release(struct timeline *t);

#endif
