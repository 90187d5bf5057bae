/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sorting of rows against the library's qsort(), for rows as whoever sends traffic may choose them:
 * equal in all columns but the last, or in all of them, at the ends of their ranges, before and far after
 * the base.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "random.h"
#include "rows.h"
#include "sort.h"

#define T0 INT64_C(1700000000000)

static struct biflow
row_of(const void *context, uint32_t number)
{
    const struct rows *rows = context;

    assert_true(number < rows->n);
    return rows->row[number];
}

static void
prefetch(const void *context, uint32_t number)
{
    const struct rows *rows = context;

    assert_true(number < rows->n);
}

/* Sorts elements part by part: n in memory for twice as many. */
static void
sort_parts(sort_element *elements, size_t n, const struct sort_source *source)
{
    size_t bounds[SORT_PARTS + 1];

    memcpy(elements + n, elements, n * sizeof *elements);
    sort_split(elements + n, elements, n, bounds);
    assert_int_equal(bounds[0], 0);
    assert_int_equal(bounds[SORT_PARTS], n);
    for (int part = 0; part < SORT_PARTS; part++) {
        assert_true(bounds[part] <= bounds[part + 1]);
        sort_rows(elements + bounds[part], elements + n, bounds[part + 1] - bounds[part], source);
    }
}

/* Sorts the rows as a whole, or part by part, and by comparing them; checks that each row is there
 * once. */
static void
check_sorted_as(struct rows *rows, int64_t base, bool in_parts)
{
    const struct sort_source source = {.row = row_of, .prefetch = prefetch, .context = rows};
    sort_element *elements = calloc(2 * rows->n + 1, sizeof(*elements));
    struct rows sorted = {0};
    uint64_t numbers = 0;

    assert_non_null(elements);
    for (size_t i = 0; i < rows->n; i++) {
        elements[i] = sort_element_make(rows->row[i].start, base, (uint32_t)i);
        numbers += i;
    }
    if (in_parts)
        sort_parts(elements, rows->n, &source);
    else
        sort_rows(elements, elements + rows->n, rows->n, &source);
    for (size_t i = 0; i < rows->n; i++) {
        rows_add(&sorted, &rows->row[sort_number(elements[i])]);
        numbers -= sort_number(elements[i]);
    }
    assert_int_equal(numbers, 0);
    struct rows wanted = {0};
    for (size_t i = 0; i < rows->n; i++)
        rows_add(&wanted, &rows->row[i]);
    rows_sort(&wanted);
    assert_true(rows_equal(&sorted, &wanted));
    rows_free(&wanted);
    rows_free(&sorted);
    free(elements);
}

static void
check_sorted(struct rows *rows, int64_t base)
{
    check_sorted_as(rows, base, false);
    check_sorted_as(rows, base, true);
}

/* One of so many different values of a column, spread over all of its range or side by side. */
static uint64_t
value(uint64_t *random, uint64_t different, bool spread)
{
    uint64_t number = random_below(random, different);

    return spread ? number * (UINT64_MAX / different) : number;
}

/* Columns of few values, so that many rows are equal in the first of them. */
static struct biflow
draw_row(uint64_t *random, uint64_t different, bool spread)
{
    return (struct biflow){
        .start = (int64_t)value(random, different, spread),
        .end = (int64_t)value(random, different, spread),
        .packets = value(random, different, spread),
        .bytes = value(random, different, spread),
        .packets_rev = value(random, different, spread),
        .bytes_rev = value(random, different, spread),
        .src_port = (uint16_t)value(random, different, spread),
        .dst_port = (uint16_t)value(random, different, spread),
        .proto = (uint8_t)value(random, different, spread),
        .family = random_percent(random, 50) ? 4 : 6,
    };
}

static void
test_random_rows(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 24, 25, 26, 100, 1000, 9000, 30000};
    static const int64_t bases[] = {0, T0, INT64_MIN, INT64_MAX};
    uint64_t random = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (uint64_t different = 1; different < 100000; different = different * 5 + 1) {
            for (int kind = 0; kind < 4; kind++) {
                struct rows rows = {0};
                for (size_t n = 0; n < sizes[i]; n++) {
                    struct biflow b = draw_row(&random, different, kind % 2 == 0);
                    rows_add(&rows, &b);
                }
                check_sorted(&rows, bases[(different + i) % 4]);
                rows_free(&rows);
            }
        }
    }
}

typedef void set_column(struct biflow *b, uint64_t value);

static void
set_start(struct biflow *b, uint64_t value)
{
    b->start = (int64_t)value;
}

static void
set_end(struct biflow *b, uint64_t value)
{
    b->end = (int64_t)value;
}

static void
set_family(struct biflow *b, uint64_t value)
{
    b->family = value % 2 ? 6 : 4;
}

static void
set_proto(struct biflow *b, uint64_t value)
{
    b->proto = (uint8_t)value;
}

