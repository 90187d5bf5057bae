/* SPDX-License-Identifier: BSD-3-Clause */
/* One table, three shapes: what is in each, and what zero, signs and words become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "summary.h"

static const uint64_t list[] = {7, 0, UINT64_MAX};

static const struct summary_row rows[] = {
    {"type", NULL, .word = "profile"},
    {"rows", "rows read", .count = 12, .always = true},
    {"none", "never seen", .count = 0},
    {"zero", "seen nevertheless", .count = 0, .always = true},
    {"first_ms", NULL, .count = (uint64_t)-5, .is_signed = true},
    {"most", "at most", .count = UINT64_MAX},
    {NULL, "skipped", .count = 3, .joint = "; "},
    {NULL, "", .word = "the rows have no zone"},
    {"each", NULL, .list = list, .count = 3},
    {"nothing", NULL, .list = list, .count = 0},
};

static void
expect(enum summary_shape shape, size_t first, size_t n, const char *expected)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    summary_write(out, "ftp-test", shape, rows + first, n);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void
test_lines(void **state)
{
    (void)state;
    expect(SUMMARY_LINES, 0, 10,
           "ftp-test:                   12  rows read\n"
           "ftp-test:                    0  seen nevertheless\n"
           "ftp-test: 18446744073709551615  at most\n"
           "ftp-test:                    3  skipped\n"
           "ftp-test: the rows have no zone\n");
}

static void
test_sentence(void **state)
{
    (void)state;
    expect(SUMMARY_SENTENCE, 0, 7,
           "ftp-test: 12 rows read, 0 seen nevertheless, 18446744073709551615 at most; 3 skipped\n");
    /* The first has a colon before it, whatever its joint. */
    expect(SUMMARY_SENTENCE, 6, 4, "ftp-test: 3 skipped, the rows have no zone\n");
}

static void
test_json(void **state)
{
    (void)state;
    expect(SUMMARY_JSON, 0, 8,
           "{\"program\":\"ftp-test\",\"type\":\"profile\",\"rows\":12,\"none\":0,\"zero\":0,\"first_"
           "ms\":-5,"
           "\"most\":18446744073709551615}\n");
    expect(SUMMARY_JSON, 8, 2,
           "{\"program\":\"ftp-test\",\"each\":[7,0,18446744073709551615],\"nothing\":[]}\n");
    expect(SUMMARY_JSON, 0, 0, "{\"program\":\"ftp-test\"}\n");
}

static void
test_peak_memory(void **state)
{
    (void)state;
    /* A process has some pages, and this one not a gigabyte. */
    assert_in_range(summary_peak_memory(), 100000, 1000000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_sentence),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_peak_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
