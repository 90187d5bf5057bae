/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows that wait until all are known, and then leave in order: more of them than memory holds. */
#ifndef FTP_RUNS_H
#define FTP_RUNS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "flow.h"
#include "sort.h"

/* Tests have small ones of these two. */
#ifndef RUNS_FAN_IN
#define RUNS_FAN_IN 128 /* runs of one level, and so many are merged into one of the next */
#endif
#ifndef RUNS_ROWS
#define RUNS_ROWS 32768 /* rows in memory */
#endif

enum {
    RUNS_LEVELS = 6, /* no disk holds the rows of more */
    RUNS_MAX = RUNS_FAN_IN * RUNS_LEVELS
};

/* A sorted run in the temporary file: where it begins and ends, in bytes. */
struct run_place {
    off_t begin;
    off_t end;
};

/* A run that is being read. */
struct run_source {
    struct run_place unread;
    struct biflow *rows; /* memory for the next ones */
    size_t n;            /* that are in it */
    size_t next;         /* the first of them that is not taken */
};

struct runs {
    int fd;              /* of the temporary file, -1 while there is none */
    off_t end;           /* bytes written to it */
    struct biflow *rows; /* those in no run yet; NULL while there were none */
    size_t n;
    sort_element *elements; /* for sorting them */
    struct run_place places[RUNS_LEVELS][RUNS_FAN_IN];
    int count[RUNS_LEVELS];
    struct biflow last;                  /* row of the run that was written last */
    struct run_source sources[RUNS_MAX]; /* a heap: the first row of all is in the first */
    int source_count;
};

/* Makes an empty set of rows. */
void runs_open(struct runs *r);

/* Adds a row.  Returns 0, or -1 with errno set. */
int runs_add(struct runs *r, const struct biflow *b);

/* Says that no more rows will be added.  Returns 0, or -1 with errno set. */
int runs_complete(struct runs *r);

/* The next row of a complete set, NULL after the last. */
static inline const struct biflow *
runs_next(const struct runs *r)
{
    const struct run_source *s = &r->sources[0];

    return r->source_count == 0 ? NULL : &s->rows[s->next];
}

/* Takes the next row, of which there has to be one, out of the set.  Returns 0, or -1 with errno set. */
int runs_take(struct runs *r);

/* Frees all of it. */
void runs_close(struct runs *r);

#endif
