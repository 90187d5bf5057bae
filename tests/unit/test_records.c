/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump's own records: what each kind becomes, and what damage does.  Streams are cut at every byte and
 * every one of their bits is flipped: a length, a count or a kind that is wrong has to be found, and
 * whatever is taken in spite of a flip has to be as many records as before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nfbytes.h"
#include "pieces.h"
#include "records.h"

static struct nfbytes stream;

/* What came out of a stream. */
struct outcome {
    enum records_result end;
    uint64_t flows_taken;
    uint64_t not_ip;
    uint64_t number;
    uint64_t flows;
    char rows[4096]; /* what was taken, in text */
    struct problem problem;
    bool source_failed;
};

static void
print_row(struct outcome *o, const struct records *r)
{
    const struct flow *f = &r->row.flow;
    size_t used = strlen(o->rows);
    char src[33], dst[33], exporter[33];

    for (int i = 0; i < 16; i++) {
        (void)snprintf(src + 2 * i, 3, "%02x", f->src[i]);
        (void)snprintf(dst + 2 * i, 3, "%02x", f->dst[i]);
        (void)snprintf(exporter + 2 * i, 3, "%02x", r->row.exporter[i]);
    }
    int address = f->family == 4 ? 8 : 32;
    (void)snprintf(o->rows + used, sizeof o->rows - used,
                   "%lld-%lld %d %.*s:%d %.*s:%d %llu/%llu %llu/%llu in %u out %u dir %u by %d %.*s\n",
                   (long long)f->start, (long long)f->end, f->proto, address, src, f->src_port, address,
                   dst, f->dst_port, (unsigned long long)f->packets, (unsigned long long)f->bytes,
                   (unsigned long long)f->packets_rev, (unsigned long long)f->bytes_rev,
                   r->row.in_interface, r->row.out_interface, r->row.direction, r->row.exporter_family,
                   r->row.exporter_family == 4   ? 8
                   : r->row.exporter_family == 6 ? 32
                                                 : 0,
                   exporter);
}

static void
read_source(struct pieces source, struct outcome *o)
{
    struct records r;
    enum records_result got;

    *o = (struct outcome){.flows = 0};
    assert_int_equal(records_open(&r, pieces_get, &source), 0);
    while ((got = records_next(&r)) == RECORDS_FLOW || got == RECORDS_NOT_IP) {
        if (got == RECORDS_FLOW)
            print_row(o, &r);
        o->flows_taken += got == RECORDS_FLOW;
        o->not_ip += got == RECORDS_NOT_IP;
    }
    o->end = got;
    o->number = r.number;
    o->flows = r.flows;
    o->problem = r.problem;
    o->source_failed = r.source_failed;
    assert_int_equal(o->number >= o->flows_taken + o->not_ip, 1);
    records_release(&r);
}

static void
read_bytes(const uint8_t *data, size_t n, struct outcome *o)
{
    read_source((struct pieces){data, n, n > 0 ? n : 1, false}, o);
}

static void
read_stream(struct outcome *o)
{
    read_bytes(stream.data, stream.n, o);
}

/* A flow whose addresses come next. */
static void
begin_flow(void)
{
    nf_flow(&stream);
    nf_generic(&stream, 1700000000123, 1700000001456, 10, 1234, 40000, 443, 6);
}

/* Two blocks with a record of every kind. */
static void
make_stream(void)
{
    static const uint8_t mpls[40];

    nf_header(&stream);
    nf_block(&stream);
    (void)nf_record(&stream, 7, 28); /* exporter */
    begin_flow();
    nf_ipv4(&stream, 0xc0000201, 0xc6336402);
    nf_interfaces(&stream, 7, 4294967295, 1);
    put_le32(nf_element(&stream, 12, NULL, 4), 0x7f000001);
    begin_flow();
    put_le64(nf_element(&stream, 13, NULL, 16), 0x20010db800000000);
    nf_counters(&stream, 3, 22, 2222);
    nf_ipv6(&stream, 0x20010db800000000, 1, 0x20010db8ffff0000, 0x0123456789abcdef);
    (void)nf_element(&stream, 14, mpls, sizeof mpls);
    nf_block(&stream);
    (void)nf_record(&stream, 15, 20); /* sampler */
    nf_flow(&stream);                 /* ARP */
    nf_generic(&stream, 1700000000123, 1700000000123, 1, 60, 0, 0, 0);
    nf_interfaces(&stream, 7, 8, 0);
    (void)nf_element(&stream, 15, NULL, 32);
    begin_flow();
    nf_ipv4(&stream, 0x0a000001, 0x0a000002);
}

