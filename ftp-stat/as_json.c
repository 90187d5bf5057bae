/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every name here is a key, and every value a number, so nothing has to be escaped.  What does not apply
 * is left out.
 */
#include "as_json.h"

#include <inttypes.h>

#include "numbers.h"

static const char *const distribution_keys[DISTRIBUTIONS] = {
    [DISTRIBUTION_DURATION] = "duration_ms",
    [DISTRIBUTION_PACKETS] = "packets",
    [DISTRIBUTION_BYTES] = "bytes",
    [DISTRIBUTION_PACKET_SIZE] = "packet_size",
    [DISTRIBUTION_INTERARRIVAL] = "interarrival_ms",
    [DISTRIBUTION_ASYMMETRY] = "asymmetry",
};

static const char *const size_keys[SIZE_CLASSES] = {
    [SIZE_SMALL] = "small",
    [SIZE_MEDIUM] = "medium",
    [SIZE_LARGE] = "large",
    [SIZE_HUGE] = "huge",
};

static const char *const unique_keys[UNIQUE_KINDS] = {
    [UNIQUE_PROTOCOL_PORTS_COUNTERS] = "protocol_ports_counters",
    [UNIQUE_PROTOCOL_COUNTERS] = "protocol_counters",
};

/* Where the next thing goes: after a comma, unless it is the first of its object or array. */
struct json {
    FILE *out;
    bool is_first;
};

static void
put_comma(struct json *j)
{
    if (!j->is_first)
        (void)fputc(',', j->out);
    j->is_first = false;
}

static void
put_key(struct json *j, const char *key)
{
    put_comma(j);
    (void)fprintf(j->out, "\"%s\":", key);
}

static void
begin(struct json *j, char bracket)
{
    (void)fputc(bracket, j->out);
    j->is_first = true;
}

static void
end(struct json *j, char bracket)
{
    (void)fputc(bracket, j->out);
    j->is_first = false;
}

static void
begin_object(struct json *j, const char *key)
{
    put_key(j, key);
    begin(j, '{');
}

static void
put_count(struct json *j, const char *key, uint64_t count)
{
    put_key(j, key);
    (void)fprintf(j->out, "%" PRIu64, count);
}

static void
put_number(struct json *j, const char *key, double value)
{
    char text[NUMBER_BYTES];

    put_key(j, key);
    (void)fputs(number_exact(text, value), j->out);
}

static void
put_optional(struct json *j, const char *key, struct optional value)
{
    if (value.exists)
        put_number(j, key, value.value);
}

/* A number whose key is a number. */
static void
put_numbered(struct json *j, int number, double value)
{
    char key[16];

    (void)snprintf(key, sizeof key, "%d", number);
    put_number(j, key, value);
}

static void
put_values(struct json *j, const char *key, const struct values *v)
{
    char text[NUMBER_BYTES];

    put_key(j, key);
    begin(j, '[');
    for (size_t i = 0; i < v->n; i++) {
        put_comma(j);
        (void)fputs(number_exact(text, v->value[i]), j->out);
    }
    end(j, ']');
}

static void
put_rates(struct json *j, const char *key, const struct rates *r)
{
    begin_object(j, key);
    put_number(j, "packets_per_s", r->packets);
    put_number(j, "bits_per_s", r->bits);
    put_number(j, "biflows_per_s", r->biflows);
    end(j, '}');
}

static void
put_totals(struct json *j, const struct measures *m)
{
    const struct totals *t = &m->profile->totals;

    put_count(j, "biflows", t->biflows);
    put_count(j, "two_sided", t->two_sided);
    put_count(j, "packets", t->packets);
    put_count(j, "bytes", t->bytes);
    put_count(j, "packets_forward", t->packets_forward);
    put_count(j, "bytes_forward", t->bytes_forward);
    if (m->biflows == 0)
        return;
    put_key(j, "first_ms");
    (void)fprintf(j->out, "%" PRId64, t->first);
    put_key(j, "last_ms");
    (void)fprintf(j->out, "%" PRId64, t->last);
    if (m->seconds > 0)
        put_rates(j, "mean", &m->mean);
    put_rates(j, "peak", &m->peak);
    put_number(j, "peak_active", m->peak_active);
    if (m->packets.seconds > 1)
        put_number(j, "resolution_s", m->packets.seconds);
}

/* The five measures that come first in the object of the sampler. */
static void
put_ratios(struct json *j, double packets_per_byte, double biflows_per_packet, double biflows_per_byte,
           double ipv4, double ipv6)
{
    put_number(j, "packets_per_byte", packets_per_byte);
    put_number(j, "biflows_per_packet", biflows_per_packet);
    put_number(j, "biflows_per_byte", biflows_per_byte);
    put_number(j, "ipv4", ipv4);
    put_number(j, "ipv6", ipv6);
}

static void
put_sizes(struct json *j, const double *sizes)
{
    begin_object(j, "packet_size");
    for (int i = 0; i < SIZE_CLASSES; i++)
        put_number(j, size_keys[i], sizes[i]);
    end(j, '}');
}

