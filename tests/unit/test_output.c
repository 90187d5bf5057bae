/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where absolute times end.  Whatever rows come, and whatever zero and bulk are asked for, no time leaves
 * that could tell the date; what is left out is counted; rows that have to wait leave in order.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "days.h"
#include "output.h"
#include "random.h"
#include "rows.h"
#include "sort.h"

#define T0 INT64_C(1700000000000)
#define YEAR OUTPUT_MAX_DISTANCE

static struct output out;
static int fd;

static void
begin(void)
{
    fd = memfd_create("rows", MFD_CLOEXEC);
    assert_true(fd != -1);
    assert_int_equal(output_open(&out, fd), 0);
}

/* Ends the stream and reads it. */
static struct rows
end(void)
{
    struct rows rows = {0};
    struct stream_reader reader;
    struct biflow b;
    enum stream_result result;

    assert_int_equal(output_drain(&out), 0);
    assert_int_equal(output_finish(&out, 0), 0);
    output_release(&out);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(stream_reader_open(&reader, fd, STREAM_BIFLOW), 0);
    while ((result = stream_get_biflow(&reader, &b)) == STREAM_RECORD)
        rows_add(&rows, &b);
    assert_int_equal(result, STREAM_END);
    stream_reader_release(&reader);
    close(fd);
    return rows;
}

/* A row of a length that the cache may give. */
static struct biflow
row(int64_t start, int64_t length)
{
    int64_t most = start > INT64_MAX - length ? INT64_MAX - start : length;

    return (struct biflow){.start = start,
                           .end = start + most,
                           .packets = 2,
                           .bytes = 80,
                           .family = 4,
                           .proto = 6};
}

static void
put(int64_t start, int64_t length)
{
    struct biflow b = row(start, length);

    assert_int_equal(output_put(&out, &b), 0);
}

static const int64_t times[] = {0,
                                -1,
                                T0,
                                T0 + 1,
                                T0 - YEAR,
                                T0 + YEAR,
                                INT64_MIN,
                                INT64_MAX,
                                INT64_MIN + YEAR,
                                INT64_MAX - YEAR,
                                INT64_C(4323456789000),
                                -YEAR,
                                YEAR};

enum { TIMES = sizeof(times) / sizeof(times[0]) };

static int64_t
draw_time(uint64_t *random)
{
    int64_t t = times[random_below(random, TIMES)];
    int64_t by = (int64_t)random_below(random, 5) - 2;

    if (random_percent(random, 30))
        by *= DAYS_MS;
    if ((by > 0 && t > INT64_MAX - by) || (by < 0 && t < INT64_MIN - by))
        return t;
    return t + by;
}

static uint64_t
apart(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* Rows leave as they come: those that start at most 366 days from the bulk, by the millisecond. */
static void
test_given_zero(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        int64_t bulk = draw_time(&random), zero = draw_time(&random);
        struct rows wanted = {0};
        uint64_t left_out = 0;
        if (apart(bulk, zero) > (uint64_t)(YEAR + DAYS_MS))
            zero = bulk;
        begin();
        output_set_zero(&out, zero, bulk);
        for (int i = 0; i < 20; i++) {
            struct biflow b =
                row(draw_time(&random), (int64_t)random_below(&random, (uint64_t)BIFLOW_MAX_MS + 1));
            struct biflow sent = b;
            assert_int_equal(output_put(&out, &sent), 0);
            if (apart(b.start, bulk) > (uint64_t)YEAR) {
                left_out++;
                continue;
            }
            b.start -= zero;
            b.end -= zero;
            rows_add(&wanted, &b);
        }
        assert_int_equal(out.counts.unset_clock, left_out);
        assert_int_equal(out.counts.rows, wanted.n);
        struct rows rows = end();
        assert_true(rows_equal(&rows, &wanted));
        for (size_t i = 0; i < rows.n; i++) {
            assert_in_range(rows.row[i].start + 2 * YEAR + DAYS_MS, 0, 2 * (2 * YEAR + DAYS_MS));
            assert_true(rows.row[i].end - rows.row[i].start <= BIFLOW_MAX_MS);
        }
        rows_free(&rows);
        rows_free(&wanted);
    }
}

