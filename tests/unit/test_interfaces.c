/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of exporters and interfaces: its order, its counts, and its cost for any order of the ids. */
#include <setjmp.h>
#include <stdarg.h>
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
print(struct interfaces *t)
{
    FILE *kept = tmpfile();
    int out = dup(STDOUT_FILENO);

    assert_non_null(kept);
    (void)fflush(stdout);
    assert_int_not_equal(dup2(fileno(kept), STDOUT_FILENO), -1);
    int result = interfaces_print(t);
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
    char *text = print(&t);
    const char *second = strchr(text, '\n') + 1;
    assert_string_equal(
        second,
        "192.0.2.1                                        7            2            1            0  "
        "1970-01-01 00:00:01  1970-01-01 00:00:09\n"
        "192.0.2.1                                        8            1            1            0  "
        "1970-01-01 00:00:01  1970-01-01 00:00:06\n"
        "192.0.2.1                               4294967295            0            1            0  "
        "1970-01-01 00:00:09  1970-01-01 00:00:09\n");
    free(text);
    interfaces_release(&t);
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
        cmocka_unit_test(test_any_order),
    };
    return cmocka_run_group_tests_name("interfaces", tests, NULL, NULL);
}
