/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The clock of the traffic, and the order in which pieces leave by it: what is old leaves first, and is
 * old by the rules; then what has been idle longest; whatever the clocks of the exporters do, nothing is
 * lost, and nothing is looked at again and again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "clock.h"
#include "expiry.h"
#include "random.h"

#define T0 INT64_C(1700000000000)
#define DAY INT64_C(86400000)

/* A list is of pieces whose ends differ by so much (ms) at most; so old ones may be found later by so
 * much. */
enum { HORIZON = 450000, QUORUM = 64, MAX = 300000, WIDTH = HORIZON / (EXPIRY_BUCKETS - 2) + 1 };

static struct pool pool;
static struct clock traffic;
static struct expiry expiry;

static void
begin(uint64_t horizon)
{
    clock_start(&traffic, horizon);
    expiry_open(&expiry, &pool, &traffic);
}

static int
open_pool(void **state)
{
    (void)state;
    begin(HORIZON);
    return pool_open(&pool, MAX + 1, false);
}

static int
close_pool(void **state)
{
    (void)state;
    pool_release(&pool);
    return 0;
}

/* The clock sees a time, so many times. */
static void
see(int64_t end, int times)
{
    for (int i = 0; i < times; i++)
        clock_see(&traffic, end);
    expiry_advance(&expiry);
}

/* A record comes: a piece is opened. */
static uint32_t
add(int64_t end)
{
    uint32_t slot = pool_take(&pool);

    see(end, 1);
    *pool_piece(&pool, slot) = (struct piece){.start = end, .end = end, .is_piece = 1};
    expiry_add(&expiry, slot);
    assert_true(pool_piece(&pool, slot)->flags & PIECE_LISTED);
    return slot;
}

/* Another record comes and joins it. */
static void
grow(uint32_t slot, int64_t end)
{
    see(end, 1);
    pool_piece(&pool, slot)->end = end;
    pool_piece(&pool, slot)->flags |= PIECE_GROWN;
}

/* Takes the next one; checks that it is the one that should come, 0 for none. */
static void
check_take(bool old_only, uint32_t wanted, bool wanted_old)
{
    bool old = !wanted_old;
    uint32_t slot = expiry_take(&expiry, old_only, &old);

    assert_int_equal(slot, wanted);
    if (slot == 0)
        return;
    assert_int_equal(old, wanted_old);
    assert_false(pool_piece(&pool, slot)->flags & PIECE_LISTED);
    pool_give(&pool, slot);
}

/* ---- the clock ---- */

static void
test_now_is_the_largest_end(void **state)
{
    (void)state;
    see(T0, 1);
    assert_int_equal(traffic.now, T0);
    see(T0 - HORIZON, 1);
    assert_int_equal(traffic.now, T0);
    see(T0 + HORIZON, 1);
    assert_int_equal(traffic.now, T0 + HORIZON);
    assert_int_equal(traffic.jumps, 0);
}

/* An outlier is one further away than the horizon; 64 in a row on one side are believed, and the one
 * nearest to the time until then is the new one. */
static void
test_strangers(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        int64_t away = side * (int64_t)(HORIZON + 1);
        begin(HORIZON);
        see(T0, 1);
        see(T0 + away * 5, QUORUM - 1);
        see(T0, 1); /* not in a row */
        see(T0 + away * 5, QUORUM - 1);
        assert_int_equal(traffic.now, T0);
        see(T0 - away * 5, 1); /* nor on one side */
        see(T0 + away * 5, QUORUM - 2);
        see(T0 + away, 1);
        assert_int_equal(traffic.now, T0);
        see(T0 + away * 9, 1);
        assert_int_equal(traffic.now, T0 + away);
        assert_int_equal(traffic.jumps, 1);
    }
}

/* A sender may send any times: the clock goes along, and no sum overflows. */
static void
test_ends_of_time(void **state)
{
    const int64_t times[] = {INT64_MIN, INT64_MAX, 0, INT64_MIN + 1, -1, INT64_MAX - HORIZON};

    (void)state;
    for (int round = 0; round < 100; round++)
        for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
            see(times[i], QUORUM);
    assert_true(traffic.jumps > 400);
}

/* ---- the order ---- */

static void
test_old_first_then_idle(void **state)
{
    uint32_t slot[4];

    (void)state;
    slot[0] = add(T0);
    slot[1] = add(T0 + 100000);
    slot[2] = add(T0 + 200000);
    check_take(true, 0, false);
    slot[3] = add(T0 + HORIZON + WIDTH);
    check_take(true, slot[0], true);
    check_take(true, 0, false);
    check_take(false, slot[1], false);
    check_take(false, slot[2], false);
    check_take(false, slot[3], false);
    check_take(false, 0, false);
}

