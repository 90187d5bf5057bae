/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a flow record that is not left out (flow_fault()) to a piece with a key, and what is mended on the
 * way.
 *
 * Records that real exporters send are odd in known ways (ftp-merge(1), MERGE RULES).  With this the
 * cache sees only pieces that make sense: they end at or after their start, and last at most 213 days.
 *
 * It is a header because the cache does this for every record, between its other steps.
 */
#ifndef FTP_ADMISSION_H
#define FTP_ADMISSION_H

#include <stdint.h>
#include <string.h>

#include "bytes.h"
#include "flow.h"
#include "key.h"
#include "piece.h"
#include "rules.h"
#include "siphash.h"

/* A record on its way into the cache. */
struct record {
    struct piece piece;
    struct pair addresses; /* of IPv6 */
    uint64_t hash;         /* of the key */
};

/* Counts of what was mended in admitted records. */
struct mended {
    uint64_t end_before_start; /* the end became the start */
    uint64_t one_packet;       /* of one packet, with a duration: likewise */
};

/* The hash of the key of a piece under a seed; addresses are those of IPv6. */
static inline uint64_t
admission_hash(const struct piece *p, const struct pair *addresses, const uint64_t seed[2])
{
    enum { REST_BYTES = 5 };
    uint64_t rest = (uint64_t)p->proto << 32 | (uint64_t)p->high_port << 16 | p->low_port;
    uint64_t ipv4_addresses = (uint64_t)p->low << 32 | p->high;

    if (p->flags & PIECE_IPV6)
        return siphash(seed, addresses->words, 4, rest, REST_BYTES);
    return siphash(seed, &ipv4_addresses, 1, rest, REST_BYTES);
}

/* Sets the key, and the counters by side. */
static inline void
admission_set_key(struct record *r, const struct flow *f)
{
    struct piece *p = &r->piece;
    const struct key key = key_of(f);
    unsigned source = key.source_side;

    p->low_port = key.low_port;
    p->high_port = key.high_port;
    p->proto = f->proto;
    p->flags = source ? PIECE_FIRST_SIDE : 0;
    if (f->family == 6) {
        p->flags |= PIECE_IPV6;
        memcpy(r->addresses.words, key.low, sizeof f->src);
        memcpy(r->addresses.words + 2, key.high, sizeof f->src);
    } else {
        p->low = get_be32(key.low);
        p->high = get_be32(key.high);
    }
    p->packets[source] = f->packets;
    p->bytes[source] = f->bytes;
    p->packets[!source] = f->packets_rev;
    p->bytes[!source] = f->bytes_rev;
}

/* Makes a piece of an admitted record, with the hash of its key under a seed. */
static inline void
admission_make(struct record *r, const struct flow *f, const uint64_t seed[2], struct mended *mended)
{
    struct piece *p = &r->piece;
    int64_t end = flow_end(f);

    *p = (struct piece){.start = f->start, .end = end, .is_piece = 1};
    mended->end_before_start += f->end < f->start;
    mended->one_packet += f->end > end;
    admission_set_key(r, f);
    p->flags |= (uint8_t)((p->packets[0] ? PIECE_STARTED_0 : 0) | (p->packets[1] ? PIECE_STARTED_1 : 0));
    p->singles = piece_is_one_packet(p) ? SINGLES_AT_END : SINGLES_NONE;
    r->hash = admission_hash(p, &r->addresses, seed);
}

#endif
