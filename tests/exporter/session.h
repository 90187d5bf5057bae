/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The form of one session: when its two sides send, and how much.
 */
#ifndef EXPORTER_SESSION_H
#define EXPORTER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "flows.h"
#include "meter.h"
#include "rng.h"

/* The packets of one side. Times in ms. */
struct train {
    uint32_t offset; /* of its first packet, from the start of the session */
    uint32_t length; /* from its first to its last packet */
    uint32_t step;   /* longest time from one packet to the next, at most the inactive timeout */
    uint32_t burst;  /* most packets sent at once */
    uint32_t size_min, size_max;
    uint8_t flags;
};

struct session {
    struct train train[2]; /* of the side that starts; of the other one, if it answers */
    bool answered;
    bool evicted; /* every packet becomes a record of its own */
};

/* Each of these stores a random session of its kind, for a conversation with this key. */
void session_transfer(struct session *session, const struct exporter *exporter, const struct key *key,
                      struct rng *rng);
void session_exchange(struct session *session, const struct exporter *exporter, const struct key *key,
                      struct rng *rng);
void session_one_way(struct session *session, const struct exporter *exporter, const struct key *key,
                     struct rng *rng);
void session_scan(struct session *session, const struct exporter *exporter, const struct key *key,
                  struct rng *rng);

/* Cuts what lies later than `length` ms after the start of the session. */
void session_clip(struct session *session, uint32_t length);

/* Returns the time from the first packet of the session to its last, in ms. */
uint32_t session_length(const struct session *session);

#endif
