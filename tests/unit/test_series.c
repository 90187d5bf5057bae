/* SPDX-License-Identifier: BSD-3-Clause */
/* Amounts over time against the simplest way: unit by unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "random.h"
#include "series.h"

enum { UNITS = 4000 };

static double naive[UNITS];

static void
spread(struct series *s, uint64_t first, uint64_t n, uint64_t amount)
{
    assert_int_equal(series_spread(s, first, n, amount, 3 * amount), 0);
    for (uint64_t i = 0; i < n; i++)
        naive[first + i] += (double)amount / (double)n;
}

/* Compares a series with what is known unit by unit. */
static void
check(const struct series *s)
{
    double *values = series_values(s, 0), *others = series_values(s, 1);

    assert_non_null(values);
    assert_non_null(others);
    for (size_t i = 0; i < s->used; i++) {
        double sum = 0;
        for (uint64_t unit = i * s->width; unit < (i + 1) * s->width && unit < UNITS; unit++)
            sum += naive[unit];
        assert_true(fabs(values[i] - sum) <= 1e-9 * (1 + sum));
        assert_true(fabs(others[i] - 3 * sum) <= 3e-9 * (1 + sum));
    }
    free(values);
    free(others);
}

static void
test_against_units(void **state)
{
    uint64_t r = 2;

    (void)state;
    for (uint64_t width = 1; width <= 700; width += width / 3 + 1) {
        struct series s;
        series_open(&s, width);
        for (int i = 0; i < UNITS; i++)
            naive[i] = 0;
        for (int i = 0; i < 200; i++) {
            uint64_t first = next_random(&r) % 2000, n = 1 + next_random(&r) % (i % 2 ? 10 : 1999);
            spread(&s, first, n, next_random(&r) % 1000);
        }
        check(&s);
        for (int i = 0; i < 5; i++) {
            series_fold(&s);
            spread(&s, next_random(&r) % 2000, 1 + next_random(&r) % 1999, 77);
            check(&s);
        }
        series_release(&s);
    }
}

/* Of the largest amount nothing is left after its end. */
static void
test_no_trace(void **state)
{
    struct series s;

    (void)state;
    series_open(&s, 7);
    assert_int_equal(series_spread(&s, 3, 1000003, UINT64_MAX, 1), 0);
    assert_int_equal(series_spread(&s, 2000000, 1, 5, 0), 0);
    double *values = series_values(&s, 0);
    assert_non_null(values);
    assert_true(values[(3 + 1000003) / 7 + 1] == 0);
    assert_true(values[2000000 / 7] == 5);
    double sum = 0;
    for (size_t i = 0; i < s.used; i++)
        sum += values[i];
    assert_true(fabs(sum / (double)UINT64_MAX - 1) < 1e-10);
    free(values);
    series_release(&s);
}

/* Times of 64 bits, in a memory of one size. */
static void
test_bounded(void **state)
{
    struct series s;

    (void)state;
    series_open(&s, 1000);
    assert_int_equal(series_spread(&s, 0, 1, 1, 1), 0);
    assert_int_equal(series_spread(&s, UINT64_MAX, 1, 2, 2), 0);
    assert_int_equal(series_spread(&s, 0, UINT64_MAX, 1000, 1000), 0);
    assert_true(s.used <= SERIES_MAX_BUCKETS && s.used > SERIES_MAX_BUCKETS / 4);
    assert_true(s.room <= SERIES_MAX_BUCKETS);
    double *values = series_values(&s, 0), sum = 0;
    assert_non_null(values);
    for (size_t i = 0; i < s.used; i++)
        sum += values[i];
    assert_true(fabs(sum - 1003) < 1e-6);
    assert_true(values[0] >= 1 && values[s.used - 1] >= 2);
    free(values);
    series_release(&s);
}

static void
test_empty(void **state)
{
    struct series s;

    (void)state;
    series_open(&s, 5);
    series_fold(&s);
    double *values = series_values(&s, 1);
    assert_non_null(values);
    assert_int_equal(s.used, 0);
    assert_int_equal(s.width, 10);
    free(values);
    series_release(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_units),
        cmocka_unit_test(test_no_trace),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_empty),
    };

    return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
