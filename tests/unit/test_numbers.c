/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as text, at the places where their form changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "random.h"

static void
test_exact(void **state)
{
    uint64_t r = 6;
    char text[NUMBER_BYTES];

    (void)state;
    assert_string_equal(number_exact(text, 0), "0");
    assert_string_equal(number_exact(text, 0.1), "0.1");
    assert_string_equal(number_exact(text, 1e15), "1e+15");
    assert_string_equal(number_exact(text, 123456789), "123456789");
    for (int i = 0; i < 100000; i++) {
        double value = ldexp((double)next_random(&r), (int)(next_random(&r) % 200) - 150);
        assert_true(strtod(number_exact(text, value), NULL) == value);
    }
}

static void
test_short(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},           {1, "1"},           {12.34, "12.3"},
        {99.94, "99.9"},    {99.96, "100"},     {999, "999"},
        {999.4, "999"},     {999.5, "1.00k"},   {1234, "1.23k"},
        {45678, "45.7k"},   {999499, "999k"},   {1e6, "1.00M"},
        {9.994e9, "9.99G"}, {9.996e9, "10.0G"}, {1.8e19, "18.0E"},
        {0.5, "0.50"},      {0.0123, "0.0123"}, {0.00012, "0.000120"},
    };
    char text[NUMBER_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(number_short(text, cases[i].value), cases[i].text);
    assert_string_equal(number_unit(text, 2.32e9, "bit/s"), "2.32 Gbit/s");
    assert_string_equal(number_unit(text, 84, "B"), "84 B");
    assert_string_equal(number_unit(text, 84, ""), "84");
    assert_string_equal(number_grouped(text, 0, " "), "0");
    assert_string_equal(number_grouped(text, 999, " "), "999");
    assert_string_equal(number_grouped(text, 1000, " "), "1 000");
    assert_string_equal(number_grouped(text, UINT64_MAX, " "), "18 446 744 073 709 551 615");
}

static void
test_percent(void **state)
{
    char text[NUMBER_BYTES];

    (void)state;
    assert_string_equal(number_percent(text, 0), "0 %");
    assert_string_equal(number_percent(text, 1), "100 %");
    assert_string_equal(number_percent(text, 0.00004), "<0.01 %");
    assert_string_equal(number_percent(text, 0.005), "0.50 %");
    assert_string_equal(number_percent(text, 0.1234), "12.3 %");
    assert_string_equal(number_percent(text, 8.186), "819 %");
    assert_string_equal(number_percent(text, 186), "18600 %");
    assert_string_equal(number_percent(text, 0.99999), "99.9 %");
    assert_string_equal(number_percent(text, 1 + 1e-15), "100 %");
    assert_string_equal(number_percent(text, 1e9), "1.0e+11 %");
}

static void
test_times(void **state)
{
    char text[NUMBER_BYTES];

    (void)state;
    assert_string_equal(number_time(text, 0), "0");
    assert_string_equal(number_time(text, 1), "1ms");
    assert_string_equal(number_time(text, 3.54), "3.54ms");
    assert_string_equal(number_time(text, 999), "999ms");
    assert_string_equal(number_time(text, 1000), "1s");
    assert_string_equal(number_time(text, 2650), "2.65s");
    assert_string_equal(number_time(text, 258000), "4.30m");
    assert_string_equal(number_time_unit(text, 258000, " "), "4.30 min");
    assert_string_equal(number_time(text, 213.0 * 86400000), "213d");
    assert_string_equal(number_time(text, 18446744073709551615.0), "2e+11d");
    assert_string_equal(number_span(text, 0), "0 s");
    assert_string_equal(number_span(text, 12.345), "12.345 s");
    assert_string_equal(number_span(text, 303), "5 min 03 s");
    assert_string_equal(number_span(text, 3661), "1 h 01 min");
    assert_string_equal(number_span(text, 86400 * 3 + 3600 * 4), "3 d 04 h");
    assert_string_equal(number_span(text, 1.8e16), "2.08e+11 d");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_percent),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
