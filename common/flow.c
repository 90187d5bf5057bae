/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What holds for every row of a profile.  ftp-merge makes rows so; ftp-write checks them again, because
 * a filter of somebody else's may stand between the two.
 */
#include "flow.h"

#include <stddef.h>

const char *
biflow_problem(const struct biflow *b)
{
    if (b->end < b->start)
        return "it ends before it starts";
    if ((uint64_t)b->end - (uint64_t)b->start > (uint64_t)BIFLOW_MAX_MS)
        return "it lasts longer than 213 days";
    if ((b->packets | b->packets_rev) == 0)
        return "it has no packets";
    if ((b->bytes | b->bytes_rev) == 0)
        return "it has packets but no bytes";
    if (biflow_is_one_packet(b) && b->end != b->start)
        return "it has one packet and a duration";
    if (proto_has_ports(b->proto))
        return NULL;
    if ((b->src_port | b->dst_port) != 0)
        return "it has ports, but is neither TCP nor UDP";
    if (!proto_fits_family(b->proto, b->family))
        return b->family == 6 ? "it is ICMP over IPv6" : "it is ICMPv6 over IPv4";
    return NULL;
}
