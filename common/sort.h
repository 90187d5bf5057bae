/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting rows of the profile: by start, end, and then the other columns from left to right. */
#ifndef FTP_SORT_H
#define FTP_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "flow.h"

/* A row to be sorted: the upper half says where it belongs, the lower one which row it is. */
typedef uint64_t sort_element;

/* Where the rows are that numbers stand for. */
struct sort_source {
    struct biflow (*row)(const void *context, uint32_t number);
    void (*prefetch)(const void *context, uint32_t number);
    const void *context;
};

/* An element for a row that starts at a time; base is a time at or before most starts.  Starts up to 49
 * days after the base are told apart by the element alone, which is faster. */
static inline sort_element
sort_element_make(int64_t start, int64_t base, uint32_t number)
{
    uint64_t after = start > base ? (uint64_t)start - (uint64_t)base : 0;

    return (after < UINT32_MAX ? after : UINT32_MAX) << 32 | number;
}

static inline uint32_t
sort_number(sort_element element)
{
    return (uint32_t)element;
}

/* Sorts n elements; scratch is memory for as many.  Takes a time proportional to n, whatever the rows
 * are. */
void sort_rows(sort_element *elements, sort_element *scratch, size_t n, const struct sort_source *source);

enum { SORT_PARTS = 256 };

/* Splits n elements into parts by their upper half, and puts them into another array: what is in a part
 * belongs before all that is in the next one.  Part i is from bounds[i] to before bounds[i + 1].  Once
 * each part is sorted, all are, and the first ones can be used before the last ones are sorted. */
void sort_split(const sort_element *from, sort_element *to, size_t n, size_t bounds[SORT_PARTS + 1]);

/* Less than, equal to, or greater than 0 as the first row belongs before, beside or after the second. */
int sort_compare(const struct biflow *a, const struct biflow *b);

#endif
