/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the records come from.  A conversation that two exporters metered, or that one exporter metered
 * where it came in and again where it went out, has twice the packets.  That cannot be mended afterwards,
 * but it can be noticed.
 */
#ifndef FTP_ORIGINS_H
#define FTP_ORIGINS_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"
#include "run.h"

struct exporter {
    uint8_t address[16];
    int family; /* 4 or 6; 0: there was none */
};

struct origins {
    struct exporter first, second; /* different exporters */
    uint64_t ingress;              /* records of this metering direction */
    uint64_t egress;
    uint64_t halves; /* neighbours of different directions that are the two sides of one conversation */
    struct flow last;
    enum direction last_direction;
};

/* Notes the origin of a record. */
void origins_add(struct origins *o, const struct row *row);

/* Warns of what may count twice. */
void origins_warn(const struct origins *o, const struct run *run);

#endif
