/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump's own records, from its file layout 2 (nffileV2.h and nfxV3.h of nfdump 1.7): a header, then
 * blocks of records, each record a list of elements.  Numbers are little-endian and at no particular
 * alignment, so they are read byte by byte.
 *
 *   header     0 magic u16, 2 layout u16, 4 nfdump version u32, 8 created i64, 16 compression u8,
 *              17 encryption u8, 18 to 40 counts and places, which are not filled in on a pipe
 *   block      0 records u32, 4 bytes of them u32, 8 type u16, 10 flags u16
 *   record     0 type u16, 2 bytes of it u16; a flow has: 4 elements u16, 6 engine u16,
 *              8 exporter u16, 10 flags u8, 11 NetFlow version u8
 *   element    0 type u16, 2 bytes of it u16
 *
 * Nothing is believed that can be checked: a length is compared with what it has to fit into before it is
 * used, the elements of a flow have to fill it, the records of a block have to fill it and be as many as
 * it says.  Nothing of this is a checksum: a value that was changed is another value.
 */
#include "records.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

enum {
    HEADER_BYTES = 40,
    HEADER_LAYOUT = 2,
    HEADER_COMPRESSION = 16,
    HEADER_ENCRYPTION = 17,
    MAGIC = 0xa50c,
    MAGIC_BIG_ENDIAN = 0x0ca5,
    LAYOUT = 2
};

enum {
    BLOCK_HEADER_BYTES = 12,
    BLOCK_RECORDS = 0,
    BLOCK_BYTES = 4,
    BLOCK_TYPE = 8,
    BLOCK_OF_RECORDS = 3,
    BLOCK_MAX_BYTES = 5 * 1024 * 1024 - BLOCK_HEADER_BYTES /* nfdump has no room for more */
};

enum { RECORD_TYPE = 0, RECORD_BYTES = 2, RECORD_HEADER_BYTES = 4, RECORD_MAX_BYTES = UINT16_MAX };

/* Types of records.  Of the flows of other formats, which nfdump converts or refuses, none may come. */
enum { TYPE_FLOW = 11, TYPE_FLOW_1_5 = 1, TYPE_FLOW_1_6 = 10, TYPE_FLOW_1_8 = 16 };

enum { FLOW_ELEMENTS = 4, FLOW_HEADER_BYTES = 12, ELEMENT_HEADER_BYTES = 4 };

/* Where the data of an element has what we read. */
enum {
    GENERIC_FIRST = 0,
    GENERIC_LAST = 8,
    GENERIC_PACKETS = 24,
    GENERIC_BYTES = 32,
    GENERIC_SRC_PORT = 40,
    GENERIC_DST_PORT = 42,
    GENERIC_PROTO = 44,
    INTERFACES_IN = 0,
    INTERFACES_OUT = 4,
    INTERFACES_DIRECTION = 10,
    COUNTERS_FLOWS = 0,
    COUNTERS_PACKETS_REV = 8,
    COUNTERS_BYTES_REV = 16,
    LAYER2_IP_VERSION = 26,
    EVENT_TIME = 0
};

/* The elements that we read. */
enum element {
    ELEMENT_OTHER,
    ELEMENT_GENERIC,
    ELEMENT_IPV4,
    ELEMENT_IPV6,
    ELEMENT_INTERFACES,
    ELEMENT_COUNTERS,
    ELEMENT_EXPORTER_IPV4,
    ELEMENT_EXPORTER_IPV6,
    ELEMENT_FIREWALL_EVENT,
    ELEMENT_NAT_EVENT,
    ELEMENT_LAYER2,
    ELEMENTS
};

/* Types of elements; nfdump crosses one out by making it one of type 0. */
enum { TYPE_CROSSED_OUT = 0, TYPE_IPV4 = 2, IPV4_BYTES = 12, TYPE_IPV6 = 3, IPV6_BYTES = 36 };