static const char rows_of_stream[] =
    "1700000000123-1700000001456 6 c0000201:40000 c6336402:443 10/1234 0/0 in 7 out 4294967295 dir 2 "
    "by 4 7f000001\n"
    "1700000000123-1700000001456 6 20010db8000000000000000000000001:40000 "
    "20010db8ffff00000123456789abcdef:443 10/1234 22/2222 in 0 out 0 dir 0 "
    "by 6 20010db8000000000000000000000000\n"
    "1700000000123-1700000001456 6 0a000001:40000 0a000002:443 10/1234 0/0 in 0 out 0 dir 0 "
    "by 4 00000000\n";

static void
test_records(void **state)
{
    struct outcome o;

    (void)state;
    make_stream();
    read_stream(&o);
    assert_int_equal(o.end, RECORDS_END);
    assert_string_equal(o.rows, rows_of_stream);
    assert_int_equal(o.not_ip, 1);
    assert_int_equal(o.number, 4);
    assert_int_equal(o.flows, 6);
    assert_string_equal(o.problem.text, "");
}

static void
test_pieces(void **state)
{
    struct outcome o;

    (void)state;
    make_stream();
    for (size_t piece = 1; piece < stream.n; piece += 1 + piece / 4) {
        read_source((struct pieces){stream.data, stream.n, piece, false}, &o);
        assert_int_equal(o.end, RECORDS_END);
        assert_string_equal(o.rows, rows_of_stream);
    }
}

/* Makes the last element that of another type. */
static void
cross_out(size_t data_bytes)
{
    put_le16(stream.data + stream.n - data_bytes - 4, 0);
}

/* Both families in one record: which pair is taken, also when nfdump crossed out the other. */
static void
test_both_families(void **state)
{
    enum { NO_VERSION = -1 };
    static const struct {
        bool ipv4, ipv6; /* the pair is set */
        int version;
        int family; /* taken */
    } cases[] = {
        {true, false, NO_VERSION, 4}, {false, true, NO_VERSION, 6},
        {true, true, NO_VERSION, 4},  {false, false, NO_VERSION, 6},
        {true, false, 0, 4},          {false, true, 0, 6},
        {true, true, 0, 4},           {true, true, 4, 4},
        {true, true, 6, 6},           {true, false, 6, 4},
        {false, true, 4, 6},          {false, false, 4, 4},
        {false, false, 6, 6},
    };
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int way = 0; way < 4; way++) {
            nf_header(&stream);
            nf_block(&stream);
            begin_flow();
            if (way % 2 == 0)
                nf_ipv4(&stream, cases[i].ipv4 ? 1 : 0, 0);
            if (way == 2)
                cross_out(8);
            nf_ipv6(&stream, 0, 0, 0, cases[i].ipv6 ? 1 : 0);
            if (way == 3)
                cross_out(32);
            if (way % 2 == 1)
                nf_ipv4(&stream, cases[i].ipv4 ? 1 : 0, 0);
            if (cases[i].version != NO_VERSION)
                nf_element(&stream, 38, NULL, 32)[26] = (uint8_t)cases[i].version;
            read_stream(&o);
            assert_int_equal(o.end, RECORDS_END);
            bool long_address = strstr(o.rows, " 6 00000000000000000000000000000000:40000") != NULL;
            assert_int_equal(long_address, cases[i].family == 6);
        }
}

