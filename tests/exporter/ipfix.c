/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two templates, for IPv4 and IPv6, differ in nothing but the addresses. Records keep their order,
 * also across the families: a data set ends where the other family begins. Templates come again
 * and again, as RFC 7011 asks of exporters that use UDP.
 */
#include "ipfix.h"

#include <string.h>

enum {
    IPFIX_VERSION = 10,
    HEADER_LENGTH = 16,
    SET_HEADER_LENGTH = 4,
    SET_TEMPLATES = 2,
    TEMPLATE_IPV4 = 256,
    TEMPLATE_IPV6 = 257,
    TEMPLATES_EVERY = 64, /* messages */
    DOMAIN = 1
};

struct field {
    uint16_t element;
    uint16_t length;
};

enum { FIELDS = 12, ADDRESSES_AT = 4 };

static const struct field fields_ipv4[FIELDS] = {
    {152, 8}, /* flowStartMilliseconds */
    {153, 8}, /* flowEndMilliseconds */
    {2, 8},   /* packetDeltaCount */
    {1, 8},   /* octetDeltaCount */
    {8, 4},   /* sourceIPv4Address */
    {12, 4},  /* destinationIPv4Address */
    {7, 2},   /* sourceTransportPort */
    {11, 2},  /* destinationTransportPort */
    {4, 1},   /* protocolIdentifier */
    {6, 1},   /* tcpControlBits */
    {10, 4},  /* ingressInterface */
    {14, 4},  /* egressInterface */
};

static const struct field addresses_ipv6[2] = {
    {27, 16}, /* sourceIPv6Address */
    {28, 16}, /* destinationIPv6Address */
};

static void
put(struct ipfix *ipfix, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i > 0; i--)
        ipfix->message[ipfix->length++] = (unsigned char)(value >> (8 * (i - 1)));
}

static void
put_at(struct ipfix *ipfix, size_t offset, uint64_t value, unsigned bytes)
{
    size_t length = ipfix->length;

    ipfix->length = offset;
    put(ipfix, value, bytes);
    ipfix->length = length;
}

static struct field
template_field(bool ipv6, size_t i)
{
    if (ipv6 && i >= ADDRESSES_AT && i < ADDRESSES_AT + 2)
        return addresses_ipv6[i - ADDRESSES_AT];
    return fields_ipv4[i];
}

static size_t
record_length(bool ipv6)
{
    size_t length = 0;

    for (size_t i = 0; i < FIELDS; i++)
        length += template_field(ipv6, i).length;
    return length;
}

static void
put_templates(struct ipfix *ipfix)
{
    put(ipfix, SET_TEMPLATES, 2);
    put(ipfix, SET_HEADER_LENGTH + 2 * (4 + FIELDS * 4), 2);
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        put(ipfix, ipv6 ? TEMPLATE_IPV6 : TEMPLATE_IPV4, 2);
        put(ipfix, FIELDS, 2);
        for (size_t i = 0; i < FIELDS; i++) {
            struct field field = template_field(ipv6, i);
            put(ipfix, field.element, 2);
            put(ipfix, field.length, 2);
        }
    }
}

void
ipfix_init(struct ipfix *ipfix, uint32_t ingress)
{
    *ipfix = (struct ipfix){.ingress = ingress};
}

void
ipfix_start(struct ipfix *ipfix)
{
    ipfix->sequence += ipfix->records;
    ipfix->records = 0;
    ipfix->set = 0;
    ipfix->length = HEADER_LENGTH;
    if (ipfix->messages++ % TEMPLATES_EVERY == 0)
        put_templates(ipfix);
}

static void
set_close(struct ipfix *ipfix)
{
    if (ipfix->set != 0)
        put_at(ipfix, ipfix->set + 2, ipfix->length - ipfix->set, 2);
    ipfix->set = 0;
}

static void
put_record(struct ipfix *ipfix, const struct record *record, const struct key *key, uint64_t epoch)
{
    size_t address_length = key->ipv6 ? 16 : 4;
    uint16_t src, dst;

    put(ipfix, epoch + record->start, 8);
    put(ipfix, epoch + record->end, 8);
    put(ipfix, record->packets, 8);
    put(ipfix, record->bytes, 8);
    flows_address(key->host[record->side], key->ipv6, ipfix->message + ipfix->length);
    ipfix->length += address_length;
    flows_address(key->host[1 - record->side], key->ipv6, ipfix->message + ipfix->length);
    ipfix->length += address_length;
    flows_ports(key, record->side, &src, &dst);
    put(ipfix, src, 2);
    put(ipfix, dst, 2);
    put(ipfix, key->proto, 1);
    put(ipfix, key->proto == PROTO_TCP ? record->flags : 0, 1);
    put(ipfix, ipfix->ingress + (key->other ? 2 : 0), 4);
    put(ipfix, ipfix->ingress + 1, 4);
}

bool
ipfix_add(struct ipfix *ipfix, const struct record *record, const struct key *key, uint64_t epoch)
{
    bool open = ipfix->set != 0 && ipfix->set_ipv6 == key->ipv6;
    size_t need = record_length(key->ipv6) + (open ? 0 : SET_HEADER_LENGTH);

    if (ipfix->length + need > IPFIX_MESSAGE_MAX)
        return false;
    if (!open) {
        set_close(ipfix);
        ipfix->set = ipfix->length;
        ipfix->set_ipv6 = key->ipv6;
        put(ipfix, key->ipv6 ? TEMPLATE_IPV6 : TEMPLATE_IPV4, 2);
        put(ipfix, 0, 2); /* its length, filled in by set_close() */
    }
    put_record(ipfix, record, key, epoch);
    ipfix->records++;
    return true;
}

void
ipfix_finish(struct ipfix *ipfix, uint32_t export_time)
{
    set_close(ipfix);
    put_at(ipfix, 0, IPFIX_VERSION, 2);
    put_at(ipfix, 2, ipfix->length, 2);
    put_at(ipfix, 4, export_time, 4);
    put_at(ipfix, 8, ipfix->sequence, 4);
    put_at(ipfix, 12, DOMAIN, 4);
}
