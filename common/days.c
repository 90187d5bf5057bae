/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sender chooses the times of its records, so the count of the days on which traffic really takes place
 * must not be one that can be used up.  It is an array of all days that a clock may show; pages of it
 * that no record touches cost nothing.  Days of other centuries are in a list with an end.  One that
 * finds no room there is no candidate for the bulk: it takes thousands of them, each with a time that no
 * clock has ever shown.
 */
#include "days.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_DAY = -25567, /* 1900-01-01 */
    CALENDAR_DAYS = 200000,
    OTHER_DAYS = 4096
};

int
days_open(struct days *d)
{
    *d = (struct days){.begin = CALENDAR_DAYS};
    d->calendar = calloc(CALENDAR_DAYS, sizeof *d->calendar);
    d->others = calloc(OTHER_DAYS, sizeof *d->others);
    return d->calendar && d->others ? 0 : -1;
}

void
days_close(struct days *d)
{
    free(d->calendar);
    free(d->others);
    d->calendar = d->others = NULL;
}

static int64_t
day_of(int64_t ms)
{
    return ms / DAYS_MS - (ms % DAYS_MS < 0 ? 1 : 0);
}

/* When a day begins (ms since 1970), as far as that is a time at all. */
static int64_t
start_of(int64_t number)
{
    int64_t ms;

    if (__builtin_mul_overflow(number, DAYS_MS, &ms))
        return number < 0 ? INT64_MIN : INT64_MAX;
    return ms;
}

/* The last millisecond of a day (since 1970), likewise. */
static int64_t
end_of(int64_t number)
{
    int64_t next = start_of(number + 1);

    return next == INT64_MAX ? next : next - 1;
}

/* The place of the first of the other days that is not before a day. */
static int
find_other(const struct days *d, int64_t number)
{
    int low = 0, high = d->others_count;

    while (low < high) {
        int middle = (low + high) / 2;
        if (d->others[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The element of a day outside the calendar. */
static struct day *
other_day(struct days *d, int64_t number)
{
    int place = find_other(d, number);
    struct day *day = &d->others[place];

    if (place < d->others_count && day->number == number)
        return day;
    if (d->others_count == OTHER_DAYS)
        return &d->outside;
    memmove(day + 1, day, (size_t)(d->others_count - place) * sizeof *day);
    d->others_count++;
    *day = (struct day){.number = number, .earliest = INT64_MAX};
    return day;
}

/* The element of a day in the calendar. */
static struct day *
calendar_day(struct days *d, int64_t number)
{
    int place = (int)(number - FIRST_DAY);
    struct day *day = &d->calendar[place];

    if (place < d->begin)
        d->begin = place;
    if (place >= d->end)
        d->end = place + 1;
    if (day->records == 0)
        *day = (struct day){.number = number, .earliest = INT64_MAX};
    return day;
}

void
days_change(struct days *d, int64_t start)
{
    int64_t number = day_of(start);
    bool in_calendar = number >= FIRST_DAY && number < FIRST_DAY + CALENDAR_DAYS;

    d->today = in_calendar ? calendar_day(d, number) : other_day(d, number);
    d->today_first = start_of(number);
    d->today_last = end_of(number);
}

bool
days_at(const struct days *d, int place, struct day *day)
{
    if (place < d->others_count) {
        *day = d->others[place];
        return true;
    }
    place += d->begin - d->others_count;
    if (place >= d->end)
        return false;
    *day = d->calendar[place];
    return true;
}

bool
days_bulk(const struct days *d, int64_t *bulk)
{
    struct day day, best = {.records = 0};

    for (int place = 0; days_at(d, place, &day); place++)
        if (day.records > best.records || (day.records == best.records && day.number > best.number))
            best = day;
    *bulk = best.number;
    return best.records > 0;
}

/* How many days two of them are apart. */
static uint64_t
apart(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

void
days_bounds(int64_t day, int64_t *first, int64_t *last)
{
    *first = start_of(day - DAYS_APART);
    *last = end_of(day + DAYS_APART);
}

int64_t
days_earliest(const struct days *d, int64_t bulk)
{
    struct day day;
    int64_t earliest = INT64_MAX;

    for (int place = 0; days_at(d, place, &day); place++)
        if (day.records > 0 && apart(day.number, bulk) <= DAYS_APART && day.earliest < earliest)
            earliest = day.earliest;
    return earliest;
}

uint64_t
days_astray(const struct days *d, int64_t bulk)
{
    struct day day;
    uint64_t records = 0;

    for (int place = 0; days_at(d, place, &day); place++)
        if (apart(day.number, bulk) > 1 && apart(day.number, bulk) <= DAYS_APART)
            records += day.records;
    return records;
}