/* The elements by their types, of which nfdump 1.7 has 43.  Those that we read have the same length in
 * all its versions, but for one that grew and one that shrank. */
static const struct {
    enum element element;
    uint16_t min_bytes; /* header included */
    uint16_t max_bytes; /* 0: any number, since we do not read it */
} known[64] = {
    [1] = {ELEMENT_GENERIC, 52, 52},
    [TYPE_IPV4] = {ELEMENT_IPV4, IPV4_BYTES, IPV4_BYTES},
    [TYPE_IPV6] = {ELEMENT_IPV6, IPV6_BYTES, IPV6_BYTES},
    [4] = {ELEMENT_INTERFACES, 20, 20},
    [5] = {ELEMENT_COUNTERS, 28, 28},
    [12] = {ELEMENT_EXPORTER_IPV4, 8, 8},
    [13] = {ELEMENT_EXPORTER_IPV6, 20, 20},
    [19] = {ELEMENT_FIREWALL_EVENT, 20, 20},
    [25] = {ELEMENT_NAT_EVENT, 20, 28},
    [38] = {ELEMENT_LAYER2, 32, 36},
};

enum { KNOWN = sizeof known / sizeof known[0] };

/* Room for many records, and small enough to stay in the processor's cache. */
#define BUFFER_BYTES (4 * (RECORD_MAX_BYTES + 1))

int
records_open(struct records *r, lines_source *source, void *context)
{
    *r = (struct records){.source = source, .context = context};
    r->buf = malloc(BUFFER_BYTES);
    return r->buf ? 0 : -1;
}

void
records_release(struct records *r)
{
    free(r->buf);
    r->buf = NULL;
}

/* Says what is wrong with the bytes at pos. */
static enum records_result
fail_damaged(struct records *r, const char *what)
{
    (void)problem_set(&r->problem, "damaged at byte %" PRIu64 ", after %" PRIu64 " flow records: %s",
                      r->before_buf + r->pos, r->number, what);
    return RECORDS_ERROR;
}

static enum records_result
fail_cut_off(struct records *r)
{
    (void)problem_set(&r->problem, "cut off at byte %" PRIu64 ", after %" PRIu64 " flow records",
                      r->before_buf + r->filled, r->number);
    return RECORDS_ERROR;
}

/* Reads until n bytes are in the buffer, or the source has no more.  Returns 0, or -1 when the source
 * failed. */
static int
fill(struct records *r, size_t n)
{
    if (r->filled - r->pos >= n || r->ended)
        return 0;
    memmove(r->buf, r->buf + r->pos, r->filled - r->pos);
    r->before_buf += r->pos;
    r->filled -= r->pos;
    r->pos = 0;
    while (r->filled < n && !r->ended) {
        ssize_t got = r->source(r->context, r->buf + r->filled, BUFFER_BYTES - r->filled);
        if (got < 0)
            return -1;
        r->ended = got == 0;
        r->filled += (size_t)got;
    }
    return 0;
}

/* Makes n bytes available at pos.  Returns RECORDS_FLOW when they are there. */
static enum records_result
need(struct records *r, size_t n)
{
    if (r->filled - r->pos >= n)
        return RECORDS_FLOW;
    if (fill(r, n) == -1) {
        r->source_failed = true;
        return RECORDS_ERROR;
    }
    return r->filled - r->pos >= n ? RECORDS_FLOW : fail_cut_off(r);
}

/* A stream that is not for us. */
static enum records_result
fail_foreign(struct records *r, const char *why)
{
    (void)problem_set(&r->problem, "%s", why);
    return RECORDS_FOREIGN;
}

