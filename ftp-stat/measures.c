/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From counts to measures.  The formulas and where they come from are in ftp-stat(1).
 */
#include "measures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const unsigned measures_quantiles[MEASURES_QUANTILES] = {1, 5, 25, 50, 75, 95, 99};

/* ---- time ---- */

/* Takes one quantity of a series, each amount times a factor. */
static int
take_values(struct values *v, const struct series *s, int quantity, double unit_seconds, double factor)
{
    v->value = series_values(s, quantity);
    if (!v->value)
        return -1;
    v->n = s->used;
    v->seconds = (double)s->width * unit_seconds;
    for (size_t i = 0; i < v->n; i++)
        v->value[i] *= factor;
    return 0;
}

/* The same as a rate: amounts a unit, which is a second. */
static int
take_rate(struct values *v, const struct series *s, int quantity, double factor)
{
    return take_values(v, s, quantity, 1, factor / (double)s->width);
}

static double
largest(const struct values *v)
{
    double most = 0;

    for (size_t i = 0; i < v->n; i++)
        if (v->value[i] > most)
            most = v->value[i];
    return most;
}

static int
make_values(struct measures *m)
{
    const struct timeline *t = &m->profile->timeline;
    double packets = (double)m->profile->totals.packets;

    if (take_rate(&m->packets, &t->load, LOAD_PACKETS, 1) == -1 ||
        take_rate(&m->bits, &t->load, LOAD_BYTES, 8) == -1 ||
        take_rate(&m->starts, &t->events, EVENT_START, 1) == -1 ||
        take_rate(&m->ends, &t->events, EVENT_END, 1) == -1 ||
        take_rate(&m->active, &t->active, 0, 1) == -1 ||
        take_values(&m->windows, &t->windows, LOAD_PACKETS, 0.001, packets > 0 ? 1 / packets : 0) == -1)
        return -1;
    return take_values(&m->window_bits, &t->windows, LOAD_BYTES, 0.001, 8);
}

static void
widen(struct values *v)
{
    size_t halves = (v->n + 1) / 2;

    for (size_t i = 0; i < halves; i++)
        v->value[i] = v->value[2 * i] + (2 * i + 1 < v->n ? v->value[2 * i + 1] : 0);
    v->n = halves;
    v->seconds *= 2;
}

void
measures_widen_windows(struct measures *m, double seconds)
{
    while (m->windows.seconds < seconds) {
        widen(&m->windows);
        widen(&m->window_bits);
    }
}

static void
make_rates(struct measures *m)
{
    const struct totals *t = &m->profile->totals;

    m->peak.packets = largest(&m->packets);
    m->peak.bits = largest(&m->bits);
    m->peak.biflows = largest(&m->starts);
    m->peak_active = largest(&m->active);
    if (m->biflows == 0)
        return;
    m->seconds = (double)((uint64_t)t->last - (uint64_t)t->first) / 1000;
    if (m->seconds > 0)
        m->mean = (struct rates){.packets = (double)t->packets / m->seconds,
                                 .bits = (double)t->bytes * 8 / m->seconds,
                                 .biflows = (double)t->biflows / m->seconds};
}

