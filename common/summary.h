/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program says about its run at the end: for people (-v), and as one line of JSON (-vv).
 *
 * Both come from one table, so that no number is in one and forgotten in the other.
 */
#ifndef FTP_SUMMARY_H
#define FTP_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum summary_shape {
    SUMMARY_LINES,    /* a line for each row, the numbers in a column */
    SUMMARY_SENTENCE, /* all rows in one line */
    SUMMARY_JSON      /* an object in one line */
};

/* A row of the table.  Its value is count, word or list. */
struct summary_row {
    const char *key;      /* in JSON; NULL: the row is not in it */
    const char *text;     /* for people, after the value; NULL: the row is not shown to them */
    uint64_t count;       /* a number, */
    bool always;          /* which is shown to people also when it is 0, */
    bool is_signed;       /* and is an int64_t in truth */
    const char *word;     /* a word or sentence of the program's own; NULL: the value is count */
    const uint64_t *list; /* count numbers, which are only in JSON, as an array; NULL for none */
    const char *joint;    /* in a sentence, before this row; NULL: a comma */
    const char *singular; /* in place of text after the number 1; NULL: text */
};

/* Writes what n rows say about a run of a program, as one piece: the programs of a pipeline end at about
 * the same time and share stderr. */
void summary_write(FILE *out, const char *program, enum summary_shape shape,
                   const struct summary_row *rows, size_t n);

/* The most memory (bytes) of this process that was ever resident, 0 when that is not known. */
uint64_t summary_peak_memory(void);

#endif
