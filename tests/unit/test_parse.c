/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows of every dialect: what a good one becomes, and that each cell that is not what it has to be makes
 * the row a bad one, with a message that names the column.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "format.h"
#include "parse.h"

#define T0 INT64_C(1700000000123)
#define CSV_FAST                                                                                         \
    "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,"    \
    "srcTos,packets,bytes"
#define CSV "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows"
#define CSV_BIFLOW                                                                                       \
    "firstSeen,lastSeen,proto,srcAddr,dstAddr,srcPort,dstPort,inPackets,inBytes,outPackets,outBytes,"    \
    "input,output"
#define CLASSIC_REST                                                                                     \
    "0,0,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0,00:00:00:00:00:00,00:00:00:00:00:00,00:00:00:00:00:00,"     \
    "00:00:00:00:00:00,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,    0.000,"           \
    "    0.000,    0.000,127.0.0.1,0/0,1,2026-11-23 02:29:33.253\n"

static struct parser parser;

/* Reads one row of n bytes by a layout. */
static enum parse_result
parse_bytes(const struct layout *layout, const char *row, size_t n)
{
    char *exact = malloc(n > 0 ? n : 1);

    assert_non_null(exact);
    memcpy(exact, row, n);
    assert_int_equal(parser_open(&parser, layout), 0);
    enum parse_result result = parser_row(&parser, exact, n);
    parser_release(&parser);
    free(exact);
    return result;
}

static enum parse_result
parse(const struct layout *layout, const char *row)
{
    return parse_bytes(layout, row, strlen(row));
}

static const struct layout *
layout_of(const char *header)
{
    static struct layout layout;
    struct problem problem;

    assert_int_equal(layout_from_header(header, strlen(header), &layout, &problem), 0);
    return &layout;
}

static void
check_flow(const struct layout *layout, const char *row, const struct flow *wanted)
{
    if (parse(layout, row) != PARSE_FLOW)
        fail_msg("%s: refused (%s): %s", layout->name, parser.problem.text, row);
    const struct flow *f = &parser.row.flow;
    assert_true(f->start == wanted->start);
    assert_true(f->end == wanted->end);
    assert_int_equal(f->packets, wanted->packets);
    assert_int_equal(f->bytes, wanted->bytes);
    assert_int_equal(f->packets_rev, wanted->packets_rev);
    assert_int_equal(f->bytes_rev, wanted->bytes_rev);
    assert_memory_equal(f->src, wanted->src, sizeof f->src);
    assert_memory_equal(f->dst, wanted->dst, sizeof f->dst);
    assert_int_equal(f->src_port, wanted->src_port);
    assert_int_equal(f->dst_port, wanted->dst_port);
    assert_int_equal(f->proto, wanted->proto);
    assert_int_equal(f->family, wanted->family);
}

static void
check_bad(const struct layout *layout, const char *row, const char *why)
{
    if (parse(layout, row) != PARSE_BAD)
        fail_msg("%s: taken: %s", layout->name, row);
    if (!strstr(parser.problem.text, why))
        fail_msg("'%s' does not say '%s': %s", parser.problem.text, why, row);
}

/* The flow that the first record of all dialects is, and the same over IPv6. */
static const struct flow tcp = {.start = T0,
                                .end = T0 + 1333,
                                .packets = 10,
                                .bytes = 1234,
                                .src = {10, 0, 0, 1},
                                .dst = {10, 0, 0, 2},
                                .src_port = 40000,
                                .dst_port = 443,
                                .proto = PROTO_TCP,
                                .family = 4};

