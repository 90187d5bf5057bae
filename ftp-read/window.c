/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump 1.7.1 to 1.7.5 say that they cannot parse a window, and then output everything; so it is parsed
 * here, and given to nfdump in the one form that every version takes.
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
    return !window->given || (f->start >= window->from && f->end <= window->to);
}

static char *
put_time(char *p, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm))
        return p;
    return p + strftime(p, WINDOW_TEXT_BYTES / 2, "%Y/%m/%d.%H:%M:%S", &tm);
}

void
window_for_nfdump(const struct window *window, char text[WINDOW_TEXT_BYTES])
{
    int64_t from = window->from >= 1000 ? window->from - 1000 : 0;
    char *p = put_time(text, from);

    if (window->to != INT64_MAX) {
        *p++ = '-';
        p = put_time(p, window->to + 1000);
    }
    *p = '\0';
}