/* Records without a start, of which the time of an event takes the place. */
static void
test_events(void **state)
{
    struct outcome o;

    (void)state;
    for (int firewall = 0; firewall < 2; firewall++)
        for (int nat = 0; nat < 3; nat++)
            for (int first = 0; first < 2; first++) {
                nf_header(&stream);
                nf_block(&stream);
                nf_flow(&stream);
                nf_generic(&stream, first ? 1 : 0, 0, 1, 1, 1, 1, 6);
                nf_ipv4(&stream, 1, 2);
                if (nat)
                    put_le64(nf_element(&stream, 25, NULL, nat == 1 ? 16 : 24), 3);
                if (firewall)
                    put_le64(nf_element(&stream, 19, NULL, 16), 2);
                read_stream(&o);
                assert_int_equal(o.end, RECORDS_END);
                assert_int_equal(strtol(o.rows, NULL, 10), first ? 1 : firewall ? 2 : nat ? 3 : 0);
            }
}

/* From nowhere to nowhere: a flow only if it has a protocol and packets. */
static void
test_not_ip(void **state)
{
    struct outcome o;

    (void)state;
    for (int proto = 0; proto < 2; proto++)
        for (int packets = 0; packets < 2; packets++)
            for (int address = 0; address < 2; address++)
                for (int ipv6 = 0; ipv6 < 2; ipv6++) {
                    nf_header(&stream);
                    nf_block(&stream);
                    nf_flow(&stream);
                    nf_generic(&stream, 1, 2, packets ? 1 : 0, 60, 0, 0, proto ? 17 : 0);
                    if (ipv6)
                        nf_ipv6(&stream, 0, 0, 0, address ? 1 : 0);
                    else
                        nf_ipv4(&stream, 0, address ? 1 : 0);
                    read_stream(&o);
                    assert_int_equal(o.end, RECORDS_END);
                    assert_int_equal(o.flows_taken, address || (proto && packets));
                    assert_int_equal(o.not_ip, 1 - o.flows_taken);
                }
}

/* A clock that was never set counts from before 1970. */
static void
test_negative_times(void **state)
{
    struct outcome o;

    (void)state;
    nf_header(&stream);
    nf_block(&stream);
    nf_flow(&stream);
    nf_generic(&stream, (uint64_t)-3600000, (uint64_t)INT64_MIN, UINT64_MAX, UINT64_MAX, 65535, 65535,
               255);
    nf_ipv4(&stream, 1, 2);
    read_stream(&o);
    static const char start[] = "-3600000--9223372036854775808 255 00000001:65535 00000002:65535 "
                                "18446744073709551615/18446744073709551615 ";
    assert_memory_equal(o.rows, start, sizeof start - 1);
}

static void
test_large_records(void **state)
{
    enum { LARGE = 65535 - 12 - 52 - 12 - 4, RECORDS = 25 };
    struct outcome o;

    (void)state;
    nf_header(&stream);
    nf_block(&stream);
    for (int i = 0; i < RECORDS; i++) {
        nf_flow(&stream);
        nf_generic(&stream, 1, 2, 1, 1, 1, 1, 6);
        nf_ipv4(&stream, 1, 2);
        (void)nf_element(&stream, 29, NULL, LARGE);
    }
    for (size_t piece = 4093; piece <= stream.n; piece *= 7) {
        read_source((struct pieces){stream.data, stream.n, piece, false}, &o);
        assert_int_equal(o.end, RECORDS_END);
        assert_int_equal(o.flows_taken, RECORDS);
    }
    char where[64];
    (void)snprintf(where, sizeof where, "cut off at byte %zu, after %d flow records", stream.n - 1,
                   RECORDS - 1);
    read_bytes(stream.data, stream.n - 1, &o);
    assert_string_equal(o.problem.text, where);
}

