/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Of all neighbours that rule 4 or 3 can join, the pair with the smallest gap is first, of equal ones the
 * earlier; then the same again with what has become of them.
 *
 * A gap never changes, since joining fills one and leaves the others.  So the gaps are sorted once, and
 * taken in that order.  A join can only make one pair joinable that was not before: by rule 3 the whole
 * and the piece after it, since the whole lasted longer.  (The piece before it is as long as it was, and
 * a whole of two directions reverses nothing.)  If the gap of that pair had its turn already, it is
 * joined at once: of all gaps that had their turn no other is joinable.  So the cost is that of sorting.
 *
 * The list is sorted by merging, without recursion, with links in the nodes: there may be as many pieces
 * as the cache holds, and no memory beside it.
 */
#include "pairing.h"

static uint32_t
next_of(const struct pool *pool, uint32_t slot)
{
    return pool_node(pool, slot)->next;
}

/* The gap (ms) after a piece that is not the last one. */
static uint64_t
gap_after(const struct pool *pool, uint32_t slot)
{
    return rules_gap(pool_piece(pool, slot), pool_piece(pool, next_of(pool, slot)));
}

/* Cuts a list, linked by next_gap, after n elements.  Returns the rest, 0 when there is none. */
static uint32_t
cut(const struct pool *pool, uint32_t list, uint64_t n)
{
    while (list != 0 && --n > 0)
        list = pool_node(pool, list)->next_gap;
    if (list == 0)
        return 0;
    uint32_t rest = pool_node(pool, list)->next_gap;
    pool_node(pool, list)->next_gap = 0;
    return rest;
}

/* Merges two sorted lists; of equal gaps those of a come first.  Appends the result at *tail and returns
 * the new tail. */
static uint32_t *
merge(const struct pool *pool, uint32_t a, uint32_t b, uint32_t *tail)
{
    while (a != 0 || b != 0) {
        bool take_b = a == 0 || (b != 0 && gap_after(pool, b) < gap_after(pool, a));
        uint32_t *from = take_b ? &b : &a;
        *tail = *from;
        tail = &pool_node(pool, *from)->next_gap;
        *from = *tail;
    }
    *tail = 0;
    return tail;
}

/* Rule 2 has nothing to do with pieces that leave, so their nodes are free for the order of the gaps. */
static void
forget_singles(const struct pool *pool, uint32_t first)
{
    for (uint32_t slot = first; slot != 0; slot = next_of(pool, slot))
        pool_piece(pool, slot)->singles = SINGLES_NONE;
}

/* Sorts all pieces but the last by the gap after them.  Returns the first, linked by next_gap. */
static uint32_t
sort_by_gap(const struct pool *pool, uint32_t first)
{
    uint64_t n = 0;
    uint32_t sorted = first;

    for (uint32_t slot = first; next_of(pool, slot) != 0; slot = next_of(pool, slot), n++) {
        uint32_t next = next_of(pool, slot);
        pool_node(pool, slot)->next_gap = next_of(pool, next) != 0 ? next : 0;
    }
    for (uint64_t run = 1; run < n; run *= 2) {
        uint32_t rest = sorted, *tail = &sorted;
        while (rest != 0) {
            uint32_t a = rest, b = cut(pool, a, run);
            rest = cut(pool, b, run);
            tail = merge(pool, a, b, tail);
        }
    }
    return sorted;
}

/* Makes a piece a part of the next one, which keeps its own gap after it. */
static bool
join_with_next(struct pairing *p, const struct pool *pool, uint32_t slot, uint32_t *first)
{
    struct node *node = pool_node(pool, slot);
    uint32_t next = node->next;

    pool_node(pool, next)->previous = node->previous;
    if (node->previous != 0)
        pool_node(pool, node->previous)->next = next;
    else
        *first = next;
    bool fits = rules_absorb(pool, next, pool_piece(pool, slot), slot);
    pool_piece(pool, slot)->is_piece = 0;
    node->next = p->absorbed;
    p->absorbed = slot;
    return fits;
}

/* Joins a piece with the next one where rule 4 or 3 says so.  Returns 1 when it did, 0 when not, -1 when
 * a sum does not fit. */
static int
try_to_join(struct pairing *p, const struct rules *rules, const struct pool *pool, uint32_t slot,
            uint32_t *first)
{
    const struct piece *a = pool_piece(pool, slot), *b = pool_piece(pool, next_of(pool, slot));
    bool reverses = rules_reverses(rules, a, b);

    if (!reverses && !rules_continues(rules, a, b))
        return 0;
    p->reverse += reverses;
    p->continuation += !reverses;
    return join_with_next(p, pool, slot, first) ? 1 : -1;
}

/* It is the turn of a gap: joins the two, and what has become joinable by that although its turn is
 * over. */
static int
take_turn(struct pairing *p, const struct rules *rules, const struct pool *pool, uint32_t slot,
          uint32_t *first)
{
    uint64_t gap = gap_after(pool, slot);

    for (;;) {
        uint32_t whole = next_of(pool, slot);
        int joined = try_to_join(p, rules, pool, slot, first);
        if (joined != 1)
            return joined;
        if (next_of(pool, whole) == 0 || gap_after(pool, whole) >= gap)
            return 0;
        slot = whole;
    }
}

int
pairing_run(struct pairing *p, const struct rules *rules, const struct pool *pool, uint32_t *first)
{
    uint32_t turn = *first;

    if (next_of(pool, turn) == 0)
        return 0;
    forget_singles(pool, turn);
    for (turn = sort_by_gap(pool, turn); turn != 0;) {
        /* A gap that was filled before its turn is that of an absorbed piece. */
        uint32_t next_turn = pool_node(pool, turn)->next_gap;
        bool filled = !pool_piece(pool, turn)->is_piece;
        if (!filled && take_turn(p, rules, pool, turn, first) == -1)
            return -1;
        turn = next_turn;
    }
    return 0;
}
