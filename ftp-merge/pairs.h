/* SPDX-License-Identifier: BSD-3-Clause */
/* Where IPv6 addresses are kept: pairs of them, two in a slot. */
#ifndef FTP_PAIRS_H
#define FTP_PAIRS_H

#include <stdint.h>

#include "pool.h"

struct pairs {
    uint32_t half_free; /* the first slot of those with a free half, 0 for none */
};

/* Stores a pair.  Unless a half is free, a slot has to be available. */
struct pair_place pairs_put(struct pairs *pairs, struct pool *pool, const struct pair *pair);

/* Frees what a pair takes. */
void pairs_remove(struct pairs *pairs, struct pool *pool, struct pair_place place);

static inline const struct pair *
pairs_at(const struct pool *pool, struct pair_place place)
{
    return &pool->slots[place.slot].halves[place.half].pair;
}

#endif
