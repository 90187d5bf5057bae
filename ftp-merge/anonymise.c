/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The only way from a piece, which belongs to two addresses, to a row of the profile, which belongs to
 * nobody.  A biflow has no room for an address, so none can slip through.
 */
#include "anonymise.h"

#include "rules.h"

struct biflow
anonymise(const struct piece *p, bool arrival)
{
    int side = rules_forward_side(p, arrival);
    int64_t end = piece_duration(p) > (uint64_t)BIFLOW_MAX_MS ? p->start + BIFLOW_MAX_MS : p->end;

    return (struct biflow){.start = p->start,
                           .end = end,
                           .packets = p->packets[side],
                           .bytes = p->bytes[side],
                           .packets_rev = p->packets[!side],
                           .bytes_rev = p->bytes[!side],
                           .src_port = side ? p->high_port : p->low_port,
                           .dst_port = side ? p->low_port : p->high_port,
                           .proto = p->proto,
                           .family = p->flags & PIECE_IPV6 ? 6 : 4};
}
