/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The count of records by day against a plain list of them: the bulk, ties, what is far from it; days
 * that no calendar has, and senders that try to use the count up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "days.h"
#include "random.h"

enum { MAX = 400 };

#define T0 INT64_C(1700000000000)
#define TODAY INT64_C(19675) /* the day of T0 */

static int64_t starts[MAX];

static int64_t
day_of(int64_t start)
{
    int64_t day = start / DAYS_MS;

    return start < 0 && day * DAYS_MS != start ? day - 1 : day;
}

static uint64_t
apart(int64_t a, int64_t b)
{
    return (uint64_t)(a > b ? a - b : b - a);
}

/* All that is asked of the count, by looks at all of n starts. */
static void
check_against_list(const struct days *d, size_t n)
{
    int64_t bulk = 0, got, earliest = INT64_MAX;
    uint64_t most = 0, astray = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t records = 0;
        int64_t day = day_of(starts[i]);
        for (size_t j = 0; j < n; j++)
            records += day_of(starts[j]) == day;
        if (records > most || (records == most && day > bulk)) {
            most = records;
            bulk = day;
        }
    }
    assert_int_equal(days_bulk(d, &got), n > 0);
    if (n == 0)
        return;
    assert_int_equal(got, bulk);
    for (size_t i = 0; i < n; i++) {
        uint64_t distance = apart(day_of(starts[i]), bulk);
        astray += distance > 1 && distance <= DAYS_APART;
        if (distance <= DAYS_APART && starts[i] < earliest)
            earliest = starts[i];
    }
    assert_int_equal(days_astray(d, bulk), astray);
    assert_int_equal(days_earliest(d, bulk), earliest);
}

static void
test_random(void **state)
{
    static const int64_t bases[] = {T0, 0, -1, T0 - 366 * DAYS_MS, T0 + 367 * DAYS_MS, INT64_MIN,
                                    INT64_MAX,
                                    /* at the ends of the calendar: 1900 and 2447 */
                                    -25567 * DAYS_MS, -25567 * DAYS_MS - 1, 174433 * DAYS_MS};
    uint64_t random = 1;

    (void)state;
    for (uint64_t round = 0; round < 1500; round++) {
        struct days d;
        size_t n = random_below(&random, round % 10 == 0 ? MAX : 12);
        uint64_t spread = 1 + random_below(&random, 4) * (uint64_t)DAYS_MS;
        assert_int_equal(days_open(&d), 0);
        for (size_t i = 0; i < n; i++) {
            uint64_t offset = random_below(&random, spread);
            int64_t base = bases[random_percent(&random, 60) ? round % 10 : random_below(&random, 10)];
            starts[i] =
                base > INT64_MAX - INT64_C(4) * DAYS_MS ? base - (int64_t)offset : base + (int64_t)offset;
            days_see(&d, starts[i]);
        }
        check_against_list(&d, n);
        days_close(&d);
    }
}

/* UTC days begin at midnight, also before 1970. */
static void
test_midnight(void **state)
{
    static const int64_t midnights[] = {0, T0 - T0 % DAYS_MS, -DAYS_MS, -25567 * DAYS_MS};

    (void)state;
    for (size_t i = 0; i < sizeof(midnights) / sizeof(midnights[0]); i++) {
        struct days d;
        int64_t bulk;
        assert_int_equal(days_open(&d), 0);
        days_see(&d, midnights[i]);
        days_see(&d, midnights[i] - 1);
        days_see(&d, midnights[i] - DAYS_MS);
        assert_true(days_bulk(&d, &bulk));
        assert_int_equal(bulk, midnights[i] / DAYS_MS - 1);
        days_see(&d, midnights[i] + DAYS_MS - 1);
        assert_true(days_bulk(&d, &bulk));
        assert_int_equal(bulk, midnights[i] / DAYS_MS);
        days_close(&d);
    }
}

static void
test_bounds(void **state)
{
    int64_t first, last;
    const int64_t last_day = INT64_MAX / DAYS_MS, first_day = -last_day - 1;

    (void)state;
    days_bounds(TODAY, &first, &last);
    assert_int_equal(first, (TODAY - 366) * DAYS_MS);
    assert_int_equal(last, (TODAY + 367) * DAYS_MS - 1);
    days_bounds(0, &first, &last);
    assert_int_equal(first, -366 * DAYS_MS);
    assert_int_equal(last, 367 * DAYS_MS - 1);
    days_bounds(last_day, &first, &last);
    assert_int_equal(first, (last_day - 366) * DAYS_MS);
    assert_int_equal(last, INT64_MAX);
    days_bounds(last_day - 367, &first, &last);
    assert_int_equal(last, last_day * DAYS_MS - 1);
    days_bounds(first_day, &first, &last);
    assert_int_equal(first, INT64_MIN);
    assert_int_equal(last, (first_day + 367) * DAYS_MS - 1);
    days_bounds(first_day + 367, &first, &last);
    assert_int_equal(first, (first_day + 1) * DAYS_MS);
}

/* Records of 200,000 different days that clocks may show, and of 100,000 others, and only then the
 * traffic: the bulk is found, also when it has just two records. */
static void
test_count_is_not_used_up(void **state)
{
    for (int first = 0; first < 2; first++) {
        struct days d;
        int64_t bulk;
        assert_int_equal(days_open(&d), 0);
        for (int64_t i = 0; i < 200000; i++)
            days_see(&d, (i - 25567) * DAYS_MS + 5);
        for (int64_t i = 0; i < 50000; i++) {
            days_see(&d, (first ? i : -i) * 7 * DAYS_MS + INT64_C(1000000) * DAYS_MS);
            days_see(&d, (first ? i : -i) * 7 * DAYS_MS - INT64_C(1000000) * DAYS_MS);
        }
        days_see(&d, T0);
        assert_true(days_bulk(&d, &bulk));
        assert_int_equal(bulk, TODAY);
        assert_int_equal(days_earliest(&d, bulk), (TODAY - 366) * DAYS_MS + 5);
        assert_int_equal(days_astray(&d, bulk), 2 * 365);
        days_close(&d);
    }
    (void)state;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_midnight),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_count_is_not_used_up),
    };

    return cmocka_run_group_tests_name("days", tests, NULL, NULL);
}
