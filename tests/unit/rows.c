/* SPDX-License-Identifier: BSD-3-Clause */
/* The library's qsort() is what the sorting of ftp-merge is measured against, so this uses nothing of
 * ftp-merge. */
#include "rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void
rows_add(struct rows *rows, const struct biflow *b)
{
    if (rows->n == rows->room) {
        rows->room = rows->room == 0 ? 64 : 2 * rows->room;
        rows->row = realloc(rows->row, rows->room * sizeof(*rows->row));
        if (!rows->row)
            abort();
    }
    rows->row[rows->n++] = *b;
}

#define COMPARE(field)                                                                                   \
    if (a->field != b->field)                                                                            \
    return a->field < b->field ? -1 : 1

int
rows_compare(const struct biflow *a, const struct biflow *b)
{
    COMPARE(start);
    COMPARE(end);
    COMPARE(family);
    COMPARE(proto);
    COMPARE(src_port);
    COMPARE(dst_port);
    COMPARE(packets);
    COMPARE(bytes);
    COMPARE(packets_rev);
    COMPARE(bytes_rev);
    return 0;
}

static int
compare_elements(const void *a, const void *b)
{
    return rows_compare(a, b);
}

void
rows_sort(struct rows *rows)
{
    if (rows->n > 0)
        qsort(rows->row, rows->n, sizeof(*rows->row), compare_elements);
}

bool
rows_equal(const struct rows *a, const struct rows *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (rows_compare(&a->row[i], &b->row[i]) != 0)
            return false;
    return true;
}

void
rows_print(FILE *out, const char *prefix, const struct rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct biflow *b = &rows->row[i];
        fprintf(out,
                "%s%" PRId64 ",%" PRId64 ",%u,%u,%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
                prefix, b->start, b->end, b->family, b->proto, b->src_port, b->dst_port, b->packets,
                b->bytes, b->packets_rev, b->bytes_rev);
    }
}

void
rows_free(struct rows *rows)
{
    free(rows->row);
    memset(rows, 0, sizeof(*rows));
}
