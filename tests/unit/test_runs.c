/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows that wait in a temporary file, against the library's qsort().  Memory for rows and the number of
 * runs of a level are small here, so that few rows make several levels.
 */
#define RUNS_FAN_IN 4
#define RUNS_ROWS 64

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "random.h"
#include "rows.h"
#include "runs.c"

static struct runs runs;

/* How rows come: in no order, or in order for so many rows, which is one run, and then from the
 * beginning. */
enum { IN_NO_ORDER = 1 };

static struct biflow
draw_row(uint64_t *random, uint64_t different)
{
    return (struct biflow){.start = (int64_t)random_below(random, different) - 3,
                           .end = (int64_t)random_below(random, different),
                           .packets = random_below(random, 2),
                           .bytes_rev = random_below(random, different),
                           .family = 4};
}

static int
compare_rows(const void *a, const void *b)
{
    return rows_compare(a, b);
}

/* Puts n rows, and takes them in order. */
static void
check_rows(size_t n, uint64_t different, size_t in_order)
{
    struct rows put = {0}, taken = {0};
    uint64_t random = n;
    const struct biflow *next;

    for (size_t i = 0; i < n; i++) {
        struct biflow b = draw_row(&random, different);
        rows_add(&put, &b);
    }
    for (size_t i = 0; i < n; i += in_order)
        qsort(put.row + i, n - i < in_order ? n - i : in_order, sizeof(*put.row), compare_rows);
    runs_open(&runs);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(runs_add(&runs, &put.row[i]), 0);
    assert_int_equal(runs_complete(&runs), 0);
    while ((next = runs_next(&runs)) != NULL) {
        rows_add(&taken, next);
        assert_true(taken.n <= n);
        assert_int_equal(runs_take(&runs), 0);
    }
    runs_close(&runs);
    rows_sort(&put);
    assert_true(rows_equal(&taken, &put));
    rows_free(&put);
    rows_free(&taken);
}

/* A level is 4 times the one before: 64, 256, 1024, 4096 rows and so on. */
static void
test_sizes(void **state)
{
    static const size_t sizes[] = {0,    1,     2,     63,    64,    65,    128,   255,
                                   256,  257,   1023,  1024,  1025,  1280,  4095,  4096,
                                   4160, 16383, 16384, 20000, 65536, 87312, 150001};

    (void)state;
    static const size_t orders[] = {IN_NO_ORDER, 64, 100, 128, 500, 5000, 1000000};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        for (size_t j = 0; j<sizeof(orders) / sizeof(orders[0]); j += sizes[i]> 20000 ? 3 : 1) {
            check_rows(sizes[i], 1000000, orders[j]);
            check_rows(sizes[i], 3, orders[j]);
        }
    }
    for (size_t n = 0; n < 1200; n += 7) {
        check_rows(n, 20, IN_NO_ORDER);
        check_rows(n, 20, 192);
    }
}

/* Rows that come in order are one run, however many, and need no merging. */
static void
test_in_order(void **state)
{
    struct biflow b = {.family = 4};

    (void)state;
    runs_open(&runs);
    for (int i = 0; i < 20 * RUNS_ROWS; i++) {
        b.start = i / 3;
        assert_int_equal(runs_add(&runs, &b), 0);
    }
    assert_int_equal(runs.count[0], 1);
    b.start--;
    for (int i = 0; i < RUNS_ROWS; i++)
        assert_int_equal(runs_add(&runs, &b), 0);
    assert_int_equal(runs.count[0], 2);
    runs_close(&runs);
}

static void
test_more_than_any_disk_holds(void **state)
{
    struct biflow b = {.family = 4};
    uint64_t n = 1;

    (void)state;
    for (int level = 0; level < RUNS_LEVELS; level++)
        n *= RUNS_FAN_IN;
    runs_open(&runs);
    for (uint64_t i = 0; i < n * RUNS_ROWS - 1; i++) {
        b.start--;
        assert_int_equal(runs_add(&runs, &b), 0);
    }
    errno = 0;
    assert_int_equal(runs_add(&runs, &b), -1);
    assert_int_equal(errno, EFBIG);
    runs_close(&runs);
}

