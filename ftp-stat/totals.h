/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be counted of a profile in whatever order its rows come. */
#ifndef FTP_TOTALS_H
#define FTP_TOTALS_H

#include <stdint.h>

#include "flow.h"
#include "histogram.h"

enum {
    TOTALS_PROTOCOLS = 256,
    TOTALS_PORTS = 65536,
    TOTALS_LARGEST = 100 /* so many of the largest biflows are known one by one */
};

/* The classes of mean packet sizes that FlowTest's sampler has: up to 128 bytes, 512, 1024, and above. */
enum size_class { SIZE_SMALL, SIZE_MEDIUM, SIZE_LARGE, SIZE_HUGE, SIZE_CLASSES };

/* What a protocol or a port has. */
struct tally {
    uint64_t biflows;
    uint64_t packets; /* of these biflows, both directions */
    uint64_t bytes;
    uint64_t uses; /* occurrences: a port can be both the source and the destination of a biflow */
};

struct totals {
    uint64_t biflows;
    uint64_t two_sided; /* of them with packets both ways */
    uint64_t ipv4;
    uint64_t packets; /* both directions */
    uint64_t bytes;
    uint64_t packets_forward;
    uint64_t bytes_forward;
    int64_t first; /* smallest start, ms; void without biflows */
    int64_t last;  /* largest end */
    uint64_t sizes[SIZE_CLASSES];
    struct histogram duration; /* ms */
    struct histogram biflow_packets;
    struct histogram biflow_bytes;
    struct histogram packet_size;         /* bytes / packets, in integer division */
    struct histogram asymmetry;           /* in 1 / TOTALS_ASYMMETRY_ONE */
    uint64_t bytes_in[HISTOGRAM_BUCKETS]; /* bytes of the biflows in each bucket of biflow_bytes */
    uint64_t largest[TOTALS_LARGEST];     /* bytes: a heap, the smallest of them first */
    unsigned largest_count;
    struct tally protocols[TOTALS_PROTOCOLS];
    struct tally *ports; /* TOTALS_PORTS */
};

/* The share of forward bytes is counted in so many parts: every double from 1/2 to 1 is a number of
 * them. */
#define TOTALS_ASYMMETRY_ONE (UINT64_C(1) << 53)

/* Makes empty totals.  Returns 0, or -1 with errno set. */
int totals_open(struct totals *t);

/* Adds a biflow that biflow_problem() has nothing against.  Returns NULL, or what makes it impossible: a
 * sum that does not fit 64 bits. */
const char *totals_add(struct totals *t, const struct biflow *b);

/* Bytes in the largest biflows together.  Those of ceil(share of all biflows in percent) are known from
 * the histogram: of a bucket that is needed in part, each biflow counts as much as the mean. */
double totals_bytes_of_top(const struct totals *t, unsigned percent);

/* The same of the TOTALS_LARGEST largest, exactly. */
uint64_t totals_bytes_of_largest(const struct totals *t);

/* Frees the memory. */
void totals_release(struct totals *t);

#endif
