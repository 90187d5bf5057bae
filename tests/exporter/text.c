/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes truth and flow records as CSV. In the truth the source is the side whose first packet is
 * earlier, on equal milliseconds the one with the higher port; ports are 0 unless TCP or UDP.
 */
#include "text.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <sys/socket.h>

int
text_truth_header(FILE *file)
{
    return fputs("START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,"
                 "PACKETS,BYTES,PACKETS_REV,BYTES_REV\n",
                 file) == EOF
               ? -1
               : 0;
}

int
text_truth(FILE *file, const struct key *key, const struct truth_side sides[2], uint64_t epoch)
{
    bool ports = proto_has_ports(key->proto);
    bool tie = sides[1].packets > 0 && sides[1].first == sides[0].first;
    unsigned source = tie && ports && key->port[1] > key->port[0] ? 1 : 0;
    const struct truth_side *forward = &sides[source];
    const struct truth_side *reverse = &sides[1 - source];
    uint32_t end = sides[1].last > sides[0].last ? sides[1].last : sides[0].last;

    int printed =
        fprintf(file,
                "%" PRIu64 ",%" PRIu64 ",%d,%u,%u,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
                epoch + sides[0].first, epoch + end, key->ipv6 ? 6 : 4, key->proto,
                ports ? key->port[source] : 0U, ports ? key->port[1 - source] : 0U, forward->packets,
                forward->bytes, reverse->packets, reverse->bytes);
    return printed < 0 ? -1 : 0;
}

static int
flow_row(FILE *file, const struct record *record, const struct key *key, uint64_t epoch)
{
    char addresses[2][INET6_ADDRSTRLEN];
    uint16_t ports[2];
    uint64_t start = epoch + record->start;
    uint32_t duration = record->end - record->start;

    for (unsigned end = 0; end < 2; end++) {
        unsigned char address[16];
        flows_address(key->host[end], key->ipv6, address);
        if (inet_ntop(key->ipv6 ? AF_INET6 : AF_INET, address, addresses[end], sizeof(addresses[end])) ==
            NULL)
            return -1;
    }
    flows_ports(key, record->side, &ports[0], &ports[1]);
    int printed =
        fprintf(file, "%" PRIu64 ".%03u,%" PRIu32 ".%03u,%u,%s,%s,%u,%u,%" PRIu64 ",%" PRIu64 "\n",
                start / 1000, (unsigned)(start % 1000), duration / 1000, (unsigned)(duration % 1000),
                key->proto, addresses[record->side], addresses[1 - record->side], ports[0], ports[1],
                record->packets, record->bytes);
    return printed < 0 ? -1 : 0;
}

int
text_flows(FILE *file, const struct flows *flows, uint64_t epoch)
{
    if (fputs("START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES\n", file) == EOF)
        return -1;
    for (size_t i = 0; i < flows->records_used; i++) {
        const struct record *record = flows_exported(flows, i);
        const struct key *key = &flows->keys[record->key];
        if (!key->other && flow_row(file, record, key, epoch) == -1)
            return -1;
    }
    return 0;
}
