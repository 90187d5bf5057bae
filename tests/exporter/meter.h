/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache of an exporter, for one direction of one conversation.
 */
#ifndef EXPORTER_METER_H
#define EXPORTER_METER_H

#include <stdbool.h>
#include <stdint.h>

#include "flows.h"
#include "rng.h"

/* What the exporter is configured to do. All times in ms. */
struct exporter {
    uint32_t active;
    uint32_t inactive;
    uint32_t delay; /* a record leaves up to this much later than it could */
};

struct meter {
    const struct exporter *exporter;
    struct flows *flows;
    struct rng *delays;
    struct record record; /* the flow that is open, if it has packets */
};

/* Readies *meter to add the records of side `side` of the conversation `key` to *flows. */
void meter_init(struct meter *meter, const struct exporter *exporter, struct flows *flows,
                struct rng *delays, uint32_t key, uint8_t side);

/*
 * Accounts packets seen at `time` (ms from the start of the period, never falling), and exports the
 * open flow first if a timeout ended it. Returns 0, or -1 with errno.
 */
int meter_packets(struct meter *meter, uint32_t time, uint64_t packets, uint64_t bytes, uint8_t flags);

/* Lets the open flow, if there is one, run into its timeout. Returns 0, or -1 with errno. */
int meter_end(struct meter *meter);

/* Exports the open flow, if there is one, right after its last packet. Returns 0, or -1 with errno. */
int meter_evict(struct meter *meter);

#endif