static void
test_foreign(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
        const char *problem;
    } changes[] = {
        {0, 'c', "these are not nfdump's records"},
        {2, 1, "another layout"},
        {2, 3, "another layout"},
        {3, 1, "another layout"},
        {16, 1, "compressed or encrypted"},
        {17, 1, "compressed or encrypted"},
    };
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        make_stream();
        stream.data[changes[i].at] = changes[i].byte;
        read_stream(&o);
        assert_int_equal(o.end, RECORDS_FOREIGN);
        assert_non_null(strstr(o.problem.text, changes[i].problem));
        assert_int_equal(o.number, 0);
    }
    make_stream();
    stream.data[0] = 0xa5;
    stream.data[1] = 0x0c;
    read_stream(&o);
    assert_int_equal(o.end, RECORDS_FOREIGN);
    assert_non_null(strstr(o.problem.text, "big-endian"));
    read_bytes((const uint8_t *)"2|1700000000123|", 16, &o);
    assert_int_equal(o.end, RECORDS_FOREIGN);
    read_bytes(stream.data, 0, &o);
    assert_int_equal(o.end, RECORDS_NOTHING);
    assert_string_equal(o.problem.text, "there are none, not even a header");
}

static void
test_broken_source(void **state)
{
    struct outcome o;

    (void)state;
    make_stream();
    for (size_t n = 0; n <= stream.n; n++) {
        read_source((struct pieces){stream.data, n, 100, true}, &o);
        assert_int_equal(o.end, RECORDS_ERROR);
        assert_true(o.source_failed);
    }
}

/* What is not a flow is passed over by its length, unless it is one of another format. */
static void
test_other_records(void **state)
{
    struct outcome o;

    (void)state;
    for (unsigned type = 0; type <= UINT16_MAX; type++) {
        if (type == 11)
            continue;
        nf_header(&stream);
        nf_block(&stream);
        (void)nf_record(&stream, (uint16_t)type, type % 40);
        begin_flow();
        nf_ipv4(&stream, 1, 2);
        read_stream(&o);
        bool flow = type == 1 || type == 10 || type == 16;
        assert_int_equal(o.end, flow ? RECORDS_ERROR : RECORDS_END);
        assert_int_equal(o.flows_taken, flow ? 0 : 1);
        assert_int_equal(o.number, flow ? 0 : 1);
    }
}

/* Damage that is put in on purpose, and what the message says. */
static void
test_messages(void **state)
{
    enum { BLOCK = 40, EXPORTER = BLOCK + 12, FLOW = EXPORTER + 32, ELEMENT = FLOW + 12 };
    static const struct {
        size_t at;
        size_t bytes;
        uint32_t value;
        const char *problem;
    } damages[] = {
        {BLOCK, 4, 0, "damaged at byte 40, after 0 flow records: a block of an impossible size"},
        {BLOCK, 4, 2,
         "damaged at byte 188, after 1 flow records: a block with more in it than its records"},
        {BLOCK, 4, 4, "a record that reaches beyond its block"},
        {BLOCK, 4, 0x7fffffff, "a block of an impossible size"},
        {BLOCK + 4, 4, 0x7fffffff, "a block of an impossible size"},
        {BLOCK + 4, 4, 5 * 1024 * 1024, "a block of an impossible size"},
        {BLOCK + 4, 4, 5 * 1024 * 1024 - 12, "a block with more in it than its records"},
        {BLOCK + 8, 2, 4, "a block of an unknown type"},
        {EXPORTER + 2, 2, 3, "damaged at byte 52, after 0 flow records: a record that reaches beyond"},
        {EXPORTER + 2, 2, 65535, "a record that reaches beyond its block"},
        {FLOW, 2, 12, "damaged at byte 84, after 0 flow records: a flow record of an unknown type"},
        {FLOW, 2, 10, "a flow record of an unknown type"},
        {FLOW + 2, 2, 8, "a flow record that is too short"},
        {FLOW + 2, 2, 12, "a flow record with fewer elements than it says"},
        {FLOW + 4, 2, 0, "a flow record with more in it than its elements"},
        {FLOW + 4, 2, 3, "a flow record with more in it than its elements"},
        {FLOW + 4, 2, 5, "a flow record with fewer elements than it says"},
        {ELEMENT, 2, 64, "an element of an unknown type"},
        {ELEMENT, 2, 2, "an element of a wrong length"},
        {ELEMENT, 2, 0, "a flow record without times and counters"},
        {ELEMENT + 2, 2, 3, "an element that reaches beyond its record"},
        {ELEMENT + 2, 2, 5000, "an element that reaches beyond its record"},
        {ELEMENT + 2, 2, 48, "an element of a wrong length"},
    };
    struct outcome o;

    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        make_stream();
        if (damages[i].bytes == 2)
            put_le16(stream.data + damages[i].at, (uint16_t)damages[i].value);
        else
            put_le32(stream.data + damages[i].at, damages[i].value);
        read_stream(&o);
        assert_int_equal(o.end, RECORDS_ERROR);
        if (!strstr(o.problem.text, damages[i].problem))
            assert_string_equal(o.problem.text, damages[i].problem);
    }
}

