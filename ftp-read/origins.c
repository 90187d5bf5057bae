/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Of exporters it is enough to know that there are two.
 *
 * softflowd exports the two sides of a conversation one after the other, and numbers them with
 * flowDirection.  Nothing is metered twice then, and most records of direction 1 have such a neighbour.
 */
#include "origins.h"

#include <string.h>

#include "text.h"

static bool
is_same(const struct exporter *e, const struct row *row)
{
    return e->family == row->exporter_family && memcmp(e->address, row->exporter, sizeof e->address) == 0;
}

static void
keep(struct exporter *e, const struct row *row)
{
    e->family = row->exporter_family;
    memcpy(e->address, row->exporter, sizeof e->address);
}

/* Whether two flows are the two sides of one conversation. */
static bool
are_halves(const struct flow *a, const struct flow *b)
{
    return a->proto == b->proto && a->src_port == b->dst_port && a->dst_port == b->src_port &&
           memcmp(a->src, b->dst, sizeof a->src) == 0 && memcmp(a->dst, b->src, sizeof a->dst) == 0;
}

void
origins_add(struct origins *o, const struct row *row)
{
    if (o->first.family == 0)
        keep(&o->first, row);
    else if (o->second.family == 0 && !is_same(&o->first, row))
        keep(&o->second, row);
    o->ingress += row->direction == DIRECTION_INGRESS;
    o->egress += row->direction == DIRECTION_EGRESS;
    o->halves += row->direction != o->last_direction && are_halves(&o->last, &row->flow);
    o->last = row->flow;
    o->last_direction = row->direction;
}

static const char *
name_of(const struct exporter *e, char name[TEXT_ADDRESS_BYTES + 1])
{
    *text_put_address(name, e->family, e->address) = '\0';
    return name;
}

void
origins_warn(const struct origins *o, const struct run *run)
{
    char first[TEXT_ADDRESS_BYTES + 1], second[TEXT_ADDRESS_BYTES + 1];

    if (o->second.family != 0)
        run_say(run,
                "records of more than one exporter (%s, %s): what both metered counts twice; -r takes "
                "one",
                name_of(&o->first, first), name_of(&o->second, second));
    if (o->ingress > 0 && o->egress > 0 && o->halves < o->egress / 2 + 1)
        run_say(run, "records metered on ingress and on egress: what was metered on both counts twice; "
                     "-F 'flowdir ingress' takes one");
}
