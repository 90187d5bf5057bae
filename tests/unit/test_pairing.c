/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Step two of merging against its rule, taken literally: look at all neighbours for the pair with the
 * smallest gap, of equal ones the earlier, join it, and look again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pairing.h"
#include "random.h"

enum { MAX = 2000 };

static struct pool pool;
static struct rules rules;

/* The list as an array, each piece with its slot. */
struct list {
    struct piece piece[MAX];
    size_t n;
    uint64_t reverse, continuation;
    bool overflow;
};

static struct list list;

static uint64_t
gap_at(size_t i)
{
    return (uint64_t)list.piece[i + 1].start - (uint64_t)list.piece[i].end;
}

static bool
is_one_way(const struct piece *p)
{
    return (p->packets[0] > 0) != (p->packets[1] > 0);
}

static bool
is_reverse(size_t i)
{
    const struct piece *a = &list.piece[i], *b = &list.piece[i + 1];

    return is_one_way(a) && is_one_way(b) && (a->packets[0] > 0) == (b->packets[1] > 0);
}

static bool
is_joinable(size_t i)
{
    const struct piece *a = &list.piece[i];

    return gap_at(i) <= rules.inactive &&
           (is_reverse(i) || (uint64_t)a->end - (uint64_t)a->start >= rules.cut);
}

static bool
find_best(size_t *best)
{
    bool found = false;

    for (size_t i = 0; i + 1 < list.n; i++) {
        if (is_joinable(i) && (!found || gap_at(i) < gap_at(*best))) {
            *best = i;
            found = true;
        }
    }
    return found;
}

static void
pair_up_naively(void)
{
    size_t i = 0;

    while (find_best(&i)) {
        struct piece *a = &list.piece[i];
        const struct piece *b = &list.piece[i + 1];
        list.reverse += is_reverse(i);
        list.continuation += !is_reverse(i);
        a->end = b->end;
        for (int side = 0; side < 2; side++) {
            list.overflow |=
                __builtin_add_overflow(a->packets[side], b->packets[side], &a->packets[side]);
            list.overflow |= __builtin_add_overflow(a->bytes[side], b->bytes[side], &a->bytes[side]);
        }
        list.n--;
        memmove(&list.piece[i + 1], &list.piece[i + 2], (list.n - i - 1) * sizeof(list.piece[0]));
    }
}

/* Copies the list into slots.  Returns the first. */
static uint32_t
make_slots(void)
{
    uint32_t first = 0, last = 0;

    for (size_t i = 0; i < list.n; i++) {
        uint32_t slot = pool_take(&pool);
        *pool_piece(&pool, slot) = list.piece[i];
        pool_piece(&pool, slot)->is_piece = 1;
        *pool_node(&pool, slot) = (struct node){.previous = last};
        if (last != 0)
            pool_node(&pool, last)->next = slot;
        else
            first = slot;
        last = slot;
    }
    return first;
}

/* Gives all slots back.  Returns how many there were. */
static size_t
give_slots(uint32_t slot)
{
    size_t n = 0;

    for (uint32_t next; slot != 0; slot = next, n++) {
        next = pool_node(&pool, slot)->next;
        pool_give(&pool, slot);
    }
    return n;
}

static void
check_piece(const struct piece *got, const struct piece *wanted)
{
    assert_int_equal(got->start, wanted->start);
    assert_int_equal(got->end, wanted->end);
    for (int side = 0; side < 2; side++) {
        assert_int_equal(got->packets[side], wanted->packets[side]);
        assert_int_equal(got->bytes[side], wanted->bytes[side]);
    }
    assert_true(got->is_piece);
}

/* Has both pair up the list, and compares. */
static void
check_list(void)
{
    struct pairing p = {0};
    size_t all = list.n;
    uint32_t first = make_slots();

    list.reverse = list.continuation = 0;
    list.overflow = false;
    pair_up_naively();
    int result = pairing_run(&p, &rules, &pool, &first);
    assert_int_equal(result, list.overflow ? -1 : 0);
    if (list.overflow) {
        pool_release(&pool);
        assert_int_equal(pool_open(&pool, MAX + 1, false), 0);
        return;
    }
    assert_int_equal(p.reverse, list.reverse);
    assert_int_equal(p.continuation, list.continuation);
    uint32_t slot = first, previous = 0;
    for (size_t i = 0; i < list.n; i++) {
        assert_true(slot != 0);
        check_piece(pool_piece(&pool, slot), &list.piece[i]);
        assert_int_equal(pool_node(&pool, slot)->previous, previous);
        previous = slot;
        slot = pool_node(&pool, slot)->next;
    }
    assert_int_equal(slot, 0);
    for (slot = p.absorbed; slot != 0; slot = pool_node(&pool, slot)->next)
        assert_false(pool_piece(&pool, slot)->is_piece);
    assert_int_equal(give_slots(first) + give_slots(p.absorbed), all);
}

