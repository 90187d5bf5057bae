/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The differences that FlowTest's sampler judges a sample by, and further ones by which traffic models
 * are usually judged.
 */
#include "compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double
compare_percent(double value, double reference)
{
    return reference != 0 ? fabs(value - reference) * 100 / reference : 0;
}

/* Notes the largest difference, and whose it is. */
__attribute__((format(printf, 3, 4))) static void
note_largest(struct comparison *c, double percent, const char *format, ...)
{
    va_list ap;

    if (percent <= c->largest)
        return;
    c->largest = percent;
    va_start(ap, format);
    (void)vsnprintf(c->largest_name, sizeof c->largest_name, format, ap);
    va_end(ap);
}

static double
compare_one(struct comparison *c, const char *name, double value, double reference)
{
    double percent = compare_percent(value, reference);

    note_largest(c, percent, "%s", name);
    return percent;
}

/* Compares the shares of n numbered things, those that are not too rare in the reference. */
static void
compare_shares(struct comparison *c, const char *name, struct optional *difference, const double *share,
               const double *reference, int n)
{
    for (int i = 0; i < n; i++) {
        difference[i].exists = reference[i] >= COMPARE_MIN_SHARE;
        if (!difference[i].exists)
            continue;
        difference[i].value = compare_percent(share[i], reference[i]);
        note_largest(c, difference[i].value, "%s %d", name, i);
    }
}

static void
compare_sampler(struct comparison *c, const struct measures *m, const struct measures *r)
{
    static const char *const sizes[SIZE_CLASSES] = {"packet_size small", "packet_size medium",
                                                    "packet_size large", "packet_size huge"};

    c->packets_per_byte = compare_one(c, "packets_per_byte", m->packets_per_byte, r->packets_per_byte);
    c->biflows_per_packet =
        compare_one(c, "biflows_per_packet", m->biflows_per_packet, r->biflows_per_packet);
    c->biflows_per_byte = compare_one(c, "biflows_per_byte", m->biflows_per_byte, r->biflows_per_byte);
    c->ipv4 = compare_one(c, "ipv4", m->ipv4, r->ipv4);
    c->ipv6 = compare_one(c, "ipv6", m->ipv6, r->ipv6);
    compare_shares(c, "protocols", c->protocols, m->protocols, r->protocols, TOTALS_PROTOCOLS);
    compare_shares(c, "ports", c->ports, m->ports, r->ports, TOTALS_PORTS);
    for (int i = 0; i < SIZE_CLASSES; i++)
        c->packet_size[i] = compare_one(c, sizes[i], m->packet_size[i], r->packet_size[i]);
    /* Every measure of an empty reference is 0, from which nothing differs. */
    if ((m->biflows == 0) != (r->biflows == 0))
        note_largest(c, 100, "biflows");
}

/* A value, or 0 after the last one. */
static double
value_at(const struct values *v, size_t i)
{
    return i < v->n ? v->value[i] : 0;
}

static int
compare_windows(struct comparison *c, const struct measures *m, const struct measures *r)
{
    size_t n = m->windows.n > r->windows.n ? m->windows.n : r->windows.n;

    c->windows = (struct values){.value = calloc(n > 0 ? n : 1, sizeof(double)),
                                 .n = n,
                                 .seconds = m->windows.seconds};
    if (!c->windows.value)
        return -1;
    for (size_t i = 0; i < n; i++) {
        double percent = compare_percent(value_at(&m->windows, i), value_at(&r->windows, i));
        c->windows.value[i] = percent;
        if (percent > c->largest_windows)
            c->largest_windows = percent;
    }
    return 0;
}

/* Whether n values are the same but for errors of rounding: squares are the sum of those of their
 * distances from the mean. */
static bool
is_constant(double squares, double mean, size_t n)
{
    const double rounding = 1e-13;

    return squares <= (double)n * mean * rounding * mean * rounding;
}

/* Pearson's correlation of two series, the shorter one continued with zeros; that with a constant is not
 * defined. */
static struct optional
correlation(const struct values *a, const struct values *b)
{
    size_t n = a->n > b->n ? a->n : b->n;
    double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;

    for (size_t i = 0; i < n; i++) {
        mean_a += value_at(a, i) / (double)n;
        mean_b += value_at(b, i) / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        double x = value_at(a, i) - mean_a, y = value_at(b, i) - mean_b;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    if (is_constant(aa, mean_a, n) || is_constant(bb, mean_b, n))
        return (struct optional){0};
    return (struct optional){true, ab / sqrt(aa * bb)};
}

/* The part of one distribution in the divergence of Jensen and Shannon, base 2. */
static double
divergence_from_mean(const double *p, const double *q, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        if (p[i] > 0)
            sum += p[i] * log2(2 * p[i] / (p[i] + q[i]));
    return sum;
}

static struct optional
divergence(const double *p, const double *q, int n)
{
    double sum = (divergence_from_mean(p, q, n) + divergence_from_mean(q, p, n)) / 2;

    return (struct optional){true, fmin(fmax(sum, 0), 1)};
}

static void
compare_distributions(struct comparison *c, const struct measures *m, const struct measures *r)
{
    for (int i = 0; i < DISTRIBUTIONS; i++) {
        const struct distribution_measures *a = &m->distributions[i], *b = &r->distributions[i];
        if (a->exists && b->exists)
            c->distance[i] = (struct optional){true, histogram_distance(a->histogram, b->histogram)};
    }
    c->packets_correlation = correlation(&m->windows, &r->windows);
    c->bits_correlation = correlation(&m->window_bits, &r->window_bits);
    if (m->biflows == 0 || r->biflows == 0)
        return;
    c->protocols_divergence = divergence(m->protocols, r->protocols, TOTALS_PROTOCOLS);
    c->ports_divergence = divergence(m->ports, r->ports, TOTALS_PORTS);
}

int
compare(struct comparison *c, struct measures *m, struct measures *reference)
{
    memset(c, 0, sizeof *c);
    c->ports = calloc(TOTALS_PORTS, sizeof *c->ports);
    if (!c->ports)
        return -1;
    measures_widen_windows(m, reference->windows.seconds);
    measures_widen_windows(reference, m->windows.seconds);
    compare_sampler(c, m, reference);
    compare_distributions(c, m, reference);
    return compare_windows(c, m, reference);
}

void
compare_release(struct comparison *c)
{
    free(c->ports);
    free(c->windows.value);
    memset(c, 0, sizeof *c);
}
