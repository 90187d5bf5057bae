/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What ftp-write makes of a record of any content: a flow has to come back from its row exactly as it
 * was, a biflow has to look as printf(3) would have written it.
 */
#include <inttypes.h>

#include "format.h"
#include "input.h"
#include "parse.h"

static void
take_flow(struct input *in, struct flow *f)
{
    uint8_t flags = input_byte(in);
    size_t address_bytes = flags & 1 ? 16 : 4;

    *f = (struct flow){.family = flags & 1 ? 6 : 4, .proto = input_byte(in)};
    input_take(in, &f->src_port, sizeof f->src_port);
    input_take(in, &f->dst_port, sizeof f->dst_port);
    input_take(in, &f->start, sizeof f->start);
    input_take(in, &f->end, sizeof f->end);
    input_take(in, f->src, address_bytes);
    input_take(in, f->dst, address_bytes);
    input_take(in, &f->packets, sizeof f->packets);
    input_take(in, &f->bytes, sizeof f->bytes);
    input_take(in, &f->packets_rev, sizeof f->packets_rev);
    input_take(in, &f->bytes_rev, sizeof f->bytes_rev);
}

static void
check_equal(const struct flow *a, const struct flow *b)
{
    CHECK(a->start == b->start && a->end == b->end);
    CHECK(a->packets == b->packets && a->bytes == b->bytes);
    CHECK(a->packets_rev == b->packets_rev && a->bytes_rev == b->bytes_rev);
    CHECK(a->family == b->family && a->proto == b->proto);
    CHECK(memcmp(a->src, b->src, sizeof a->src) == 0 && memcmp(a->dst, b->dst, sizeof a->dst) == 0);
    CHECK(a->src_port == b->src_port && a->dst_port == b->dst_port);
}

static void
try_flow(const struct flow *f)
{
    static struct layout layout;
    static struct parser parser;
    struct problem problem;
    char row[FORMAT_MAX_ROW_BYTES];

    if (layout.columns == 0) {
        CHECK(layout_from_header(FORMAT_FLOWS_HEADER, strlen(FORMAT_FLOWS_HEADER), &layout, &problem) ==
              0);
        CHECK(parser_open(&parser, &layout) == 0);
    }
    size_t n = (size_t)(format_flow(row, f) - row);
    CHECK(n <= sizeof row && row[n - 1] == '\n');
    CHECK(parser_row(&parser, row, n) == PARSE_FLOW);
    check_equal(&parser.row.flow, f);
    CHECK(parser_row(&parser, row, n - 1) == PARSE_FLOW);
    check_equal(&parser.row.flow, f);
}

static void
try_biflow(const struct flow *f)
{
    struct biflow b = {f->start,     f->end,      f->packets,  f->bytes, f->packets_rev,
                       f->bytes_rev, f->src_port, f->dst_port, f->proto, f->family};
    char row[FORMAT_MAX_ROW_BYTES], wanted[2 * FORMAT_MAX_ROW_BYTES];
    size_t n = (size_t)(format_biflow(row, &b) - row);
    int length =
        snprintf(wanted, sizeof wanted,
                 "%" PRId64 ",%" PRId64 ",%d,%d,%d,%d,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
                 b.start, b.end, b.family, b.proto, b.src_port, b.dst_port, b.packets, b.bytes,
                 b.packets_rev, b.bytes_rev);

    CHECK(n <= sizeof row && n == (size_t)length && memcmp(row, wanted, n) == 0);
    (void)biflow_problem(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    struct flow f;

    do {
        take_flow(&in, &f);
        try_flow(&f);
        try_biflow(&f);
    } while (in.left > 0);
    return 0;
}
