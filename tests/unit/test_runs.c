/* SPDX-License-Identifier: BSD-3-Clause */
/* More rows than memory holds come out in order and complete, in whatever order they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "runs.h"

enum { ROWS = 300000 };

static struct runs runs;

/* Adds rows whose starts are given by a function, and takes them all.  Returns how many runs they were.
 */
static int
sort_rows_of(int64_t (*start)(uint64_t *, int))
{
    uint64_t r = 7, sum = 0;

    runs_open(&runs);
    for (int i = 0; i < ROWS; i++) {
        struct biflow b = {.start = start(&r, i), .packets = (uint64_t)i};
        assert_int_equal(runs_add(&runs, &b), 0);
        sum += (uint64_t)b.start * 31 ^ b.packets;
    }
    assert_int_equal(runs_complete(&runs), 0);
    int count = runs.count[0];
    const struct biflow *next;
    struct biflow before = {.start = INT64_MIN};
    for (int i = 0; (next = runs_next(&runs)) != NULL; i++) {
        assert_true(sort_compare(&before, next) <= 0);
        before = *next;
        sum -= (uint64_t)before.start * 31 ^ before.packets;
        assert_int_equal(runs_take(&runs), 0);
    }
    assert_true(sum == 0);
    runs_close(&runs);
    return count;
}

static int64_t
in_order(uint64_t *r, int i)
{
    (void)r;
    return i / 3;
}

static int64_t
backwards(uint64_t *r, int i)
{
    (void)r;
    return -i;
}

static int64_t
at_random(uint64_t *r, int i)
{
    (void)i;
    return (int64_t)next_random(r);
}

static int64_t
twice_in_order(uint64_t *r, int i)
{
    (void)r;
    return i % (ROWS / 2);
}

static void
test_orders(void **state)
{
    (void)state;
    assert_int_equal(sort_rows_of(in_order), 1);
    assert_true(sort_rows_of(backwards) > 2);
    assert_true(sort_rows_of(at_random) > 2);
    /* And one of the rows that were in memory when the order began anew. */
    assert_in_range(sort_rows_of(twice_in_order), 2, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
    };

    return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
