/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The key of a flow record: what records of one conversation have in common, in either direction
 * (ftp-merge(1), MERGE RULES).
 *
 * An endpoint is an address and a port, and of the two one is the lower.  Ports count only for TCP and
 * UDP, and are 0 otherwise.  It is a header since programs do this for every record.
 */
#ifndef FTP_KEY_H
#define FTP_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "flow.h"

struct key {
    const uint8_t *low; /* the address of the lower endpoint: 16 bytes of the flow, see struct flow */
    const uint8_t *high;
    uint16_t low_port;
    uint16_t high_port;
    unsigned source_side; /* which endpoint is the source: 0 the lower, 1 the higher */
};

/* Whether the source is the higher endpoint.  Which one is the higher is anyone's guess, so there is no
 * branch here that the processor would have to guess: no && and no ||. */
static inline unsigned
key_source_is_higher(const struct flow *f, bool has_ports)
{
    uint64_t src = get_be64(f->src), src_rest = get_be64(f->src + 8);
    uint64_t dst = get_be64(f->dst), dst_rest = get_be64(f->dst + 8);
    unsigned by_port = has_ports & (f->src_port > f->dst_port);
    unsigned by_rest = (src_rest > dst_rest) | ((src_rest == dst_rest) & by_port);

    return (src > dst) | ((src == dst) & by_rest);
}

/* The key of a flow, whose protocol and family belong to it as well.  It points into the flow. */
static inline struct key
key_of(const struct flow *f)
{
    bool has_ports = proto_has_ports(f->proto);
    const uint16_t ports[2] = {has_ports ? f->src_port : 0, has_ports ? f->dst_port : 0};
    const uint8_t *const addresses[2] = {f->src, f->dst};
    unsigned swap = key_source_is_higher(f, has_ports);

    return (struct key){.low = addresses[swap],
                        .high = addresses[!swap],
                        .low_port = ports[swap],
                        .high_port = ports[!swap],
                        .source_side = swap};
}

#endif
