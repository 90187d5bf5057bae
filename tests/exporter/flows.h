/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow records of a simulation and the order in which they are exported.
 */
#ifndef EXPORTER_FLOWS_H
#define EXPORTER_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum proto {
    PROTO_HOPOPT = 0,
    PROTO_ICMP = 1,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_GRE = 47,
    PROTO_ESP = 50,
    PROTO_AH = 51,
    PROTO_ICMP6 = 58,
    PROTO_OSPF = 89,
    PROTO_SCTP = 132,
    PROTO_EXPERIMENT = 253
};

enum { HOSTS_MAX = 1 << 24 };

/* Both ends of a conversation; end 0 is the one that speaks first. */
struct key {
    uint32_t host[2];
    /* With ICMP, port[1] is type * 256 + code of what end 0 sends, port[0] of what end 1 sends. */
    uint16_t port[2];
    uint8_t proto;
    bool ipv6;
    bool other; /* enters by another interface: noise, not in the truth */
};

/* A one-way flow record. Times are ms from the start of the period. */
struct record {
    uint64_t packets;
    uint64_t bytes;
    uint32_t start;
    uint32_t end;
    uint32_t key;  /* index into keys */
    uint8_t side;  /* the end that sent it */
    uint8_t flags; /* TCP control bits */
};

struct flows {
    struct key *keys;
    size_t keys_used, keys_size;
    struct record *records;
    uint64_t *order; /* export time (upper half) and index (lower half) of each record */
    size_t records_used, records_size;
};

/* Makes *flows empty. Release it with flows_release(). */
void flows_init(struct flows *flows);

/* Frees what *flows holds. */
void flows_release(struct flows *flows);

/* Adds a key and stores its index in *index. Returns 0, or -1 with errno. */
int flows_add_key(struct flows *flows, const struct key *key, uint32_t *index);

/* Adds a record, exported at `when` (ms from the start of the period). Returns 0, or -1 with errno. */
int flows_add_record(struct flows *flows, const struct record *record, uint32_t when);

/* Puts order[] into the order of export; call it after the last record. */
void flows_sort(struct flows *flows);

/* Puts order[] into random order. */
void flows_shuffle(struct flows *flows, uint64_t seed);

/* Returns the record that is exported as number i. */
const struct record *flows_exported(const struct flows *flows, size_t i);

/* Returns when the record number i is exported, in ms from the start of the period. */
uint32_t flows_export_time(const struct flows *flows, size_t i);

/* Stores the ports as an exporter reports them for this record of the conversation `key`. */
void flows_ports(const struct key *key, unsigned side, uint16_t *src, uint16_t *dst);

/* Writes the address of a host (below HOSTS_MAX) in network order: 4 bytes, or 16 for IPv6. */
void flows_address(uint32_t host, bool ipv6, unsigned char *address);

/* Returns whether the profile keeps the ports of this protocol. */
bool proto_has_ports(uint8_t proto);

#endif
