/* SPDX-License-Identifier: BSD-3-Clause */
/* Each page shows rows in its own way, but the rows and their order are decided once, here. */
#include "sides.h"

#include <stdio.h>
#include <string.h>

#include "names.h"
#include "numbers.h"

enum { LONGEST_COUNT = 16 }; /* in full; what is longer is shortened */

/* Whom rows are handed to. */
struct sides {
    sides_put *put;
    void *context;
    enum sides_group group;
};

static void
put(const struct sides *s, const char *name, const char *value, const char *reference, double percent)
{
    s->put(s->context, &(struct sides_row){s->group, name, value, reference, percent});
}

static const char *
count_text(char text[NUMBER_BYTES], uint64_t count)
{
    number_grouped(text, count, " ");
    return strlen(text) > LONGEST_COUNT ? number_short(text, (double)count) : text;
}

static void
put_count(const struct sides *s, const char *name, uint64_t value, uint64_t reference)
{
    char a[NUMBER_BYTES], b[NUMBER_BYTES];

    put(s, name, count_text(a, value), count_text(b, reference),
        compare_percent((double)value, (double)reference));
}

static void
put_number(const struct sides *s, const char *name, double value, double reference)
{
    char a[NUMBER_BYTES], b[NUMBER_BYTES];

    put(s, name, number_short(a, value), number_short(b, reference), compare_percent(value, reference));
}

static void
put_share(const struct sides *s, const char *name, double value, double reference)
{
    char a[NUMBER_BYTES], b[NUMBER_BYTES];

    put(s, name, number_percent(a, value), number_percent(b, reference),
        compare_percent(value, reference));
}

static void
put_totals(const struct sides *s, const struct measures *m, const struct measures *r)
{
    const struct totals *a = &m->profile->totals, *b = &r->profile->totals;
    char span_a[NUMBER_BYTES], span_b[NUMBER_BYTES];

    put_count(s, "biflows", a->biflows, b->biflows);
    put_count(s, "two-sided", a->two_sided, b->two_sided);
    put_count(s, "packets", a->packets, b->packets);
    put_count(s, "packets forward", a->packets_forward, b->packets_forward);
    put_count(s, "bytes", a->bytes, b->bytes);
    put_count(s, "bytes forward", a->bytes_forward, b->bytes_forward);
    put(s, "time", number_span(span_a, m->seconds), number_span(span_b, r->seconds),
        compare_percent(m->seconds, r->seconds));
    put_number(s, "packets a second, mean", m->mean.packets, r->mean.packets);
    put_number(s, "packets a second, peak", m->peak.packets, r->peak.packets);
    put_number(s, "bits a second, mean", m->mean.bits, r->mean.bits);
    put_number(s, "bits a second, peak", m->peak.bits, r->peak.bits);
    put_number(s, "starts a second, mean", m->mean.biflows, r->mean.biflows);
    put_number(s, "starts a second, peak", m->peak.biflows, r->peak.biflows);
    put_number(s, "in a flow cache, peak", m->peak_active, r->peak_active);
    put_share(s, "bytes in the largest 1 %", m->top_1_percent, r->top_1_percent);
    put_share(s, "bytes in the largest 100", m->top_100, r->top_100);
    if (m->has_hurst && r->has_hurst)
        put_number(s, "Hurst", m->hurst, r->hurst);
    if (!m->profile->options.uniqueness || m->biflows == 0 || r->biflows == 0)
        return;
    for (int i = 0; i < UNIQUE_KINDS; i++)
        put_share(s, i == UNIQUE_PROTOCOL_COUNTERS ? "unique without ports" : "unique with ports",
                  (double)m->unique[i].unique / (double)m->biflows,
                  (double)r->unique[i].unique / (double)r->biflows);
}

/* The rows of those numbered things that are compared. */
static void
put_numbered(struct sides *s, enum sides_group group, const char *what, const char *(*name_of)(unsigned),
             const double *value, const double *reference, const struct optional *difference, unsigned n)
{
    char name[64];

    s->group = group;
    for (unsigned i = 0; i < n; i++) {
        if (!difference[i].exists)
            continue;
        (void)snprintf(name, sizeof name, "%s %u %s", what, i, name_of(i));
        put_share(s, name, value[i], reference[i]);
    }
}

static void
put_sampler(struct sides *s, const struct measures *m, const struct measures *r,
            const struct comparison *c)
{
    static const char *const sizes[SIZE_CLASSES] = {"packet size <= 128 B", "packet size <= 512 B",
                                                    "packet size <= 1024 B", "packet size > 1024 B"};

    s->group = SIDES_RATIOS;
    put_number(s, "packets per byte", m->packets_per_byte, r->packets_per_byte);
    put_number(s, "biflows per packet", m->biflows_per_packet, r->biflows_per_packet);
    put_number(s, "biflows per byte", m->biflows_per_byte, r->biflows_per_byte);
    put_share(s, "IPv4", m->ipv4, r->ipv4);
    put_share(s, "IPv6", m->ipv6, r->ipv6);
    for (int i = 0; i < SIZE_CLASSES; i++)
        put_share(s, sizes[i], m->packet_size[i], r->packet_size[i]);
    put_numbered(s, SIDES_PROTOCOLS, "protocol", name_of_protocol, m->protocols, r->protocols,
                 c->protocols, TOTALS_PROTOCOLS);
    put_numbered(s, SIDES_PORTS, "port", name_of_port, m->ports, r->ports, c->ports, TOTALS_PORTS);
}

void
sides_each(const struct measures *m, const struct measures *reference, const struct comparison *c,
           sides_put *put_row, void *context)
{
    struct sides s = {put_row, context, SIDES_TOTALS};

    put_totals(&s, m, reference);
    put_sampler(&s, m, reference, c);
}
