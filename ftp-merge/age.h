/* SPDX-License-Identifier: BSD-3-Clause */
/* The order in which entries leave the cache: those that can no longer be joined, then the idle ones. */
#ifndef FTP_AGE_H
#define FTP_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"

enum {
    AGE_BUCKETS = 64,
    AGE_OLD = AGE_BUCKETS /* the list behind the ring */
};

struct age {
    struct pool *pool;
    uint64_t horizon;  /* ms */
    uint64_t width;    /* ms of a bucket */
    int64_t first;     /* number of the oldest bucket of the ring: what ended in it is not old yet */
    uint64_t occupied; /* which buckets of the ring have entries, by place in the ring */
    uint32_t head[AGE_BUCKETS + 1];
    uint32_t tail[AGE_BUCKETS + 1];
};

/* Prepares for entries of a pool and a horizon, the time (ms) after which a biflow can not change. */
void age_open(struct age *a, struct pool *pool, uint64_t horizon, int64_t now);

/* Moves on to another time. */
void age_set_now(struct age *a, int64_t now);

/* Puts an entry that is in no list where its end belongs; one that came late waits as long as others
 * that came at the same time. */
void age_add(struct age *a, uint32_t slot, int64_t now);

/* Takes the entry that has to leave first out of its list: of all, or only of the old ones.  Returns its
 * slot, 0 when there is none. */
uint32_t age_take(struct age *a, bool old_only);

/* Whether an end is so far from now that nothing can join it. */
bool age_is_old(const struct age *a, int64_t end, int64_t now);

#endif
