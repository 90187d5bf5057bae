/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache: flow records in, biflows out, inside a memory budget.
 *
 * Which records join is stated in ftp-merge(1), MERGE RULES.  A biflow leaves the cache when the budget
 * asks for room or at the end; until then it can still be joined.
 */
#ifndef FTP_CACHE_H
#define FTP_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow.h"

struct cache;

/* Takes a finished biflow, its times still absolute (ms since 1970).  Returns 0, or -1 with errno set,
 * which ends the run. */
typedef int cache_sink(void *context, const struct biflow *b);

struct cache_options {
    uint64_t active;   /* active timeout of the exporter, ms */
    uint64_t inactive; /* inactive timeout, ms */
    size_t memory;     /* bytes that the cache may use, at least 1 MiB */
    bool prompt;       /* biflows leave once they are old, not only for want of room */
    bool arrival;      /* the forward side is that of the record read first, not the initiator's */
    uint64_t seed[2];  /* of the hash; no output depends on it */
    cache_sink *sink;
    void *context;
};

struct cache_stats {
    uint64_t records;          /* put, whatever became of them */
    uint64_t no_packets;       /* left out */
    uint64_t no_bytes;         /* left out: no program that replays profiles takes them */
    uint64_t wrong_family;     /* left out: ICMP over IPv6, ICMPv6 over IPv4 */
    uint64_t end_before_start; /* mended: the end became the start */
    uint64_t opened;           /* records that opened a biflow */
    uint64_t joined_reverse;   /* records joined by each rule */
    uint64_t joined_stray;
    uint64_t joined_continuation;
    uint64_t coalesced;         /* biflows that became one with another when a gap was filled */
    uint64_t written;           /* biflows out */
    uint64_t two_sided;         /* of them with packets both ways */
    uint64_t early;             /* of them written before they were old enough, for want of memory */
    uint64_t one_packet_mended; /* of them of one packet with a duration: the end became the start */
    uint64_t too_long_mended;   /* of them longer than BIFLOW_MAX_MS: cut off there */
    uint64_t live;              /* biflows in the cache now */
    uint64_t memory;            /* bytes of the budget in use now */
    uint64_t packets, bytes;    /* of the biflows out; UINT64_MAX for that or more */
    int64_t now;      /* the time that the traffic has reached, ms; of no meaning before a record */
    int64_t earliest; /* smallest start and largest end of the records that were not left out */
    int64_t latest;
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

/* Writes all that is left, in an order that depends on the records alone. */
enum cache_result cache_flush(struct cache *c);

const struct cache_stats *cache_stats(const struct cache *c);

/* Frees all of it. */
void cache_release(struct cache *c);

#endif