/* Only the ends of blocks can be taken for the end, which what nfdump says has to tell apart. */
static void
test_cuts(void **state)
{
    struct outcome o;

    (void)state;
    make_stream();
    for (size_t n = 0; n <= stream.n; n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1);
        assert_non_null(copy);
        memcpy(copy, stream.data, n);
        read_bytes(copy, n, &o);
        free(copy);
        if (n == 40 || n == stream.block || n == stream.n)
            assert_int_equal(o.end, RECORDS_END);
        else if (n < 2)
            assert_int_equal(o.end, n == 0 ? RECORDS_NOTHING : RECORDS_FOREIGN);
        else
            assert_int_equal(o.end, RECORDS_ERROR);
        if (o.end != RECORDS_END)
            assert_string_not_equal(o.problem.text, "");
    }
}

enum part {
    PART_SHAPE,    /* a flip of it has to be found */
    PART_VALUE,    /* nothing tells a wrong one from a right one */
    PART_OF_TYPES, /* the type of an element: as a type that we do not read it is found only if it leaves
                    * the flow without times and counters */
};

/* What each byte of the stream is. */
static void
find_parts(enum part *parts)
{
    size_t end;

    for (size_t i = 0; i < 40; i++)
        parts[i] = i < 4 || i == 16 || i == 17 ? PART_SHAPE : PART_VALUE;
    for (size_t block = 40; block < stream.n; block = end) {
        end = block + 12 + get_le32(stream.data + block + 4);
        for (size_t i = block; i < block + 12; i++)
            parts[i] = i < block + 10 ? PART_SHAPE : PART_VALUE;
        for (size_t record = block + 12, next; record < end; record = next) {
            bool flow = get_le16(stream.data + record) == 11;
            next = record + get_le16(stream.data + record + 2);
            for (size_t i = record; i < next; i++)
                parts[i] = PART_VALUE;
            parts[record] = parts[record + 1] = flow ? PART_SHAPE : PART_VALUE;
            parts[record + 2] = parts[record + 3] = PART_SHAPE;
            parts[record + 4] = parts[record + 5] = flow ? PART_SHAPE : PART_VALUE;
            for (size_t p = record + 12; flow && p < next; p += get_le16(stream.data + p + 2)) {
                parts[p] = parts[p + 1] = PART_OF_TYPES;
                parts[p + 2] = parts[p + 3] = PART_SHAPE;
            }
        }
    }
}

static void
test_flips(void **state)
{
    static enum part parts[1024];
    struct outcome whole, o;
    size_t taken = 0;

    (void)state;
    make_stream();
    assert_in_range(stream.n, 1, sizeof parts / sizeof parts[0]);
    read_stream(&whole);
    find_parts(parts);
    for (size_t bit = 0; bit < 8 * stream.n; bit++) {
        enum part part = parts[bit / 8];
        stream.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        read_stream(&o);
        stream.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (part == PART_SHAPE)
            assert_int_not_equal(o.end, RECORDS_END);
        if (o.end != RECORDS_END)
            continue;
        taken++;
        assert_int_equal(o.number, whole.number);
        if (part == PART_VALUE)
            assert_int_equal(o.flows_taken, whole.flows_taken);
    }
    assert_in_range(taken, 1, 8 * stream.n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),       cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_both_families), cmocka_unit_test(test_events),
        cmocka_unit_test(test_not_ip),        cmocka_unit_test(test_negative_times),
        cmocka_unit_test(test_large_records), cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_broken_source), cmocka_unit_test(test_other_records),
        cmocka_unit_test(test_messages),      cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_flips),
    };

    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