static void
set_src_port(struct biflow *b, uint64_t value)
{
    b->src_port = (uint16_t)value;
}

static void
set_dst_port(struct biflow *b, uint64_t value)
{
    b->dst_port = (uint16_t)value;
}

static void
set_packets(struct biflow *b, uint64_t value)
{
    b->packets = value;
}

static void
set_bytes(struct biflow *b, uint64_t value)
{
    b->bytes = value;
}

static void
set_packets_rev(struct biflow *b, uint64_t value)
{
    b->packets_rev = value;
}

static void
set_bytes_rev(struct biflow *b, uint64_t value)
{
    b->bytes_rev = value;
}

static set_column *const columns[] = {set_start,       set_end,      set_family,  set_proto,
                                      set_src_port,    set_dst_port, set_packets, set_bytes,
                                      set_packets_rev, set_bytes_rev};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Each column decides when those before it are equal, and outweighs all after it. */
static void
test_columns(void **state)
{
    (void)state;
    for (size_t first = 0; first < COLUMNS; first++) {
        for (size_t second = first + 1; second < COLUMNS; second++) {
            struct biflow a = {.start = T0, .end = T0, .family = 4, .proto = 6};
            struct biflow b = a;
            columns[first](&a, 6);
            columns[first](&b, 7);
            columns[second](&a, 9);
            columns[second](&b, 8);
            assert_true(sort_compare(&a, &b) < 0);
            assert_true(sort_compare(&b, &a) > 0);
            assert_true(rows_compare(&a, &b) < 0);
            assert_int_equal(sort_compare(&a, &a), 0);
        }
    }
    /* Times are signed, counters are not. */
    struct biflow low = {.start = -1, .packets = UINT64_C(1) << 63}, high = {.start = 0};
    assert_true(sort_compare(&low, &high) < 0);
    high.start = -1;
    assert_true(sort_compare(&low, &high) > 0);
    low = (struct biflow){.start = INT64_MIN, .end = INT64_MAX};
    high = (struct biflow){.start = INT64_MIN, .end = INT64_MIN};
    assert_true(sort_compare(&low, &high) > 0);
}

/* Rows that differ in one column only, its upper half or its lower one. */
static void
test_last_word_decides(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (size_t column = 0; column < COLUMNS; column++) {
        for (int shift = 0; shift <= 32; shift += 32) {
            struct rows rows = {0};
            for (int n = 0; n < 3000; n++) {
                struct biflow b = {.start = T0, .end = T0, .family = 4, .proto = 6};
                columns[column](&b, random_below(&random, 60000) << shift);
                rows_add(&rows, &b);
            }
            check_sorted(&rows, T0);
            rows_free(&rows);
        }
    }
}

static double
seconds_to_sort(const struct rows *rows)
{
    const struct sort_source source = {.row = row_of, .prefetch = prefetch, .context = rows};
    sort_element *elements = calloc(2 * rows->n, sizeof(*elements));
    double best = 0;

    assert_non_null(elements);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < rows->n; i++)
            elements[i] = sort_element_make(rows->row[i].start, T0, (uint32_t)i);
        clock_t began = clock();
        sort_rows(elements, elements + rows->n, rows->n, &source);
        double seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
        best = round == 0 || seconds < best ? seconds : best;
    }
    free(elements);
    return best;
}

/* No rows take more than some times as long as others: not equal ones, nor those where each word splits
 * what the word before it left together. */
static void
test_no_row_is_dear(void **state)
{
    enum { ROWS = 200000 };
    struct rows usual = {0}, equal = {0}, last = {0}, split = {0};
    uint64_t random = 1;

    (void)state;
    for (int n = 0; n < ROWS; n++) {
        struct biflow b = {.start = T0 + (int64_t)random_below(&random, 86400000),
                           .family = 4,
                           .proto = 6};
        rows_add(&usual, &b);
        b.start = T0;
        rows_add(&equal, &b);
        b.bytes_rev = next_random(&random);
        rows_add(&last, &b);
        /* Two values a word; 25 rows or more are left for the last one. */
        uint64_t bits = next_random(&random);
        for (size_t column = 0; column < COLUMNS; column++)
            columns[column](&b, column < 2 ? (uint64_t)T0 + (bits >> column & 1) : bits >> column & 1);
        rows_add(&split, &b);
    }
    double seconds = seconds_to_sort(&usual) + 0.005;
    assert_true(seconds_to_sort(&equal) < 40 * seconds);
    assert_true(seconds_to_sort(&last) < 40 * seconds);
    assert_true(seconds_to_sort(&split) < 40 * seconds);
    rows_free(&usual);
    rows_free(&equal);
    rows_free(&last);
    rows_free(&split);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_rows),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_last_word_decides),
        cmocka_unit_test(test_no_row_is_dear),
    };

    return cmocka_run_group_tests_name("sort", tests, NULL, NULL);
}
