/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who talks to whom: makes up the endpoints of conversations, no two with the same key.
 */
#ifndef EXPORTER_PEERS_H
#define EXPORTER_PEERS_H

#include <stdint.h>

#include "flows.h"
#include "rng.h"

struct peers {
    struct rng rng;
    uint32_t ipv6_percent;
    uint32_t clients;
    uint32_t servers;
    uint16_t *ports_used; /* by each client so far */
    uint32_t fresh;       /* the first host that no conversation has yet */
    uint32_t scan_left;   /* targets the current scanner has still to visit */
    struct key scan;      /* what it sends, but for the target */
};

/* Makes the hosts for about `sessions` sessions. Returns 0, or -1 with errno; see peers_release(). */
int peers_init(struct peers *peers, uint64_t seed, uint32_t ipv6_percent, uint32_t sessions);

/* Frees what *peers holds. */
void peers_release(struct peers *peers);

/* Each of these stores a key that was not used before; end 0 is the one that speaks first. */
void peers_tcp(struct peers *peers, struct key *key);
void peers_udp(struct peers *peers, struct key *key);
void peers_dns(struct peers *peers, struct key *key);
void peers_scan(struct peers *peers, struct key *key);
void peers_poll(struct peers *peers, struct key *key);
void peers_ping(struct peers *peers, struct key *key);
void peers_icmp_error(struct peers *peers, struct key *key);
void peers_portless(struct peers *peers, struct key *key);

/* Stores a key of the noise, whose hosts are in no other conversation. It may repeat. */
void peers_noise(struct rng *rng, uint32_t ipv6_percent, struct key *key);

#endif
