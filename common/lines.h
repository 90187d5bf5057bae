/* SPDX-License-Identifier: BSD-3-Clause */
/* Splits text from any source into lines. */
#ifndef FTP_LINES_H
#define FTP_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where text comes from: puts at most n bytes at buf and returns how many, 0 at the end, -1 when it
 * failed (the source knows why). */
typedef ssize_t lines_source(void *context, void *buf, size_t n);

enum lines_result {
    LINES_ERROR = -1, /* the source failed, or a line is too long */
    LINES_END = 0,
    LINES_LINE = 1
};

struct lines {
    lines_source *source;
    void *context;
    char *buf;
    size_t pos;
    size_t filled;
    bool ended;      /* the source has no more */
    bool too_long;   /* LINES_ERROR was for a line of over LINES_MAX_BYTES */
    uint64_t number; /* of the line returned last, from 1 */
};

enum { LINES_MAX_BYTES = 65536 };

/* Prepares to read from a source.  Returns 0, or -1 with errno set. */
int lines_open(struct lines *l, lines_source *source, void *context);

/* The next line, valid until the next call, with its newline but for a last line that has none. */
enum lines_result lines_next(struct lines *l, const char **line, size_t *length);

/* Frees the memory; the source stays the caller's. */
void lines_release(struct lines *l);

#endif
