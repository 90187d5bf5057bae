/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines out of large blocks.  Rows go to the CSV parser a line at a time, which keeps line numbers right
 * in messages and stops a stray quotation mark from swallowing what follows it.
 */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (4 * LINES_MAX_BYTES)

int
lines_open(struct lines *l, lines_source *source, void *context)
{
    *l = (struct lines){.source = source, .context = context};
    l->buf = malloc(BUFFER_BYTES);
    return l->buf ? 0 : -1;
}

void
lines_release(struct lines *l)
{
    free(l->buf);
    l->buf = NULL;
}

/* Gets more text after what is left over.  Returns 1, 0 at the end, -1 when the source failed. */
static int
refill(struct lines *l)
{
    memmove(l->buf, l->buf + l->pos, l->filled - l->pos);
    l->filled -= l->pos;
    l->pos = 0;
    ssize_t got = l->source(l->context, l->buf + l->filled, BUFFER_BYTES - l->filled);
    if (got < 0)
        return -1;
    if (got == 0)
        l->ended = true;
    l->filled += (size_t)got;
    return got > 0;
}

enum lines_result
lines_next(struct lines *l, const char **line, size_t *length)
{
    size_t searched = 0;
    const char *newline;

    for (;;) {
        char *rest = l->buf + l->pos;
        newline = memchr(rest + searched, '\n', l->filled - l->pos - searched);
        if (newline || l->ended)
            break;
        searched = l->filled - l->pos;
        if (searched > LINES_MAX_BYTES) {
            l->too_long = true;
            l->number++;
            return LINES_ERROR;
        }
        if (refill(l) == -1)
            return LINES_ERROR;
    }
    if (l->pos == l->filled)
        return LINES_END;
    *line = l->buf + l->pos;
    *length = newline ? (size_t)(newline + 1 - *line) : l->filled - l->pos;
    l->pos += *length;
    l->number++;
    return LINES_LINE;
}
