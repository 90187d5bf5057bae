/* SPDX-License-Identifier: BSD-3-Clause */
/* The period of -t: what can be written, which records are inside to the millisecond, what nfdump is
 * asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "window.h"

/* 2023-11-14 22:13:20 */
#define T0 INT64_C(1700000000000)

static struct window window;
static struct problem problem;

static void
expect_window(const char *text, int64_t from, int64_t to)
{
    assert_int_equal(window_parse(text, &window, &problem), 0);
    assert_true(window.given);
    assert_true(window.from == from);
    assert_true(window.to == to);
}

static void
test_parse(void **state)
{
    (void)state;
    expect_window("2023/11/14.22:13:20", T0, INT64_MAX);
    expect_window("2023/11/14.22:13:20-2023/11/14.22:13:20", T0, T0);
    expect_window("1970-2037/12/31.23:59:59", 0, INT64_C(2145916799000));
    expect_window("2023/11-2023/12", INT64_C(1698796800000), INT64_C(1701388800000));
    expect_window("2024/02/29", INT64_C(1709164800000), INT64_MAX);
}

static void
expect_refused(const char *text, const char *why)
{
    assert_int_equal(window_parse(text, &window, &problem), -1);
    assert_non_null(strstr(problem.text, why));
}

static void
test_refused(void **state)
{
    static const char *const bad[] =
        {"",      "x",        "20230101",    "2023-11-14",  "2023/1/1",
         "2023/", "2023/01-", "2023/01/01x", "2023/01/01 ", "2023/01/01.10:00Z"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_refused(bad[i], "is not a period as YYYY/MM/DD.hh:mm:ss-YYYY/MM/DD.hh:mm:ss");
    expect_refused("2023/00", "the month is 0, and not one of 1 to 12");
    expect_refused("2038", "the year is 2038, and not one of 1970 to 2037");
    expect_refused("2023/01/01.10:60", "the minute is 60, and not one of 0 to 59");
    expect_refused("2023/02/29", "the month has no day 29");
    expect_refused("2023/01/02-2023/01/01", "ends before it begins");
}

static bool
has(int64_t start, int64_t end)
{
    const struct flow f = {.start = start, .end = end};

    return window_has(&window, &f);
}

static void
test_edges(void **state)
{
    (void)state;
    expect_window("2023/11/14.22:13:20-2023/11/14.22:13:30", T0, T0 + 10000);
    assert_true(has(T0, T0 + 10000));
    assert_true(has(T0, T0));
    assert_true(has(T0 + 10000, T0 + 10000));
    assert_false(has(T0 - 1, T0 + 5000));
    assert_false(has(T0 + 5000, T0 + 10001));
    /* What ends before it starts ends when it starts. */
    assert_true(has(T0 + 5000, T0 - 50000));
    assert_false(has(T0 + 10001, T0 + 5000));
    window = (struct window){.given = false};
    assert_true(has(INT64_MIN, INT64_MAX));
}

/* nfdump is asked for a second more on each side. */
static void
test_for_nfdump(void **state)
{
    char option[WINDOW_TEXT_BYTES], *filter = NULL;
    size_t size;

    (void)state;
    expect_window("2023/11/14.22:13:20-2023/11/14.22:13:30", T0, T0 + 10000);
    window_put_option(&window, option);
    assert_string_equal(option, "2023/11/14.22:13:19-2023/11/14.22:13:31");
    FILE *out = open_memstream(&filter, &size);
    assert_non_null(out);
    window_put_filter(&window, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(filter,
                        " and first seen >= 2023-11-14T22:13:19 and last seen <= 2023-11-14T22:13:31");
    free(filter);
    expect_window("1970", 0, INT64_MAX);
    window_put_option(&window, option);
    assert_string_equal(option, "1970/01/01.00:00:00");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_for_nfdump),
    };
    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
