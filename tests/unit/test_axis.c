/* SPDX-License-Identifier: BSD-3-Clause */
/* Marks are in their axis, at round numbers, and their labels do not touch, whatever the values are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "axis.h"
#include "random.h"

enum { LEFT = 46, RIGHT = 338, BOTTOM = 184, TOP = 10 };

static void
check_marks(const struct axis *a)
{
    enum { NARROWEST_LETTER = 6, LINE = 13 };

    assert_in_range(a->count, 2, AXIS_MAX_MARKS);
    for (int i = 0; i < a->count; i++) {
        const struct axis_mark *m = &a->marks[i];
        assert_true(m->label[0] != '\0' && strlen(m->label) < 12);
        assert_true(m->place >= fmin(a->begin, a->end) - 0.5 && m->place <= fmax(a->begin, a->end) + 0.5);
        if (i == 0)
            continue;
        double gap = fabs(m->place - m[-1].place);
        double letters = (double)(strlen(m->label) + strlen(m[-1].label)) / 2;
        assert_true(gap > (a->is_upright ? LINE : letters * NARROWEST_LETTER));
        assert_string_not_equal(m->label, m[-1].label);
    }
}

/* A number of any size. */
static double
any_number(uint64_t *r)
{
    return ldexp(1 + (double)(next_random(r) % 1000) / 1000, (int)(next_random(r) % 64));
}

static void
test_linear(void **state)
{
    static const enum axis_kind kinds[] = {AXIS_COUNT, AXIS_WHOLE, AXIS_TIME};
    uint64_t r = 3;
    struct axis a;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        double largest = any_number(&r) / (i % 2 ? 1 : 1000);
        axis_make_linear(&a, kinds[i % 2], largest, BOTTOM, TOP, true);
        check_marks(&a);
        assert_true(a.high >= largest * (1 - 1e-9));
        assert_true(axis_place(&a, 0) == BOTTOM && axis_place(&a, a.high) == TOP);
        axis_make_exact(&a, AXIS_TIME, ceil(largest), LEFT, RIGHT);
        if (a.count > 1)
            check_marks(&a);
        assert_true(axis_place(&a, ceil(largest)) == RIGHT);
    }
}

static void
test_log(void **state)
{
    uint64_t r = 4;
    struct axis a;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        double smallest = floor(any_number(&r)), largest = floor(any_number(&r));
        enum axis_kind kind = i % 2 ? AXIS_MS : AXIS_COUNT;
        if (largest < smallest)
            continue;
        axis_make_log(&a, kind, smallest, largest, i % 3 == 0, LEFT, RIGHT);
        check_marks(&a);
        assert_true(a.low <= smallest * 1.002 && a.high >= largest * 0.998);
        assert_true(axis_place(&a, 0) == LEFT && axis_place(&a, largest * 100) == RIGHT);
    }
    /* All values are 0. */
    axis_make_log(&a, AXIS_MS, 0, 0, true, LEFT, RIGHT);
    check_marks(&a);
    assert_string_equal(a.marks[0].label, "0");
}

static void
expect_labels(const struct axis *a, const char *expected)
{
    char labels[512] = "";

    for (int i = 0; i < a->count; i++) {
        size_t used = strlen(labels);
        (void)snprintf(labels + used, sizeof labels - used, "%s%s", i > 0 ? "|" : "", a->marks[i].label);
    }
    assert_string_equal(labels, expected);
}

static void
test_labels(void **state)
{
    struct axis a;

    (void)state;
    axis_make_linear(&a, AXIS_COUNT, 2.3e6, BOTTOM, TOP, true);
    expect_labels(&a, "0|500 k|1 M|1.5 M|2 M|2.5 M");
    axis_make_linear(&a, AXIS_WHOLE, 1, BOTTOM, TOP, true);
    expect_labels(&a, "0|1");
    axis_make_linear(&a, AXIS_SHARE, 1, LEFT, RIGHT, false);
    expect_labels(&a, "0 %|20 %|40 %|60 %|80 %|100 %");
    axis_make_exact(&a, AXIS_TIME, 3600, LEFT, RIGHT);
    expect_labels(&a, "0|15 min|30 min|45 min|60 min");
    axis_make_exact(&a, AXIS_TIME, 86400 * 3, LEFT, RIGHT);
    expect_labels(&a, "0|12 h|24 h|36 h|48 h|60 h|72 h");
    axis_make_log(&a, AXIS_MS, 1, 1800e3, true, LEFT, RIGHT);
    expect_labels(&a, "0|1 ms|100 ms|10 s|10 min");
    axis_make_log(&a, AXIS_COUNT, 40, 1500, false, LEFT, RIGHT);
    expect_labels(&a, "20|50|100|200|500|1 k|2 k");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_labels),
    };

    return cmocka_run_group_tests_name("axis", tests, NULL, NULL);
}
