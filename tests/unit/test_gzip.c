/* SPDX-License-Identifier: BSD-3-Clause */
/* The gzip member of gzip.c: read back by zlib, for every level, number of workers and size that
 * matters. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "gzip.h"

struct bytes {
    uint8_t *p;
    size_t n;
};

/* Rows that look like a profile, or bytes that no level makes smaller. */
static struct bytes
make_text(size_t n, bool random)
{
    struct bytes text = {malloc(n + 128), n};
    uint32_t x = 2463534242U;

    assert_non_null(text.p);
    for (size_t i = 0; i < n;) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        if (random)
            text.p[i++] = (uint8_t)x;
        else
            i += (size_t)sprintf((char *)text.p + i, "%zu,%zu,4,6,%u,443,%u,%u,1,52\n", i, i + x % 999,
                                 x >> 16, x % 31, x % 7919);
    }
    return text;
}

/* Puts the text in pieces of up to so many bytes; -1 when gzip_put() or gzip_finish() fails. */
static int
compress_to(int fd, struct bytes text, int level, unsigned workers, size_t piece, uint64_t *written)
{
    struct gzip *z = gzip_open(fd, level, workers);
    int result = 0;

    assert_non_null(z);
    for (size_t i = 0; i < text.n && result == 0; i += piece) {
        size_t n = text.n - i < piece ? text.n - i : piece;
        memcpy(gzip_block(z), text.p + i, n);
        result = gzip_put(z, n);
    }
    if (result == 0)
        result = gzip_finish(z);
    *written = gzip_written(z);
    int why = errno;
    gzip_release(z);
    errno = why;
    return result;
}

static struct bytes
compressed(struct bytes text, int level, unsigned workers, size_t piece)
{
    FILE *file = tmpfile();
    uint64_t written;
    struct bytes out;

    assert_non_null(file);
    assert_int_equal(compress_to(fileno(file), text, level, workers, piece, &written), 0);
    off_t end = lseek(fileno(file), 0, SEEK_END);
    assert_int_equal(end, written);
    out.n = (size_t)end;
    out.p = malloc(out.n);
    assert_non_null(out.p);
    assert_int_equal(pread(fileno(file), out.p, out.n, 0), end);
    assert_int_equal(fclose(file), 0);
    return out;
}

/* One member, which ends where the bytes do, has the right checksum and gives the text. */
static void
assert_member_of(struct bytes packed, struct bytes text)
{
    z_stream s = {.next_in = packed.p, .avail_in = (uInt)packed.n};
    uint8_t *back = malloc(text.n + 1);

    assert_non_null(back);
    assert_int_equal(inflateInit2(&s, 15 + 16), Z_OK);
    s.next_out = back;
    s.avail_out = (uInt)text.n + 1;
    assert_int_equal(inflate(&s, Z_FINISH), Z_STREAM_END);
    assert_int_equal(s.avail_in, 0);
    assert_int_equal(s.total_out, text.n);
    assert_memory_equal(back, text.p, text.n);
    (void)inflateEnd(&s);
    free(back);
}

/* One worker and several make the same bytes, and these are a member. */
static void
round_trip(struct bytes text, int level, unsigned workers, size_t piece)
{
    struct bytes one = compressed(text, level, 1, piece);
    struct bytes more = compressed(text, level, workers, piece);

    assert_member_of(one, text);
    assert_int_equal(more.n, one.n);
    assert_memory_equal(more.p, one.p, one.n);
    free(more.p);
    free(one.p);
}

static void
every_size_at_every_level(void **state)
{
    static const size_t sizes[] = {0,
                                   1,
                                   32 * 1024 - 1,
                                   32 * 1024,
                                   GZIP_BLOCK_BYTES - 1,
                                   GZIP_BLOCK_BYTES,
                                   GZIP_BLOCK_BYTES + 1,
                                   2 * GZIP_BLOCK_BYTES + 1};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int level = GZIP_MIN_LEVEL; level <= GZIP_MAX_LEVEL; level++) {
            for (int random = 0; random < 2; random++) {
                struct bytes text = make_text(sizes[i], random);
                round_trip(text, level, 3, GZIP_BLOCK_BYTES);
                free(text.p);
            }
        }
    }
}

/* More blocks than the ring has slots, so that each is used again. */
static void
ring_comes_round(void **state)
{
    struct bytes text = make_text(25 * GZIP_BLOCK_BYTES + 7, false);

    (void)state;
    for (unsigned workers = 1; workers <= GZIP_MAX_WORKERS; workers++)
        round_trip(text, GZIP_MIN_LEVEL, workers, GZIP_BLOCK_BYTES);
    free(text.p);
}

/* Text that comes again 30,000 bytes later: only a dictionary that reaches back over several blocks knows
 * it. */
static void
small_blocks(void **state)
{
    enum { AGAIN = 30000 };
    struct bytes text = make_text(2 * AGAIN, true);

    (void)state;
    memcpy(text.p + AGAIN, text.p, AGAIN);
    round_trip(text, 6, 2, 997);
    struct bytes packed = compressed(text, 6, 2, 10000);
    assert_in_range(packed.n, AGAIN, AGAIN + AGAIN / 10);
    free(packed.p);
    text.n = 5000;
    round_trip(text, 6, 2, 1);
    free(text.p);
}

static void
failed_write(void **state)
{
    struct bytes text = make_text(25 * GZIP_BLOCK_BYTES, false);
    uint64_t written;
    int full = open("/dev/full", O_WRONLY);

    (void)state;
    assert_int_not_equal(full, -1);
    assert_int_equal(compress_to(full, text, 1, 2, GZIP_BLOCK_BYTES, &written), -1);
    assert_int_equal(errno, ENOSPC);
    assert_int_equal(written, 0);
    text.n = 0;
    assert_int_equal(compress_to(full, text, 1, 2, GZIP_BLOCK_BYTES, &written), -1);
    assert_int_equal(close(full), 0);
    free(text.p);
}

/* Released in the middle, with blocks queued, being packed and packed: no end, and nothing left over. */
static void
release_without_finish(void **state)
{
    struct bytes text = make_text(GZIP_BLOCK_BYTES, false);

    (void)state;
    for (unsigned blocks = 0; blocks < 12; blocks++) {
        FILE *file = tmpfile();
        assert_non_null(file);
        struct gzip *z = gzip_open(fileno(file), 1, 2);
        assert_non_null(z);
        for (unsigned i = 0; i < blocks; i++) {
            memcpy(gzip_block(z), text.p, text.n);
            assert_int_equal(gzip_put(z, text.n), 0);
        }
        gzip_release(z);
        rewind(file);
        gzFile back = gzdopen(dup(fileno(file)), "rb");
        assert_non_null(back);
        uint8_t *read = malloc(12 * text.n);
        assert_non_null(read);
        int n = gzread(back, read, (unsigned)(12 * text.n));
        int status = gzclose(back);
        assert_true(n <= 0 || status == Z_BUF_ERROR);
        free(read);
        assert_int_equal(fclose(file), 0);
    }
    free(text.p);
    gzip_release(NULL);
}

static void
workers_of_this_machine(void **state)
{
    (void)state;
    assert_in_range(gzip_workers(), 1, GZIP_MAX_WORKERS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_at_every_level),
        cmocka_unit_test(ring_comes_round),
        cmocka_unit_test(small_blocks),
        cmocka_unit_test(failed_write),
        cmocka_unit_test(release_without_finish),
        cmocka_unit_test(workers_of_this_machine),
    };

    return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
