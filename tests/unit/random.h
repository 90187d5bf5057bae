/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers that look random, and are the same in every run. */
#ifndef FTP_TEST_RANDOM_H
#define FTP_TEST_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* The next of a series of numbers (splitmix64: Steele, Lea and Flood 2014).  Any state is good. */
static inline uint64_t
next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 to n - 1. */
static inline uint64_t
random_below(uint64_t *state, uint64_t n)
{
    return next_random(state) % n;
}

static inline bool
random_percent(uint64_t *state, uint64_t percent)
{
    return random_below(state, 100) < percent;
}

#endif
