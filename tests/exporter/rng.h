/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random numbers for the exporter: SplitMix64 (Steele, Lea, Flood 2014). Integers only, so that
 * one seed gives the same traffic on every machine and with every C library.
 */
#ifndef EXPORTER_RNG_H
#define EXPORTER_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state;
};

/* One step of SplitMix64's finaliser: a bijection of 64 bits. */
static inline uint64_t
rng_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* Starts a stream of its own for every pair of seed and stream number. */
static inline struct rng
rng_seeded(uint64_t seed, uint64_t stream)
{
    return (struct rng){.state = rng_mix(seed + rng_mix(stream))};
}

/* Returns 64 random bits. */
static inline uint64_t
rng_next(struct rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15U;
    return rng_mix(rng->state);
}

/* Returns a number in 0..n-1, for n in 1..2^32-1. */
static inline uint32_t
rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)(((rng_next(rng) >> 32) * n) >> 32);
}

/* Returns a number in low..high, both included; low <= high, high - low < 2^32-1. */
static inline uint32_t
rng_between(struct rng *rng, uint32_t low, uint32_t high)
{
    return low + rng_below(rng, high - low + 1);
}

/* Returns nonzero in `percent` of 100 cases. */
static inline int
rng_percent(struct rng *rng, uint32_t percent)
{
    return rng_below(rng, 100) < percent;
}

#endif
