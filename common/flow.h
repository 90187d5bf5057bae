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

/* Why a record is left out of every profile, whatever the others are (ftp-merge(1), Odd records). */
enum flow_fault {
    FLOW_GOOD,
    FLOW_NO_PACKETS,   /* no traffic */
    FLOW_NO_BYTES,     /* packets without bytes: no program that replays profiles takes them */
    FLOW_WRONG_FAMILY, /* ICMP over IPv6, or ICMPv6 over IPv4: nor these */
    FLOW_TOO_LONG      /* over 213 days, after mending: a clock that was not set */
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

/* Whether a protocol can be carried by IPv4 (family 4) or IPv6 (6): ICMP belongs to the one, ICMPv6 to
 * the other (RFC 792, RFC 4443), any other protocol to both. */
static inline bool
proto_fits_family(uint8_t proto, uint8_t family)
{
    return proto != (family == 6 ? PROTO_ICMP : PROTO_ICMP6);
}

/* The end of a record as a profile has it: not before its start, and with one packet not after it. */
static inline int64_t
flow_end(const struct flow *f)
{
    bool one_packet = (f->packets | f->packets_rev) == 1 && f->packets != f->packets_rev;

    return f->end < f->start || one_packet ? f->start : f->end;
}

/* Says whether a record is left out, and why. */
static inline enum flow_fault
flow_fault(const struct flow *f)
{
    if (f->packets == 0 && f->packets_rev == 0)
        return FLOW_NO_PACKETS;
    if (f->bytes == 0 && f->bytes_rev == 0)
        return FLOW_NO_BYTES;
    if (!proto_fits_family(f->proto, f->family))
        return FLOW_WRONG_FAMILY;
    if ((uint64_t)flow_end(f) - (uint64_t)f->start > (uint64_t)BIFLOW_MAX_MS)
        return FLOW_TOO_LONG;
    return FLOW_GOOD;
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
