/* SPDX-License-Identifier: BSD-3-Clause */
/* A period of time, as the user writes it and as nfdump takes it. */
#ifndef FTP_WINDOW_H
#define FTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "flow.h"
#include "problem.h"

struct window {
    bool given;
    int64_t from; /* ms since 1970, UTC; both ends belong to it */
    int64_t to;   /* INT64_MAX when it has no end */
};

/* Room for a time, and for what window_put_option() writes. */
enum { WINDOW_TIME_BYTES = 24, WINDOW_TEXT_BYTES = 2 * WINDOW_TIME_BYTES };

/* Reads FROM or FROM-TO, each as YYYY[/MM[/DD[.hh[:mm[:ss]]]]] from 1970 to 2037, UTC.  Returns 0, or -1
 * with the problem when the text is not that, or ends before it begins. */
int window_parse(const char *text, struct window *window, struct problem *p);

/* Whether a flow lies wholly inside. */
bool window_has(const struct window *window, const struct flow *f);

/* Writes a window that is a second wider on both sides, for nfdump -t (before 1.8). */
void window_put_option(const struct window *window, char text[WINDOW_TEXT_BYTES]);

/* Writes the same as a further condition of a filter, " and first seen >= ...", for nfdump 1.8. */
void window_put_filter(const struct window *window, FILE *out);

#endif
