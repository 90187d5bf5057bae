/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The truth is only well defined when two conversations never share a key by accident. That is
 * ensured by construction, without a table of all keys: a client never takes the same port twice,
 * and where the ports do not tell conversations apart (scans, pollers, ICMP, protocols without
 * ports) one of the hosts is new.
 */
#include "peers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    SESSIONS_PER_CLIENT = 64,
    SESSIONS_PER_SERVER = 256,
    POOL_MIN = 16,
    EPHEMERAL_FIRST = 32768,
    EPHEMERAL_COUNT = 28232, /* far more than a client needs */
    SCAN_TARGETS = 256,
    NOISE_HOSTS = 4096
};

#define PICK(rng, array) ((array)[rng_below((rng), sizeof(array) / sizeof((array)[0]))])

int
peers_init(struct peers *peers, uint64_t seed, uint32_t ipv6_percent, uint32_t sessions)
{
    *peers = (struct peers){.rng = rng_seeded(seed, 0x70656572), .ipv6_percent = ipv6_percent};
    peers->clients = POOL_MIN + sessions / SESSIONS_PER_CLIENT;
    peers->servers = POOL_MIN + sessions / SESSIONS_PER_SERVER;
    peers->fresh = peers->clients + peers->servers;
    peers->ports_used = calloc(peers->clients, sizeof(*peers->ports_used));
    return peers->ports_used == NULL ? -1 : 0;
}

void
peers_release(struct peers *peers)
{
    free(peers->ports_used);
    peers->ports_used = NULL;
}

static uint32_t
client_any(struct peers *peers)
{
    return rng_below(&peers->rng, peers->clients);
}

static uint32_t
server_any(struct peers *peers)
{
    return peers->clients + rng_below(&peers->rng, peers->servers);
}

static bool
ipv6_any(struct peers *peers)
{
    return rng_percent(&peers->rng, peers->ipv6_percent);
}

/* Few of these start on the server's side, as the data connections of active FTP do. */
static void
client_server(struct peers *peers, struct key *key, uint8_t proto, uint16_t service)
{
    uint32_t client = client_any(peers);
    uint32_t nth = (uint32_t)(rng_mix(client) >> 32) + peers->ports_used[client]++;
    unsigned client_end = rng_percent(&peers->rng, 3) ? 1 : 0;

    *key = (struct key){.proto = proto, .ipv6 = ipv6_any(peers)};
    key->host[client_end] = client;
    key->port[client_end] = (uint16_t)(EPHEMERAL_FIRST + nth % EPHEMERAL_COUNT);
    key->host[1 - client_end] = server_any(peers);
    key->port[1 - client_end] = service;
}

void
peers_tcp(struct peers *peers, struct key *key)
{
    static const uint16_t services[] = {443, 443, 443, 443,  80,   80,   22,    25,   993,
                                        389, 445, 636, 3128, 3389, 5432, 51413, 61000};
    client_server(peers, key, PROTO_TCP, PICK(&peers->rng, services));
}

void
peers_udp(struct peers *peers, struct key *key)
{
    static const uint16_t services[] = {443, 443, 443, 514, 1194, 3478, 4500, 6881, 51820, 65535};
    client_server(peers, key, PROTO_UDP, PICK(&peers->rng, services));
}

void
peers_dns(struct peers *peers, struct key *key)
{
    client_server(peers, key, PROTO_UDP, 53);
}

void
peers_scan(struct peers *peers, struct key *key)
{
    static const uint16_t services[] = {22, 23, 80, 443, 445, 3389, 5060, 8080};

    if (peers->scan_left == 0) {
        peers->scan_left = SCAN_TARGETS;
        peers->scan = (struct key){.proto = PROTO_TCP, .ipv6 = ipv6_any(peers)};
        peers->scan.host[0] = peers->fresh++;
        peers->scan.port[0] = (uint16_t)rng_between(&peers->rng, 1024, 65535);
        peers->scan.port[1] = PICK(&peers->rng, services);
    }
    peers->scan_left--;
    peers->scan.host[1] = peers->fresh++;
    *key = peers->scan;
}

void
peers_poll(struct peers *peers, struct key *key)
{
    static const uint16_t ports[][2] = {{123, 123}, {161, 161}, {50161, 161}, {1812, 1812}};
    uint32_t nth = rng_below(&peers->rng, sizeof(ports) / sizeof(ports[0]));

    *key = (struct key){.proto = PROTO_UDP, .ipv6 = ipv6_any(peers)};
    key->host[0] = server_any(peers);
    key->host[1] = peers->fresh++;
    memcpy(key->port, ports[nth], sizeof(key->port));
}

/* Stores a key of two hosts of which one is new. */
static void
fresh_pair(struct peers *peers, struct key *key, bool ipv6)
{
    unsigned fresh_end = rng_percent(&peers->rng, 50) ? 1 : 0;

    *key = (struct key){.ipv6 = ipv6};
    key->host[fresh_end] = peers->fresh++;
    key->host[1 - fresh_end] = client_any(peers);
}

void
peers_ping(struct peers *peers, struct key *key)
{
    fresh_pair(peers, key, ipv6_any(peers));
    key->proto = key->ipv6 ? PROTO_ICMP6 : PROTO_ICMP;
    key->port[1] = (key->ipv6 ? 128 : 8) * 256; /* echo request */
    key->port[0] = (key->ipv6 ? 129 : 0) * 256; /* echo reply */
}

void
peers_icmp_error(struct peers *peers, struct key *key)
{
    static const uint16_t icmp[] = {3 * 256 + 1, 3 * 256 + 3, 11 * 256};
    static const uint16_t icmp6[] = {1 * 256 + 4, 2 * 256, 3 * 256, 135 * 256};

    fresh_pair(peers, key, ipv6_any(peers));
    key->proto = key->ipv6 ? PROTO_ICMP6 : PROTO_ICMP;
    key->port[1] = key->ipv6 ? PICK(&peers->rng, icmp6) : PICK(&peers->rng, icmp);
}

/* SCTP has ports, and exporters report them, but the profile does not keep them. */
void
peers_portless(struct peers *peers, struct key *key)
{
    static const uint8_t protos[] = {PROTO_GRE,  PROTO_GRE,  PROTO_ESP,    PROTO_ESP,
                                     PROTO_ESP,  PROTO_AH,   PROTO_OSPF,   PROTO_SCTP,
                                     PROTO_SCTP, PROTO_SCTP, PROTO_HOPOPT, PROTO_EXPERIMENT};

    fresh_pair(peers, key, ipv6_any(peers));
    key->proto = PICK(&peers->rng, protos);
    if (key->proto == PROTO_SCTP) {
        key->port[0] = (uint16_t)rng_between(&peers->rng, 1024, 65535);
        key->port[1] = 2905;
    }
}

void
peers_noise(struct rng *rng, uint32_t ipv6_percent, struct key *key)
{
    *key = (struct key){.proto = rng_percent(rng, 50) ? PROTO_TCP : PROTO_UDP,
                        .ipv6 = rng_percent(rng, ipv6_percent),
                        .other = true};
    for (unsigned end = 0; end < 2; end++) {
        key->host[end] = HOSTS_MAX - 1 - rng_below(rng, NOISE_HOSTS);
        key->port[end] = (uint16_t)rng_between(rng, 1, 65535);
    }
}
