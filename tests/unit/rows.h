/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists of biflows that tests compare. */
#ifndef FTP_TEST_ROWS_H
#define FTP_TEST_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "flow.h"

/* A list of biflows; all zero is the empty one. */
struct rows {
    struct biflow *row;
    size_t n;
    size_t room;
};

/* Appends a copy; aborts when there is no memory. */
void rows_add(struct rows *rows, const struct biflow *b);

/* Less than, equal to, or greater than 0 as the first row belongs before, beside or after the second in a
 * profile: by its columns from left to right. */
int rows_compare(const struct biflow *a, const struct biflow *b);

/* Sorts by rows_compare(), so that equal lists have equal rows at equal places. */
void rows_sort(struct rows *rows);

/* Whether two lists have the same rows in the same order. */
bool rows_equal(const struct rows *a, const struct rows *b);

/* Prints one biflow a line, each line after the prefix. */
void rows_print(FILE *out, const char *prefix, const struct rows *rows);

/* Frees the rows; the list is empty then. */
void rows_free(struct rows *rows);

#endif
