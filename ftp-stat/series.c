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

#define ONE ((int128)1 << SERIES_FRACTION_BITS)

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
    int128 amount = 0, before = 0;

    for (size_t i = 0; i < halves; i++) {
        int128 first = amount + s->steps[2 * i].amount[quantity];
        int128 second = first + s->steps[2 * i + 1].amount[quantity]; /* 0 after the last bucket */
        s->steps[i].amount[quantity] = first + second - before;
        before = first + second;
        amount = second;
    }
    s->steps[halves].amount[quantity] = -before;
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

/* Adds an amount that is spread over several buckets: a part to the first, the same to each full one, and
 * a part to the last. */
static void
add_spread(struct series *s, int quantity, size_t begin, size_t end, uint64_t amount, uint64_t n,
           uint64_t in_first, uint64_t in_last)
{
    double rate = (double)amount / (double)n * (double)ONE;
    int128 first = (int128)(rate * (double)in_first);
    int128 last = (int128)(rate * (double)in_last);
    int128 full = (int128)(rate * (double)s->width);

    s->steps[begin].amount[quantity] += first;
    s->steps[begin + 1].amount[quantity] -= first;
    if (end > begin + 1) {
        s->steps[begin + 1].amount[quantity] += full;
        s->steps[end].amount[quantity] -= full;
    }
    s->steps[end].amount[quantity] += last;
    s->steps[end + 1].amount[quantity] -= last;
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
        s->steps[begin].amount[0] += amount0 * ONE;
        s->steps[begin].amount[1] += amount1 * ONE;
        s->steps[begin + 1].amount[0] -= amount0 * ONE;
        s->steps[begin + 1].amount[1] -= amount1 * ONE;
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
    int128 amount = 0;

    for (size_t i = 0; values && i < s->used; i++) {
        amount += s->steps[i].amount[quantity];
        values[i] = (double)amount / (double)ONE;
    }
    return values;
}