static enum records_result
read_header(struct records *r)
{
    enum records_result result = need(r, HEADER_BYTES);
    const uint8_t *p = r->buf + r->pos;
    size_t have = r->filled - r->pos;

    if (r->source_failed)
        return result;
    if (have == 0) {
        (void)problem_set(&r->problem, "there are none, not even a header");
        return RECORDS_NOTHING;
    }
    if (have >= 2 && get_le16(p) == MAGIC_BIG_ENDIAN)
        return fail_foreign(r, "the records are those of a big-endian machine");
    if (have < 2 || get_le16(p) != MAGIC)
        return fail_foreign(r, "these are not nfdump's records");
    if (result == RECORDS_ERROR)
        return result;
    if (get_le16(p + HEADER_LAYOUT) != LAYOUT)
        return fail_foreign(r, "the records are of another layout than 2");
    if (p[HEADER_COMPRESSION] != 0 || p[HEADER_ENCRYPTION] != 0)
        return fail_foreign(r, "the records are compressed or encrypted");
    r->pos += HEADER_BYTES;
    r->header_read = true;
    return RECORDS_FLOW;
}

/* Goes on to the next block.  Returns RECORDS_FLOW when pos is at its first record. */
static enum records_result
next_block(struct records *r)
{
    if (r->block_bytes != 0)
        return fail_damaged(r, "a block with more in it than its records");
    if (fill(r, BLOCK_HEADER_BYTES) == 0 && r->filled == r->pos)
        return RECORDS_END;
    if (need(r, BLOCK_HEADER_BYTES) == RECORDS_ERROR)
        return RECORDS_ERROR;
    const uint8_t *p = r->buf + r->pos;
    uint32_t records = get_le32(p + BLOCK_RECORDS), bytes = get_le32(p + BLOCK_BYTES);
    if (get_le16(p + BLOCK_TYPE) != BLOCK_OF_RECORDS)
        return fail_damaged(r, "a block of an unknown type");
    if (records == 0 || bytes > BLOCK_MAX_BYTES || bytes / RECORD_HEADER_BYTES < records)
        return fail_damaged(r, "a block of an impossible size");
    r->block_records = records;
    r->block_bytes = bytes;
    r->pos += BLOCK_HEADER_BYTES;
    return RECORDS_FLOW;
}

/* Makes all of the next record available at pos, be it of whatever type. */
static enum records_result
next_record(struct records *r, size_t *bytes)
{
    enum records_result result = r->header_read ? RECORDS_FLOW : read_header(r);

    if (result == RECORDS_FLOW && r->block_records == 0)
        result = next_block(r);
    if (result == RECORDS_FLOW)
        result = need(r, RECORD_HEADER_BYTES);
    if (result != RECORDS_FLOW)
        return result;
    *bytes = get_le16(r->buf + r->pos + RECORD_BYTES);
    if (*bytes < RECORD_HEADER_BYTES || *bytes > r->block_bytes)
        return fail_damaged(r, "a record that reaches beyond its block");
    return need(r, *bytes);
}

/* Where the data of each element of a record is, counted from its beginning; 0 when it has none. */
struct elements {
    const uint8_t *record;
    uint16_t at[ELEMENTS];
};

/* The data of an element, NULL when there is none. */
static const uint8_t *
data_of(const struct elements *e, enum element element)
{
    return e->at[element] > 0 ? e->record + e->at[element] : NULL;
}

/* The type of an element before nfdump crossed it out.  Of a record with addresses of both families,
 * version 1.7.6 and later leave one pair; is_ipv6() chooses in the same way for records of all
 * versions. */
static unsigned
original_type(unsigned type, unsigned length)
{
    if (type != TYPE_CROSSED_OUT)
        return type;
    return length == IPV4_BYTES ? TYPE_IPV4 : length == IPV6_BYTES ? TYPE_IPV6 : TYPE_CROSSED_OUT;
}

/* Finds the elements of a record, of one type the last, as nfdump does.  Returns NULL, or what is wrong
 * with them. */
