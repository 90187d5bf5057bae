/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which shard a record belongs to.
 *
 * All machines and all runs have to agree, so the hash has a key that everybody knows, that of the test
 * vectors of SipHash.  A sender can use it to make shards uneven.  That costs time on the machine that
 * merges the large one, and nothing else: a shard is bounded by the input, whatever its size is.
 */
#ifndef FTP_SHARD_H
#define FTP_SHARD_H

#include <stdint.h>

#include "bytes.h"
#include "flow.h"
#include "key.h"
#include "siphash.h"

enum { SHARD_MAX = 1024 }; /* as many shards at most */

/* SipHash-1-3, under the key 00 01 02 ... 0f, of: the lower address, the higher address, the lower port,
 * the higher port (two bytes each, least significant first) and the protocol. */
static inline uint64_t
shard_hash(const struct flow *f)
{
    static const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    enum { REST_BYTES = 5 };
    struct key k = key_of(f);
    uint64_t rest = (uint64_t)f->proto << 32 | (uint64_t)k.high_port << 16 | k.low_port;

    if (f->family == 6) {
        const uint64_t words[4] = {get_le64(k.low), get_le64(k.low + 8), get_le64(k.high),
                                   get_le64(k.high + 8)};
        return siphash(key, words, 4, rest, REST_BYTES);
    }
    uint64_t addresses = (uint64_t)get_le32(k.high) << 32 | get_le32(k.low);
    return siphash(key, &addresses, 1, rest, REST_BYTES);
}

/* The shard, 0 to n - 1, of a record: the upper half of its hash, as a fraction of 2^32, of n. */
static inline unsigned
shard_of(const struct flow *f, unsigned n)
{
    return (unsigned)((shard_hash(f) >> 32) * n >> 32);
}

#endif
