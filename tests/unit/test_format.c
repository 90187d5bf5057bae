/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows at their limits.  What the rows say is for the program tests; here is what these cannot see: that
 * no row is longer than the room that is made for it, and that nothing is written behind its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format.h"

enum { GUARD = 0x5a };

struct room {
    char text[FORMAT_MAX_ROW_BYTES];
    char behind[FORMAT_MAX_ROW_BYTES];
};

static void
assert_row(const struct room *room, const char *end, const char *expected)
{
    size_t n = strlen(expected);

    assert_int_equal(end - room->text, n);
    assert_memory_equal(room->text, expected, n);
    assert_true(n <= FORMAT_MAX_ROW_BYTES);
    for (size_t i = 0; i < sizeof room->behind; i++)
        assert_int_equal(room->behind[i], GUARD);
}

static void
test_longest_biflow(void **state)
{
    const struct biflow b = {.start = INT64_MIN,
                             .end = INT64_MIN + 1,
                             .packets = UINT64_MAX,
                             .bytes = UINT64_MAX,
                             .packets_rev = UINT64_MAX,
                             .bytes_rev = UINT64_MAX,
                             .src_port = UINT16_MAX,
                             .dst_port = UINT16_MAX,
                             .proto = UINT8_MAX,
                             .family = 6};
    struct room room;

    (void)state;
    memset(&room, GUARD, sizeof room);
    assert_row(&room, format_biflow(room.text, &b),
               "-9223372036854775808,-9223372036854775807,6,255,65535,65535,18446744073709551615,"
               "18446744073709551615,18446744073709551615,18446744073709551615\n");
}

static void
test_longest_flow(void **state)
{
    struct flow f = {.start = INT64_MAX,
                     .end = INT64_MIN,
                     .packets = UINT64_MAX,
                     .bytes = UINT64_MAX,
                     .packets_rev = UINT64_MAX,
                     .bytes_rev = UINT64_MAX,
                     .src_port = UINT16_MAX,
                     .dst_port = UINT16_MAX,
                     .proto = UINT8_MAX,
                     .family = 6};
    struct room room;

    (void)state;
    memset(f.src, 0xff, sizeof f.src);
    memset(f.dst, 0xff, sizeof f.dst);
    memset(&room, GUARD, sizeof room);
    assert_row(&room, format_flow(room.text, &f),
               "9223372036854775.807,-18446744073709551.615,255,"
               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,"
               "65535,65535,18446744073709551615,18446744073709551615,18446744073709551615,"
               "18446744073709551615\n");
}

static void
test_shortest_rows(void **state)
{
    const struct biflow b = {.family = 4};
    const struct flow f = {.family = 4};
    struct room room;

    (void)state;
    memset(&room, GUARD, sizeof room);
    assert_row(&room, format_biflow(room.text, &b), "0,0,4,0,0,0,0,0,0,0\n");
    memset(&room, GUARD, sizeof room);
    assert_row(&room, format_flow(room.text, &f), "0.000,0.000,0,0.0.0.0,0.0.0.0,0,0,0,0,0,0\n");
}

static void
test_headers_fit(void **state)
{
    (void)state;
    assert_true(strlen(FORMAT_PROFILE_HEADER) <= FORMAT_MAX_ROW_BYTES);
    assert_true(strlen(FORMAT_FLOWS_HEADER) <= FORMAT_MAX_ROW_BYTES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longest_biflow),
        cmocka_unit_test(test_longest_flow),
        cmocka_unit_test(test_shortest_rows),
        cmocka_unit_test(test_headers_fit),
    };

    return cmocka_run_group_tests_name("format", tests, NULL, NULL);
}
