/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a flow record to a piece with a key: which records are left out, and what is mended.
 *
 * Records that real exporters send are odd in known ways (ftp-merge(1), MERGE RULES).  Here is all that
 * is decided by looking at one record alone, so that the cache sees only pieces that make sense: they end
 * at or after their start, and last at most 213 days.
 *
 * It is a header because the cache does this for every record, between its other steps.
 */
#ifndef FTP_ADMISSION_H
#define FTP_ADMISSION_H

#include <stdint.h>
#include <string.h>

#include "flow.h"
#include "piece.h"
#include "rules.h"
#include "siphash.h"

/* A record on its way into the cache. */
struct record {
    struct piece piece;
    struct pair addresses; /* of IPv6 */
    uint64_t hash;         /* of the key */
};

/* What became of a record; all but the first leave it out. */
enum admission {
    ADMITTED,
    NO_PACKETS,   /* no traffic */
    NO_BYTES,     /* packets without bytes: no program that replays profiles takes them */
    WRONG_FAMILY, /* ICMP over IPv6, or ICMPv6 over IPv4: nor these */
    TOO_LONG      /* over 213 days, after mending: a clock that was not set */
};

/* Counts of what was mended in admitted records. */
struct mended {
    uint64_t end_before_start; /* the end became the start */
    uint64_t one_packet;       /* of one packet, with a duration: likewise */
};

/* The end of a record as the rules have it: not before the start, and with one packet not after it. */
static inline int64_t
admission_end(const struct flow *f)
{
    bool one_packet = (f->packets | f->packets_rev) == 1 && f->packets != f->packets_rev;

    return f->end < f->start || one_packet ? f->start : f->end;
}

/* Says whether a record is left out, and why. */
static inline enum admission
admission_judge(const struct flow *f)
{
    if (f->packets == 0 && f->packets_rev == 0)
        return NO_PACKETS;
    if (f->bytes == 0 && f->bytes_rev == 0)
        return NO_BYTES;
    if (f->proto == (f->family == 6 ? PROTO_ICMP : PROTO_ICMP6))
        return WRONG_FAMILY;
    if ((uint64_t)admission_end(f) - (uint64_t)f->start > (uint64_t)BIFLOW_MAX_MS)
        return TOO_LONG;
    return ADMITTED;
}

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

/* An IPv4 address in network byte order as a number. */
static inline uint32_t
admission_ipv4(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Sets the key, and the counters by side.  Which end is the lower one is anyone's guess, so that is
 * computed and used as a number, and the processor never has to guess it. */
static inline void
admission_set_key(struct record *r, const struct flow *f)
{
    struct piece *p = &r->piece;
    bool has_ports = proto_has_ports(f->proto);
    const uint8_t *const ends[2] = {f->src, f->dst};
    const uint16_t ports[2] = {has_ports ? f->src_port : 0, has_ports ? f->dst_port : 0};
    int order = memcmp(f->src, f->dst, sizeof f->src);
    unsigned swap = (order > 0) | ((order == 0) & (ports[0] > ports[1]));
    const uint8_t *low = ends[swap], *high = ends[!swap];

    p->low_port = ports[swap];
    p->high_port = ports[!swap];
    p->proto = f->proto;
    p->flags = swap ? PIECE_FIRST_SIDE : 0;
    if (f->family == 6) {
        p->flags |= PIECE_IPV6;
        memcpy(r->addresses.words, low, sizeof f->src);
        memcpy(r->addresses.words + 2, high, sizeof f->src);
    } else {
        p->low = admission_ipv4(low);
        p->high = admission_ipv4(high);
    }
    p->packets[swap] = f->packets;
    p->bytes[swap] = f->bytes;
    p->packets[!swap] = f->packets_rev;
    p->bytes[!swap] = f->bytes_rev;
}

/* Makes a piece of an admitted record, with the hash of its key under a seed. */
static inline void
admission_make(struct record *r, const struct flow *f, const uint64_t seed[2], struct mended *mended)
{
    struct piece *p = &r->piece;
    int64_t end = admission_end(f);

    *p = (struct piece){.start = f->start, .end = end, .is_piece = 1};
    mended->end_before_start += f->end < f->start;
    mended->one_packet += f->end > end;
    admission_set_key(r, f);
    p->flags |= (uint8_t)((p->packets[0] ? PIECE_STARTED_0 : 0) | (p->packets[1] ? PIECE_STARTED_1 : 0));
    p->singles = piece_is_one_packet(p) ? SINGLES_AT_END : SINGLES_NONE;
    r->hash = admission_hash(p, &r->addresses, seed);
}

#endif
