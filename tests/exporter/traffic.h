/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Simulates the traffic of one interface and meters it.
 */
#ifndef EXPORTER_TRAFFIC_H
#define EXPORTER_TRAFFIC_H

#include <stdint.h>
#include <stdio.h>

#include "flows.h"
#include "meter.h"

struct traffic_config {
    struct exporter exporter;
    uint64_t seed;
    uint64_t epoch;         /* when the period starts, ms since 1970 */
    uint32_t span;          /* how long it is, ms */
    uint32_t sessions;      /* how many to simulate, or 0 if `records` says it */
    uint32_t records;       /* stop when there are that many */
    uint32_t ipv6_percent;  /* of the conversations */
    uint32_t other_percent; /* records of another interface, of all records */
};

/*
 * Adds the records of a simulated period to *flows and writes the true biflow of every session to
 * `truth` (may be NULL). The traffic depends on the seed and not on the export delay, nor on the
 * noise. Returns 0, or -1 with errno.
 */
int traffic_generate(const struct traffic_config *config, struct flows *flows, FILE *truth);

#endif