static struct flow
over_ipv6(struct flow f)
{
    static const uint8_t src[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const uint8_t dst[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 2};

    memcpy(f.src, src, sizeof src);
    memcpy(f.dst, dst, sizeof dst);
    f.family = 6;
    return f;
}

static void
test_pipe(void **state)
{
    const struct flow tcp6 = over_ipv6(tcp);

    (void)state;
    check_flow(&layout_pipe,
               "2|1700000000123|1700000001456|6|0|0|0|167772161|40000|0|0|0|167772162|443|0|0|7|"
               "4294967295|27|0|"
               "10|1234\n",
               &tcp);
    assert_int_equal(parser.row.in_interface, 7);
    assert_int_equal(parser.row.out_interface, UINT32_MAX);
    check_flow(&layout_pipe,
               "10|1700000000123|1700000001456|6|536939960|0|0|1|40000|536939960|0|0|2|443|0|0|0|0|27|0|"
               "10|1234\n",
               &tcp6);
    check_flow(&layout_pipe_16,
               "2|1700000000|123|1700000001|456|6|0|0|0|167772161|40000|0|0|0|167772162|443|0|0|0|0|27|0|"
               "10|"
               "1234\n",
               &tcp);
}

/* Records with addresses of both families, one pair all zero, as nfdump before 1.7.8 prints them. */
static void
test_both_families(void **state)
{
    struct flow dhcp = tcp;

    (void)state;
    check_flow(&layout_pipe,
               "10|1700000000123|1700000001456|6|0|0|0|167772161|40000|0|0|0|167772162|443|0|0|0|0|27|0|"
               "10|1234\n",
               &tcp);
    check_flow(&layout_fmt_biflow,
               "1700000000.123,1.333,6,::10.0.0.1,::10.0.0.2,40000,443,10,1234,0,0,0,0\n", &tcp);
    memset(dhcp.src, 0, sizeof dhcp.src);
    memset(dhcp.dst, 0xff, 4);
    check_flow(&layout_fmt_biflow,
               "1700000000.123,1.333,6,::,::255.255.255.255,40000,443,10,1234,0,0,0,0\n", &dhcp);
    check_bad(&layout_pipe, "10|1|2|6|0|0|0|0|40000|0|0|0|0|443|0|0|0|0|27|0|10|1234\n",
              "nfdump before 1.7.8 does not print the addresses of this record");
    /* What is not IP, and the outer header of a tunnel, have no addresses either. */
    assert_int_equal(parse(&layout_pipe, "10|1|2|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|10|1234\n"),
                     PARSE_NOT_IP);
    assert_int_equal(parse(&layout_pipe, "10|1|2|41|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n"),
                     PARSE_NOT_IP);
    /* ::1 is an address of IPv6, and so is ::10.0.0.1 where a person wrote it. */
    assert_int_equal(parse(&layout_pipe, "10|1|2|6|0|0|0|1|4|0|0|0|1|5|0|0|0|0|0|0|10|1234\n"),
                     PARSE_FLOW);
    assert_int_equal(parser.row.flow.family, 6);
    assert_int_equal(parse(layout_of(FORMAT_FLOWS_HEADER), "0,0,6,::10.0.0.1,::10.0.0.2,1,2,3,4,5,6\n"),
                     PARSE_FLOW);
    assert_int_equal(parser.row.flow.family, 6);
}

/* A time before 1970, which nfdump prints without its sign. */
static void
test_negative_times(void **state)
{
    struct flow unset = tcp;

    (void)state;
    unset.start = -4294455296;
    unset.end = -4294455295;
    check_flow(&layout_pipe,
               "2|18446744069415096320|18446744069415096321|6|0|0|0|167772161|40000|0|0|0|167772162|443|"
               "0|0|7|4294967295|27|0|10|1234\n",
               &unset);
    check_flow(layout_of(CSV_BIFLOW),
               "18446744069415096.320,18446744069415096.321,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0,0,"
               "0\n",
               &unset);
    check_bad(layout_of(FORMAT_FLOWS_HEADER), "18446744069415096.320,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6\n",
              "column 1: ");
}

static void
test_fmt(void **state)
{
    struct flow both = tcp, icmp6 = over_ipv6(tcp);

    (void)state;
    both.packets_rev = 22;
    both.bytes_rev = 2222;
    check_flow(&layout_fmt_biflow,
               "1700000000.123,     1.333,6    ,          10.0.0.1,          10.0.0.2, 40000,   443,     "
               " 10,"
               "    1234,      22,    2222,    7,   8\n",
               &both);
    assert_int_equal(parser.row.in_interface, 7);
    assert_int_equal(parser.row.out_interface, 8);
    icmp6.proto = PROTO_ICMP6;
    icmp6.src_port = 0;
    icmp6.dst_port = 128 << 8 | 1;
    check_flow(&layout_fmt_biflow,
               "1700000000.123,1.333,58   ,2001:db8::1,2001:db8::2,0, 128.1,10,1234,0,0,0,0\n", &icmp6);
}

static void
test_csv_of_nfdump(void **state)
{
    const struct flow tcp6 = over_ipv6(tcp);
    struct flow both = tcp, icmp = tcp, whole = tcp;

    (void)state;
    check_flow(layout_of(CSV_FAST),
               "1,2,1700000000123,1700000001456,6,10.0.0.1,40000,10.0.0.2,443,0,0,0,0,...AP.SF,0,10,"
               "1234\n",
               &tcp);
    check_flow(layout_of(CSV_FAST),
               "16,10,1700000000123,1700000001456,6,2001:db8::1,40000,2001:db8::2,443,0,0,0,0,...AP.SF,0,"
               "10,"
               "1234\n",
               &tcp6);
    check_flow(layout_of(CSV), "2023-11-14 22:13:20.123,1.333,6,10.0.0.1,40000,10.0.0.2,443,10,1234,1\n",
               &tcp);
    icmp.proto = PROTO_ICMP;
    icmp.src_port = 0;
    icmp.dst_port = 3 << 8 | 3;
    check_flow(layout_of(CSV), "2023-11-14 22:13:20.123,1.333,1,10.0.0.1,0,10.0.0.2,3.3,10,1234,1\n",
               &icmp);
    both.packets_rev = 22;
    both.bytes_rev = 2222;
    check_flow(layout_of(CSV_BIFLOW),
               "1700000000.123,1700000001.456,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222,0,1\n",
               &both);
    whole.start = T0 - 123;
    whole.end = whole.start + 1333;
    check_flow(&layout_classic,
               "2023-11-14 22:13:20,2023-11-14 "
               "22:13:21,1.333,10.0.0.1,10.0.0.2,40000,443,TCP,...AP.SF,0,0,10,"
               "1234," CLASSIC_REST,
               &whole);
    whole.proto = 253;
    check_flow(&layout_classic,
               "2023-11-14 22:13:20,2023-11-14 22:13:21,1.333,10.0.0.1,10.0.0.2,40000,443,253  "
               ",...AP.SF,0,0,10,"
               "1234," CLASSIC_REST,
               &whole);
}

static void
test_flow_text(void **state)
{
    struct flow both = tcp, back = tcp;

    (void)state;
    both.packets_rev = 22;
    both.bytes_rev = 2222;
    const struct layout *layout = layout_of(FORMAT_FLOWS_HEADER);
    check_flow(layout, "1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222\n", &both);
    check_flow(layout, "1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222\r\n", &both);
    check_flow(layout, "1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222", &both);
    check_flow(layout,
               "\"1700000000.123\",1.333, 6 ,\"10.0.0.1\",10.0.0.2,40000,443,10,1234,22,\"2222\"\n",
               &both);
    back.end = T0 - 50;
    check_flow(layout, "1700000000.123,-0.050,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0\n", &back);
}

static void
test_extremes_round_trip(void **state)
{
    static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1000,         -1,       0,
                                    1,         999,           INT64_MAX - 1, INT64_MAX};
    enum { TIMES = sizeof times / sizeof times[0] };
    const struct layout *layout = layout_of(FORMAT_FLOWS_HEADER);
    char row[FORMAT_MAX_ROW_BYTES + 1];

    (void)state;
    for (int i = 0; i < 2 * TIMES * TIMES; i++) {
        struct flow f = i % 2 ? over_ipv6(tcp) : tcp;
        f.start = times[i / 2 % TIMES];
        f.end = times[i / 2 / TIMES];
        f.packets = f.bytes_rev = UINT64_MAX;
        f.packets_rev = UINT64_C(1) << 63;
        f.proto = 255;
        f.src_port = UINT16_MAX;
        *format_flow(row, &f) = '\0';
        check_flow(layout, row, &f);
    }
}

