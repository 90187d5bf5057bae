/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers, times and addresses: their limits, that nothing else is taken for one, and that all come
 * back. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

/* A copy of the exact size, so that a sanitizer sees what reads behind the end. */
static char *
exact(const char *text)
{
    size_t n = strlen(text);
    char *copy = malloc(n > 0 ? n : 1);

    assert_non_null(copy);
    memcpy(copy, text, n);
    return copy;
}

static bool
get_u64(const char *text, uint64_t max, uint64_t *value)
{
    char *copy = exact(text);
    bool taken = text_get_u64(copy, strlen(text), max, value);

    free(copy);
    return taken;
}

static bool
get_i64(const char *text, int64_t *value)
{
    char *copy = exact(text);
    bool taken = text_get_i64(copy, strlen(text), value);

    free(copy);
    return taken;
}

static bool
get_ms(const char *text, bool *negative, uint64_t *ms)
{
    char *copy = exact(text);
    bool taken = text_get_ms(copy, strlen(text), negative, ms);

    free(copy);
    return taken;
}

static int
get_address(const char *text, uint8_t address[16])
{
    char *copy = exact(text);
    int family = text_get_address(copy, strlen(text), address);

    free(copy);
    return family;
}

static void
test_u64(void **state)
{
    static const char *const none[] = {"",
                                       " 1",
                                       "1 ",
                                       "+1",
                                       "-1",
                                       "0x1",
                                       "1.0",
                                       "1e3",
                                       "1,000",
                                       "\xb2",
                                       "/",
                                       ":",
                                       "18446744073709551616",
                                       "18446744073709551620",
                                       "99999999999999999999",
                                       "000000000000000000001"};
    uint64_t v;

    (void)state;
    assert_true(get_u64("0", 0, &v));
    assert_int_equal(v, 0);
    assert_true(get_u64("00000000000000000007", 7, &v));
    assert_int_equal(v, 7);
    assert_true(get_u64("9999999999999999999", UINT64_MAX, &v));
    assert_int_equal(v, UINT64_C(9999999999999999999));
    assert_true(get_u64("18446744073709551615", UINT64_MAX, &v));
    assert_int_equal(v, UINT64_MAX);
    assert_true(get_u64("65535", 65535, &v));
    assert_false(get_u64("65536", 65535, &v));
    assert_false(get_u64("1", 0, &v));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (get_u64(none[i], UINT64_MAX, &v))
            fail_msg("'%s' was taken for a number", none[i]);
    assert_false(text_get_u64("1\0", 2, UINT64_MAX, &v));
}

static void
test_i64(void **state)
{
    static const char *const none[] =
        {"", "-", "--1", "+1", "- 1", "1-", "9223372036854775808", "-9223372036854775809"};
    int64_t v;

    (void)state;
    assert_true(get_i64("9223372036854775807", &v));
    assert_true(v == INT64_MAX);
    assert_true(get_i64("-9223372036854775808", &v));
    assert_true(v == INT64_MIN);
    assert_true(get_i64("-0", &v));
    assert_true(v == 0);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (get_i64(none[i], &v))
            fail_msg("'%s' was taken for a number", none[i]);
}

static void
test_ms(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
        bool negative;
    } good[] = {
        {"0", 0, false},
        {"-0.050", 50, true},
        {"1.5", 1500, false},
        {"1.05", 1050, false},
        {"1.005", 1005, false},
        {"1.0009", 1000, false},
        {"0.999999999", 999, false},
        {"1700000000.123", 1700000000123, false},
        {"1700000000.123456789", 1700000000123, false},
        {"18446744073709551.615", UINT64_MAX, false},
        {"-18446744073709551.615", UINT64_MAX, true},
    };
    static const char *const none[] = {"",
                                       "-",
                                       ".",
                                       ".5",
                                       "1.",
                                       "1.0000000000",
                                       "1.2.3",
                                       "1.-2",
                                       "+1",
                                       "1 ",
                                       "1e3",
                                       "--1",
                                       "1,5",
                                       "nan",
                                       "1.12a",
                                       "-.5",
                                       "1. 5",
                                       "18446744073709551.616",
                                       "18446744073709552",
                                       "18446744073709551616"};
    uint64_t ms;
    bool negative;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!get_ms(good[i].text, &negative, &ms))
            fail_msg("'%s' was refused", good[i].text);
        assert_int_equal(ms, good[i].ms);
        assert_int_equal(negative, good[i].negative);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (get_ms(none[i], &negative, &ms))
            fail_msg("'%s' was taken for a time", none[i]);
}

