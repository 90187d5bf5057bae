/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The key of a record, and the shard that follows from it: which must never change, or shards of two
 * machines would not belong together.  The hashes are those of an independent implementation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <string.h>

#include "key.h"
#include "random.h"
#include "shard.h"

static struct flow
make_flow(uint8_t proto, const char *src, uint16_t src_port, const char *dst, uint16_t dst_port)
{
    struct flow f = {.proto = proto, .src_port = src_port, .dst_port = dst_port};
    int family = strchr(src, ':') ? AF_INET6 : AF_INET;

    f.family = family == AF_INET6 ? 6 : 4;
    assert_int_equal(inet_pton(family, src, f.src), 1);
    assert_int_equal(inet_pton(family, dst, f.dst), 1);
    return f;
}

/* The same record as the other direction would be. */
static struct flow
turned(const struct flow *f)
{
    struct flow t = *f;

    memcpy(t.src, f->dst, sizeof t.src);
    memcpy(t.dst, f->src, sizeof t.dst);
    t.src_port = f->dst_port;
    t.dst_port = f->src_port;
    return t;
}

static void
test_fixed(void **state)
{
    static const struct {
        uint8_t proto;
        const char *src;
        uint16_t src_port;
        const char *dst;
        uint16_t dst_port;
        uint64_t hash;
        unsigned of_100, of_1024;
    } rows[] = {
        {6, "192.0.2.10", 40011, "198.51.100.20", 80, UINT64_C(0xa67f22fb1facdad5), 65, 665},
        {17, "10.0.0.1", 53, "10.0.0.1", 5353, UINT64_C(0x870ce916ceadf2a6), 52, 540},
        {1, "192.0.2.1", 0, "192.0.2.2", 2048, UINT64_C(0xbe2fe60c5524295b), 74, 760},
        {58, "2001:db8::1", 0, "fe80::2", 34560, UINT64_C(0x317af43fb9d1567c), 19, 197},
        {6, "2001:db8::1", 443, "2001:db8::2", 50000, UINT64_C(0x13a7b196a09cb2fa), 7, 78},
        {47, "255.255.255.255", 0, "0.0.0.0", 0, UINT64_C(0xd4d9cdbd97243b99), 83, 851},
        {6, "::ffff:192.0.2.10", 40011, "::ffff:198.51.100.20", 80, UINT64_C(0x235f4582faab70a5), 13,
         141},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct flow f =
            make_flow(rows[i].proto, rows[i].src, rows[i].src_port, rows[i].dst, rows[i].dst_port);
        struct flow t = turned(&f);
        assert_int_equal(shard_hash(&f), rows[i].hash);
        assert_int_equal(shard_hash(&t), rows[i].hash);
        assert_int_equal(shard_of(&f, 1), 0);
        assert_int_equal(shard_of(&f, 100), rows[i].of_100);
        assert_int_equal(shard_of(&t, 1024), rows[i].of_1024);
    }
}

/* The key as the rules have it, endpoint by endpoint. */
static void
check_key(const struct flow *f)
{
    bool has_ports = f->proto == 6 || f->proto == 17;
    unsigned src_port = has_ports ? f->src_port : 0, dst_port = has_ports ? f->dst_port : 0;
    int order = memcmp(f->src, f->dst, 16);
    bool source_is_higher = order > 0 || (order == 0 && src_port > dst_port);
    struct key k = key_of(f);

    assert_int_equal(k.source_side, source_is_higher);
    assert_ptr_equal(k.low, source_is_higher ? f->dst : f->src);
    assert_ptr_equal(k.high, source_is_higher ? f->src : f->dst);
    assert_int_equal(k.low_port, source_is_higher ? dst_port : src_port);
    assert_int_equal(k.high_port, source_is_higher ? src_port : dst_port);
}

static void
test_key(void **state)
{
    uint64_t random = 7;

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct flow f = {.family = next_random(&random) % 2 ? 6 : 4};
        int bytes = f.family == 6 ? 16 : 4;
        /* Few values, so that addresses and ports are often the same. */
        for (int b = 0; b < 2; b++) {
            f.src[next_random(&random) % (uint64_t)bytes] = (uint8_t)(127 + next_random(&random) % 2);
            f.dst[next_random(&random) % (uint64_t)bytes] = (uint8_t)(127 + next_random(&random) % 2);
        }
        if (next_random(&random) % 3 == 0)
            memcpy(f.dst, f.src, 16);
        f.src_port = (uint16_t)(255 + next_random(&random) % 3);
        f.dst_port = (uint16_t)(255 + next_random(&random) % 3);
        f.proto = (const uint8_t[]){1, 6, 17, 58, 132}[next_random(&random) % 5];
        check_key(&f);
        struct flow t = turned(&f);
        check_key(&t);
        assert_int_equal(shard_hash(&f), shard_hash(&t));
    }
}

static void
test_ends(void **state)
{
    struct flow f = make_flow(6, "10.1.2.3", 1, "10.1.2.4", 2);
    unsigned seen[1024] = {0};

    (void)state;
    for (unsigned n = 1; n <= SHARD_MAX; n = n * 2 - (n > 2)) {
        memset(seen, 0, sizeof seen);
        for (unsigned i = 0; i < 40 * n; i++) {
            f.src_port = (uint16_t)i;
            f.dst[1] = (uint8_t)(i >> 16);
            unsigned shard = shard_of(&f, n);
            assert_true(shard < n);
            seen[shard]++;
        }
        /* All are used, about equally. */
        for (unsigned i = 0; i < n; i++)
            assert_in_range(seen[i], n == 1 ? 40 : 10, 90);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