/* nfdump before 1.7.5 prints the duration of what ends before it starts as a number that wrapped
 * around. */
static void
test_wrapped_durations(void **state)
{
    struct flow f = tcp;
    const char *row = "1700000000.123,18446744073709551.616,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0";
    char cells[160];

    (void)state;
    f.end = T0;
    (void)snprintf(cells, sizeof cells, "%s,0,0\n", row);
    check_flow(&layout_fmt_biflow, cells, &f);
    check_flow(&layout_fmt_biflow,
               "1700000000.123,18446744073709552.000,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0,0,0\n",
               &f);
    check_flow(&layout_fmt_biflow,
               "1700000000.123,18446744073709551.566,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0,0,0\n",
               &f);
    /* Not so in text that is not nfdump's: there it does not fit. */
    check_bad(layout_of(FORMAT_FLOWS_HEADER), row, "end time");
    check_bad(layout_of(FORMAT_FLOWS_HEADER),
              "9223372036854775.807,0.001,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0", "end time");
    check_bad(layout_of(FORMAT_FLOWS_HEADER),
              "-9223372036854775.808,-0.001,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0", "end time");
    /* The date of the end is what counts then. */
    f.start = T0 - 123;
    f.end = f.start - 1000;
    check_flow(&layout_classic,
               "2023-11-14 22:13:20,2023-11-14 "
               "22:13:19,18446744073709551.616,10.0.0.1,10.0.0.2,40000,443,TCP,"
               "...AP.SF,0,0,10,1234," CLASSIC_REST,
               &f);
}

