/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes that come in pieces, as from a pipe. */
#ifndef TESTS_PIECES_H
#define TESTS_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

struct pieces {
    const void *data;
    size_t left;
    size_t piece; /* at most so many bytes at a time */
    bool broken;  /* it fails at its end */
};

/* Gives the next piece of a struct pieces: a lines_source, records_source and stream_source. */
static inline ssize_t
pieces_get(void *pieces, void *buf, size_t n)
{
    struct pieces *s = pieces;
    size_t some = s->left < s->piece ? s->left : s->piece;

    if (some > n)
        some = n;
    if (some == 0)
        return s->broken ? -1 : 0;
    memcpy(buf, s->data, some);
    s->data = (const char *)s->data + some;
    s->left -= some;
    return (ssize_t)some;
}

#endif
