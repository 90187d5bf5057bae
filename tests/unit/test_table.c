/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The index of the cache against a sorted list: elements are found, in the order in which they came where
 * their tags are the same, however hashes cluster, and whatever was removed or how often it grew.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"
#include "table.h"

enum { MAX_BITS = 16, ROUNDS = 60000 };

struct element {
    uint64_t hash;
    uint32_t slot;
};

/* All that is in the table, in its order. */
struct list {
    struct element elements[1 << MAX_BITS];
    size_t n;
};

static struct list list;

/* Index of the first element with no lower tag. */
static size_t
list_first(uint64_t hash)
{
    size_t i = 0;

    while (i < list.n && list.elements[i].hash >> 32 < hash >> 32)
        i++;
    return i;
}

static void
list_insert(size_t at, uint64_t hash, uint32_t slot)
{
    memmove(&list.elements[at + 1], &list.elements[at], (list.n - at) * sizeof list.elements[0]);
    list.elements[at] = (struct element){hash, slot};
    list.n++;
}

static void
list_remove(size_t at)
{
    list.n--;
    memmove(&list.elements[at], &list.elements[at + 1], (list.n - at) * sizeof list.elements[0]);
}

/* Inserts behind all elements of the same tag. */
static void
insert(struct table *t, uint64_t hash, uint32_t slot)
{
    table_element *place = table_first(t, hash);
    size_t at = list_first(hash);

    for (; table_is_match(place, hash); place++, at++)
        assert_int_equal(table_slot(*place), list.elements[at].slot);
    assert_true(at == list.n || list.elements[at].hash >> 32 > hash >> 32);
    table_insert(t, place, hash, slot);
    list_insert(at, hash, slot);
}

/* Removes one of the elements of a tag, if there is any. */
static void
remove_one(struct table *t, uint64_t hash, size_t which)
{
    table_element *place = table_first(t, hash);
    size_t first = list_first(hash), n = 0;

    while (first + n < list.n && list.elements[first + n].hash >> 32 == hash >> 32)
        n++;
    assert_int_equal(table_is_match(place, hash), n > 0);
    if (n == 0)
        return;
    place += which % n;
    assert_int_equal(table_slot(*place), list.elements[first + which % n].slot);
    table_remove(t, place);
    list_remove(first + which % n);
}

/* Checks that the table holds just what is in the list. */
static void
check_all(const struct table *t)
{
    size_t i = 0;

    assert_int_equal(t->count, list.n);
    for (const table_element *place = t->places; i < list.n; place++) {
        if (*place == 0)
            continue;
        assert_int_equal(table_tag(*place), table_tag(list.elements[i].hash));
        assert_int_equal(table_slot(*place), list.elements[i].slot);
        assert_true(table_first(t, list.elements[i].hash) <= place);
        i++;
    }
}

/* Hashes of all kinds of clusters. */
static uint64_t
random_hash(uint64_t *random, int kind)
{
    uint64_t r = next_random(random);

    switch (kind) {
    case 0: /* even */
        return r;
    case 1: /* a few, so that tags repeat */
        return (r % 97) * UINT64_C(0x0301020304050607);
    case 2: /* all at the end, and beyond it */
        return ~(r >> 24);
    case 3: /* all at the beginning */
        return r >> 20;
    default: /* neighbours */
        return UINT64_C(0x4000000000000000) + (r >> 12);
    }
}

static void
test_against_a_list(void **state)
{
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        uint64_t random = 1 + (uint64_t)kind;
        struct table t;

        list.n = 0;
        assert_int_equal(table_open(&t, 12), 0);
        for (uint32_t round = 1; round <= ROUNDS; round++) {
            uint64_t hash = random_hash(&random, kind);
            /* It fills up, is nearly emptied, and so on. */
            bool grows = round / 4000 % 2 == 0;
            if (table_is_full(&t))
                table_grow(&t);
            if (next_random(&random) % 4 != 0 ? grows : !grows) {
                if (t.count < table_capacity(t.max_bits))
                    insert(&t, hash, round);
            } else if (list.n > 0) {
                hash = list.elements[hash % list.n].hash;
                remove_one(&t, hash, round);
            }
            if (round % 1000 == 0)
                check_all(&t);
        }
        assert_int_equal(t.bits, t.max_bits);
        table_release(&t);
    }
}

/* Each size is left in time, up to the largest, which takes as many elements as it promises. */
static void
test_growing_to_the_limit(void **state)
{
    uint64_t random = 1;
    struct table t;

    (void)state;
    list.n = 0;
    assert_int_equal(table_open(&t, MAX_BITS), 0);
    assert_int_equal(t.bits, TABLE_MIN_BITS);
    for (uint32_t i = 1; i <= table_capacity(MAX_BITS); i++) {
        if (table_is_full(&t))
            table_grow(&t);
        uint64_t hash = next_random(&random);
        table_element *place = table_first(&t, hash);
        while (table_is_match(place, hash))
            place++;
        table_insert(&t, place, hash, i);
        assert_true(t.bits == t.max_bits || t.count <= table_size(t.bits) / 4 * 3);
    }
    assert_int_equal(t.bits, MAX_BITS);
    random = 1;
    for (uint32_t i = 1; i <= table_capacity(MAX_BITS); i++) {
        uint64_t hash = next_random(&random);
        const table_element *place = table_first(&t, hash);
        while (table_is_match(place, hash) && table_slot(*place) != i)
            place++;
        assert_true(table_is_match(place, hash));
    }
    table_release(&t);
}

static void
test_a_tag_is_not_another(void **state)
{
    const uint64_t hash = UINT64_C(0xfedcba9876543210);
    struct table t;

    (void)state;
    assert_int_equal(table_open(&t, TABLE_MIN_BITS), 0);
    table_element *place = table_first(&t, hash);
    table_insert(&t, place, hash, UINT32_MAX);
    assert_int_equal(table_slot(*place), UINT32_MAX);
    assert_true(table_is_match(place, hash));
    assert_false(table_is_match(place, hash ^ UINT64_C(1) << 32));
    assert_false(table_is_match(place + 1, hash));
    table_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_growing_to_the_limit),
        cmocka_unit_test(test_a_tag_is_not_another),
    };

    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