static const char *
find_elements(const uint8_t *record, size_t bytes, struct elements *e)
{
    size_t at = FLOW_HEADER_BYTES;

    *e = (struct elements){.record = record};
    if (bytes < FLOW_HEADER_BYTES)
        return "a flow record that is too short";
    for (unsigned count = get_le16(record + FLOW_ELEMENTS); count > 0; count--) {
        size_t left = bytes - at;
        if (left < ELEMENT_HEADER_BYTES)
            return "a flow record with fewer elements than it says";
        unsigned length = get_le16(record + at + 2);
        unsigned type = original_type(get_le16(record + at), length);
        if (length < ELEMENT_HEADER_BYTES || length > left)
            return "an element that reaches beyond its record";
        if (type >= KNOWN)
            return "an element of an unknown type";
        if (known[type].max_bytes > 0 &&
            (length < known[type].min_bytes || length > known[type].max_bytes))
            return "an element of a wrong length";
        e->at[known[type].element] = (uint16_t)(at + ELEMENT_HEADER_BYTES);
        at += length;
    }
    if (at < bytes)
        return "a flow record with more in it than its elements";
    return e->at[ELEMENT_GENERIC] > 0 ? NULL : "a flow record without times and counters";
}

static bool
is_zero(const uint8_t *p, size_t n)
{
    static const uint8_t zeros[32];

    return memcmp(p, zeros, n) == 0;
}

/* Which of its addresses a record has that has both: exporters with one template for both families fill
 * one pair and leave the other zero.  When that does not tell, the IP version that the exporter sends
 * (element 60) does, as in nfdump from 1.7.6 on; and without one, both pairs are taken for IPv4 if they
 * are set and for IPv6 if they are zero. */
static bool
is_ipv6(const struct elements *e)
{
    const uint8_t *ipv4 = data_of(e, ELEMENT_IPV4), *ipv6 = data_of(e, ELEMENT_IPV6);
    const uint8_t *layer2 = data_of(e, ELEMENT_LAYER2);

    if (!ipv4 || !ipv6)
        return !ipv4;
    bool no_ipv4 = is_zero(ipv4, 8), no_ipv6 = is_zero(ipv6, 32);
    unsigned version = layer2 ? layer2[LAYER2_IP_VERSION] : 0;
    if (no_ipv4 != no_ipv6)
        return no_ipv4;
    return version == 6 || (version != 4 && no_ipv4);
}

/* Addresses of hosts: numbers in the record, bytes in network order in a flow. */
static void
put_ipv4(uint8_t address[16], const uint8_t *p)
{
    memset(address, 0, 16);
    put_be32(address, get_le32(p));
}

static void
put_ipv6(uint8_t address[16], const uint8_t *p)
{
    put_be64(address, get_le64(p));
    put_be64(address + 8, get_le64(p + 8));
}

static void
take_addresses(struct flow *f, const struct elements *e)
{
    if (is_ipv6(e)) {
        const uint8_t *p = data_of(e, ELEMENT_IPV6);
        f->family = 6;
        put_ipv6(f->src, p);
        put_ipv6(f->dst, p + 16);
    } else {
        const uint8_t *p = data_of(e, ELEMENT_IPV4);
        f->family = 4;
        put_ipv4(f->src, p);
        put_ipv4(f->dst, p + 4);
    }
}

/* When the flow starts.  Events of firewalls and of NAT have a time of their own and no start. */
static uint64_t
start_of(const struct elements *e)
{
    uint64_t first = get_le64(data_of(e, ELEMENT_GENERIC) + GENERIC_FIRST);

    const uint8_t *event = data_of(e, ELEMENT_FIREWALL_EVENT);

    if (!event)
        event = data_of(e, ELEMENT_NAT_EVENT);
    return first == 0 && event ? get_le64(event + EVENT_TIME) : first;
}

static void
take_counters(struct records *r, const struct elements *e)
{
    const uint8_t *generic = data_of(e, ELEMENT_GENERIC), *counters = data_of(e, ELEMENT_COUNTERS);
    struct flow *f = &r->row.flow;
    uint64_t flows = counters ? get_le64(counters + COUNTERS_FLOWS) : 0;

    f->packets = get_le64(generic + GENERIC_PACKETS);
    f->bytes = get_le64(generic + GENERIC_BYTES);
    f->packets_rev = counters ? get_le64(counters + COUNTERS_PACKETS_REV) : 0;
    f->bytes_rev = counters ? get_le64(counters + COUNTERS_BYTES_REV) : 0;
    r->flows += flows > 0 ? flows : 1;
}

