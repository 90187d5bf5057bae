/* SPDX-License-Identifier: BSD-3-Clause */
/* Where IPv6 addresses are kept: pairs of them, two in a slot. */
#ifndef FTP_ADDRESSES_H
#define FTP_ADDRESSES_H

#include <stdint.h>

#include "pool.h"

struct addresses {
    uint32_t half_free; /* the first slot of those with a free half, 0 for none */
};

/* Stores a pair.  Unless a half is free, a slot has to be available. */
struct pair_place addresses_put(struct addresses *pairs, struct pool *pool, const struct pair *pair);

/* Frees what a pair takes. */
void addresses_remove(struct addresses *pairs, struct pool *pool, struct pair_place place);

static inline const struct pair *
addresses_at(const struct pool *pool, struct pair_place place)
{
    return &pool->slots[place.slot].halves[place.half].pair;
}

#endif