/* The shares of numbered things, of those that occur. */
static void
put_shares(struct json *j, const char *key, const double *share, int n)
{
    begin_object(j, key);
    for (int i = 0; i < n; i++)
        if (share[i] > 0)
            put_numbered(j, i, share[i]);
    end(j, '}');
}

static void
put_sampler(struct json *j, const struct measures *m)
{
    begin_object(j, "sampler");
    if (m->biflows > 0)
        put_ratios(j, m->packets_per_byte, m->biflows_per_packet, m->biflows_per_byte, m->ipv4, m->ipv6);
    put_shares(j, "protocols", m->protocols, TOTALS_PROTOCOLS);
    put_shares(j, "ports", m->ports, TOTALS_PORTS);
    if (m->biflows > 0)
        put_sizes(j, m->packet_size);
    put_values(j, "windows", &m->windows);
    if (m->windows.seconds != (double)m->profile->options.window)
        put_number(j, "window_s", m->windows.seconds);
    end(j, '}');
}

/* A value of a distribution: where it is a whole number, it is exact. */
static void
put_units(struct json *j, const char *key, const struct distribution_measures *d, uint64_t units)
{
    if (d->unit == 1)
        put_count(j, key, units);
    else
        put_number(j, key, measures_value(d, units));
}

static void
put_distribution(struct json *j, const char *name, const struct distribution_measures *d)
{
    char key[8];

    if (!d->exists)
        return;
    begin_object(j, name);
    put_units(j, "min", d, d->min);
    for (int i = 0; i < MEASURES_QUANTILES; i++) {
        (void)snprintf(key, sizeof key, "p%u", measures_quantiles[i]);
        put_units(j, key, d, d->quantile[i]);
    }
    put_units(j, "max", d, d->max);
    put_number(j, "mean", d->mean);
    end(j, '}');
}

static void
put_uniqueness(struct json *j, const struct measures *m)
{
    begin_object(j, "uniqueness");
    for (int kind = 0; kind < UNIQUE_KINDS; kind++) {
        begin_object(j, unique_keys[kind]);
        put_count(j, "unique", m->unique[kind].unique);
        if (m->biflows > 0)
            put_count(j, "k", m->unique[kind].smallest);
        end(j, '}');
    }
    end(j, '}');
}

/* All measures of a profile, without the brackets of their object. */
static void
put_profile(struct json *j, const struct measures *m)
{
    put_key(j, "program");
    (void)fputs("\"ftp-stat\"", j->out);
    put_totals(j, m);
    put_sampler(j, m);
    begin_object(j, "distributions");
    for (int i = 0; i < DISTRIBUTIONS; i++)
        put_distribution(j, distribution_keys[i], &m->distributions[i]);
    end(j, '}');
    if (m->biflows > 0) {
        begin_object(j, "tail");
        put_number(j, "top_1_percent", m->top_1_percent);
        put_number(j, "top_100", m->top_100);
        end(j, '}');
    }
    if (m->has_hurst)
        put_number(j, "hurst", m->hurst);
    if (m->profile->options.uniqueness)
        put_uniqueness(j, m);
}

static void
put_differences(struct json *j, const char *key, const struct optional *difference, int n)
{
    begin_object(j, key);
    for (int i = 0; i < n; i++)
        if (difference[i].exists)
            put_numbered(j, i, difference[i].value);
    end(j, '}');
}

static void
put_comparison(struct json *j, const struct comparison *c)
{
    begin_object(j, "difference");
    begin_object(j, "sampler");
    put_ratios(j, c->packets_per_byte, c->biflows_per_packet, c->biflows_per_byte, c->ipv4, c->ipv6);
    put_differences(j, "protocols", c->protocols, TOTALS_PROTOCOLS);
    put_differences(j, "ports", c->ports, TOTALS_PORTS);
    put_sizes(j, c->packet_size);
    put_values(j, "windows", &c->windows);
    end(j, '}');
    begin_object(j, "ks");
    for (int i = 0; i < DISTRIBUTIONS; i++)
        put_optional(j, distribution_keys[i], c->distance[i]);
    end(j, '}');
    begin_object(j, "jsd");
    put_optional(j, "protocols", c->protocols_divergence);
    put_optional(j, "ports", c->ports_divergence);
    end(j, '}');
    begin_object(j, "correlation");
    put_optional(j, "packets", c->packets_correlation);
    put_optional(j, "bits", c->bits_correlation);
    end(j, '}');
    put_number(j, "largest_percent", c->largest);
    put_number(j, "windows_largest_percent", c->largest_windows);
    end(j, '}');
}

void
as_json(FILE *out, const struct measures *m, const struct measures *reference, const struct comparison *c)
{
    struct json j = {.out = out};

    begin(&j, '{');
    put_profile(&j, m);
    if (reference) {
        begin_object(&j, "reference");
        put_profile(&j, reference);
        end(&j, '}');
        put_comparison(&j, c);
    }
    end(&j, '}');
    (void)fputc('\n', out);
}
