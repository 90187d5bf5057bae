/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding the next biflow to write has to cost the same however many there are and however young.
 *
 * A ring of 64 buckets spans the time from the horizon behind now to the horizon ahead of it.  An entry
 * is listed in the bucket of its end when it is opened, and stays there when it grows: only when its turn
 * to leave comes is it looked at again and, if it has grown, listed anew.  So joining costs nothing
 * here, and each look is paid for by the joining that made it necessary.  As now moves on, buckets that
 * fall behind the horizon are hung to the list of the old ones, whole.
 */
#include "age.h"

/* Entries looked at in vain before one leaves anyway.  Each such look is paid for by a join, but for
 * clocks that jump to and fro, and not even these may make a turn long. */
enum { PATIENCE = 1 << 16 };

/* Rounds towards the past, also before 1970. */
static int64_t
bucket_number(const struct age *a, int64_t time)
{
    int64_t width = (int64_t)a->width;

    return time / width - (time % width < 0 ? 1 : 0);
}

static int
place(int64_t number)
{
    return (int)((uint64_t)number % AGE_BUCKETS);
}

static int64_t
saturated_sub(int64_t time, uint64_t ms)
{
    return (uint64_t)time - (uint64_t)INT64_MIN < ms ? INT64_MIN : (int64_t)((uint64_t)time - ms);
}

static int64_t
saturated_add(int64_t time, uint64_t ms)
{
    return (uint64_t)INT64_MAX - (uint64_t)time < ms ? INT64_MAX : (int64_t)((uint64_t)time + ms);
}

void
age_open(struct age *a, struct pool *pool, uint64_t horizon, int64_t now)
{
    *a = (struct age){.pool = pool, .horizon = horizon};
    /* Two buckets more than the span needs: one at each end is there only in part. */
    a->width = horizon / (AGE_BUCKETS / 2 - 1) + 1;
    a->first = bucket_number(a, saturated_sub(now, horizon));
}

static void
append(struct age *a, int list, uint32_t slot)
{
    a->pool->links[slot] = 0;
    if (a->head[list] == 0)
        a->head[list] = slot;
    else
        a->pool->links[a->tail[list]] = slot;
    a->tail[list] = slot;
    if (list != AGE_OLD)
        a->occupied |= UINT64_C(1) << list;
}

/* Hangs a bucket of the ring to the list of the old ones. */
static void
retire(struct age *a, int list)
{
    if (a->head[list] == 0)
        return;
    if (a->head[AGE_OLD] == 0)
        a->head[AGE_OLD] = a->head[list];
    else
        a->pool->links[a->tail[AGE_OLD]] = a->head[list];
    a->tail[AGE_OLD] = a->tail[list];
    a->head[list] = 0;
    a->occupied &= ~(UINT64_C(1) << list);
}

void
age_set_now(struct age *a, int64_t now)
{
    int64_t first = bucket_number(a, saturated_sub(now, a->horizon));
    uint64_t steps =
        first > a->first ? (uint64_t)first - (uint64_t)a->first : (uint64_t)a->first - (uint64_t)first;

    /* Buckets that leave at the back when time goes on, at the front when it goes back. */
    int64_t leaving = first > a->first ? a->first : first;
    if (steps > AGE_BUCKETS)
        steps = AGE_BUCKETS;
    for (uint64_t i = 0; i < steps; i++)
        retire(a, place((int64_t)((uint64_t)leaving + i)));
    a->first = first;
}

/* The list for an end: that of its bucket, or the old ones when it is outside the ring. */
static int
list_of(const struct age *a, int64_t end)
{
    uint64_t from_first = (uint64_t)bucket_number(a, end) - (uint64_t)a->first;

    return from_first < AGE_BUCKETS ? place(bucket_number(a, end)) : AGE_OLD;
}

bool
age_is_old(const struct age *a, int64_t end, int64_t now)
{
    return end < saturated_sub(now, a->horizon) || end > saturated_add(now, a->horizon);
}

void
age_add(struct age *a, uint32_t slot, int64_t now)
{
    int64_t end = pool_entry(a->pool, slot)->end;

    if (end < now || age_is_old(a, end, now))
        end = now;
    append(a, list_of(a, end), slot);
}

/* The list whose turn it is, -1 when all are empty. */
static int
first_list(const struct age *a)
{
    if (a->head[AGE_OLD] != 0)
        return AGE_OLD;
    if (a->occupied == 0)
        return -1;
    int turn = place(a->first);
    uint64_t from_first =
        turn == 0 ? a->occupied : a->occupied >> turn | a->occupied << (AGE_BUCKETS - turn);
    return (turn + __builtin_ctzll(from_first)) % AGE_BUCKETS;
}

/* Whether an entry taken from a list has grown since it was listed there, so that its turn is later. */
static bool
has_grown(const struct age *a, const struct entry *e, int list)
{
    uint64_t from_first = (uint64_t)bucket_number(a, e->end) - (uint64_t)a->first;

    if ((e->flags & ENTRY_DEAD) || from_first >= AGE_BUCKETS)
        return false;
    return list == AGE_OLD || from_first > ((uint64_t)list - (uint64_t)a->first) % AGE_BUCKETS;
}

uint32_t
age_take(struct age *a, bool old_only)
{
    for (int tries = 0;; tries++) {
        int list = first_list(a);
        if (list == -1 || (old_only && (list != AGE_OLD || tries == PATIENCE)))
            return 0;
        uint32_t slot = a->head[list];
        const struct entry *e = pool_entry(a->pool, slot);
        a->head[list] = a->pool->links[slot];
        if (a->head[list] == 0 && list != AGE_OLD)
            a->occupied &= ~(UINT64_C(1) << list);
        if (tries == PATIENCE || !has_grown(a, e, list))
            return slot;
        append(a, list_of(a, e->end), slot);
    }
}
