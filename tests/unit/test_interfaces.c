/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of exporters and interfaces: its order, its counts, and its cost for any order of the ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "interfaces.h"

enum { MANY = 160000, LONGEST_SECONDS = 5 };

static struct run run;

/* A row that enters by an interface of exporter 192.0.2.1 and leaves by another. */
static struct row
row_between(uint32_t in, uint32_t out, int64_t start, int64_t end)
{
    return (struct row){.flow = {.start = start, .end = end, .packets = 1, .bytes = 60, .family = 4},
                        .in_interface = in,
                        .out_interface = out,
                        .exporter = {192, 0, 2, 1},
                        .exporter_family = 4};
}

/* Prints a table, and returns what was printed as a string that the caller frees. */
static char *
print(struct interfaces *t, int verbose)
{
    FILE *kept = tmpfile();
    int out = dup(STDOUT_FILENO);

    assert_non_null(kept);
    (void)fflush(stdout);
    assert_int_not_equal(dup2(fileno(kept), STDOUT_FILENO), -1);
    int result = interfaces_print(t, verbose);
    (void)fflush(stdout);
    assert_int_not_equal(dup2(out, STDOUT_FILENO), -1);
    (void)close(out);
    assert_int_equal(result, 0);
    (void)fseek(kept, 0, SEEK_END);
    long size = ftell(kept);
    rewind(kept);
    char *text = calloc(1, (size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, kept), size);
    (void)fclose(kept);
    return text;
}

static void
test_counts(void **state)
{
    struct interfaces t;
    const struct row rows[] = {row_between(7, 8, 5000, 6000), row_between(8, 7, 1000, 2000),
                               row_between(7, UINT32_MAX, 9000, 9500)};

    (void)state;
    interfaces_open(&t, &run);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(interfaces_take(&t, &rows[i]), RUN_OK);
    char *text = print(&t, 1);
    const char *second = strchr(text, '\n') + 1;
    assert_string_equal(
        second,
        "192.0.2.1          7            2            1            0       "
        "       "
        "3              180  1970-01-01 00:00:01  1970-01-01 00:00:09  -r 192.0.2.1 -i 7\n"
        "192.0.2.1          8            1            1            0       "
        "       "
        "2              120  1970-01-01 00:00:01  1970-01-01 00:00:06  -r 192.0.2.1 -i 8\n"
        "192.0.2.1 4294967295            0            1            0       "
        "       "
        "1               60  1970-01-01 00:00:09  1970-01-01 00:00:09  -r 192.0.2.1 -i 4294967295\n"
        "exporter 192.0.2.1: the longest record lasts 1.000 s\n");
    free(text);
    text = print(&t, 2);
    assert_string_equal(
        text, "{\"program\":\"ftp-read\",\"interfaces\":["
              "{\"exporter\":\"192.0.2.1\",\"interface\":7,\"flows_in\":2,\"flows_out\":1,\"biflows\":0,"
              "\"packets\":3,\"bytes\":180,\"first_ms\":1000,\"last_ms\":9500},"
              "{\"exporter\":\"192.0.2.1\",\"interface\":8,\"flows_in\":1,\"flows_out\":1,\"biflows\":0,"
              "\"packets\":2,\"bytes\":120,\"first_ms\":1000,\"last_ms\":6000},"
              "{\"exporter\":\"192.0.2.1\",\"interface\":4294967295,\"flows_in\":0,\"flows_out\":1,"
              "\"biflows\":0,\"packets\":1,\"bytes\":60,\"first_ms\":9000,\"last_ms\":9500}],"
              "\"exporters\":[{\"exporter\":\"192.0.2.1\",\"records\":3,\"longest_ms\":1000,\"pile_s\":0,"
              "\"pile_records\":0}]}\n");
    free(text);
    interfaces_release(&t);
}

/* Finds the pile of some records that last the same, among others of every length up to
 * 600 s. */
static void
expect_pile(unsigned ms, unsigned n, unsigned others, bool found)
{
    static struct durations d;
    unsigned second;
    uint64_t records;

    d = (struct durations){.records = 0};
    for (unsigned i = 0; i < 600 * others; i++)
        durations_add(&d, 0, i % 600 * 1000);
    for (unsigned i = 0; i < n; i++)
        durations_add(&d, 5, 5 + ms + i % 900);
    assert_int_equal(durations_pile(&d, &second, &records), found);
    if (!found)
        return;
    assert_int_equal(second, ms / 1000);
    assert_true(records >= n && records <= n + 2 * others);
}

static void
test_pile(void **state)
{
    (void)state;
    expect_pile(300000, 100, 1, true);
    expect_pile(60000, 20, 1, true);
    expect_pile(1800000, 12, 1, true);
    expect_pile(300000, 5, 1, false);
    expect_pile(2000, 100, 1, false);
    expect_pile(8000000, 1000, 1, false);
    expect_pile(300000, 100, 20, false);
    expect_pile(300000, 400, 20, true);
}

static uint32_t
reverse_bits(uint32_t n)
{
    uint32_t r = 0;

    for (int i = 0; i < 32; i++)
        r |= (n >> i & 1) << (31 - i);
    return r;
}

/* Counts many ids in an order that the sender chose. */
static void
check_order(uint32_t (*id)(uint32_t i))
{
    struct interfaces t;
    clock_t begin = clock();

    interfaces_open(&t, &run);
    for (uint32_t i = 0; i < MANY; i++) {
        struct row row = row_between(id(i), 0, 0, 0);
        assert_int_equal(interfaces_take(&t, &row), RUN_OK);
    }
    assert_int_equal(t.count, MANY + (id(0) != 0));
    interfaces_release(&t);
    assert_true(clock() - begin < LONGEST_SECONDS * CLOCKS_PER_SEC);
}

static uint32_t
ascending(uint32_t i)
{
    return i + 1;
}

static uint32_t
descending(uint32_t i)
{
    return MANY - i;
}

static void
test_any_order(void **state)
{
    (void)state;
    check_order(ascending);
    check_order(descending);
    check_order(reverse_bits);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_pile),
        cmocka_unit_test(test_any_order),
    };
    return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
