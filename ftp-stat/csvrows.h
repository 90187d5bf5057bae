/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows of a profile out of its text. */
#ifndef FTP_CSVROWS_H
#define FTP_CSVROWS_H

#include <csv.h>
#include <stdbool.h>

#include "flow.h"
#include "lines.h"
#include "problem.h"

enum { CSVROWS_COLUMNS = 10 };

enum csvrows_result {
    CSVROWS_ERROR = -1, /* the problem says why, and in which line */
    CSVROWS_END = 0,
    CSVROWS_ROW = 1
};

struct csvrows {
    struct lines lines;
    struct csv_parser parser;
    uint8_t place[CSVROWS_COLUMNS]; /* which column of a profile each cell of a row is */
    uint64_t numbers[CSVROWS_COLUMNS];
    int cells;   /* of the row so far */
    bool is_bad; /* the row has a cell that is not what it has to be */
    bool ended;  /* the row has ended */
    struct problem problem;
};

/* Prepares to read from a source.  source_problem is where the source notes why it failed.  Returns 0, or
 * -1 with errno set. */
int csvrows_open(struct csvrows *c, lines_source *source, void *context);

/* Reads the header line.  Returns CSVROWS_ROW, or CSVROWS_ERROR; the problem is empty if it was the
 * source that failed, which knows why. */
enum csvrows_result csvrows_header(struct csvrows *c);

/* Reads the next row, after the header.  A row that biflow_problem() has something against is an
 * error. */
enum csvrows_result csvrows_next(struct csvrows *c, struct biflow *b);

/* Frees the memory; the source stays the caller's. */
void csvrows_release(struct csvrows *c);

#endif