/* The piece of a record that comes late waits as long as the others that came with it; so does one that
 * is ahead of the clock. */
static void
test_strange_pieces_wait(void **state)
{
    static const int64_t away[] = {-DAY, DAY, -2 * HORIZON, INT64_MIN / 2};

    (void)state;
    for (size_t i = 0; i < sizeof(away) / sizeof(away[0]); i++) {
        begin(HORIZON);
        uint32_t first = add(T0), strange = add(T0 + away[i]);
        see(T0 + HORIZON - 1, 1);
        check_take(true, 0, false);
        see(T0 + HORIZON + WIDTH, 1);
        check_take(true, first, true);
        check_take(true, strange, true);
        check_take(false, 0, false);
    }
}

static void
test_grown_pieces_wait(void **state)
{
    (void)state;
    uint32_t grown = add(T0), other = add(T0 + 1000);
    grow(grown, T0 + 200000);
    see(T0 + HORIZON + 1000 + WIDTH, 1);
    check_take(true, other, true);
    check_take(true, 0, false);
    see(T0 + 200000 + HORIZON + WIDTH, 1);
    check_take(true, grown, true);
    /* One that has grown, but not enough, leaves in its turn. */
    grown = add(T0 + 700000);
    grow(grown, T0 + 700001);
    see(T0 + 700000 + HORIZON, 1);
    see(T0 + 700000 + HORIZON + WIDTH, 1);
    check_take(true, grown, true);
    check_take(false, 0, false);
}

/* ---- jumps ---- */

/* What was open before the clock jumped is old once it has moved on by the horizon without another
 * jump. */
static void
test_held_after_a_jump(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        int64_t there = T0 + side * DAY;
        begin(HORIZON);
        uint32_t old = add(T0 - HORIZON), open = add(T0);
        see(T0 + WIDTH, 1);
        see(there, QUORUM);
        assert_int_equal(traffic.now, there);
        check_take(true, 0, false);
        see(there + HORIZON, 1);
        check_take(true, 0, false);
        see(there + HORIZON + 1, 1);
        check_take(true, old, true);
        check_take(true, open, true);
        check_take(false, 0, false);
    }
}

static void
test_held_pieces_leave_before_young_ones(void **state)
{
    (void)state;
    uint32_t old = add(T0), open = add(T0 + HORIZON);
    see(T0 + HORIZON + WIDTH, 1);
    see(T0 + DAY, QUORUM);
    uint32_t young = add(T0 + DAY);
    check_take(true, 0, false);
    check_take(false, old, false);
    check_take(false, open, false);
    check_take(false, young, false);
}

static void
test_another_jump_holds_again(void **state)
{
    (void)state;
    uint32_t open = add(T0);
    see(T0 + DAY, QUORUM);
    see(T0 + DAY + HORIZON, 1);
    see(T0, QUORUM);
    see(T0 + HORIZON, 1);
    check_take(true, 0, false);
    see(T0 + HORIZON + 1, 1);
    check_take(true, open, true);
}

/* Of the outliers that are believed some end later than the others: they are not old before their
 * time. */
static void
test_ahead_of_a_jump(void **state)
{
    const int64_t there = T0 + DAY, later = there + HORIZON - 30000;

    (void)state;
    uint32_t first = add(T0), ahead = add(later);
    see(there, QUORUM - 1);
    assert_int_equal(traffic.now, there);
    see(there + HORIZON, 1);
    see(later + HORIZON, 1);
    check_take(true, 0, false);
    see(later + HORIZON + 1, 1);
    check_take(true, first, true);
    check_take(true, ahead, true);
    /* One with an absurd time does not make them all wait. */
    uint32_t open = add(later + HORIZON);
    see(INT64_MAX, 1);
    see(there + 2 * DAY, QUORUM - 1);
    see(there + 2 * DAY + HORIZON, 1);
    see(there + 2 * DAY + 2 * HORIZON, 1);
    check_take(true, 0, false);
    see(there + 2 * DAY + 2 * HORIZON + 1, 1);
    check_take(true, open, true);
}

/* ---- whatever comes ---- */

struct listed {
    uint32_t slot;
    int64_t end;
};

static struct listed listed[MAX];

