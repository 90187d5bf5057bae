/* SPDX-License-Identifier: BSD-3-Clause */
/* A period of time as nfdump -t takes it. */
#ifndef FTP_WINDOW_H
#define FTP_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"

struct window {
    bool given;
    int64_t from; /* ms since 1970, UTC; both ends belong to it */
    int64_t to;   /* INT64_MAX when it has no end */
};

/* Room for what window_for_nfdump() writes. */
enum { WINDOW_TEXT_BYTES = 64 };

/* Reads FROM or FROM-TO, each as YYYY[/MM[/DD[.hh[:mm[:ss]]]]] from 1970 to 2037, UTC.  Returns whether
 * the text is that, and does not end before it begins. */
bool window_parse(const char *text, struct window *window);

/* Whether a flow lies wholly inside. */
bool window_has(const struct window *window, const struct flow *f);

/* Writes a window for nfdump that is a second wider on both sides: whether the ends belong to it is
 * different from version to version. */
void window_for_nfdump(const struct window *window, char text[WINDOW_TEXT_BYTES]);

#endif
