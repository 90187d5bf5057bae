/* SPDX-License-Identifier: BSD-3-Clause */
/* How a profile differs from a reference. */
#ifndef FTP_COMPARE_H
#define FTP_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "measures.h"

/* Protocols and ports with at least this share in the reference are compared. */
#define COMPARE_MIN_SHARE 0.005

/* A measure that may not exist. */
struct optional {
    bool exists;
    double value;
};

/* Differences in percent of the reference, unless said. */
struct comparison {
    double packets_per_byte, biflows_per_packet, biflows_per_byte;
    double ipv4, ipv6;
    struct optional protocols[TOTALS_PROTOCOLS];
    struct optional *ports; /* TOTALS_PORTS */
    double packet_size[SIZE_CLASSES];
    struct values windows;
    double largest;                          /* of all these but the windows */
    char largest_name[32];                   /* which it is, as "ports 443" */
    double largest_windows;                  /* of the windows */
    struct optional distance[DISTRIBUTIONS]; /* Kolmogorov and Smirnov's, 0 to 1 */
    struct optional protocols_divergence;    /* Jensen and Shannon's, 0 to 1 */
    struct optional ports_divergence;
    struct optional packets_correlation; /* of the windows, -1 to 1 */
    struct optional bits_correlation;
};

/* Compares the measures of a profile with those of the reference; of both, the windows become as long as
 * the longer ones.  Returns 0, or -1 when there is no memory; it has to be released in both cases. */
int compare(struct comparison *c, struct measures *m, struct measures *reference);

/* The difference of a measure from that of the reference, in percent; 0 when that of the reference is
 * 0. */
double compare_percent(double value, double reference);

/* Frees the memory. */
void compare_release(struct comparison *c);

#endif