static void
test_not_ip(void **state)
{
    (void)state;
    /* ARP, and the outer header of a tunnel. */
    assert_int_equal(parse(&layout_pipe,
                           "2|1700000000123|1700000001456|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|1|60\n"),
                     PARSE_NOT_IP);
    assert_int_equal(parse(&layout_fmt_biflow,
                           "1700000000.123,0.000,47,0.0.0.0,0.0.0.0,0,0,0,0,0,0,0,0\n"),
                     PARSE_NOT_IP);
    assert_int_equal(parse(&layout_fmt_biflow,
                           "1700000000.123,0.000,0,0.0.0.0,0.0.0.0,0,0,1,60,0,0,0,0\n"),
                     PARSE_NOT_IP);
    assert_int_equal(parse(layout_of(CSV_FAST),
                           "1,0,1700000000123,1700000000128,0,\xe0\x2b,0,,0,0,0,0,0,........,0,1,60\n"),
                     PARSE_NOT_IP);
    /* These are flows all the same. */
    assert_int_equal(parse(&layout_fmt_biflow,
                           "1700000000.123,0.000,0,10.0.0.1,10.0.0.2,0,0,1,60,0,0,0,0\n"),
                     PARSE_FLOW);
    assert_int_equal(parse(&layout_fmt_biflow,
                           "1700000000.123,0.000,17,0.0.0.0,0.0.0.0,68,67,1,60,0,0,0,0\n"),
                     PARSE_FLOW);
    /* Nobody but nfdump prints such rows by itself. */
    assert_int_equal(parse(layout_of(FORMAT_FLOWS_HEADER),
                           "1700000000.123,0.000,0,0.0.0.0,0.0.0.0,0,0,1,60,0,0\n"),
                     PARSE_FLOW);
}

/* Replaces one cell of a row after the other by what it can not be. */
static void
spoil_cells(const struct layout *layout, const char *row, const char *spoiled)
{
    char bad[512], column[32];

    for (int i = 0; i < layout->columns; i++) {
        const char *p = row;
        if (layout->roles[i] == ROLE_NONE)
            continue;
        for (int skip = 0; skip < i; skip++)
            p = strchr(p, layout->delimiter) + 1;
        (void)snprintf(bad, sizeof bad, "%.*s%s%s", (int)(p - row), row, spoiled,
                       p + strcspn(p, layout->delimiter == ',' ? ",\n" : "|\n"));
        (void)snprintf(column, sizeof column, "column %d: '", i + 1);
        check_bad(layout, bad, column);
        if (!strstr(parser.problem.text, role_name(layout->roles[i])))
            fail_msg("'%s' does not name the %s", parser.problem.text, role_name(layout->roles[i]));
    }
}

