/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keeps the flow records of a simulation. A record has 32 bytes and an export time beside it, and
 * names its endpoints by an index into the keys, so that several million records fit into a few
 * hundred megabytes. Only the export times are sorted or shuffled, never the records.
 */
#include "flows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

void
flows_init(struct flows *flows)
{
    *flows = (struct flows){0};
}

void
flows_release(struct flows *flows)
{
    free(flows->keys);
    free(flows->records);
    free(flows->order);
    flows_init(flows);
}

/* Makes *array hold `size` elements. Returns 0, or -1 with errno. */
static int
array_resize(void **array, size_t size, size_t element)
{
    if (size > UINT32_MAX || size > SIZE_MAX / element) {
        errno = EOVERFLOW;
        return -1;
    }
    void *grown = realloc(*array, size * element);
    if (grown == NULL)
        return -1;
    *array = grown;
    return 0;
}

int
flows_add_key(struct flows *flows, const struct key *key, uint32_t *index)
{
    if (flows->keys_used == flows->keys_size) {
        size_t size = flows->keys_size == 0 ? 1024 : flows->keys_size * 2;
        void *keys = flows->keys;
        if (array_resize(&keys, size, sizeof(*flows->keys)) == -1)
            return -1;
        flows->keys = keys;
        flows->keys_size = size;
    }
    *index = (uint32_t)flows->keys_used;
    flows->keys[flows->keys_used++] = *key;
    return 0;
}

int
flows_add_record(struct flows *flows, const struct record *record, uint32_t when)
{
    if (flows->records_used == flows->records_size) {
        size_t size = flows->records_size == 0 ? 1024 : flows->records_size * 2;
        void *records = flows->records;
        void *order = flows->order;
        if (array_resize(&records, size, sizeof(*flows->records)) == -1)
            return -1;
        flows->records = records;
        if (array_resize(&order, size, sizeof(*flows->order)) == -1)
            return -1;
        flows->order = order;
        flows->records_size = size;
    }
    flows->records[flows->records_used] = *record;
    flows->order[flows->records_used] = (uint64_t)when << 32 | flows->records_used;
    flows->records_used++;
    return 0;
}

static int
order_compare(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

void
flows_sort(struct flows *flows)
{
    if (flows->records_used > 0)
        qsort(flows->order, flows->records_used, sizeof(*flows->order), order_compare);
}

void
flows_shuffle(struct flows *flows, uint64_t seed)
{
    struct rng rng = rng_seeded(seed, 0x73687566);
    for (size_t i = flows->records_used; i > 1; i--) {
        size_t j = rng_below(&rng, (uint32_t)i);
        uint64_t swap = flows->order[i - 1];
        flows->order[i - 1] = flows->order[j];
        flows->order[j] = swap;
    }
}

const struct record *
flows_exported(const struct flows *flows, size_t i)
{
    return &flows->records[flows->order[i] & UINT32_MAX];
}

uint32_t
flows_export_time(const struct flows *flows, size_t i)
{
    return (uint32_t)(flows->order[i] >> 32);
}

void
flows_ports(const struct key *key, unsigned side, uint16_t *src, uint16_t *dst)
{
    bool icmp = key->proto == PROTO_ICMP || key->proto == PROTO_ICMP6;

    *src = icmp ? 0 : key->port[side];
    *dst = key->port[1 - side];
}

/*
 * Both functions of the host number are bijections, so different hosts have different addresses;
 * they scatter, so that either end of a conversation may have the lower address.
 */
void
flows_address(uint32_t host, bool ipv6, unsigned char *address)
{
    if (ipv6) {
        static const unsigned char prefix[8] = {0x20, 0x01, 0x0d, 0xb8};
        uint64_t suffix = rng_mix(host + 1);
        memcpy(address, prefix, sizeof(prefix));
        for (unsigned i = 0; i < 8; i++)
            address[8 + i] = (unsigned char)(suffix >> (56 - 8 * i));
        return;
    }
    uint32_t suffix = host * 0x5bd1e9U + 0x123457U;
    address[0] = 10;
    address[1] = (unsigned char)(suffix >> 16);
    address[2] = (unsigned char)(suffix >> 8);
    address[3] = (unsigned char)suffix;
}

bool
proto_has_ports(uint8_t proto)
{
    return proto == PROTO_TCP || proto == PROTO_UDP;
}