/* The file has no name, and the disk gets back what is merged: not much more is taken than the rows
 * need. */
static void
test_file(void **state)
{
    struct biflow b = {.family = 4};
    struct stat s;
    const size_t rows = 60000;

    (void)state;
    runs_open(&runs);
    assert_int_equal(runs.fd, -1);
    for (size_t i = 0; i < rows; i++) {
        b.start--;
        assert_int_equal(runs_add(&runs, &b), 0);
    }
    assert_int_equal(fstat(runs.fd, &s), 0);
    assert_int_equal(s.st_nlink, 0);
    assert_int_equal(s.st_mode & 077, 0);
    assert_true(s.st_size > (off_t)(3 * rows * sizeof(b)));
    /* Where the file system cannot give back, it takes all of it. */
    if ((off_t)s.st_blocks * 512 < s.st_size)
        assert_true((size_t)s.st_blocks * 512 < 3 * rows * sizeof(b));
    runs_close(&runs);
    assert_int_equal(runs.fd, -1);
}

/* Puts rows and takes them until something fails.  Returns how many were taken; errno is kept. */
static size_t
put_and_take(size_t n)
{
    struct biflow b = {.family = 4};
    size_t taken = 0;

    runs_open(&runs);
    errno = 0;
    for (size_t i = 0; i < n; i++) {
        b.start--;
        if (runs_add(&runs, &b) == -1)
            return 0;
    }
    if (runs_complete(&runs) == -1)
        return 0;
    while (runs_next(&runs) != NULL) {
        taken++;
        if (runs_take(&runs) == -1)
            return 0;
    }
    return taken;
}

/* A disk that is full after any number of bytes. */
static void
test_full_disk(void **state)
{
    struct rlimit before, limit;
    const size_t rows = 700;
    size_t fitted = 0;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
    for (size_t bytes = 0; bytes < 4 * rows * sizeof(struct biflow); bytes += 997) {
        limit = (struct rlimit){.rlim_cur = bytes, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        size_t taken = put_and_take(rows);
        int why = errno;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_true(taken == rows || (taken == 0 && why == EFBIG));
        fitted += taken == rows;
        runs_close(&runs);
    }
    assert_true(fitted > 0);
}

/* Somebody cuts the file. */
static void
test_file_is_cut(void **state)
{
    struct biflow b = {.family = 4};

    (void)state;
    runs_open(&runs);
    for (int i = 0; i < 200; i++)
        assert_int_equal(runs_add(&runs, &b), 0);
    assert_int_equal(runs_complete(&runs), 0);
    assert_int_equal(ftruncate(runs.fd, 150 * sizeof(b)), 0);
    bool failed = false;
    errno = 0;
    while (!failed && runs_next(&runs) != NULL)
        failed = runs_take(&runs) == -1;
    assert_true(failed);
    assert_int_equal(errno, EIO);
    runs_close(&runs);
}

static void
test_no_directory(void **state)
{
    char name[5000];
    const char *before = getenv("TMPDIR");

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(setenv("TMPDIR", name, 1), 0);
    assert_int_equal(put_and_take(100), 0);
    assert_int_equal(errno, ENAMETOOLONG);
    runs_close(&runs);
    assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
    assert_int_equal(put_and_take(100), 0);
    assert_int_equal(errno, ENOENT);
    runs_close(&runs);
    /* An empty one counts as none. */
    assert_int_equal(setenv("TMPDIR", "", 1), 0);
    assert_int_equal(put_and_take(100), 100);
    runs_close(&runs);
    assert_int_equal(before ? setenv("TMPDIR", before, 1) : unsetenv("TMPDIR"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_more_than_any_disk_holds),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_file_is_cut),
        cmocka_unit_test(test_no_directory),
    };

    return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
