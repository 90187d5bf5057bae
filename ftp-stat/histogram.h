/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The distribution of any number of values in a memory of one size.
 *
 * Buckets are log-linear: values below 128 have one each, and every power of two above is divided into 64
 * equal ones.  So a bucket is at most 1/64 of its values wide, over all 64 bits, and finding it takes no
 * more than a shift (the same idea as in HdrHistogram, https://hdrhistogram.github.io/HdrHistogram/).
 */
#ifndef FTP_HISTOGRAM_H
#define FTP_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "wide.h"

enum {
    HISTOGRAM_PARTS_BITS = 6, /* a power of two is divided into 2 to this */
    HISTOGRAM_PARTS = 1 << HISTOGRAM_PARTS_BITS,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_PARTS_BITS + 1) * HISTOGRAM_PARTS
};

/* Zeroed, it is empty. */
struct histogram {
    uint64_t n;
    uint64_t min; /* void while n is 0 */
    uint64_t max;
    struct wide sum;
    uint64_t count[HISTOGRAM_BUCKETS];
};

/* The bucket of a value. */
static inline unsigned
histogram_bucket(uint64_t value)
{
    unsigned top_bit = 63 - (unsigned)__builtin_clzll(value | HISTOGRAM_PARTS);
    unsigned shift = top_bit - HISTOGRAM_PARTS_BITS;

    return shift * HISTOGRAM_PARTS + (unsigned)(value >> shift);
}

/* Adds a value.  Returns its bucket. */
static inline unsigned
histogram_add(struct histogram *h, uint64_t value)
{
    unsigned bucket = histogram_bucket(value);

    if (h->n == 0 || value < h->min)
        h->min = value;
    if (value > h->max)
        h->max = value;
    h->n++;
    h->sum = wide_add(h->sum, (struct wide){0, value});
    h->count[bucket]++;
    return bucket;
}

/* The smallest and the largest value of a bucket. */
uint64_t histogram_lower(unsigned bucket);
uint64_t histogram_upper(unsigned bucket);

/* How many of n are at least `percent` (up to 100) of them: n * percent / 100, rounded up. */
static inline uint64_t
percent_of(uint64_t n, unsigned percent)
{
    return n / 100 * percent + (n % 100 * percent + 99) / 100;
}

/* The value that at least a share of `percent` (1 to 100) of the values do not exceed: the upper end of
 * the bucket in which the smallest such value is (nearest rank), but never more than the maximum.  The
 * histogram has to have a value. */
uint64_t histogram_quantile(const struct histogram *h, unsigned percent);

/* The largest difference between the cumulative shares of two histograms, 0 to 1 (the statistic of
 * Kolmogorov and Smirnov), with the values of a bucket taken as equal.  Both have to have a value. */
double histogram_distance(const struct histogram *a, const struct histogram *b);

#endif
