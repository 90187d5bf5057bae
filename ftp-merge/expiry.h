/* SPDX-License-Identifier: BSD-3-Clause */
/* The order in which pieces leave the cache: those that can no longer change, then the longest idle. */
#ifndef FTP_EXPIRY_H
#define FTP_EXPIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "pool.h"

enum { EXPIRY_BUCKETS = 64 };

/* The lists, in the order in which they leave; the ring of buckets comes after these two. */
enum { EXPIRY_OLD, EXPIRY_HELD, EXPIRY_RING, EXPIRY_LISTS = EXPIRY_RING + EXPIRY_BUCKETS };

struct expiry {
    struct pool *pool;
    const struct clock *clock;
    int64_t now;       /* of the clock, at the last expiry_advance() */
    uint64_t elapsed;  /* likewise */
    uint64_t jumps;    /* likewise */
    uint64_t width;    /* ms of a bucket */
    uint64_t first;    /* number of the oldest bucket of the ring */
    uint64_t occupied; /* which buckets have pieces, by place in the ring */
    uint32_t head[EXPIRY_LISTS];
    uint32_t tail[EXPIRY_LISTS];
};

/* Prepares for the pieces of a pool, by a clock; both stay the caller's. */
void expiry_open(struct expiry *x, struct pool *pool, const struct clock *clock);

/* Follows the clock. */
void expiry_advance(struct expiry *x);

/* Puts a piece that is in no list where its end belongs.  One that comes late, or is ahead of the clock,
 * waits as long as others that came at the same time. */
void expiry_add(struct expiry *x, uint32_t slot);

/* Whether an end is so long ago that a piece with it would be old. */
static inline bool
expiry_is_late(const struct expiry *x, int64_t end)
{
    return end < x->now && (uint64_t)x->now - (uint64_t)end > x->clock->horizon;
}

/* Lists a piece anew that a late record has joined: by its end nobody could tell that it is still in
 * use. */
void expiry_renew(struct expiry *x, uint32_t slot);

/* Takes a piece out of its list. */
void expiry_remove(struct expiry *x, uint32_t slot);

/* Takes the piece that has to leave first out of its list: of all, or only of the old ones.  Returns its
 * slot, 0 when there is none; *old says whether nothing can join it. */
uint32_t expiry_take(struct expiry *x, bool old_only, bool *old);

#endif
