/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two records that travel between the programs.
 *
 * A flow (RFC 7011) is what an exporter reported: it has addresses and absolute times, and may be as
 * odd as the exporter made it (end before start, no packets).  A biflow (RFC 5103) is one row of the
 * profile: no addresses, times relative to the time zero of the profile, and the promises that
 * biflow_problem() checks.
 */
#ifndef FTP_FLOW_H
#define FTP_FLOW_H

#include <stdbool.h>
#include <stdint.h>

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };

/* Longest time (ms) between the first and the last packet of a biflow: 213 days.  Traffic generators
 * that count in picoseconds overflow 64 bits on the next one. */
#define BIFLOW_MAX_MS (INT64_C(213) * 24 * 3600 * 1000)

struct flow {
    int64_t start;    /* first packet, ms since 1970-01-01T00:00:00Z */
    int64_t end;      /* last packet, likewise; may be before start */
    uint64_t packets; /* from source to destination */
    uint64_t bytes;
    uint64_t packets_rev; /* from destination to source, where the exporter sends biflows */
    uint64_t bytes_rev;
    uint8_t src[16]; /* network byte order; IPv4 uses the first four bytes, the others are 0 */
    uint8_t dst[16];
    uint16_t src_port;
    uint16_t dst_port;
    uint8_t proto;  /* IANA protocol number */
    uint8_t family; /* 4 or 6 */
};

struct biflow {
    int64_t start; /* ms after the time zero */
    int64_t end;
    uint64_t packets; /* forward */
    uint64_t bytes;
    uint64_t packets_rev;
    uint64_t bytes_rev;
    uint16_t src_port; /* 0 unless proto is TCP or UDP */
    uint16_t dst_port;
    uint8_t proto;
    uint8_t family; /* 4 or 6 */
};

/* Whether records of this protocol are told apart by ports (TCP and UDP); all others have port 0. */
static inline bool
proto_has_ports(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP;
}

/* Whether a protocol can be carried by IPv4 (family 4) or IPv6 (6): ICMP belongs to the one, ICMPv6 to the
 * other (RFC 792, RFC 4443), any other protocol to both. */
static inline bool
proto_fits_family(uint8_t proto, uint8_t family)
{
    return proto != (family == 6 ? PROTO_ICMP : PROTO_ICMP6);
}

/* Whether the biflow is of one packet in all, which can have no duration. */
static inline bool
biflow_is_one_packet(const struct biflow *b)
{
    return (b->packets == 1 && b->packets_rev == 0) || (b->packets == 0 && b->packets_rev == 1);
}

/* Says what is wrong with a row of a profile: NULL when nothing is, else a static string.  Programs that
 * replay profiles stop or crash on such rows. */
const char *biflow_problem(const struct biflow *b);

#endif
