/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tree of the pieces of a key against a sorted array: whatever is inserted and removed, and in
 * whatever order, the same pieces are found beside every span of time, and the tree is never higher than
 * an AVL tree may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "random.h"
#include "tree.h"

enum { MAX = 4096, SPACING = 10, LENGTH = 3 };

/* The pieces that are in the tree, in the order of time. */
struct array {
    uint32_t slot[MAX];
    size_t n;
};

static struct pool pool;
static struct array array;
static uint32_t root;

static int
open_all(void **state)
{
    (void)state;
    array.n = 0;
    root = 0;
    return pool_open(&pool, MAX + 1, false);
}

static int
close_all(void **state)
{
    (void)state;
    pool_release(&pool);
    return 0;
}

static int64_t
start_of(size_t i)
{
    return pool_piece(&pool, array.slot[i])->start;
}

/* The place of the first piece that starts at or after a time. */
static size_t
place_of(int64_t start)
{
    size_t i = 0;

    while (i < array.n && start_of(i) < start)
        i++;
    return i;
}

static void
insert(int64_t start, int64_t end)
{
    uint32_t slot = pool_take(&pool);
    size_t place = place_of(start);

    *pool_piece(&pool, slot) = (struct piece){.start = start, .end = end, .is_piece = 1};
    /* What is in a node before it is in the tree must not matter. */
    memset(pool_node(&pool, slot), 0xa5, sizeof(struct node));
    if (root == 0)
        root = slot;
    else
        tree_insert(&pool, &root, slot);
    memmove(&array.slot[place + 1], &array.slot[place], (array.n - place) * sizeof(array.slot[0]));
    array.slot[place] = slot;
    array.n++;
}

static void
remove_at(size_t place)
{
    uint32_t slot = array.slot[place];

    tree_remove(&pool, &root, slot);
    pool_give(&pool, slot);
    array.n--;
    memmove(&array.slot[place], &array.slot[place + 1], (array.n - place) * sizeof(array.slot[0]));
}

/* Checks a subtree against the array from *place on, and moves that on. */
static void
check_subtree(uint32_t slot, size_t *place)
{
    if (slot == 0)
        return;
    bool shares = !tree_is_alone(&pool, slot);
    assert_true(shares || array.n == 1);
    if (shares)
        check_subtree(pool_node(&pool, slot)->left, place);
    assert_true(*place < array.n);
    assert_int_equal(slot, array.slot[*place]);
    (*place)++;
    if (shares)
        check_subtree(pool_node(&pool, slot)->right, place);
}

static void
check_tree(void)
{
    size_t place = 0;

    check_subtree(root, &place);
    assert_int_equal(place, array.n);
}

/* What is beside a span, by a look at all. */
static void
check_look(int64_t start, int64_t end)
{
    struct tree_look look = tree_look(&pool, &root, start, end);
    uint32_t before = 0, after = 0;
    bool meets = false, found = false;

    for (size_t i = 0; i < array.n; i++) {
        const struct piece *p = pool_piece(&pool, array.slot[i]);
        if (p->end < start)
            before = array.slot[i];
        if (p->start > end && after == 0)
            after = array.slot[i];
        bool met = p->start <= end && p->end >= start;
        meets |= met;
        found |= met && look.met == array.slot[i];
    }
    assert_int_equal(found, meets);
    if (!meets) {
        assert_int_equal(look.met, 0);
        assert_int_equal(look.before, before);
        assert_int_equal(look.after, after);
    }
}

static void
check_neighbours(size_t place)
{
    uint32_t slot = array.slot[place];

    assert_int_equal(tree_before(&pool, &root, slot), place > 0 ? array.slot[place - 1] : 0);
    assert_int_equal(tree_after(&pool, &root, slot), place + 1 < array.n ? array.slot[place + 1] : 0);
}

static void
check_flat(void)
{
    uint32_t slot = tree_flatten(&pool, root), previous = 0;

    for (size_t i = 0; i < array.n; i++) {
        assert_int_equal(slot, array.slot[i]);
        assert_int_equal(pool_node(&pool, slot)->previous, previous);
        previous = slot;
        slot = pool_node(&pool, slot)->next;
    }
    assert_int_equal(slot, 0);
}

/* ---- orders, as whoever sends the traffic may choose them ---- */

static uint32_t
ascending(uint32_t i, uint32_t n)
{
    (void)n;
    return i;
}

static uint32_t
descending(uint32_t i, uint32_t n)
{
    return n - 1 - i;
}

/* From both ends to the middle. */
static uint32_t
zigzag(uint32_t i, uint32_t n)
{
    return i % 2 == 0 ? i / 2 : n - 1 - i / 2;
}

/* From the middle to both ends. */
static uint32_t
outwards(uint32_t i, uint32_t n)
{
    return i % 2 == 0 ? n / 2 + i / 2 : n / 2 - 1 - i / 2;
}

static uint32_t
bit_reversed(uint32_t i, uint32_t n)
{
    uint32_t reversed = 0;

    for (uint32_t bit = 1; bit < n; bit *= 2)
        reversed = reversed * 2 + (i / bit) % 2;
    return reversed;
}

static uint32_t
scattered(uint32_t i, uint32_t n)
{
    return (uint32_t)((uint64_t)i * 2654435761u % n);
}