/* Without outliers: all that is old is found, but for the width of a bucket or two, and nothing else. */
static void
test_random_in_time(void **state)
{
    uint64_t random = 3;

    (void)state;
    for (uint64_t horizon = 0; horizon < 100000; horizon = horizon * 3 + 1) {
        const int64_t slack = (int64_t)(2 * (horizon / (EXPIRY_BUCKETS - 2) + 1));
        int64_t now = T0;
        size_t n = 0;
        begin(horizon);
        for (int round = 0; round < 3000; round++) {
            now += (int64_t)random_below(&random, horizon / 20 + 2);
            if (now - traffic.now > (int64_t)horizon && traffic.running)
                now = traffic.now + (int64_t)horizon;
            int64_t late = (int64_t)random_below(&random, horizon + 1);
            see(now, 1);
            if (n > 0 && random_percent(&random, 30)) {
                struct listed *l = &listed[random_below(&random, n)];
                if (l->end < now - late)
                    grow(l->slot, l->end = now - late);
            } else {
                listed[n].slot = add(now - late);
                listed[n++].end = now - late;
            }
            bool old;
            for (uint32_t slot; (slot = expiry_take(&expiry, true, &old)) != 0;) {
                size_t i = 0;
                while (listed[i].slot != slot)
                    assert_true(++i < n);
                assert_true(old && listed[i].end < traffic.now - (int64_t)horizon);
                pool_give(&pool, slot);
                listed[i] = listed[--n];
            }
            for (size_t i = 0; i < n; i++)
                assert_true(listed[i].end >= traffic.now - (int64_t)horizon - slack);
        }
        while (n > 0)
            expiry_remove(&expiry, listed[--n].slot);
        check_take(false, 0, false);
    }
}

/* Any times: each piece that is listed is taken once, or removed; nothing is old while the clock has not
 * moved on from its last jump. */
static void
test_random_clocks(void **state)
{
    uint64_t random = 5, takes = 0, old_takes = 0;
    static const int64_t times[] = {0, DAY, -DAY, 2 * HORIZON, INT64_MAX - T0, 0, 0};
    int64_t base = 0;
    size_t n = 0;

    (void)state;
    for (int round = 0; round < 200000; round++) {
        if (random_percent(&random, 1))
            base = times[random_below(&random, sizeof(times) / sizeof(times[0]))];
        int64_t end = T0 + base - (int64_t)random_below(&random, HORIZON);
        if (random_percent(&random, 30))
            end = T0 + base - (int64_t)random_below(&random, 50 * HORIZON) + round;
        end += end < INT64_MAX - 100 * round ? 100 * round : 0;
        if (n < 1000 && random_percent(&random, 40)) {
            listed[n++].slot = add(end);
        } else if (n > 0 && random_percent(&random, 60)) {
            grow(listed[random_below(&random, n)].slot, end);
        } else if (n > 0 && random_percent(&random, 30)) {
            size_t i = random_below(&random, n);
            expiry_remove(&expiry, listed[i].slot);
            assert_false(pool_piece(&pool, listed[i].slot)->flags & PIECE_LISTED);
            pool_give(&pool, listed[i].slot);
            listed[i] = listed[--n];
        } else {
            bool old = false, old_only = random_percent(&random, 70);
            uint32_t slot = expiry_take(&expiry, old_only, &old);
            assert_true(slot != 0 || old_only || n == 0);
            if (slot == 0)
                continue;
            size_t i = 0;
            while (listed[i].slot != slot)
                assert_true(++i < n);
            assert_true(old || !old_only);
            assert_true(!old || clock_is_settled(&traffic));
            takes++;
            old_takes += old;
            pool_give(&pool, slot);
            listed[i] = listed[--n];
        }
    }
    assert_true(takes > 10000 && old_takes > 1000);
    for (bool old; n > 0; n--)
        assert_true(expiry_take(&expiry, false, &old) != 0);
    check_take(false, 0, false);
}

/* Many pieces, all grown, and a clock that jumps ahead and back all the time, while one piece after the
 * other has to leave.  To list all of them anew with each jump would take hours. */
static void
test_jumps_cost_nothing(void **state)
{
    clock_t began = clock();
    int64_t there = T0;
    bool old;

    (void)state;
    for (int i = 0; i < MAX; i++)
        listed[i].slot = add(T0 + i / 1000);
    for (int i = 0; i < MAX; i++)
        grow(listed[i].slot, T0 + 300000);
    for (int i = 0; i < MAX; i++) {
        there = there == T0 + 300000 ? T0 + DAY : T0 + 300000;
        see(there, QUORUM);
        assert_true(expiry_take(&expiry, false, &old) != 0);
        assert_false(old);
    }
    check_take(false, 0, false);
    assert_true(traffic.jumps >= MAX - 1);
    assert_true((double)(clock() - began) / CLOCKS_PER_SEC < 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_now_is_the_largest_end, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_strangers, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_ends_of_time, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_old_first_then_idle, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_strange_pieces_wait, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_grown_pieces_wait, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_held_after_a_jump, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_held_pieces_leave_before_young_ones, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_another_jump_holds_again, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_ahead_of_a_jump, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_random_in_time, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_random_clocks, open_pool, close_pool),
        cmocka_unit_test_setup_teardown(test_jumps_cost_nothing, open_pool, close_pool),
    };

    return cmocka_run_group_tests_name("expiry", tests, NULL, NULL);
}
