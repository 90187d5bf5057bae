/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of IPv6 addresses against an array of them: all that is put is found again, whatever comes and
 * goes; no slot is taken while another one has a free half, and none is kept without a pair.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "addresses.h"
#include "random.h"

enum { MAX_PAIRS = 1000, ROUNDS = 200000 };

/* A pair that is kept, the same number in all of its words. */
struct kept {
    uint64_t number;
    struct pair_place place;
};

static struct kept kept[MAX_PAIRS];

static uint32_t
slots_in_use(const struct pool *pool)
{
    return pool->limit - 1 - pool_available(pool);
}

static void
put(struct addresses *pairs, struct pool *pool, struct kept *k, uint64_t number)
{
    struct pair pair = {{number, number, number, number}};
    uint32_t before = slots_in_use(pool);
    uint32_t half_free = pairs->half_free;

    *k = (struct kept){number, addresses_put(pairs, pool, &pair)};
    assert_int_equal(slots_in_use(pool), before + (half_free == 0));
}

static void
check(const struct pool *pool, const struct kept *k)
{
    const struct pair *pair = addresses_at(pool, k->place);

    for (int i = 0; i < 4; i++)
        assert_int_equal(pair->words[i], k->number);
}

/* Puts and removes, more of the one or of the other by turns. */
static void
test_against_array(void **state)
{
    struct addresses pairs = {0};
    struct pool pool;
    uint64_t random = 88172645463325252;
    size_t n = 0;

    (void)state;
    assert_int_equal(pool_open(&pool, MAX_PAIRS + 1, false), 0);
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        unsigned tenths = i / 5000 % 2 == 0 ? 6 : 4;
        if (n == 0 || (n < MAX_PAIRS && next_random(&random) % 10 < tenths)) {
            put(&pairs, &pool, &kept[n++], i);
        } else {
            size_t at = next_random(&random) % n;
            check(&pool, &kept[at]);
            addresses_remove(&pairs, &pool, kept[at].place);
            kept[at] = kept[--n];
        }
        assert_in_range(slots_in_use(&pool), (n + 1) / 2, n);
        if (i % 1000 == 0)
            for (size_t k = 0; k < n; k++)
                check(&pool, &kept[k]);
    }
    while (n > 0)
        addresses_remove(&pairs, &pool, kept[--n].place);
    assert_int_equal(slots_in_use(&pool), 0);
    assert_int_equal(pairs.half_free, 0);
    pool_release(&pool);
}

static void
test_two_in_a_slot(void **state)
{
    struct addresses pairs = {0};
    struct pool pool;

    (void)state;
    assert_int_equal(pool_open(&pool, MAX_PAIRS + 1, false), 0);
    for (size_t n = 0; n < MAX_PAIRS; n++) {
        put(&pairs, &pool, &kept[n], n);
        assert_int_equal(slots_in_use(&pool), n / 2 + 1);
    }
    /* One of each slot goes; what comes then takes their places. */
    for (size_t n = 0; n < MAX_PAIRS; n += 2)
        addresses_remove(&pairs, &pool, kept[n].place);
    for (size_t n = 0; n < MAX_PAIRS; n += 2)
        put(&pairs, &pool, &kept[n], MAX_PAIRS + n);
    assert_int_equal(slots_in_use(&pool), MAX_PAIRS / 2);
    for (size_t n = 0; n < MAX_PAIRS; n++)
        check(&pool, &kept[n]);
    pool_release(&pool);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_array),
        cmocka_unit_test(test_two_in_a_slot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