static enum direction
direction_of(uint8_t value)
{
    return value == 0 ? DIRECTION_INGRESS : value == 1 ? DIRECTION_EGRESS : DIRECTION_OTHER;
}

static void
take_origin(struct records *r, const struct elements *e)
{
    static const uint8_t nowhere[4];
    const uint8_t *interfaces = data_of(e, ELEMENT_INTERFACES);
    struct row *row = &r->row;

    row->in_interface = interfaces ? get_le32(interfaces + INTERFACES_IN) : 0;
    row->out_interface = interfaces ? get_le32(interfaces + INTERFACES_OUT) : 0;
    row->direction = interfaces ? direction_of(interfaces[INTERFACES_DIRECTION]) : DIRECTION_UNTOLD;
    const uint8_t *ipv4 = data_of(e, ELEMENT_EXPORTER_IPV4), *ipv6 = data_of(e, ELEMENT_EXPORTER_IPV6);
    row->exporter_family = ipv6 ? 6 : 4;
    if (ipv6)
        put_ipv6(row->exporter, ipv6);
    else
        put_ipv4(row->exporter, ipv4 ? ipv4 : nowhere);
}

/* Whether a flow from nowhere to nowhere stands for something that is not IP: switches send ARP and its
 * like with addresses of zeros too. */
static bool
is_not_ip(const struct flow *f)
{
    return (f->proto == 0 || f->packets == 0) && is_zero(f->src, sizeof f->src) &&
           is_zero(f->dst, sizeof f->dst);
}

static enum records_result
take_flow(struct records *r, const struct elements *e)
{
    const uint8_t *generic = data_of(e, ELEMENT_GENERIC);
    struct flow *f = &r->row.flow;

    r->number++;
    take_counters(r, e);
    if (!data_of(e, ELEMENT_IPV4) && !data_of(e, ELEMENT_IPV6))
        return RECORDS_NOT_IP;
    take_addresses(f, e);
    f->start = (int64_t)start_of(e);
    f->end = (int64_t)get_le64(generic + GENERIC_LAST);
    f->src_port = get_le16(generic + GENERIC_SRC_PORT);
    f->dst_port = get_le16(generic + GENERIC_DST_PORT);
    f->proto = generic[GENERIC_PROTO];
    if (is_not_ip(f))
        return RECORDS_NOT_IP;
    take_origin(r, e);
    return RECORDS_FLOW;
}

/* Whether a record of another type than ours is a flow all the same: of another format, which nfdump
 * would have converted or refused, or with a type that was damaged. */
static bool
is_other_flow(unsigned type, bool has_elements_of_flow)
{
    return has_elements_of_flow || type == TYPE_FLOW_1_5 || type == TYPE_FLOW_1_6 ||
           type == TYPE_FLOW_1_8;
}

enum records_result
records_next(struct records *r)
{
    struct elements e;
    size_t bytes;

    for (;;) {
        enum records_result result = next_record(r, &bytes);
        if (result != RECORDS_FLOW)
            return result;
        const uint8_t *p = r->buf + r->pos;
        unsigned type = get_le16(p + RECORD_TYPE);
        const char *wrong = find_elements(p, bytes, &e);
        if (type != TYPE_FLOW)
            wrong = is_other_flow(type, !wrong) ? "a flow record of an unknown type" : NULL;
        if (wrong)
            return fail_damaged(r, wrong);
        r->pos += bytes;
        r->block_bytes -= (uint32_t)bytes;
        r->block_records--;
        if (type == TYPE_FLOW)
            return take_flow(r, &e);
    }
}
