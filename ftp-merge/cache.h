/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache: flow records in, rows of the profile out, inside a memory budget.
 *
 * Which records join is stated in ftp-merge(1), MERGE RULES.  Pieces leave the cache when the budget
 * asks for room or at the end; until then they can still be joined.
 */
#ifndef FTP_CACHE_H
#define FTP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "admission.h"
#include "days.h"
#include "flow.h"

struct cache;

/* Takes a finished row, its times still absolute (ms since 1970), and may change it.  Returns 0, or -1
 * with errno set, which ends the run. */
typedef int cache_sink(void *context, struct biflow *b);

struct cache_options {
    uint64_t active;   /* active timeout of the exporter, ms */
    uint64_t inactive; /* inactive timeout, ms */
    size_t memory;     /* bytes that the cache may use, at least 1 MiB */
    bool prompt;       /* rows leave once they are old, not only when there is no room */
    bool arrival;      /* the forward side is that of the record read first, not the initiator's */
    uint64_t seed[2];  /* of the hash; no output depends on it */
    cache_sink *sink;
    void *context;
    struct days *days; /* where admitted records are counted by day */
};

/* The records that were put are the sum of opened, the joined, and those left out. */
struct cache_stats {
    uint64_t records;                                      /* put, whatever became of them */
    uint64_t no_packets, no_bytes, wrong_family, too_long; /* left out, see enum flow_fault */
    struct mended mended;
    uint64_t long_records;   /* longer than twice the active timeout */
    uint64_t giants;         /* of them so long that they join nothing */
    uint64_t opened;         /* records that opened a biflow */
    uint64_t joined_overlap; /* records joined by each rule */
    uint64_t joined_stray;
    uint64_t joined_continuation;
    uint64_t joined_reverse; /* pieces that left as part of their neighbour; the record that opened such a
                                one is no longer counted as opened */
    uint64_t coalesced;      /* biflows that became one with another when a gap was filled */
    uint64_t written;        /* biflows out: opened less coalesced, less those that are live */
    uint64_t early;          /* of them written before they were old, as memory was full */
    uint64_t too_long_mended; /* of them longer than BIFLOW_MAX_MS: cut off there */
    uint64_t live;            /* pieces in the cache now */
    uint64_t memory;          /* bytes of the budget in use now */
    uint64_t jumps;           /* of the clock: how often the traffic went on at another time */
};

enum cache_result {
    CACHE_OK = 0,
    CACHE_FAILED = -1,  /* errno set: the sink failed, or memory could not be had */
    CACHE_OVERFLOW = -2 /* a sum of packets or bytes does not fit 64 bits */
};

/* Makes a cache.  Returns NULL with errno set when its memory cannot be reserved. */
struct cache *cache_open(const struct cache_options *options);

/* Puts n records in their order. */
enum cache_result cache_put(struct cache *c, const struct flow *flows, size_t n);

/* Writes all that is left, in the order of the rows.  base is a time (ms since 1970) at or before the
 * start of most of them; only speed depends on it.  No record can be put after that. */
enum cache_result cache_flush(struct cache *c, int64_t base);

const struct cache_stats *cache_stats(const struct cache *c);

/* Frees all of it. */
void cache_release(struct cache *c);

#endif
