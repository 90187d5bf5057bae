/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump 1.7.1 to 1.7.5 say that they cannot parse a window, and then output everything; so it is parsed
 * here, and given to nfdump in the form that its version takes.  Whether the ends of a window belong to
 * it depends on the version too.  So nfdump is asked for a second more on each side, and window_has()
 * decides.
 */
#include "window.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { PARTS = 6 };

/* The parts of a time: what stands before each, and what it may be. */
static const struct part {
    const char *name;
    char separator;
    int digits;
    int lowest, highest;
} parts[PARTS] = {
    {"year", '\0', 4, 1970, 2037}, {"month", '/', 2, 1, 12},  {"day", '/', 2, 1, 31},
    {"hour", '.', 2, 0, 23},       {"minute", ':', 2, 0, 59}, {"second", ':', 2, 0, 59},
};

/* Reads the digits of a part.  Returns whether they are there. */
static bool
parse_digits(const char **text, int digits, int *value)
{
    *value = 0;
    for (; digits > 0; digits--, ++*text) {
        if (!isdigit((unsigned char)**text))
            return false;
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

static int
fail_form(const char *whole, struct problem *p)
{
    return problem_set(p,
                       "'%s' is not a period as YYYY/MM/DD.hh:mm:ss-YYYY/MM/DD.hh:mm:ss (times may be "
                       "cut "
                       "short)",
                       whole);
}

/* Reads one end of a window, as far as it goes, and moves *text after it.  whole is what the user
 * typed. */
static int
parse_time(const char *whole, const char **text, int64_t *ms, struct problem *p)
{
    int value[PARTS];
    bool is_given = true;

    for (int i = 0; i < PARTS; i++) {
        value[i] = parts[i].lowest;
        is_given = is_given && (i == 0 || **text == parts[i].separator);
        if (!is_given)
            continue;
        *text += i > 0;
        if (!parse_digits(text, parts[i].digits, &value[i]))
            return fail_form(whole, p);
        if (value[i] < parts[i].lowest || value[i] > parts[i].highest)
            return problem_set(p, "'%s': the %s is %d, and not one of %d to %d", whole, parts[i].name,
                               value[i], parts[i].lowest, parts[i].highest);
    }
    struct tm tm = {.tm_year = value[0] - 1900,
                    .tm_mon = value[1] - 1,
                    .tm_mday = value[2],
                    .tm_hour = value[3],
                    .tm_min = value[4],
                    .tm_sec = value[5]};
    *ms = (int64_t)timegm(&tm) * 1000;
    return tm.tm_mday == value[2] ? 0 : problem_set(p, "'%s': the month has no day %d", whole, value[2]);
}

int
window_parse(const char *text, struct window *window, struct problem *p)
{
    const char *whole = text;

    *window = (struct window){.given = true, .to = INT64_MAX};
    if (parse_time(whole, &text, &window->from, p) == -1)
        return -1;
    if (*text == '-') {
        text++;
        if (parse_time(whole, &text, &window->to, p) == -1)
            return -1;
    }
    if (*text != '\0')
        return fail_form(whole, p);
    return window->from <= window->to ? 0 : problem_set(p, "'%s' ends before it begins", whole);
}

bool
window_has(const struct window *window, const struct flow *f)
{
    /* What ends before it starts ends when it starts. */
    int64_t end = f->end > f->start ? f->end : f->start;

    return !window->given || (f->start >= window->from && end <= window->to);
}

/* Writes a time so many seconds from another, but not one before 1970.  Returns its length. */
static size_t
format_time(char text[WINDOW_TIME_BYTES], const char *format, int64_t ms, int seconds)
{
    time_t time = (time_t)(ms / 1000) + seconds;
    struct tm tm;

    if (time < 0)
        time = 0;
    return gmtime_r(&time, &tm) ? strftime(text, WINDOW_TIME_BYTES, format, &tm) : 0;
}

void
window_put_option(const struct window *window, char text[WINDOW_TEXT_BYTES])
{
    static const char format[] = "%Y/%m/%d.%H:%M:%S";
    char from[WINDOW_TIME_BYTES] = "", to[WINDOW_TIME_BYTES] = "";
    bool has_end = window->to != INT64_MAX;

    (void)format_time(from, format, window->from, -1);
    if (has_end)
        (void)format_time(to, format, window->to, 1);
    (void)snprintf(text, WINDOW_TEXT_BYTES, "%s%s%s", from, has_end ? "-" : "", to);
}

void
window_put_filter(const struct window *window, FILE *out)
{
    static const char format[] = "%Y-%m-%dT%H:%M:%S";
    char time[WINDOW_TIME_BYTES] = "";

    (void)format_time(time, format, window->from, -1);
    (void)fprintf(out, " and first seen >= %s", time);
    if (window->to == INT64_MAX)
        return;
    (void)format_time(time, format, window->to, 1);
    (void)fprintf(out, " and last seen <= %s", time);
}
