/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The record stream against ftp-stream(5): known records against their bytes, which were worked out from
 * the page by another program (Python's struct and zlib), both ways; and what damage does to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stream.h"

#define IP6(last)                                                                                        \
    {                                                                                                    \
        0x20, 0x01, 0x0d, 0xb8, [15] = (last)                                                            \
    }

static const struct flow flows[] = {
    {.start = 1700000000123,
     .end = 1700000001456,
     .packets = 10,
     .bytes = 1234,
     .src = {192, 0, 2, 1},
     .dst = {198, 51, 100, 2},
     .src_port = 40000,
     .dst_port = 443,
     .proto = PROTO_TCP,
     .family = 4},
    {.start = -2,
     .end = -1002,
     .packets = 1,
     .bytes = (UINT64_C(1) << 32) + 96,
     .src = IP6(1),
     .dst = IP6(2),
     .dst_port = 0x8000,
     .proto = PROTO_ICMP6,
     .family = 6},
    {.start = 1700000000000,
     .end = 1700000000000,
     .packets = 1,
     .bytes = 77,
     .packets_rev = 2,
     .bytes_rev = 200,
     .src = {10, 0, 0, 3},
     .dst = {10, 0, 0, 4},
     .src_port = 5353,
     .dst_port = 53,
     .proto = PROTO_UDP,
     .family = 4},
    {.start = 1700000000000,
     .end = 1700000000001,
     .packets = 1,
     .bytes = 77,
     .bytes_rev = 1,
     .src = IP6(2),
     .dst = IP6(1),
     .src_port = 53,
     .dst_port = 1024,
     .proto = PROTO_UDP,
     .family = 6},
};

static const struct biflow biflow = {.start = -5,
                                     .end = 1333,
                                     .packets = 10,
                                     .bytes = 1234,
                                     .packets_rev = 8,
                                     .bytes_rev = (UINT64_C(1) << 40) + 1,
                                     .src_port = 40000,
                                     .dst_port = 443,
                                     .proto = PROTO_TCP,
                                     .family = 6};

enum { FLOWS = sizeof flows / sizeof flows[0], SKIPPED = 3, MAX_BYTES = 1024 };

/* clang-format off */
static const uint8_t flow_bytes[] = {
    0x89, 0x46, 0x54, 0x50, 0x0d, 0x0a, 0x1a, 0x0a, /* magic */
    0x01, 0x01, 0x00, 0x00, /* version, kind, 0 */
    0x67, 0x59, 0x1d, 0x14, /* checksum */
    0x01, 0x00, 0x00, 0x00, 0x08, 0x01, 0x00, 0x00, /* records, length 264 */
    0x5d, 0x70, 0x38, 0xbf, /* checksum */
    0x00, 0x06, /* IPv4, one way: flags, protocol */
    0x40, 0x9c, 0xbb, 0x01, /* ports */
    0x7b, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00, /* start */
    0xb0, 0x6d, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00, /* end */
    0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* packets */
    0xd2, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* bytes */
    0xc0, 0x00, 0x02, 0x01, /* source */
    0xc6, 0x33, 0x64, 0x02, /* destination */
    0x01, 0x3a, /* IPv6, one way: flags, protocol */
    0x00, 0x00, 0x00, 0x80, /* ports */
    0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* start */
    0x16, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* end */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* packets */
    0x60, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, /* bytes */
    0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, /* source */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
    0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, /* destination */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
    0x02, 0x11, /* IPv4, both ways: flags, protocol */
    0xe9, 0x14, 0x35, 0x00, /* ports */
    0x00, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00, /* start */
    0x00, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00, /* end */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* packets */
    0x4d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* bytes */
    0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* reverse packets */
    0xc8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* reverse bytes */
    0x0a, 0x00, 0x00, 0x03, /* source */
    0x0a, 0x00, 0x00, 0x04, /* destination */
    0x03, 0x11, /* IPv6, both ways: flags, protocol */
    0x35, 0x00, 0x00, 0x04, /* ports */
    0x00, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00, /* start */
    0x01, 0x68, 0xe5, 0xcf, 0x8b, 0x01, 0x00, 0x00, /* end */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* packets */
    0x4d, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* bytes */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* reverse packets */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* reverse bytes */
    0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, /* source */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02,
    0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, /* destination */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
    0x02, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, /* trailer, length 16 */
    0xff, 0xec, 0xe7, 0x9f, /* checksum */
    0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* records */
    0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* skipped rows */
};

static const uint8_t biflow_bytes[] = {
    0x89, 0x46, 0x54, 0x50, 0x0d, 0x0a, 0x1a, 0x0a, /* magic */
    0x01, 0x02, 0x00, 0x00, /* version, kind, 0 */
    0x3e, 0xe7, 0x5b, 0x16, /* checksum */
    0x01, 0x00, 0x00, 0x00, 0x36, 0x00, 0x00, 0x00, /* records, length 54 */
    0x9f, 0xa1, 0x56, 0x2a, /* checksum */
    0x01, 0x06, /* IPv6: flags, protocol */
    0x40, 0x9c, 0xbb, 0x01, /* ports */
    0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* start */
    0x35, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* end */
    0x0a, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* packets */
    0xd2, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* bytes */
    0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* reverse packets */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, /* reverse bytes */
    0x02, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, /* trailer, length 16 */
    0xfc, 0x77, 0x27, 0x30, /* checksum */
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* records */
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* skipped rows */
};
/* clang-format on */

/* An unnamed file with some bytes in it, read from its start. */
static int
file_of(const uint8_t *bytes, size_t n)
{
    FILE *f = tmpfile();

    assert_non_null(f);
    int fd = dup(fileno(f));
    (void)fclose(f);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void
assert_file(int fd, const uint8_t *expected, size_t n)
{
    uint8_t got[MAX_BYTES];

    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    assert_int_equal(read(fd, got, sizeof got), n);
    assert_memory_equal(got, expected, n);
}

static void
test_flow_bytes(void **state)
{
    struct stream_writer w;
    int fd = file_of(NULL, 0);

    (void)state;
    assert_int_equal(stream_writer_open(&w, fd, STREAM_FLOW), 0);
    for (size_t i = 0; i < FLOWS; i++)
        assert_int_equal(stream_put_flow(&w, &flows[i]), 0);
    assert_int_equal(stream_writer_finish(&w, SKIPPED), 0);
    stream_writer_release(&w);
    assert_file(fd, flow_bytes, sizeof flow_bytes);
    (void)close(fd);
}

static void
test_biflow_bytes(void **state)
{
    struct stream_writer w;
    int fd = file_of(NULL, 0);

    (void)state;
    assert_int_equal(stream_writer_open(&w, fd, STREAM_BIFLOW), 0);
    assert_int_equal(stream_put_biflow(&w, &biflow), 0);
    assert_int_equal(stream_writer_finish(&w, 0), 0);
    stream_writer_release(&w);
    assert_file(fd, biflow_bytes, sizeof biflow_bytes);
    (void)close(fd);
}

static void
test_record_sizes(void **state)
{
    static const size_t sizes[FLOWS] = {46, 70, 46 + 16, 70 + 16};
    struct stream_writer w;
    int fd = file_of(NULL, 0);

    (void)state;
    assert_int_equal(stream_writer_open(&w, fd, STREAM_FLOW), 0);
    for (size_t i = 0; i < FLOWS; i++) {
        size_t before = w.used;
        assert_int_equal(stream_put_flow(&w, &flows[i]), 0);
        assert_int_equal(w.used - before, sizes[i]);
    }
    stream_writer_release(&w);
    assert_int_equal(stream_writer_open(&w, fd, STREAM_BIFLOW), 0);
    size_t before = w.used;
    assert_int_equal(stream_put_biflow(&w, &biflow), 0);
    assert_int_equal(w.used - before, 54);
    stream_writer_release(&w);
    (void)close(fd);
}

static void
assert_same_flow(const struct flow *a, const struct flow *b)
{
    assert_int_equal(a->start, b->start);
    assert_int_equal(a->end, b->end);
    assert_int_equal(a->packets, b->packets);
    assert_int_equal(a->bytes, b->bytes);
    assert_int_equal(a->packets_rev, b->packets_rev);
    assert_int_equal(a->bytes_rev, b->bytes_rev);
    assert_memory_equal(a->src, b->src, sizeof a->src);
    assert_memory_equal(a->dst, b->dst, sizeof a->dst);
    assert_int_equal(a->src_port, b->src_port);
    assert_int_equal(a->dst_port, b->dst_port);
    assert_int_equal(a->proto, b->proto);
    assert_int_equal(a->family, b->family);
}

/* The bytes twice in a row, as cat would have it. */
static void
test_flows_back(void **state)
{
    uint8_t twice[2 * sizeof flow_bytes];
    struct stream_reader r;
    struct flow f;

    (void)state;
    memcpy(twice, flow_bytes, sizeof flow_bytes);
    memcpy(twice + sizeof flow_bytes, flow_bytes, sizeof flow_bytes);
    int fd = file_of(twice, sizeof twice);
    assert_int_equal(stream_reader_open(&r, fd, STREAM_FLOW), 0);
    for (size_t i = 0; i < 2 * FLOWS; i++) {
        memset(&f, 0xff, sizeof f);
        assert_int_equal(stream_get_flow(&r, &f), STREAM_RECORD);
        assert_same_flow(&f, &flows[i % FLOWS]);
    }
    assert_int_equal(stream_get_flow(&r, &f), STREAM_END);
    assert_int_equal(r.total, 2 * FLOWS);
    assert_int_equal(r.skipped, 2 * SKIPPED);
    stream_reader_release(&r);
    (void)close(fd);
}

static void
test_biflow_back(void **state)
{
    int fd = file_of(biflow_bytes, sizeof biflow_bytes);
    struct stream_reader r;
    struct biflow b;

    (void)state;
    assert_int_equal(stream_reader_open(&r, fd, STREAM_BIFLOW), 0);
    assert_int_equal(stream_get_biflow(&r, &b), STREAM_RECORD);
    assert_int_equal(b.start, biflow.start);
    assert_int_equal(b.end, biflow.end);
    assert_int_equal(b.packets, biflow.packets);
    assert_int_equal(b.bytes, biflow.bytes);
    assert_int_equal(b.packets_rev, biflow.packets_rev);
    assert_int_equal(b.bytes_rev, biflow.bytes_rev);
    assert_int_equal(b.src_port, biflow.src_port);
    assert_int_equal(b.dst_port, biflow.dst_port);
    assert_int_equal(b.proto, biflow.proto);
    assert_int_equal(b.family, biflow.family);
    assert_int_equal(stream_get_biflow(&r, &b), STREAM_END);
    stream_reader_release(&r);
    (void)close(fd);
}

/* How reading all of some bytes ends; a reason has to be there exactly when it failed. */
static enum stream_result
end_of(const uint8_t *bytes, size_t n, char *problem)
{
    int fd = file_of(bytes, n);
    enum stream_result result;
    struct stream_reader r;
    struct flow f;

    assert_int_equal(stream_reader_open(&r, fd, STREAM_FLOW), 0);
    while ((result = stream_get_flow(&r, &f)) == STREAM_RECORD)
        ;
    assert_int_equal(r.problem.text[0] != '\0', result == STREAM_ERROR);
    memcpy(problem, r.problem.text, sizeof r.problem.text);
    stream_reader_release(&r);
    (void)close(fd);
    return result;
}

static void
test_every_flipped_bit(void **state)
{
    uint8_t bytes[sizeof flow_bytes];
    char problem[PROBLEM_BYTES];

    (void)state;
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        memcpy(bytes, flow_bytes, sizeof bytes);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (end_of(bytes, sizeof bytes, problem) != STREAM_ERROR)
            fail_msg("bit %zu of byte %zu", bit % 8, bit / 8);
    }
}

/* Also inside a second stream behind a whole one. */
static void
test_cut_anywhere(void **state)
{
    uint8_t twice[2 * sizeof flow_bytes];
    char problem[PROBLEM_BYTES];

    (void)state;
    memcpy(twice, flow_bytes, sizeof flow_bytes);
    memcpy(twice + sizeof flow_bytes, flow_bytes, sizeof flow_bytes);
    for (size_t n = 0; n <= sizeof twice; n++) {
        bool whole = n == sizeof flow_bytes || n == sizeof twice;
        enum stream_result result = end_of(twice, n, problem);
        if (result != (whole ? STREAM_END : STREAM_ERROR))
            fail_msg("cut after %zu bytes: %d", n, (int)result);
        if (!whole && n > 0 && !strstr(problem, "without a trailer"))
            fail_msg("cut after %zu bytes: %s", n, problem);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_bytes),   cmocka_unit_test(test_biflow_bytes),
        cmocka_unit_test(test_record_sizes), cmocka_unit_test(test_flows_back),
        cmocka_unit_test(test_biflow_back),  cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_cut_anywhere),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
