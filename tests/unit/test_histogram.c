/* SPDX-License-Identifier: BSD-3-Clause */
/* Buckets without gaps, none wider than 1/64, and quantiles against a sorted list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "histogram.h"
#include "random.h"

static struct histogram h, g;

static void
test_buckets(void **state)
{
    (void)state;
    assert_int_equal(histogram_lower(0), 0);
    assert_int_equal(histogram_bucket(127), 127);
    assert_int_equal(histogram_bucket(128), histogram_bucket(129));
    assert_int_equal(histogram_bucket(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
    for (unsigned b = 0; b < HISTOGRAM_BUCKETS; b++) {
        uint64_t lower = histogram_lower(b), upper = histogram_upper(b);
        assert_true(lower <= upper);
        assert_int_equal(histogram_bucket(lower), b);
        assert_int_equal(histogram_bucket(upper), b);
        assert_true(upper - lower <= lower / HISTOGRAM_PARTS);
        if (b > 0)
            assert_true(histogram_upper(b - 1) + 1 == lower);
    }
    assert_true(histogram_upper(HISTOGRAM_BUCKETS - 1) == UINT64_MAX);
}

static int
compare_values(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* n random values of up to so many bits. */
static void
check_quantiles(uint64_t *r, size_t n, unsigned bits)
{
    uint64_t values[1000];

    memset(&h, 0, sizeof h);
    for (size_t i = 0; i < n; i++) {
        values[i] = next_random(r) >> (64 - bits);
        histogram_add(&h, values[i]);
    }
    qsort(values, n, sizeof values[0], compare_values);
    assert_true(h.min == values[0] && h.max == values[n - 1]);
    for (unsigned percent = 1; percent <= 100; percent++) {
        uint64_t exact = values[(n * percent + 99) / 100 - 1];
        uint64_t found = histogram_quantile(&h, percent);
        uint64_t upper = histogram_upper(histogram_bucket(exact));
        assert_true(found == (upper < h.max ? upper : h.max));
    }
}

static void
test_quantiles(void **state)
{
    uint64_t r = 1;

    (void)state;
    for (unsigned bits = 1; bits <= 64; bits++)
        for (size_t n = 1; n <= 1000; n += 111)
            check_quantiles(&r, n, bits);
}

static void
test_sum_of_largest(void **state)
{
    (void)state;
    memset(&h, 0, sizeof h);
    for (int i = 0; i < 3; i++)
        histogram_add(&h, UINT64_MAX);
    assert_true(h.sum.high == 2 && h.sum.low == UINT64_MAX - 2);
    assert_true(histogram_quantile(&h, 50) == UINT64_MAX);
}

static void
test_distance(void **state)
{
    (void)state;
    memset(&h, 0, sizeof h);
    memset(&g, 0, sizeof g);
    for (uint64_t i = 0; i < 100; i++) {
        histogram_add(&h, i);
        histogram_add(&g, i);
    }
    assert_true(histogram_distance(&h, &g) == 0);
    for (uint64_t i = 0; i < 100; i++)
        histogram_add(&g, 100);
    assert_true(histogram_distance(&h, &g) == 0.5);
    assert_true(histogram_distance(&g, &h) == 0.5);
    memset(&g, 0, sizeof g);
    histogram_add(&g, UINT64_MAX);
    assert_true(histogram_distance(&h, &g) == 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_sum_of_largest),
        cmocka_unit_test(test_distance),
    };

    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
