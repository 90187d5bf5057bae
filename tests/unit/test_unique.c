/* SPDX-License-Identifier: BSD-3-Clause */
/* Groups of equal rows, against a comparison of each with each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "unique.h"

enum { ROWS = 400 };

static bool
is_equal(const struct biflow *a, const struct biflow *b, int kind)
{
    bool has_ports = kind == UNIQUE_PROTOCOL_PORTS_COUNTERS;

    return a->proto == b->proto && a->packets == b->packets && a->bytes == b->bytes &&
           a->packets_rev == b->packets_rev && a->bytes_rev == b->bytes_rev &&
           (!has_ports || (a->src_port == b->src_port && a->dst_port == b->dst_port));
}

static void
check(struct unique *u, const struct biflow *rows, size_t n, int kind)
{
    struct unique_result expected = {0}, found = unique_count(u, kind);

    for (size_t i = 0; i < n; i++) {
        uint64_t group = 0;
        for (size_t j = 0; j < n; j++)
            group += is_equal(&rows[i], &rows[j], kind);
        expected.unique += group == 1;
        if (i == 0 || group < expected.smallest)
            expected.smallest = group;
    }
    assert_int_equal(found.unique, expected.unique);
    assert_int_equal(found.smallest, expected.smallest);
}

static void
test_random(void **state)
{
    uint64_t r = 5;
    struct biflow rows[ROWS];
    struct unique u;

    (void)state;
    for (uint64_t kinds = 1; kinds < 12; kinds++) {
        size_t n = next_random(&r) % ROWS;
        assert_int_equal(unique_open(&u), 0);
        for (size_t i = 0; i < n; i++) {
            rows[i] = (struct biflow){.proto = (uint8_t)(next_random(&r) % kinds),
                                      .src_port = (uint16_t)(next_random(&r) % kinds),
                                      .dst_port = (uint16_t)(next_random(&r) % kinds),
                                      .packets = next_random(&r) % kinds,
                                      .bytes_rev = next_random(&r) % kinds};
            assert_int_equal(unique_add(&u, &rows[i]), 0);
        }
        for (int kind = 0; kind < UNIQUE_KINDS; kind++)
            check(&u, rows, n, kind);
        unique_release(&u);
    }
}

/* Many rows, each twice but for one; and many that are all the same. */
static void
test_many(void **state)
{
    struct unique u;

    (void)state;
    assert_int_equal(unique_open(&u), 0);
    for (uint64_t i = 0; i < 200001; i++)
        assert_int_equal(unique_add(&u, &(struct biflow){.bytes = i / 2, .packets = 7}), 0);
    struct unique_result result = unique_count(&u, UNIQUE_PROTOCOL_COUNTERS);
    assert_int_equal(result.unique, 1);
    assert_int_equal(result.smallest, 1);
    unique_release(&u);

    assert_int_equal(unique_open(&u), 0);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(unique_add(&u, &(struct biflow){.bytes = 9, .packets = 7}), 0);
    result = unique_count(&u, UNIQUE_PROTOCOL_PORTS_COUNTERS);
    assert_int_equal(result.unique, 0);
    assert_int_equal(result.smallest, 100000);
    unique_release(&u);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests_name("unique", tests, NULL, NULL);
}
