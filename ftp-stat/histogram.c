/* SPDX-License-Identifier: BSD-3-Clause */
/* What is read from a histogram, once all values are in it. */
#include "histogram.h"

uint64_t
histogram_lower(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_PARTS)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_PARTS - 1;
    return (uint64_t)(bucket % HISTOGRAM_PARTS + HISTOGRAM_PARTS) << shift;
}

uint64_t
histogram_upper(unsigned bucket)
{
    return bucket + 1 < HISTOGRAM_BUCKETS ? histogram_lower(bucket + 1) - 1 : UINT64_MAX;
}

uint64_t
histogram_quantile(const struct histogram *h, unsigned percent)
{
    uint64_t rank = percent_of(h->n, percent);
    uint64_t below = 0;
    unsigned bucket = histogram_bucket(h->min);

    while (below + h->count[bucket] < rank)
        below += h->count[bucket++];
    uint64_t upper = histogram_upper(bucket);
    return upper < h->max ? upper : h->max;
}

double
histogram_distance(const struct histogram *a, const struct histogram *b)
{
    uint64_t below_a = 0, below_b = 0;
    double largest = 0;

    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        below_a += a->count[bucket];
        below_b += b->count[bucket];
        double difference = (double)below_a / (double)a->n - (double)below_b / (double)b->n;
        if (difference < 0)
            difference = -difference;
        if (difference > largest)
            largest = difference;
    }
    return largest;
}
