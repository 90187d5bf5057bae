/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers by chance, the same ones each time. */
#ifndef FTP_TEST_RANDOM_H
#define FTP_TEST_RANDOM_H

#include <stdint.h>

/* The next of a series of numbers (xorshift, Marsaglia 2003).  The state is never 0. */
static inline uint64_t
next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
