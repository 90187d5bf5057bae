/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump's own records.  The first byte says how they come, the rest is the stream, to which a header may
 * be added.  What is taken must not depend on the pieces in which the bytes came, and a stream that is
 * taken to its end has as many records as a plain walk over its lengths finds.
 */
#include "bytes.h"
#include "input.h"
#include "pieces.h"
#include "records.h"

enum mode {
    MODE_HEADER = 1, /* the input is what follows a header */
    MODE_BROKEN = 2  /* the source fails at its end */
};

enum { MAX_BYTES = 1 << 20 };

/* What came out. */
struct taken {
    enum records_result end;
    uint64_t number;
    uint64_t sum; /* of all that was taken, in its order */
    char problem[PROBLEM_BYTES];
};

static void
add(uint64_t *sum, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < n; i++)
        *sum = *sum * 31 + p[i];
}

static void
check_row(const struct records *r)
{
    static const uint8_t zeros[12];
    const struct flow *f = &r->row.flow;

    CHECK(f->family == 4 || f->family == 6);
    CHECK(f->family == 6 || (memcmp(f->src + 4, zeros, 12) == 0 && memcmp(f->dst + 4, zeros, 12) == 0));
    CHECK(r->row.exporter_family == 4 || r->row.exporter_family == 6);
    CHECK(r->row.direction <= DIRECTION_OTHER);
}

static void
read_stream(const uint8_t *data, size_t n, size_t piece, bool broken, struct taken *t)
{
    struct pieces source = {data, n, piece, broken};
    struct records r;
    enum records_result got;

    *t = (struct taken){.sum = 1};
    CHECK(records_open(&r, pieces_get, &source) == 0);
    while ((got = records_next(&r)) == RECORDS_FLOW || got == RECORDS_NOT_IP) {
        if (got == RECORDS_FLOW) {
            const struct flow *f = &r.row.flow;
            check_row(&r);
            add(&t->sum, f, offsetof(struct flow, family) + 1);
            add(&t->sum, &r.row.in_interface, sizeof r.row.in_interface);
            add(&t->sum, &r.row.out_interface, sizeof r.row.out_interface);
            add(&t->sum, r.row.exporter, r.row.exporter_family == 4 ? 4 : 16);
            add(&t->sum, &r.row.direction, sizeof r.row.direction);
        }
        t->sum += r.flows;
    }
    t->end = got;
    t->number = r.number;
    CHECK((got == RECORDS_END || r.source_failed) == (r.problem.text[0] == '\0'));
    CHECK(!broken || got != RECORDS_END);
    memcpy(t->problem, r.problem.text, sizeof t->problem);
    records_release(&r);
}

/* The flow records of a stream that is whole. */
static uint64_t
count_flows(const uint8_t *p, size_t n)
{
    const uint8_t *end = p + n;
    uint64_t flows = 0;

    for (p += 40; p < end;) {
        uint32_t records = get_le32(p);
        const uint8_t *block_end = p + 12 + get_le32(p + 4);
        CHECK(block_end <= end);
        for (p += 12; p < block_end; p += get_le16(p + 2), records--)
            flows += get_le16(p) == 11;
        CHECK(p == block_end && records == 0);
    }
    return flows;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t header[40] = {0x0c, 0xa5, 2};
    static uint8_t stream[MAX_BYTES];
    struct input in = {data, size};
    unsigned mode = input_byte(&in);
    struct taken whole, pieces;
    size_t n = 0;

    if (in.left > sizeof stream - sizeof header)
        return 0;
    if (mode & MODE_HEADER) {
        memcpy(stream, header, sizeof header);
        n = sizeof header;
    }
    const size_t left = in.left;
    input_take(&in, stream + n, left);
    n += left;
    /* Of its exact size, so that a sanitizer sees what is read after its end. */
    uint8_t *copy = malloc(n > 0 ? n : 1);
    CHECK(copy);
    memcpy(copy, stream, n);
    read_stream(copy, n, sizeof stream, mode & MODE_BROKEN, &whole);
    read_stream(copy, n, 7, mode & MODE_BROKEN, &pieces);
    CHECK(pieces.end == whole.end && pieces.number == whole.number && pieces.sum == whole.sum);
    CHECK(strcmp(pieces.problem, whole.problem) == 0);
    if (whole.end == RECORDS_END)
        CHECK(count_flows(copy, n) == whole.number);
    free(copy);
    return 0;
}