/* The mean of the values of a block. */
static double
mean_of(const double *values, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

/* The variance of the means of `size` successive values, over all blocks that are full; 0 where it is
 * only errors of rounding. */
static double
variance_of_means(const struct values *v, size_t size)
{
    const double rounding = 1e-13;
    size_t blocks = v->n / size;
    double mean = mean_of(v->value, blocks * size), squares = 0;

    for (size_t i = 0; i < blocks; i++) {
        double distance = mean_of(v->value + i * size, size) - mean;
        squares += distance * distance;
    }
    double variance = squares / (double)blocks;
    return variance > mean * rounding * mean * rounding ? variance : 0;
}

/* The Hurst parameter by the variance-time plot (Leland, Taqqu, Willinger, Wilson, On the Self-Similar
 * Nature of Ethernet Traffic, 1994): the variance of means over blocks falls with the power 2H - 2 of
 * their size. Blocks are doubled as long as there are 8 of them. */
static void
make_hurst(struct measures *m)
{
    enum { MIN_SECONDS = 256, MIN_BLOCKS = 8 };
    double n = 0, x_sum = 0, y_sum = 0, xx_sum = 0, xy_sum = 0;

    if ((double)m->packets.n * m->packets.seconds < MIN_SECONDS)
        return;
    for (size_t size = 1; m->packets.n / size >= MIN_BLOCKS; size *= 2) {
        double variance = variance_of_means(&m->packets, size);
        if (variance == 0)
            return;
        double x = log((double)size), y = log(variance);
        n++;
        x_sum += x;
        y_sum += y;
        xx_sum += x * x;
        xy_sum += x * y;
    }
    double slope = (n * xy_sum - x_sum * y_sum) / (n * xx_sum - x_sum * x_sum);
    m->has_hurst = true;
    m->hurst = 1 + slope / 2;
}

/* ---- shares and distributions ---- */

static int
make_shares(struct measures *m)
{
    const struct totals *t = &m->profile->totals;
    double biflows = (double)t->biflows;

    m->ports = calloc(TOTALS_PORTS, sizeof *m->ports);
    if (!m->ports)
        return -1;
    if (m->biflows == 0)
        return 0;
    m->packets_per_byte = (double)t->packets / (double)t->bytes;
    m->biflows_per_packet = biflows / (double)t->packets;
    m->biflows_per_byte = biflows / (double)t->bytes;
    m->ipv4 = (double)t->ipv4 / biflows;
    m->ipv6 = (double)(t->biflows - t->ipv4) / biflows;
    for (int i = 0; i < TOTALS_PROTOCOLS; i++)
        m->protocols[i] = (double)t->protocols[i].biflows / biflows;
    for (int i = 0; i < TOTALS_PORTS; i++)
        m->ports[i] = (double)t->ports[i].uses / (2 * biflows);
    for (int i = 0; i < SIZE_CLASSES; i++)
        m->packet_size[i] = (double)t->sizes[i] / biflows;
    m->top_1_percent = totals_bytes_of_top(t, 1) / (double)t->bytes;
    m->top_100 = (double)totals_bytes_of_largest(t) / (double)t->bytes;
    return 0;
}

static struct distribution_measures
measure_distribution(const struct histogram *h, double unit)
{
    struct distribution_measures d = {.histogram = h, .unit = unit, .exists = h->n > 0};

    if (!d.exists)
        return d;
    d.min = h->min;
    d.max = h->max;
    d.mean = wide_to_double(h->sum) / (double)h->n * unit;
    for (int i = 0; i < MEASURES_QUANTILES; i++)
        d.quantile[i] = histogram_quantile(h, measures_quantiles[i]);
    return d;
}

static void
make_distributions(struct measures *m)
{
    const struct totals *t = &m->profile->totals;
    struct distribution_measures *d = m->distributions;

    d[DISTRIBUTION_DURATION] = measure_distribution(&t->duration, 1);
    d[DISTRIBUTION_PACKETS] = measure_distribution(&t->biflow_packets, 1);
    d[DISTRIBUTION_BYTES] = measure_distribution(&t->biflow_bytes, 1);
    d[DISTRIBUTION_PACKET_SIZE] = measure_distribution(&t->packet_size, 1);
    d[DISTRIBUTION_INTERARRIVAL] = measure_distribution(&m->profile->timeline.interarrival, 1);
    d[DISTRIBUTION_ASYMMETRY] = measure_distribution(&t->asymmetry, 1 / (double)TOTALS_ASYMMETRY_ONE);
}

int
measures_make(struct measures *m, struct profile *p)
{
    memset(m, 0, sizeof *m);
    m->profile = p;
    m->biflows = p->totals.biflows;
    if (make_values(m) == -1 || make_shares(m) == -1)
        return -1;
    make_rates(m);
    make_hurst(m);
    make_distributions(m);
    for (int kind = 0; p->options.uniqueness && kind < UNIQUE_KINDS; kind++)
        m->unique[kind] = unique_count(&p->unique, kind);
    return 0;
}

void
measures_release(struct measures *m)
{
    struct values *all[] = {&m->windows, &m->window_bits, &m->packets, &m->bits,
                            &m->starts,  &m->ends,        &m->active};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        free(all[i]->value);
    free(m->ports);
    memset(m, 0, sizeof *m);
}
