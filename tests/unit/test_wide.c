/* SPDX-License-Identifier: BSD-3-Clause */
/* Integers of two words, held against a plain way to write them down: in digits of 16 bits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "random.h"
#include "wide.h"

enum { DIGITS = 8 };

static void
to_digits(struct wide w, uint32_t *digit)
{
    for (int i = 0; i < DIGITS; i++)
        digit[i] = (uint32_t)((i < 4 ? w.low : w.high) >> (i % 4 * 16)) & 0xffff;
}

/* A number with `bits` significant bits at most, often with long runs of the same bit. */
static struct wide
random_wide(uint64_t *r, unsigned bits)
{
    struct wide w = {next_random(r), next_random(r)};

    if (next_random(r) % 2)
        w.low = next_random(r) % 2 ? 0 : UINT64_MAX;
    if (bits <= 64)
        return (struct wide){0, bits < 64 ? w.low & ((UINT64_C(1) << bits) - 1) : w.low};
    w.high = bits < 128 ? w.high & ((UINT64_C(1) << (bits - 64)) - 1) : w.high;
    return w;
}

static void
test_add_and_subtract(void **state)
{
    uint64_t r = 1;

    (void)state;
    for (unsigned n = 0; n < 100000; n++) {
        struct wide a = random_wide(&r, 1 + n % 128), b = random_wide(&r, 1 + n / 128 % 128);
        struct wide sum = wide_add(a, b), back = wide_subtract(sum, b);
        uint32_t in_a[DIGITS], in_b[DIGITS], in_sum[DIGITS], carry = 0;
        to_digits(a, in_a);
        to_digits(b, in_b);
        to_digits(sum, in_sum);
        for (int i = 0; i < DIGITS; i++) {
            carry += in_a[i] + in_b[i];
            assert_int_equal(in_sum[i], carry & 0xffff);
            carry >>= 16;
        }
        assert_true(back.high == a.high && back.low == a.low);
    }
}

static void
test_doubles(void **state)
{
    uint64_t r = 2;

    (void)state;
    assert_true(wide_to_double((struct wide){0, 0}) == 0);
    assert_true(wide_to_double((struct wide){1, 0}) == 0x1p64);
    assert_true(wide_to_double((struct wide){UINT64_MAX, UINT64_MAX}) == 0x1p128);
    /* Just below, at and above the middle of two doubles; the middle is rounded to the even one. */
    assert_true(wide_to_double((struct wide){UINT64_C(1) << 52, UINT64_C(1) << 63}) == 0x1p116);
    assert_true(wide_to_double((struct wide){UINT64_C(1) << 52, (UINT64_C(1) << 63) + 1}) ==
                0x1.0000000000001p116);
    assert_true(wide_to_double((struct wide){(UINT64_C(1) << 52) + 1, UINT64_C(1) << 63}) ==
                0x1.0000000000002p116);
    assert_true(wide_to_double((struct wide){(UINT64_C(1) << 52) + 1, (UINT64_C(1) << 63) - 1}) ==
                0x1.0000000000001p116);
    for (unsigned n = 0; n < 100000; n++) {
        double number = ldexp((double)(next_random(&r) >> 11), (int)(n % 75));
        assert_true(wide_to_double(wide_from_double(number)) == number);
        struct wide low = wide_from_double((double)(next_random(&r) >> 40) + 0.75);
        assert_true(low.high == 0 && low.low < 1 << 24);
    }
}

static void
test_shifted(void **state)
{
    struct wide w = wide_shifted(UINT64_MAX, 56);

    (void)state;
    assert_true(w.high == UINT64_MAX >> 8 && w.low == UINT64_MAX << 56);
    w = wide_shifted(5, 1);
    assert_true(w.high == 0 && w.low == 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add_and_subtract),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_shifted),
    };

    return cmocka_run_group_tests_name("wide", tests, NULL, NULL);
}