static void
test_addresses(void **state)
{
    static const struct {
        const char *text;
        int family;
        uint8_t address[16];
    } good[] = {
        {"0.0.0.0", 4, {0}},
        {"192.0.2.255", 4, {192, 0, 2, 255}},
        {"192.000.002.001", 4, {192, 0, 2, 1}},
        {"::", 6, {0}},
        {"2001:db8::1", 6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {"2001:DB8:0:0:0:0:0:1", 6, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
        {"::ffff:192.0.2.1", 6, {[10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1}},
        {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
         6,
         {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}},
    };
    static const char *const none[] = {"",
                                       "1",
                                       "1.2.3",
                                       "1.2.3.",
                                       "1.2.3.4.",
                                       "1.2.3.256",
                                       "1.2.3.4567",
                                       "1..2.3",
                                       " 1.2.3.4",
                                       "1.2.3.4 ",
                                       "1.2.3.4/8",
                                       "0x1.2.3.4",
                                       "1.2.3.0004",
                                       ":",
                                       ":::",
                                       "1::2::3",
                                       "fe80::1%lo",
                                       "[::1]",
                                       "::12345",
                                       "::1/64",
                                       "localhost",
                                       "1:2:3:4:5:6:7",
                                       "1:2:3:4:5:6:7:8:9",
                                       "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555"};
    uint8_t address[16];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        memset(address, 0xaa, sizeof address);
        if (get_address(good[i].text, address) != good[i].family)
            fail_msg("'%s' was not taken for IPv%d", good[i].text, good[i].family);
        assert_memory_equal(address, good[i].address, sizeof address);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (get_address(none[i], address) != 0)
            fail_msg("'%s' was taken for an address", none[i]);
    assert_int_equal(text_get_address("::1\0", 4, address), 0);
}

/* Powers of ten and of two and what is next to them, all the way up. */
static size_t
edges(uint64_t values[256])
{
    size_t n = 0;

    for (uint64_t power = 1; power > 0; power <<= 1)
        for (int by = -1; by <= 1; by++)
            values[n++] = power + (uint64_t)by;
    uint64_t power = 1;
    for (int i = 0; i < 20; i++, power *= 10)
        for (int by = -1; by <= 1; by++)
            values[n++] = power + (uint64_t)by;
    values[n++] = UINT64_MAX;
    return n;
}

static void
check_text(const char *text, const char *end, const char *wanted)
{
    assert_int_equal(end - text, strlen(wanted));
    assert_memory_equal(text, wanted, strlen(wanted));
}

static void
test_written(void **state)
{
    static const uint8_t v4[16] = {255, 0, 10, 100}, v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    char text[TEXT_ADDRESS_BYTES];

    (void)state;
    check_text(text, text_put_u64(text, 0), "0");
    check_text(text, text_put_u64(text, 100), "100");
    check_text(text, text_put_u64(text, UINT64_MAX), "18446744073709551615");
    check_text(text, text_put_i64(text, INT64_MIN), "-9223372036854775808");
    check_text(text, text_put_i64(text, -1), "-1");
    check_text(text, text_put_ms(text, false, 0), "0.000");
    check_text(text, text_put_ms(text, true, 50), "-0.050");
    check_text(text, text_put_ms(text, true, UINT64_MAX), "-18446744073709551.615");
    check_text(text, text_put_address(text, 4, v4), "255.0.10.100");
    check_text(text, text_put_address(text, 6, v6), "2001:db8::1");
}

/* Every group of four digits, and where the next one begins. */
static void
test_digits(void **state)
{
    /* The last one is too large for most values. */
    static const uint64_t factors[] = {1, 10000, 99990001, 100000000, UINT64_C(10000000000000001)};
    enum { N = sizeof factors / sizeof factors[0], LAST_FITS = 1800 };
    char text[TEXT_U64_BYTES], wanted[32];

    (void)state;
    for (uint64_t v = 0; v < 10100; v++) {
        for (size_t i = 0; i < (v < LAST_FITS ? N : N - 1); i++) {
            (void)snprintf(wanted, sizeof wanted, "%" PRIu64, v * factors[i]);
            check_text(text, text_put_u64(text, v * factors[i]), wanted);
        }
    }
}

static void
test_round_trips(void **state)
{
    uint64_t values[256], u;
    size_t n = edges(values);
    char text[TEXT_MS_BYTES];
    bool negative;
    int64_t i;

    (void)state;
    for (size_t k = 0; k < n; k++) {
        char *end = text_put_u64(text, values[k]);
        assert_in_range(end - text, 1, TEXT_U64_BYTES);
        assert_true(text_get_u64(text, (size_t)(end - text), values[k], &u));
        assert_int_equal(u, values[k]);
        end = text_put_i64(text, (int64_t)values[k]);
        assert_true(text_get_i64(text, (size_t)(end - text), &i));
        assert_true(i == (int64_t)values[k]);
        for (int sign = 0; sign <= 1; sign++) {
            end = text_put_ms(text, sign, values[k]);
            assert_in_range(end - text, 1, TEXT_MS_BYTES);
            assert_true(text_get_ms(text, (size_t)(end - text), &negative, &u));
            assert_int_equal(u, values[k]);
            assert_int_equal(negative, sign);
        }
    }
}

static void
test_address_round_trips(void **state)
{
    uint8_t address[16], again[16];
    char text[TEXT_ADDRESS_BYTES];

    (void)state;
    /* Every set of parts that are not zero, so that every place of :: comes up. */
    for (unsigned parts = 0; parts < 256; parts++) {
        for (int i = 0; i < 16; i++)
            address[i] = parts >> (i / 2) & 1 ? (uint8_t)(0xf1 + i) : 0;
        char *end = text_put_address(text, 6, address);
        assert_int_equal(text_get_address(text, (size_t)(end - text), again), 6);
        assert_memory_equal(address, again, sizeof address);
    }
    memset(address, 0, sizeof address);
    for (unsigned v = 0; v < 256; v++) {
        for (unsigned i = 0; i < 4; i++)
            address[i] = (uint8_t)(v + 85 * i);
        char *end = text_put_address(text, 4, address);
        assert_int_equal(text_get_address(text, (size_t)(end - text), again), 4);
        assert_memory_equal(address, again, sizeof address);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_u64),         cmocka_unit_test(test_i64),
        cmocka_unit_test(test_ms),          cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_written),     cmocka_unit_test(test_digits),
        cmocka_unit_test(test_round_trips), cmocka_unit_test(test_address_round_trips),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
