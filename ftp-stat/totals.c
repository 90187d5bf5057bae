/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One look at each biflow.  All sums of packets and bytes are parts of those of the whole profile, so
 * only these are checked for overflow.
 */
#include "totals.h"

#include <stdlib.h>

int
totals_open(struct totals *t)
{
    *t = (struct totals){0};
    t->ports = calloc(TOTALS_PORTS, sizeof *t->ports);
    return t->ports ? 0 : -1;
}

void
totals_release(struct totals *t)
{
    free(t->ports);
    t->ports = NULL;
}

static void
tally_add(struct tally *t, uint64_t packets, uint64_t bytes)
{
    t->biflows++;
    t->packets += packets;
    t->bytes += bytes;
    t->uses++;
}

static void
add_ports(struct totals *t, const struct biflow *b, uint64_t packets, uint64_t bytes)
{
    tally_add(&t->ports[b->src_port], packets, bytes);
    if (b->dst_port == b->src_port)
        t->ports[b->dst_port].uses++;
    else
        tally_add(&t->ports[b->dst_port], packets, bytes);
}

static enum size_class
size_class(uint64_t mean)
{
    return mean <= 128 ? SIZE_SMALL : mean <= 512 ? SIZE_MEDIUM : mean <= 1024 ? SIZE_LARGE : SIZE_HUGE;
}

/* Keeps the bytes of a biflow if they are among the most: in place of the smallest, if there are
 * enough. */
static void
add_largest(struct totals *t, uint64_t bytes)
{
    uint64_t *heap = t->largest;
    unsigned i = 0;

    if (t->largest_count < TOTALS_LARGEST) {
        for (i = t->largest_count++; i > 0 && heap[(i - 1) / 2] > bytes; i = (i - 1) / 2)
            heap[i] = heap[(i - 1) / 2];
        heap[i] = bytes;
        return;
    }
    if (bytes <= heap[0])
        return;
    for (unsigned child; (child = 2 * i + 1) < TOTALS_LARGEST; i = child) {
        if (child + 1 < TOTALS_LARGEST && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= bytes)
            break;
        heap[i] = heap[child];
    }
    heap[i] = bytes;
}

/* Adds the packets and bytes of a biflow, both directions, to those of the profile. */
static const char *
add_sums(struct totals *t, const struct biflow *b, uint64_t *packets, uint64_t *bytes)
{
    if (__builtin_add_overflow(b->packets, b->packets_rev, packets) ||
        __builtin_add_overflow(t->packets, *packets, &t->packets))
        return "the packets of the profile do not fit 64 bits";
    if (__builtin_add_overflow(b->bytes, b->bytes_rev, bytes) ||
        __builtin_add_overflow(t->bytes, *bytes, &t->bytes))
        return "the bytes of the profile do not fit 64 bits";
    t->packets_forward += b->packets;
    t->bytes_forward += b->bytes;
    return NULL;
}

static void
add_distributions(struct totals *t, const struct biflow *b, uint64_t packets, uint64_t bytes)
{
    double forward = (double)b->bytes / (double)bytes;
    uint64_t mean_size = bytes / packets;

    histogram_add(&t->duration, (uint64_t)b->end - (uint64_t)b->start);
    histogram_add(&t->biflow_packets, packets);
    t->bytes_in[histogram_add(&t->biflow_bytes, bytes)] += bytes;
    histogram_add(&t->packet_size, mean_size);
    histogram_add(&t->asymmetry, (uint64_t)(forward * (double)TOTALS_ASYMMETRY_ONE));
    t->sizes[size_class(mean_size)]++;
    add_largest(t, bytes);
}

const char *
totals_add(struct totals *t, const struct biflow *b)
{
    uint64_t packets, bytes;
    const char *problem = add_sums(t, b, &packets, &bytes);

    if (problem)
        return problem;
    if (t->biflows == 0 || b->start < t->first)
        t->first = b->start;
    if (t->biflows == 0 || b->end > t->last)
        t->last = b->end;
    t->biflows++;
    t->two_sided += b->packets != 0 && b->packets_rev != 0;
    t->ipv4 += b->family == 4;
    tally_add(&t->protocols[b->proto], packets, bytes);
    add_ports(t, b, packets, bytes);
    add_distributions(t, b, packets, bytes);
    return NULL;
}

double
totals_bytes_of_top(const struct totals *t, unsigned percent)
{
    uint64_t left = percent_of(t->biflows, percent);
    double bytes = 0;

    for (unsigned bucket = HISTOGRAM_BUCKETS; left > 0 && bucket-- > 0;) {
        uint64_t count = t->biflow_bytes.count[bucket];
        uint64_t taken = count < left ? count : left;
        if (count > 0)
            bytes += (double)t->bytes_in[bucket] * ((double)taken / (double)count);
        left -= taken;
    }
    return bytes;
}

uint64_t
totals_bytes_of_largest(const struct totals *t)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < t->largest_count; i++)
        bytes += t->largest[i];
    return bytes;
}