typedef uint32_t order_function(uint32_t i, uint32_t n);

static order_function *const orders[] = {ascending, descending,   zigzag,
                                         outwards,  bit_reversed, scattered};

enum { ORDERS = sizeof(orders) / sizeof(orders[0]) };

static bool
is_due(uint32_t i)
{
    return i < 40 || i % 97 == 0 || i >= MAX - 40;
}

/* Every order of inserting, and every order of removing after it. */
static void
test_orders(void **state)
{
    (void)state;
    for (size_t in = 0; in < ORDERS; in++) {
        for (size_t out = 0; out < ORDERS; out++) {
            for (uint32_t i = 0; i < MAX; i++) {
                int64_t start = (int64_t)orders[in](i, MAX) * SPACING;
                insert(start, start + LENGTH);
                if (is_due(i))
                    check_tree();
            }
            for (uint32_t i = 0; i < MAX; i++) {
                int64_t start = (int64_t)orders[out](i, MAX) * SPACING;
                remove_at(place_of(start));
                if (is_due(i))
                    check_tree();
            }
            assert_int_equal(root, 0);
        }
    }
}

/* Some come and some go, more of the one or of the other by turns; pieces grow into the gaps around
 * them. */
static void
test_random(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t round = 0; round < 60000; round++) {
        bool grows = random_percent(&random, round / 4000 % 2 == 0 ? 70 : 30);
        if (grows && array.n < 400) {
            int64_t start = (int64_t)random_below(&random, 1000) * SPACING;
            size_t place = place_of(start - LENGTH);
            if (place == array.n || start_of(place) > start + SPACING - 1)
                insert(start, start + (int64_t)random_below(&random, LENGTH + 1));
        } else if (array.n > 0) {
            remove_at(random_below(&random, array.n));
        }
        if (array.n > 0 && random_percent(&random, 20)) {
            struct piece *p = pool_piece(&pool, array.slot[random_below(&random, array.n)]);
            if (p->start % SPACING == 0)
                p->start -= LENGTH;
        }
        if (round % 50 == 0)
            check_tree();
        if (array.n == 0)
            continue;
        int64_t at = (int64_t)random_below(&random, 1010 * SPACING) - 5 * SPACING;
        check_look(at, at + (int64_t)random_below(&random, 2 * SPACING));
        check_neighbours(random_below(&random, array.n));
    }
    check_flat();
}

enum { MANY = 1 << 16 };

static void
insert_many(order_function *order)
{
    root = 0;
    pool.used = 1;
    for (uint32_t i = 0; i < MANY; i++) {
        int64_t start = (int64_t)order(i, MANY) * SPACING;
        uint32_t slot = pool_take(&pool);
        *pool_piece(&pool, slot) = (struct piece){.start = start, .end = start, .is_piece = 1};
        if (root == 0)
            root = slot;
        else
            tree_insert(&pool, &root, slot);
    }
}

static void
look_at_many(order_function *order)
{
    for (uint32_t i = 0; i < MANY; i++) {
        int64_t start = (int64_t)order(i, MANY) * SPACING;
        assert_true(tree_look(&pool, &root, start, start).met != 0);
    }
}

static double
seconds(order_function *in, order_function *out)
{
    clock_t began = clock();

    insert_many(in);
    look_at_many(out);
    look_at_many(out);
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

/* No order of inserting many pieces and of looking at them takes more than some times as long as the bits
 * of a number turned round, which is no order.  A list in place of a tree takes minutes. */
static void
test_no_order_is_slow(void **state)
{
    (void)state;
    pool_release(&pool);
    assert_int_equal(pool_open(&pool, MANY + 1, false), 0);
    double usual = seconds(bit_reversed, bit_reversed);
    for (size_t in = 0; in < ORDERS; in++)
        for (size_t out = 0; out < ORDERS; out++)
            assert_true(seconds(orders[in], orders[out]) < 5 * usual + 0.3);
}

static void
test_flatten(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < 300; n++) {
        for (uint32_t i = 0; i < n; i++) {
            int64_t start = (int64_t)scattered(i, n) * SPACING;
            if (place_of(start) == array.n || start_of(place_of(start)) != start)
                insert(start, start);
        }
        check_flat();
        array.n = 0;
        root = 0;
        pool_release(&pool);
        assert_int_equal(pool_open(&pool, MAX + 1, false), 0);
    }
}

/* The ends of time are times like others. */
static void
test_ends_of_time(void **state)
{
    const int64_t starts[] = {INT64_MIN, INT64_MIN + 2, -1, 1, INT64_MAX - 2, INT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        insert(starts[i], starts[i]);
    check_tree();
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        check_look(starts[i], starts[i]);
        check_look(starts[i], INT64_MAX);
    }
    check_look(INT64_MIN, INT64_MAX);
    check_look(INT64_MIN + 1, INT64_MIN + 1);
    check_look(INT64_MAX - 1, INT64_MAX - 1);
    check_look(0, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_orders, open_all, close_all),
        cmocka_unit_test_setup_teardown(test_random, open_all, close_all),
        cmocka_unit_test_setup_teardown(test_no_order_is_slow, open_all, close_all),
        cmocka_unit_test_setup_teardown(test_flatten, open_all, close_all),
        cmocka_unit_test_setup_teardown(test_ends_of_time, open_all, close_all),
    };

    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
