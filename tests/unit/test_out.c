/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The output without a program around it: text of sizes around that of the buffer, plain and gzipped, in
 * pieces of any size; what a failure says; and that only out_close() changes FILE.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "out.h"

static char directory[] = "/tmp/test_out.XXXXXX";
static char *file;

static int
make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory) || asprintf(&file, "%s/file", directory) == -1)
        return -1;
    return 0;
}

/* Fails when anything is left in it. */
static int
remove_directory(void **state)
{
    (void)state;
    free(file);
    return rmdir(directory);
}

/* Byte i of any text here. */
static char
text_byte(size_t i)
{
    return (char)('0' + (i ^ i >> 7) % 10);
}

/* Puts bytes from..to of the text in pieces.  Returns whether all could be put. */
static bool
put_text(struct out *o, size_t from, size_t to, size_t piece)
{
    while (from < to) {
        size_t n = to - from < piece ? to - from : piece;
        char *p = out_room(o, n);
        if (!p)
            return false;
        for (size_t i = 0; i < n; i++)
            p[i] = text_byte(from + i);
        o->next = p + n;
        from += n;
    }
    return true;
}

/* zlib reads plain files, too. */
static void
assert_file_holds(size_t n)
{
    gzFile f = gzopen(file, "rb");
    uint8_t *back = malloc(n + 1);

    assert_non_null(f);
    assert_non_null(back);
    assert_int_equal(gzread(f, back, (unsigned)n + 1), n);
    for (size_t i = 0; i < n; i++) {
        if (back[i] != (uint8_t)text_byte(i))
            fail_msg("byte %zu of %zu is wrong", i, n);
    }
    assert_int_equal(gzclose(f), Z_OK);
    free(back);
}

static void
test_sizes(void **state)
{
    static const size_t sizes[] =
        {0, 1, OUT_BUFFER_BYTES - 1, OUT_BUFFER_BYTES, OUT_BUFFER_BYTES + 1, 5 * OUT_BUFFER_BYTES + 3};
    static const size_t pieces[] = {97, 4096, OUT_BUFFER_BYTES};
    struct out o;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            for (int level = OUT_PLAIN; level <= GZIP_MAX_LEVEL; level += 3) {
                struct stat st;
                assert_int_equal(out_open(&o, file, level), 0);
                assert_true(put_text(&o, 0, sizes[i], pieces[j]));
                assert_int_equal(out_close(&o), 0);
                assert_int_equal(o.text_bytes, sizes[i]);
                assert_int_equal(stat(file, &st), 0);
                assert_int_equal(o.bytes, st.st_size);
                assert_file_holds(sizes[i]);
                assert_int_equal(unlink(file), 0);
            }
        }
    }
}

/* Text that repeats itself after 16 KiB and not before is as small over several blocks as in one: each
 * block refers to the end of the one before. */
static void
test_blocks_refer_back(void **state)
{
    enum { PERIOD = 16 * 1024, BLOCKS = 4 };
    static char pattern[PERIOD];
    uint32_t x = 2463534242U;
    struct out o;

    (void)state;
    for (size_t i = 0; i < PERIOD; i++) {
        x = x * 1664525 + 1013904223;
        pattern[i] = (char)(x >> 24);
    }
    assert_int_equal(out_open(&o, file, GZIP_MAX_LEVEL), 0);
    for (size_t i = 0; i < BLOCKS * OUT_BUFFER_BYTES / PERIOD; i++) {
        char *p = out_room(&o, PERIOD);
        assert_non_null(p);
        memcpy(p, pattern, PERIOD);
        o.next = p + PERIOD;
    }
    assert_int_equal(out_close(&o), 0);
    assert_in_range(o.bytes, PERIOD, 2 * PERIOD);
    assert_int_equal(unlink(file), 0);
}

static void
test_only_close_changes_the_file(void **state)
{
    struct out o;

    (void)state;
    for (int level = OUT_PLAIN; level <= GZIP_MIN_LEVEL; level++) {
        assert_int_equal(out_open(&o, file, level), 0);
        assert_true(put_text(&o, 0, 10, 10));
        assert_int_equal(access(file, F_OK), -1);
        assert_int_equal(out_close(&o), 0);
        assert_file_holds(10);

        assert_int_equal(out_open(&o, file, level), 0);
        assert_true(put_text(&o, 0, 3 * OUT_BUFFER_BYTES, 1000));
        assert_file_holds(10);
        out_discard(&o);
        assert_file_holds(10);
        assert_int_equal(unlink(file), 0);
        assert_int_equal(rmdir(directory), 0);
        assert_int_equal(mkdir(directory, 0700), 0);
    }
}

static void
test_failures_are_told(void **state)
{
    struct out o;

    (void)state;
    for (int level = OUT_PLAIN; level <= GZIP_MIN_LEVEL; level++) {
        /* What is small is written by out_close(). */
        assert_int_equal(out_open(&o, "/dev/full", level), 0);
        assert_string_equal(o.name, "/dev/full");
        assert_true(put_text(&o, 0, 10, 10));
        assert_int_equal(out_close(&o), -1);
        assert_string_equal(o.problem.text, "No space left on device");

        /* What is large meets the error before. */
        assert_int_equal(out_open(&o, "/dev/full", level), 0);
        assert_false(put_text(&o, 0, 100 * OUT_BUFFER_BYTES, OUT_BUFFER_BYTES));
        assert_string_equal(o.problem.text, "No space left on device");
        out_discard(&o);

        assert_int_equal(out_open(&o, directory, level), -1);
        assert_string_equal(o.problem.text, "Is a directory");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_blocks_refer_back),
        cmocka_unit_test(test_only_close_changes_the_file),
        cmocka_unit_test(test_failures_are_told),
    };

    return cmocka_run_group_tests_name("out", tests, make_directory, remove_directory);
}
