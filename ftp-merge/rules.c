/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Joining two pieces, and the direction of the whole.  For the direction it is enough to know which sides
 * have a packet in the very first millisecond: a later packet changes nothing, an earlier one starts
 * afresh.
 */
#include "rules.h"

enum { STARTED_BOTH = PIECE_STARTED_0 | PIECE_STARTED_1 };

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

struct rules
rules_make(uint64_t active, uint64_t inactive)
{
    return (struct rules){
        .inactive = inactive,
        .stray = inactive < NO_SINGLE ? inactive : NO_SINGLE - 1,
        .cut = active > inactive ? active - inactive : 0,
        .doubtful = 2 * active,
        .giant = 2 * active > DAY_MS ? 2 * active : DAY_MS,
    };
}

/* How far (ms) a single is from an end of the whole, when it is so far from the same end of a part, which
 * is so much further inside. */
static uint32_t
moved(uint32_t single, uint64_t inside)
{
    if (single == NO_SINGLE || inside >= NO_SINGLE - single)
        return NO_SINGLE;
    return single + (uint32_t)inside;
}

static uint32_t
smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint64_t
distance(int64_t earlier, int64_t later)
{
    return (uint64_t)later - (uint64_t)earlier;
}

/* The singles of the whole of two pieces, which lasts from start to end. */
static struct singles
join_singles(const struct piece *a, struct singles of_a, const struct piece *b, struct singles of_b,
             int64_t start, int64_t end)
{
    return (struct singles){
        .first = smaller(moved(of_a.first, distance(start, a->start)),
                         moved(of_b.first, distance(start, b->start))),
        .last = smaller(moved(of_a.last, distance(a->end, end)), moved(of_b.last, distance(b->end, end))),
    };
}

static void
store_singles(const struct pool *pool, uint32_t slot, struct singles s)
{
    struct piece *p = pool_piece(pool, slot);

    if (s.first == NO_SINGLE && s.last == NO_SINGLE) {
        p->singles = SINGLES_NONE;
    } else if (s.first == 0 && s.last == 0) {
        p->singles = SINGLES_AT_END;
    } else {
        p->singles = SINGLES_IN_NODE;
        pool_node(pool, slot)->first_single = s.first;
        pool_node(pool, slot)->last_single = s.last;
    }
}

/* The side of the first packet that arrived is that of the piece that was opened first.  A record in no
 * slot arrives after all pieces. */
static void
keep_first_side(const struct pool *pool, uint32_t into, const struct piece *part, uint32_t part_slot)
{
    struct piece *p = pool_piece(pool, into);

    if (!pool->serials || part_slot == 0 || pool->serials[part_slot] > pool->serials[into])
        return;
    pool->serials[into] = pool->serials[part_slot];
    p->flags = (uint8_t)((p->flags & ~PIECE_FIRST_SIDE) | (part->flags & PIECE_FIRST_SIDE));
}

bool
rules_absorb(const struct pool *pool, uint32_t into, const struct piece *part, uint32_t part_slot)
{
    struct piece *p = pool_piece(pool, into);
    int64_t start = part->start < p->start ? part->start : p->start;
    int64_t end = part->end > p->end ? part->end : p->end;
    bool overflow = false;

    for (int side = 0; side < 2; side++) {
        overflow |= __builtin_add_overflow(p->packets[side], part->packets[side], &p->packets[side]);
        overflow |= __builtin_add_overflow(p->bytes[side], part->bytes[side], &p->bytes[side]);
    }
    if ((p->singles | part->singles) != SINGLES_NONE)
        store_singles(pool, into,
                      join_singles(p, piece_singles(pool, p, into), part,
                                   piece_singles(pool, part, part_slot), start, end));
    if (part->start < p->start)
        p->flags = (uint8_t)((p->flags & ~STARTED_BOTH) | (part->flags & STARTED_BOTH));
    else if (part->start == p->start)
        p->flags |= part->flags & STARTED_BOTH;
    if (end > p->end)
        p->flags |= PIECE_GROWN;
    p->start = start;
    p->end = end;
    keep_first_side(pool, into, part, part_slot);
    return !overflow;
}

int
rules_forward_side(const struct piece *p, bool arrival)
{
    if (arrival)
        return p->flags & PIECE_FIRST_SIDE ? 1 : 0;
    if ((p->flags & STARTED_BOTH) != STARTED_BOTH)
        return p->flags & PIECE_STARTED_1 ? 1 : 0;
    return p->high_port > p->low_port ? 1 : 0;
}
