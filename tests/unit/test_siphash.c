/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keyed hash against SipHash-1-3 of the bytes 0, 1, 2, ... under the key 0 to 15, the message of the
 * authors' own vectors, as an independent implementation has it that agrees with these for SipHash-2-4.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "siphash.h"

static void
test_vectors(void **state)
{
    static const struct {
        size_t n;
        uint64_t hash;
    } vectors[] = {
        {0, UINT64_C(0xabac0158050fc4dc)},
        {8, UINT64_C(0x369095118d299a8e)},
        {13, UINT64_C(0x306f760c1229ffa7)},
        {37, UINT64_C(0xb6101c2da3c33057)},
    };
    uint8_t message[40];

    (void)state;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)i;
    const uint64_t seed[2] = {get_le64(message), get_le64(message + 8)};
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        size_t words = vectors[i].n / 8, n_rest = vectors[i].n % 8;
        uint64_t whole[4], rest = 0;
        for (size_t w = 0; w < words; w++)
            whole[w] = get_le64(message + 8 * w);
        for (size_t b = 0; b < n_rest; b++)
            rest |= (uint64_t)message[8 * words + b] << (8 * b);
        assert_int_equal(siphash(seed, whole, words, rest, n_rest), vectors[i].hash);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
    };

    return cmocka_run_group_tests_name("siphash", tests, NULL, NULL);
}