/* Rows wait, and then leave together with those that come in order: by the day, and from 0. */
static void
check_sorted(struct rows *rows, size_t waiting, int64_t bulk)
{
    struct rows wanted = {0}, last = {0};
    int64_t first, final;

    days_bounds(bulk, &first, &final);
    begin();
    output_set_sorted(&out);
    for (size_t i = 0; i < rows->n; i++) {
        struct biflow b = rows->row[i];
        if (i < waiting)
            assert_int_equal(output_put(&out, &b), 0);
        else
            rows_add(&last, &b);
    }
    assert_int_equal(output_complete(&out, bulk), 0);
    rows_sort(&last);
    for (size_t i = 0; i < last.n; i++)
        assert_int_equal(output_put(&out, &last.row[i]), 0);
    rows_sort(rows);
    for (size_t i = 0; i < rows->n; i++)
        if (rows->row[i].start >= first && rows->row[i].start <= final)
            rows_add(&wanted, &rows->row[i]);
    for (size_t i = wanted.n; i-- > 0;) {
        wanted.row[i].end -= wanted.row[0].start;
        wanted.row[i].start -= wanted.row[0].start;
    }
    struct rows got = end();
    assert_true(rows_equal(&got, &wanted));
    assert_int_equal(out.counts.unset_clock, rows->n - wanted.n);
    if (got.n > 0)
        assert_in_range(got.row[got.n - 1].start, 0, 2 * YEAR + DAYS_MS);
    rows_free(&got);
    rows_free(&wanted);
    rows_free(&last);
}

static void
test_sorted(void **state)
{
    uint64_t random = 2;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct rows rows = {0};
        size_t n = random_below(&random, 40);
        int64_t bulk_time = draw_time(&random);
        int64_t bulk = bulk_time / DAYS_MS - (bulk_time % DAYS_MS < 0);
        for (size_t i = 0; i < n; i++) {
            struct biflow b = row(draw_time(&random), (int64_t)random_below(&random, 1000));
            b.src_port = (uint16_t)random_below(&random, 3);
            rows_add(&rows, &b);
        }
        check_sorted(&rows, random_below(&random, n + 1), bulk);
        rows_free(&rows);
    }
}

static void
test_no_rows(void **state)
{
    (void)state;
    begin();
    output_set_sorted(&out);
    assert_int_equal(output_complete(&out, 0), 0);
    struct rows rows = end();
    assert_int_equal(rows.n, 0);
    assert_int_equal(out.counts.rows, 0);
}

static void
test_counts(void **state)
{
    (void)state;
    begin();
    output_set_zero(&out, T0, T0);
    put(T0 + 50, 100);
    put(T0 - 7, 3);
    put(T0 + YEAR, 5);
    put(T0 + YEAR + 1, 5);
    put(T0 - YEAR, 5);
    put(T0 - YEAR - 1, 5);
    struct biflow b = row(T0, 0);
    b.packets_rev = 5;
    b.bytes_rev = 7;
    assert_int_equal(output_put(&out, &b), 0);
    b = row(T0, 0);
    b.proto = 17;
    b.packets_rev = 1;
    assert_int_equal(output_put(&out, &b), 0);
    assert_int_equal(out.counts.rows, 6);
    assert_int_equal(out.counts.two_sided, 2);
    assert_int_equal(out.counts.tcp, 5);
    assert_int_equal(out.counts.tcp_two_sided, 1);
    assert_int_equal(out.counts.unset_clock, 2);
    assert_int_equal(out.counts.packets, 6 * 2 + 6);
    assert_int_equal(out.counts.bytes, 6 * 80 + 7);
    assert_int_equal(out.counts.first, -YEAR);
    assert_int_equal(out.counts.last, YEAR + 5);
    b = row(T0, 0);
    b.packets = UINT64_MAX - 3;
    b.bytes_rev = UINT64_MAX;
    assert_int_equal(output_put(&out, &b), 0);
    assert_true(out.counts.packets == UINT64_MAX && out.counts.bytes == UINT64_MAX);
    struct rows rows = end();
    assert_int_equal(rows.n, 7);
    rows_free(&rows);
}

/* What fails has its name. */
static void
test_failures(void **state)
{
    const char *before = getenv("TMPDIR");
    struct biflow b = row(T0, 0);
    int result = 0, ends[2];

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(output_open(&out, ends[1]), 0);
    close(ends[0]);
    output_set_zero(&out, T0, T0);
    for (int i = 0; i < 100000 && result == 0; i++) {
        b = row(T0, 0);
        result = output_put(&out, &b);
    }
    assert_int_equal(result, -1);
    assert_int_equal(errno, EPIPE);
    assert_string_equal(out.failed, "standard output");
    output_release(&out);
    close(ends[1]);

    begin();
    output_set_sorted(&out);
    assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
    b = row(T0, 0);
    assert_int_equal(output_put(&out, &b), 0);
    assert_int_equal(output_complete(&out, 0), -1);
    assert_int_equal(errno, ENOENT);
    assert_string_equal(out.failed, "temporary file");
    assert_int_equal(before ? setenv("TMPDIR", before, 1) : unsetenv("TMPDIR"), 0);
    output_release(&out);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_given_zero), cmocka_unit_test(test_sorted),
        cmocka_unit_test(test_no_rows),    cmocka_unit_test(test_counts),
        cmocka_unit_test(test_failures),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
