/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A timing wheel (Varghese and Lauck, 1987): to find the next piece to write costs the same however many
 * there are and however young.
 *
 * A ring of buckets spans the time from the horizon to now.  A piece is listed in the bucket of its
 * end when it is opened, and stays there when it grows; it is only marked.  When its turn comes, a marked
 * piece is listed anew and loses its mark.  So joining costs nothing here, and each listing is paid for
 * by an opening or a joining, whatever the times are.  As the clock moves on, buckets older than the
 * horizon are appended to the list of the old pieces, whole.
 *
 * The ring counts in the time of the clock that does not jump.  After a jump nothing that was open
 * before it is old until the clock has moved on by the horizon: until then such pieces are in the list
 * of those that are held.
 */
#include "expiry.h"

void
expiry_open(struct expiry *x, struct pool *pool, const struct clock *clock)
{
    *x = (struct expiry){.pool = pool, .clock = clock, .elapsed = clock->elapsed};
    /* Two buckets are for the ends of the span, which are there only in part. */
    x->width = clock->horizon / (EXPIRY_BUCKETS - 2) + 1;
    x->first = (x->elapsed - clock->horizon) / x->width;
}

static int
list_of_bucket(uint64_t number)
{
    return EXPIRY_RING + (int)(number % EXPIRY_BUCKETS);
}

static uint64_t
bit_of_list(int list)
{
    return list >= EXPIRY_RING ? UINT64_C(1) << (list - EXPIRY_RING) : 0;
}

static void
append(struct expiry *x, int list, uint32_t slot)
{
    struct link *links = x->pool->links;
    uint32_t last = x->tail[list];

    links[slot] = (struct link){.previous = last};
    if (last == 0)
        x->head[list] = slot;
    else
        links[last].next = slot;
    x->tail[list] = slot;
    x->occupied |= bit_of_list(list);
}

/* Appends a whole list to another one. */
static void
append_list(struct expiry *x, int list, int to)
{
    struct link *links = x->pool->links;

    if (x->head[list] == 0)
        return;
    if (x->head[to] == 0) {
        x->head[to] = x->head[list];
    } else {
        links[x->tail[to]].next = x->head[list];
        links[x->head[list]].previous = x->tail[to];
    }
    x->tail[to] = x->tail[list];
    x->head[list] = x->tail[list] = 0;
    x->occupied &= ~bit_of_list(list);
    x->occupied |= bit_of_list(to);
}

/* What was old is held as well: in front of what is held already, since it was idle for longer. */
static void
hold(struct expiry *x)
{
    append_list(x, EXPIRY_HELD, EXPIRY_OLD);
    append_list(x, EXPIRY_OLD, EXPIRY_HELD);
}

void
expiry_advance(struct expiry *x)
{
    const struct clock *clock = x->clock;
    uint64_t first = (clock->elapsed - clock->horizon) / x->width;
    uint64_t steps = first - x->first;

    if (x->jumps != clock->jumps)
        hold(x);
    if (steps > EXPIRY_BUCKETS)
        steps = EXPIRY_BUCKETS;
    for (uint64_t i = 0; i < steps; i++)
        append_list(x, list_of_bucket(x->first + i), EXPIRY_HELD);
    if (clock_is_settled(clock))
        append_list(x, EXPIRY_HELD, EXPIRY_OLD);
    x->first = first;
    x->now = clock->now;
    x->elapsed = clock->elapsed;
    x->jumps = clock->jumps;
}

/* How long ago (ms) an end was; 0 for one that is ahead of the clock. */
static uint64_t
idle_time(const struct expiry *x, int64_t end)
{
    return end < x->now ? (uint64_t)x->now - (uint64_t)end : 0;
}

/* The list for a piece that has been idle for so long, at most the horizon. */
static int
list_of_idle(const struct expiry *x, uint64_t idle)
{
    return list_of_bucket((x->elapsed - idle) / x->width);
}

