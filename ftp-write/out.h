/* SPDX-License-Identifier: BSD-3-Clause */
/* The text that goes out, plain or gzipped, to one target. */
#ifndef FTP_OUT_H
#define FTP_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gzip.h"
#include "problem.h"
#include "target.h"

enum {
    OUT_BUFFER_BYTES = GZIP_BLOCK_BYTES,
    OUT_PLAIN = 0 /* the level for no compression */
};

struct out {
    const char *name; /* for messages */
    struct target target;
    struct gzip *gzip;      /* NULL for plain text */
    char *buffer;           /* for plain text */
    char *next;             /* where the next text goes */
    char *limit;            /* end of the room there is now */
    uint64_t text_bytes;    /* taken so far, without what stands before next */
    uint64_t bytes;         /* written; complete after out_close() */
    struct problem problem; /* what made the last call fail, to stand after the name */
};

/* Opens FILE (NULL or "-": standard output) as target_open() does, for text that is to be gzipped at a
 * level, or not (OUT_PLAIN).  Returns 0, or -1. */
int out_open(struct out *o, const char *file, int level);

/* Whether what was opened is a terminal. */
bool out_is_terminal(const struct out *o);

/* Writes what is buffered.  Returns 0, or -1. */
int out_flush(struct out *o);

/* Returns where up to n bytes (at most OUT_BUFFER_BYTES) of text may be put, or NULL when writing failed.
 * The caller then sets next to the end of what it put. */
static inline char *
out_room(struct out *o, size_t n)
{
    if ((size_t)(o->limit - o->next) < n && out_flush(o) == -1)
        return NULL;
    return o->next;
}

/* The only way to success: writes what is left, and puts the file in its place; every error that the
 * system has kept back so far shows here.  Frees all, also on failure, when FILE is as before.  Returns
 * 0, or -1. */
int out_close(struct out *o);

/* Ends the output without success:  FILE stays as it was; gzip on standard output stays without its
 * end. */
void out_discard(struct out *o);

#endif
