/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Of a bucket not its amount is kept, but by how much it differs from that of the bucket before.  An even
 * spread over any time is then four steps at most, so a row that lasts for months costs no more than a
 * short one, whoever made it.  The amounts come out again as running sums.
 *
 * Steps are integers, fractions included, and what was added as a step is taken away again as the same
 * step: a large amount leaves no trace of a rounding error after it ended.
 */
#include "series.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 4096 };

/* Into how many parts a unit of an amount is divided. */
#define ONE ((double)(UINT64_C(1) << SERIES_FRACTION_BITS))

static const struct wide zero;

void
series_open(struct series *s, uint64_t width)
{
    *s = (struct series){.width = width};
}

void
series_release(struct series *s)
{
    free(s->steps);
    s->steps = NULL;
}

/* Makes room for a number of buckets. */
static int
grow(struct series *s, size_t buckets)
{
    size_t room = s->room > 0 ? s->room : FIRST_ROOM;

    while (room < buckets)
        room *= 2;
    if (room > SERIES_MAX_BUCKETS)
        room = SERIES_MAX_BUCKETS;
    struct series_step *steps = realloc(s->steps, (room + 1) * sizeof *steps);
    if (!steps)
        return -1;
    size_t old = s->steps ? s->room + 1 : 0;
    memset(steps + old, 0, (room + 1 - old) * sizeof *steps);
    s->steps = steps;
    s->room = room;
    return 0;
}

/* Makes the steps of one quantity those of half as many buckets. */
static void
fold_quantity(struct series *s, int quantity)
{
    size_t halves = (s->used + 1) / 2;
    struct wide amount = zero, before = zero;

    for (size_t i = 0; i < halves; i++) {
        struct wide first = wide_add(amount, s->steps[2 * i].amount[quantity]);
        /* 0 after the last bucket */
        struct wide second = wide_add(first, s->steps[2 * i + 1].amount[quantity]);
        struct wide both = wide_add(first, second);
        s->steps[i].amount[quantity] = wide_subtract(both, before);
        before = both;
        amount = second;
    }
    s->steps[halves].amount[quantity] = wide_subtract(zero, before);
}

void
series_fold(struct series *s)
{
    s->width *= 2;
    if (s->used == 0)
        return;
    size_t halves = (s->used + 1) / 2;
    for (int q = 0; q < SERIES_QUANTITIES; q++)
        fold_quantity(s, q);
    if (s->used > halves)
        memset(s->steps + halves + 1, 0, (s->used - halves) * sizeof *s->steps);
    s->used = halves;
}

/* Adds an amount to the buckets from `begin` to `end`, without the latter. */
static void
add_to_each(struct series *s, int quantity, size_t begin, size_t end, struct wide amount)
{
    struct wide *up = &s->steps[begin].amount[quantity], *down = &s->steps[end].amount[quantity];

    *up = wide_add(*up, amount);
    *down = wide_subtract(*down, amount);
}

/* Adds an amount that is spread over several buckets: a part to the first, the same to each full one, and
 * a part to the last. */
static void
add_spread(struct series *s, int quantity, size_t begin, size_t end, uint64_t amount, uint64_t n,
           uint64_t in_first, uint64_t in_last)
{
    double rate = (double)amount / (double)n * ONE;

    add_to_each(s, quantity, begin, begin + 1, wide_from_double(rate * (double)in_first));
    if (end > begin + 1)
        add_to_each(s, quantity, begin + 1, end, wide_from_double(rate * (double)s->width));
    add_to_each(s, quantity, end, end + 1, wide_from_double(rate * (double)in_last));
}

int
series_spread(struct series *s, uint64_t first, uint64_t n, uint64_t amount0, uint64_t amount1)
{
    uint64_t last = first + (n - 1);

    while (last / s->width >= SERIES_MAX_BUCKETS)
        series_fold(s);
    size_t begin = (size_t)(first / s->width), end = (size_t)(last / s->width);
    if (end >= s->room && grow(s, end + 1) == -1)
        return -1;
    if (end >= s->used)
        s->used = end + 1;
    if (begin == end) {
        add_to_each(s, 0, begin, begin + 1, wide_shifted(amount0, SERIES_FRACTION_BITS));
        add_to_each(s, 1, begin, begin + 1, wide_shifted(amount1, SERIES_FRACTION_BITS));
        return 0;
    }
    uint64_t in_first = s->width - first % s->width, in_last = last % s->width + 1;
    add_spread(s, 0, begin, end, amount0, n, in_first, in_last);
    if (amount1 > 0)
        add_spread(s, 1, begin, end, amount1, n, in_first, in_last);
    return 0;
}

double *
series_values(const struct series *s, int quantity)
{
    double *values = malloc((s->used > 0 ? s->used : 1) * sizeof *values);
    struct wide amount = zero;

    for (size_t i = 0; values && i < s->used; i++) {
        amount = wide_add(amount, s->steps[i].amount[quantity]);
        values[i] = wide_to_double(amount) / ONE;
    }
    return values;
}
