/* SPDX-License-Identifier: BSD-3-Clause */
/* A profile that is read: a biflow stream or CSV, plain or gzipped, told apart by its first bytes. */
#ifndef FTP_SOURCE_H
#define FTP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "csvrows.h"
#include "flow.h"
#include "gunzip.h"
#include "problem.h"
#include "stream.h"

/* What standard input is called, in messages and reports. */
#define SOURCE_STANDARD "standard input"

enum source_kind { SOURCE_STREAM, SOURCE_CSV };

enum source_result {
    SOURCE_ERROR = -1, /* the problem says why */
    SOURCE_END = 0,    /* all of it was read, and it was whole */
    SOURCE_ROW = 1
};

enum { SOURCE_HEAD_BYTES = 8 }; /* that tell what it is */

struct source {
    const char *name; /* for messages */
    int fd;
    off_t begin; /* where in the file the profile begins, -1 when it cannot be read again */
    enum source_kind kind;
    uint64_t rows; /* returned so far */
    struct gunzip gunzip;
    char head[SOURCE_HEAD_BYTES]; /* the first bytes, which were looked at */
    size_t head_bytes;
    size_t head_used;
    struct stream_reader stream;
    struct csvrows csv;
    struct problem problem; /* what made the last call fail, with the name of the source */
};

/* Opens a file, or standard input ("-"), and finds out what it is.  Returns 0, or -1 with the problem.
 * Memory is taken and has to be released in both cases. */
int source_open(struct source *s, const char *file);

/* The next row, in the order in which they are stored. */
enum source_result source_next(struct source *s, struct biflow *b);

/* Notes that the row returned last cannot be taken: "line 5: WHY" or "record 5: WHY".  Returns -1. */
int source_refuse(struct source *s, const char *why);

/* Goes back to the beginning; only for a source whose begin is not -1.  Returns 0, or -1 with the
 * problem. */
int source_rewind(struct source *s);

/* Rows that ftp-read could not read and was told to leave out, as the stream tells. */
uint64_t source_skipped(const struct source *s);

/* Closes the file and frees the memory. */
void source_close(struct source *s);

#endif
