/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-1-3 (Aumasson and Bernstein, 2012).
 *
 * Addresses and ports in flow records are chosen by whoever sends the packets.  With a hash that can be
 * computed in advance, someone could make all of them meet in one place; with a secret seed nobody can.
 * One round a word and three at the end is the variant that hash tables use (Rust, Python, Linux).
 */
#ifndef FTP_SIPHASH_H
#define FTP_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t
rotate_left(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void
siphash_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

/* The hash, under a seed, of n words of eight bytes and n_rest bytes more, at most seven, which are the
 * lowest of rest; the others of it are 0. */
static inline uint64_t
siphash(const uint64_t seed[2], const uint64_t *words, size_t n, uint64_t rest, size_t n_rest)
{
    uint64_t v[4] = {seed[0] ^ UINT64_C(0x736f6d6570736575), seed[1] ^ UINT64_C(0x646f72616e646f6d),
                     seed[0] ^ UINT64_C(0x6c7967656e657261), seed[1] ^ UINT64_C(0x7465646279746573)};
    uint64_t last = (uint64_t)(8 * n + n_rest) << 56 | rest;

    for (size_t i = 0; i < n; i++) {
        v[3] ^= words[i];
        siphash_round(v);
        v[0] ^= words[i];
    }
    v[3] ^= last;
    siphash_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    siphash_round(v);
    siphash_round(v);
    siphash_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
