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

/* Reads one end of a window, as far as it goes, and moves *text behind it. */
static bool
parse_time(const char **text, int64_t *ms)
{
    static const char separators[PARTS] = {'\0', '/', '/', '.', ':', ':'};
    static const int lowest[PARTS] = {1970, 1, 1, 0, 0, 0};
    static const int highest[PARTS] = {2037, 12, 31, 23, 59, 59};
    int part[PARTS];
    const char *p = *text;

    for (int i = 0; i < PARTS; i++) {
        int digits = i == 0 ? 4 : 2;
        part[i] = lowest[i];
        if (i > 0 && *p != separators[i]) {
            /* What follows is not given either. */
            for (i++; i < PARTS; i++)
                part[i] = lowest[i];
            break;
        }
        p += i > 0;
        part[i] = 0;
        for (; digits > 0; digits--, p++) {
            if (!isdigit((unsigned char)*p))
                return false;
            part[i] = part[i] * 10 + (*p - '0');
        }
        if (part[i] < lowest[i] || part[i] > highest[i])
            return false;
    }
    struct tm tm = {.tm_year = part[0] - 1900,
                    .tm_mon = part[1] - 1,
                    .tm_mday = part[2],
                    .tm_hour = part[3],
                    .tm_min = part[4],
                    .tm_sec = part[5]};
    *ms = (int64_t)timegm(&tm) * 1000;
    *text = p;
    return tm.tm_mday == part[2];
}

bool
window_parse(const char *text, struct window *window)
{
    *window = (struct window){.given = true, .to = INT64_MAX};
    if (!parse_time(&text, &window->from))
        return false;
    if (*text == '-') {
        text++;
        if (!parse_time(&text, &window->to))
            return false;
    }
    return *text == '\0' && window->from <= window->to;
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