static void
test_bad_cells(void **state)
{
    static const char *const spoiled[] = {"",  "x",    "+1",    "1 1", "18446744073709551616",
                                          "-", "0x10", "1.2.3", "-1-", "1:2"};
    static const struct {
        const char *header;
        const struct layout *layout;
        const char *row;
    } dialects[] = {
        {NULL, &layout_pipe,
         "2|1700000000123|1700000001456|6|0|0|0|167772161|40000|0|0|0|167772162|443|0|0|7|8|27|0|10|"
         "1234\n"},
        {NULL, &layout_pipe_16,
         "2|1700000000|123|1700000001|456|6|0|0|0|167772161|40000|0|0|0|167772162|443|0|0|0|0|27|0|10|"
         "1234\n"},
        {NULL, &layout_classic,
         "2023-11-14 22:13:20,2023-11-14 "
         "22:13:21,1.333,10.0.0.1,10.0.0.2,40000,443,TCP,.,0,0,10,1234," CLASSIC_REST},
        {NULL, &layout_fmt_biflow,
         "1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222,7,8\n"},
        {CSV_FAST, NULL,
         "1,2,1700000000123,1700000001456,6,10.0.0.1,40000,10.0.0.2,443,0,0,0,0,...AP.SF,0,10,1234\n"},
        {CSV, NULL, "2023-11-14 22:13:20.123,1.333,6,10.0.0.1,40000,10.0.0.2,443,10,1234,1\n"},
        {CSV_BIFLOW, NULL,
         "1700000000.123,1700000001.456,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222,0,1\n"},
        {FORMAT_FLOWS_HEADER, NULL,
         "1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,22,2222\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++) {
        const struct layout *layout =
            dialects[i].header ? layout_of(dialects[i].header) : dialects[i].layout;
        assert_int_equal(parse(layout, dialects[i].row), PARSE_FLOW);
        for (size_t k = 0; k < sizeof spoiled / sizeof spoiled[0]; k++)
            spoil_cells(layout, dialects[i].row, spoiled[k]);
    }
}

static void
test_limits(void **state)
{
    const struct layout *layout = layout_of(FORMAT_FLOWS_HEADER);

    (void)state;
    check_bad(layout, "0,0,256,10.0.0.1,10.0.0.2,1,2,3,4,5,6\n",
              "column 3: '256' is not a valid protocol");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,65536,2,3,4,5,6\n",
              "column 6: '65536' is not a valid source port");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,65536,3,4,5,6\n",
              "column 7: '65536' is not a valid destination port");
    check_bad(layout, "0,0,1,10.0.0.1,10.0.0.2,0,256.0,3,4,5,6\n", "column 7: '256.0'");
    check_bad(layout, "0,0,1,10.0.0.1,10.0.0.2,0,0.256,3,4,5,6\n", "column 7: '0.256'");
    check_bad(layout, "0,0,1,10.0.0.1,10.0.0.2,0,1.,3,4,5,6\n", "column 7: '1.'");
    check_bad(layout, "0,0,1,10.0.0.1,10.0.0.2,0,.1,3,4,5,6\n", "column 7: '.1'");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,18446744073709551616,4,5,6\n", "column 8: ");
    check_bad(layout, "9223372036854775.808,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6\n", "column 1: ");
    check_bad(layout, "0,0,6,10.0.0.1,::2,1,2,3,4,5,6\n", "not of one family");
    check_bad(&layout_pipe, "2|1|2|6|1|0|0|167772161|1|0|0|0|167772162|2|0|0|0|0|0|0|3|4\n", "address");
    check_bad(&layout_pipe, "2|1|2|6|0|0|0|4294967296|1|0|0|0|167772162|2|0|0|0|0|0|0|3|4\n",
              "column 8: '4294967296' is not a valid source address");
    check_bad(layout_of(CSV_FAST), "1,2,1,2,6,::1,1,::2,2,0,0,0,0,.,0,3,4\n", "not of one family");
    check_bad(layout_of(CSV_FAST), "1,10,1,2,6,10.0.0.1,1,10.0.0.2,2,0,0,0,0,.,0,3,4\n",
              "not of one family");
}

