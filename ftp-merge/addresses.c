/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots with a free half are in a list, which is linked both ways, since any of them can get full or
 * empty at any time.  The links are in the free half itself.  Which one that is, the slot's link of the
 * pool tells.
 */
#include "addresses.h"

/* The link of a slot with two pairs; that of one with a free half is its number and 1. */
enum { FULL = 0 };

static struct free_half *
free_half_of(const struct pool *pool, uint32_t slot)
{
    return &pool->slots[slot].halves[pool->links[slot].next - 1].free;
}

static void
list_half_free(struct addresses *pairs, struct pool *pool, uint32_t slot, uint32_t half)
{
    pool->links[slot].next = half + 1;
    *free_half_of(pool, slot) = (struct free_half){.after = pairs->half_free};
    if (pairs->half_free != 0)
        free_half_of(pool, pairs->half_free)->before = slot;
    pairs->half_free = slot;
}

/* Takes a slot out of the list.  Returns its half that was free. */
static uint32_t
unlist_half_free(struct addresses *pairs, struct pool *pool, uint32_t slot)
{
    const struct free_half *f = free_half_of(pool, slot);
    uint32_t half = pool->links[slot].next - 1;

    if (f->before != 0)
        free_half_of(pool, f->before)->after = f->after;
    else
        pairs->half_free = f->after;
    if (f->after != 0)
        free_half_of(pool, f->after)->before = f->before;
    pool->links[slot].next = FULL;
    return half;
}

struct pair_place
addresses_put(struct addresses *pairs, struct pool *pool, const struct pair *pair)
{
    struct pair_place place = {.slot = pairs->half_free};

    if (place.slot != 0) {
        place.half = unlist_half_free(pairs, pool, place.slot);
    } else {
        place.slot = pool_take(pool);
        pool->links[place.slot].previous = LINK_OF_ADDRESSES;
        list_half_free(pairs, pool, place.slot, 1);
    }
    pool->slots[place.slot].halves[place.half].pair = *pair;
    return place;
}

void
addresses_remove(struct addresses *pairs, struct pool *pool, struct pair_place place)
{
    if (pool->links[place.slot].next == FULL) {
        list_half_free(pairs, pool, place.slot, place.half);
    } else {
        (void)unlist_half_free(pairs, pool, place.slot);
        pool_give(pool, place.slot);
    }
}
