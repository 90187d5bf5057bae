/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Builds IPFIX messages (RFC 7011) of flow records.
 */
#ifndef EXPORTER_IPFIX_H
#define EXPORTER_IPFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flows.h"

enum { IPFIX_MESSAGE_MAX = 1400 };

struct ipfix {
    unsigned char message[IPFIX_MESSAGE_MAX];
    size_t length;
    size_t set;        /* where the open data set starts, or 0 */
    bool set_ipv6;     /* what that set holds */
    uint32_t sequence; /* data records in all messages before this one */
    uint32_t records;  /* data records in this one */
    uint64_t messages; /* started so far */
    uint32_t ingress;  /* interface of the profiled link; the noise enters by ingress + 2 */
};

/* Readies *ipfix for records that enter by interface `ingress` (and leave by the next one). */
void ipfix_init(struct ipfix *ipfix, uint32_t ingress);

/* Starts a message; the first one and then every 64th carry the templates. */
void ipfix_start(struct ipfix *ipfix);

/*
 * Appends a record of the conversation `key` to the message; `epoch` (ms) is when the period starts.
 * Returns false, with nothing done, when the message is full.
 */
bool ipfix_add(struct ipfix *ipfix, const struct record *record, const struct key *key, uint64_t epoch);

/* Completes the message (export time in seconds); message[] then holds it and length its size. */
void ipfix_finish(struct ipfix *ipfix, uint32_t export_time);

#endif