static void
put_in_list(struct expiry *x, int list, uint32_t slot)
{
    struct piece *p = pool_piece(x->pool, slot);

    p->flags = (uint8_t)((p->flags | PIECE_LISTED) & ~PIECE_GROWN);
    append(x, list, slot);
}

void
expiry_add(struct expiry *x, uint32_t slot)
{
    int64_t end = pool_piece(x->pool, slot)->end;

    put_in_list(x, list_of_idle(x, expiry_is_late(x, end) ? 0 : idle_time(x, end)), slot);
}

/* The list of a piece at the head of one, or at the tail. */
static int
list_of_end(const uint32_t *ends, uint32_t slot)
{
    for (int i = 0; i < EXPIRY_LISTS; i++)
        if (ends[i] == slot)
            return i;
    return EXPIRY_OLD; /* not reached: a piece without a neighbour is at an end */
}

void
expiry_remove(struct expiry *x, uint32_t slot)
{
    struct link *links = x->pool->links;
    const struct link link = links[slot];
    int list = -1;

    if (link.previous != 0)
        links[link.previous].next = link.next;
    else
        x->head[list = list_of_end(x->head, slot)] = link.next;
    if (link.next != 0)
        links[link.next].previous = link.previous;
    else
        x->tail[list = list_of_end(x->tail, slot)] = link.previous;
    if (list != -1 && x->head[list] == 0)
        x->occupied &= ~bit_of_list(list);
    pool_piece(x->pool, slot)->flags &= (uint8_t)~PIECE_LISTED;
}

void
expiry_renew(struct expiry *x, uint32_t slot)
{
    expiry_remove(x, slot);
    expiry_add(x, slot);
}

/* The list whose turn it is, -1 when all are empty. */
static int
first_list(const struct expiry *x)
{
    if (x->head[EXPIRY_OLD] != 0)
        return EXPIRY_OLD;
    if (x->head[EXPIRY_HELD] != 0)
        return EXPIRY_HELD;
    if (x->occupied == 0)
        return -1;
    int turn = (int)(x->first % EXPIRY_BUCKETS);
    uint64_t from_first =
        turn == 0 ? x->occupied : x->occupied >> turn | x->occupied << (EXPIRY_BUCKETS - turn);
    return list_of_bucket(x->first + (uint64_t)__builtin_ctzll(from_first));
}

static void
remove_head(struct expiry *x, int list)
{
    uint32_t next = x->pool->links[x->head[list]].next;

    x->head[list] = next;
    if (next != 0) {
        x->pool->links[next].previous = 0;
    } else {
        x->tail[list] = 0;
        x->occupied &= ~bit_of_list(list);
    }
}

/* The order of a list among all: what is lower leaves first. */
static int
turn_of_list(const struct expiry *x, int list)
{
    if (list < EXPIRY_RING)
        return list;
    return EXPIRY_RING + (int)(((uint64_t)(list - EXPIRY_RING) - x->first) % EXPIRY_BUCKETS);
}

/* The list where a piece that has grown belongs now.  An end that the clock has passed tells nothing
 * after a jump. */
static int
list_of_grown(const struct expiry *x, const struct piece *p)
{
    uint64_t idle = idle_time(x, p->end);

    if (idle > x->clock->horizon)
        return clock_is_settled(x->clock) ? EXPIRY_OLD : EXPIRY_HELD;
    return list_of_idle(x, idle);
}

uint32_t
expiry_take(struct expiry *x, bool old_only, bool *old)
{
    for (;;) {
        int list = first_list(x);
        if (list == -1 || (old_only && list != EXPIRY_OLD))
            return 0;
        uint32_t slot = x->head[list];
        struct piece *p = pool_piece(x->pool, slot);
        remove_head(x, list);
        if (p->flags & PIECE_GROWN) {
            int later = list_of_grown(x, p);
            if (turn_of_list(x, later) > turn_of_list(x, list)) {
                put_in_list(x, later, slot);
                continue;
            }
        }
        p->flags &= (uint8_t)~PIECE_LISTED;
        *old = list == EXPIRY_OLD;
        return slot;
    }
}