/* What the lists of one kind are like. */
struct kind {
    uint64_t active, inactive;
    uint64_t max_gap;    /* gaps are 1 to this */
    uint64_t max_length; /* durations are below this */
    uint64_t both_percent;
    uint64_t huge_percent; /* counters near the end of 64 bits */
};

static const struct kind kinds[] = {
    {300, 30, 3, 60, 20, 0},  {300, 30, 40, 300, 10, 0}, {40, 30, 31, 15, 0, 0},
    {10, 30, 35, 20, 30, 0},  {300, 30, 1, 20, 0, 0},    {100, 0, 2, 100, 30, 0},
    {60, 30, 32, 35, 20, 10}, {300, 30, 200, 30, 0, 0},
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void
draw_list(const struct kind *kind, size_t n, uint64_t *random)
{
    int64_t now = random_percent(random, 90) ? 1700000000000 : INT64_MIN;

    list.n = n;
    for (size_t i = 0; i < n; i++) {
        struct piece *p = &list.piece[i];
        uint64_t packets = random_percent(random, kind->huge_percent) ? UINT64_MAX : 2;
        int side = (int)random_below(random, 2);
        now += (int64_t)(1 + random_below(random, kind->max_gap));
        *p = (struct piece){.start = now};
        now += (int64_t)random_below(random, kind->max_length);
        p->end = now;
        p->packets[side] = packets;
        p->bytes[side] = packets;
        if (random_percent(random, kind->both_percent)) {
            p->packets[!side] = 3;
            p->bytes[!side] = 120;
        }
        p->singles = (uint8_t)random_below(random, 3);
    }
}

/* Step one leaves no neighbours that rule 3 joins; lists with such ones can be there when part of a key
 * left early, so both are drawn. */
static void
test_random_lists(void **state)
{
    uint64_t random = 1, reverse = 0, continuation = 0, overflows = 0;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        const struct kind *kind = &kinds[round % KINDS];
        rules = rules_make(kind->active, kind->inactive);
        draw_list(kind, 1 + random_below(&random, round % 100 == 0 ? 300 : 25), &random);
        check_list();
        reverse += list.reverse;
        continuation += list.continuation;
        overflows += list.overflow;
    }
    /* All of it took place. */
    assert_true(reverse > 10000 && continuation > 10000 && overflows > 100);
}

/* One gap everywhere: each pair is the earliest of what is left. */
static void
test_equal_gaps(void **state)
{
    (void)state;
    rules = rules_make(300, 30);
    for (size_t n = 1; n <= MAX; n = n < 40 ? n + 1 : n * 3 + 1) {
        list.n = n;
        for (size_t i = 0; i < n; i++) {
            int64_t start = (int64_t)i * 10;
            list.piece[i] = (struct piece){.start = start, .end = start + 4};
            list.piece[i].packets[i % 2] = list.piece[i].bytes[i % 2] = i + 2;
        }
        check_list();
        assert_int_equal(list.n, (n + 1) / 2);
    }
}

/* A chain that one pair sets off: whole after whole lasts long enough, over gaps whose turn is over. */
static void
test_chain(void **state)
{
    (void)state;
    rules = rules_make(60, 30);
    list.n = 0;
    int64_t now = 0;
    for (int i = 0; i < 1000; i++) {
        struct piece *p = &list.piece[list.n++];
        /* The first two have the largest gap. */
        now += i == 1 ? 30 : 1 + i % 29;
        *p = (struct piece){.start = now, .end = now + 1, .packets = {2, 2}, .bytes = {200, 200}};
        now += 1;
        if (i < 2)
            p->packets[i] = p->bytes[i] = 0;
    }
    check_list();
    assert_int_equal(list.n, 1);
    assert_int_equal(list.reverse, 1);
    assert_int_equal(list.continuation, 998);
}

static int
open_pool(void **state)
{
    (void)state;
    return pool_open(&pool, MAX + 1, false);
}

static int
close_pool(void **state)
{
    (void)state;
    pool_release(&pool);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_lists),
        cmocka_unit_test(test_equal_gaps),
        cmocka_unit_test(test_chain),
    };

    return cmocka_run_group_tests_name("pairing", tests, open_pool, close_pool);
}
