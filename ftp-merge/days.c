/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A histogram of days.  Records come in runs of one day, so a list will do; it is bounded, since times
 * can be anything, and what does not fit in is far from something in any case.
 */
#include "days.h"

#include <stdlib.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

void
days_see(struct days *d, int64_t start)
{
    int64_t number = start / DAY_MS - (start % DAY_MS < 0 ? 1 : 0);

    if (d->count > 0 && d->days[d->last].number == number) {
        d->days[d->last].records++;
        return;
    }
    int i = 0;
    while (i < d->count && d->days[i].number != number)
        i++;
    if (i == DAYS_MAX) {
        d->outside++;
        return;
    }
    if (i == d->count)
        d->days[d->count++] = (struct day){.number = number};
    d->days[i].records++;
    d->last = i;
}

static int
by_number(const void *a, const void *b)
{
    const struct day *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

uint64_t
days_far(struct days *d)
{
    uint64_t all = d->outside, run = 0, bulk = 0;

    qsort(d->days, (size_t)d->count, sizeof d->days[0], by_number);
    d->last = 0;
    for (int i = 0; i < d->count; i++) {
        if (i > 0 && d->days[i].number - d->days[i - 1].number > 1)
            run = 0;
        run += d->days[i].records;
        all += d->days[i].records;
        if (run > bulk)
            bulk = run;
    }
    return all - bulk;
}