static void
test_dates(void **state)
{
    static const char *const none[] = {
        "2023-13-14 22:13:20", "2023-00-14 22:13:20",    "2023-11-32 22:13:20",
        "2023-11-00 22:13:20", "2023-11-14 24:13:20",    "2023-11-14 22:60:20",
        "2023-11-14 22:13:61", "2023-11-14T22:13:20",    "2023-11-14 22:13",
        "2023-11-14 22:13:2",  "2023-11-14 22:13:20.12", "2023-11-14 22:13:20,123",
        "23-11-14 22:13:20",   "2023-11-14 22:13:20Z",   "2023/11/14 22:13:20",
    };
    char row[160];
    struct flow f = tcp;

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        (void)snprintf(row, sizeof row, "%s,1.333,6,10.0.0.1,40000,10.0.0.2,443,10,1234,1\n", none[i]);
        check_bad(layout_of(CSV), row, "");
    }
    f.start = INT64_C(951782400000);
    f.end = f.start + 1333;
    check_flow(layout_of(CSV), "2000-02-29 00:00:00.000,1.333,6,10.0.0.1,40000,10.0.0.2,443,10,1234,1\n",
               &f);
    f.start = -1;
    f.end = 1332;
    check_flow(layout_of(CSV), "1969-12-31 23:59:59.999,1.333,6,10.0.0.1,40000,10.0.0.2,443,10,1234,1\n",
               &f);
}

static void
test_shape(void **state)
{
    const struct layout *layout = layout_of(FORMAT_FLOWS_HEADER);

    (void)state;
    check_bad(layout, "\n", "an empty line");
    check_bad(layout, "  \n", "an empty line");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5\n", "10 columns instead of 11");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6,7\n", "12 columns instead of 11");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6,\n", "12 columns instead of 11");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,\"6\n", "quotation mark");
    check_bad(layout, "\"0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6\n", "quotation mark");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5\r6\n", "carriage return");
    check_bad(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6\"\n", "column 11");
    assert_int_equal(parse_bytes(layout, "0,0,6,10.0.0.1,10.0.0.2,1,2,3,4,5,6\0\n", 38), PARSE_BAD);
    check_bad(&layout_pipe, "2|1|2|6|0|0|0|167772161|1|0|0|0|167772162|2|0|0|0|0|0|0|3\n",
              "21 columns instead");
    check_bad(&layout_pipe, "2\n", "1 column instead");
    /* A family that there is none of is no reason to leave half a row out without a word. */
    check_bad(&layout_pipe, "1400\n", "");
    check_bad(&layout_pipe, "0\n", "1 column instead");
}

/* A bad row leaves nothing behind for the next one. */
static void
test_after_a_bad_row(void **state)
{
    static const char *const bad[] = {"\"0,0\n", "x\n", "\n", "0,0,6,10.0.0.1\n", "\"", "1\r2,3\n"};
    const char *good = "1700000000.123,1.333,6,10.0.0.1,10.0.0.2,40000,443,10,1234,0,0\n";
    const struct layout *layout = layout_of(FORMAT_FLOWS_HEADER);

    (void)state;
    assert_int_equal(parser_open(&parser, layout), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parser_row(&parser, bad[i], strlen(bad[i])), PARSE_BAD);
        assert_int_equal(parser_row(&parser, good, strlen(good)), PARSE_FLOW);
        assert_memory_equal(&parser.row.flow, &tcp, sizeof tcp);
    }
    parser_release(&parser);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_both_families),
        cmocka_unit_test(test_negative_times),
        cmocka_unit_test(test_fmt),
        cmocka_unit_test(test_csv_of_nfdump),
        cmocka_unit_test(test_flow_text),
        cmocka_unit_test(test_extremes_round_trip),
        cmocka_unit_test(test_wrapped_durations),
        cmocka_unit_test(test_not_ip),
        cmocka_unit_test(test_bad_cells),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_after_a_bad_row),
    };

    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
