/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Joining two pieces, and the direction of the whole.  For the direction it is enough to know which sides
 * were there at the very first ms: a later packet changes nothing, an earlier one starts afresh.
 */
#include "rules.h"

enum { STARTED_BOTH = ENTRY_STARTED_0 | ENTRY_STARTED_1 };

bool
rules_absorb(struct entry *a, const struct entry *b)
{
    bool overflow = false;

    for (int side = 0; side < 2; side++) {
        overflow |= __builtin_add_overflow(a->packets[side], b->packets[side], &a->packets[side]);
        overflow |= __builtin_add_overflow(a->bytes[side], b->bytes[side], &a->bytes[side]);
    }
    if (b->start < a->start) {
        a->start = b->start;
        a->flags = (uint8_t)((a->flags & ~STARTED_BOTH) | (b->flags & STARTED_BOTH));
    } else if (b->start == a->start) {
        a->flags |= b->flags & STARTED_BOTH;
    }
    if (b->end > a->end)
        a->end = b->end;
    return !overflow;
}

int
rules_forward_side(const struct entry *e, bool arrival)
{
    int first = e->flags & ENTRY_FIRST_SIDE ? 1 : 0;

    if (arrival)
        return first;
    if ((e->flags & STARTED_BOTH) != STARTED_BOTH)
        return e->flags & ENTRY_STARTED_1 ? 1 : 0;
    if (e->low_port == e->high_port)
        return first;
    return e->high_port > e->low_port ? 1 : 0;
}
