/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers that a report has of one profile, all computed here, whatever the format. */
#ifndef FTP_MEASURES_H
#define FTP_MEASURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "histogram.h"
#include "profile.h"
#include "unique.h"

/* Quantiles that are printed, in percent. */
enum { MEASURES_QUANTILES = 7 };
extern const unsigned measures_quantiles[MEASURES_QUANTILES];

enum distribution {
    DISTRIBUTION_DURATION,
    DISTRIBUTION_PACKETS,
    DISTRIBUTION_BYTES,
    DISTRIBUTION_PACKET_SIZE,
    DISTRIBUTION_INTERARRIVAL,
    DISTRIBUTION_ASYMMETRY,
    DISTRIBUTIONS
};

/* A distribution.  Its histogram has whole numbers, which are exact, of a unit: mostly 1. */
struct distribution_measures {
    const struct histogram *histogram;
    double unit;
    bool exists; /* it has a value */
    uint64_t min, max;
    uint64_t quantile[MEASURES_QUANTILES];
    double mean; /* not in units */
};

/* A number of units as what it stands for. */
static inline double
measures_value(const struct distribution_measures *d, uint64_t units)
{
    return (double)units * d->unit;
}

struct rates {
    double packets; /* a second */
    double bits;
    double biflows; /* starts */
};

/* A series as values that are ready to be printed or drawn. */
struct values {
    double *value;
    size_t n;
    double seconds; /* length of a bucket */
};

struct measures {
    const struct profile *profile;
    uint64_t biflows;  /* that of the totals: much of the rest exists only if it is not 0 */
    double seconds;    /* from the first start to the last end */
    struct rates mean; /* only if seconds is not 0 */
    struct rates peak; /* of a second, or of the mean of a bucket where that is longer */
    double peak_active;
    double packets_per_byte, biflows_per_packet, biflows_per_byte;
    double ipv4, ipv6;
    double protocols[TOTALS_PROTOCOLS]; /* shares of the biflows */
    double *ports;                      /* shares of all occurrences, TOTALS_PORTS of them */
    double packet_size[SIZE_CLASSES];
    struct values windows; /* share of the packets */
    struct values window_bits;
    struct values packets, bits, starts, ends; /* a second */
    struct values active;
    struct distribution_measures distributions[DISTRIBUTIONS];
    double top_1_percent; /* share of the bytes in the largest biflows */
    double top_100;
    bool has_hurst;
    double hurst;
    struct unique_result unique[UNIQUE_KINDS]; /* only if the profile was read for that */
};

/* Computes all of it from a profile, which has to stay as long.  Returns 0, or -1 when there is no
 * memory; it has to be released in both cases. */
int measures_make(struct measures *m, struct profile *p);

/* Has the windows be at least as long as given; lengths are the window of the profile times a power of
 * two. */
void measures_widen_windows(struct measures *m, double seconds);

/* Frees the memory, but not that of the profile. */
void measures_release(struct measures *m);

#endif
