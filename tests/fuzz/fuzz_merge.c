/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache.  Bytes become records of few keys and few times, so that nearly all of them meet, with
 * extreme values among them; a record can come many times, so that a short input fills the cache.  What
 * comes out has to have every packet that went in, be a row that any consumer takes, not depend on the
 * seed of the hash, and be what the model of the merge rules says when memory was enough.
 */
#include "cache.h"
#include "input.h"
#include "model.h"

enum {
    MAX_RECORDS = 4096,
    MAX_MODEL_RECORDS = 96, /* the model is slow */
    RECORD_BYTES = 8,
    /* Less than cache.h promises to work with, so that some hundred biflows fill it; its table takes
     * 8 KiB of it. */
    SMALL_MEMORY = 48 << 10,
    LARGE_MEMORY = 1 << 20
};

#define T0 INT64_C(1700000000000)

static struct flow flows[MAX_RECORDS];

static int
collect(void *context, const struct biflow *b)
{
    CHECK(biflow_problem(b) == NULL);
    CHECK(b->family == 4 || b->family == 6);
    rows_add(context, b);
    return 0;
}

/* Mostly small numbers, but also those where sums stop to fit. */
static uint64_t
counter(unsigned code)
{
    static const uint64_t odd[] = {0, 1, UINT64_C(1) << 32, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX};

    return code < 250 ? code % 8 : odd[code - 250];
}

static int64_t
moment(uint8_t code, uint8_t unit_code, int64_t unit)
{
    static const int64_t odd[] = {INT64_MIN, INT64_MAX, 0, -1, INT64_C(4323456000000)};

    if (unit_code >= 251)
        return odd[unit_code - 251];
    return T0 + (int64_t)code * unit + unit_code % 4 - 2;
}

/* Makes one record of RECORD_BYTES. */
static void
make_flow(struct flow *f, const uint8_t *p, int64_t unit)
{
    static const uint8_t protos[] = {PROTO_TCP, PROTO_UDP, PROTO_ICMP, PROTO_ICMP6,
                                     47,        0,         255,        PROTO_TCP};
    static const uint16_t ports[] = {80, 1025, 0, UINT16_MAX};
    unsigned key = p[1];

    *f = (struct flow){.family = p[0] & 8 ? 6 : 4, .proto = protos[p[0] & 7]};
    f->src[0] = f->dst[0] = 10;
    f->src[3] = (uint8_t)(key & 1);
    f->dst[3] = (uint8_t)(key >> 1 & 1);
    f->src_port = ports[key >> 2 & 3];
    f->dst_port = ports[key >> 4 & 3];
    if (p[0] & 16) {
        struct flow turned = *f;
        memcpy(f->src, turned.dst, sizeof f->src);
        memcpy(f->dst, turned.src, sizeof f->dst);
        f->src_port = turned.dst_port;
        f->dst_port = turned.src_port;
    }
    f->start = moment(p[2], p[3], unit);
    if (p[4] >= 252)
        f->end = moment(p[2], p[4], unit);
    else
        f->end = f->start < INT64_MAX / 2 && f->start > INT64_MIN / 2 ? f->start + (p[4] - 16) * unit / 4
                                                                      : f->start;
    f->packets = counter(p[5]);
    f->bytes = f->packets ? counter(p[6]) + (p[6] < 250 ? 40 : 0) : counter(p[6]);
    if (p[0] & 32) {
        f->packets_rev = counter(p[6]);
        f->bytes_rev = counter(p[5]);
    }
}

/* Makes all records.  The last byte of each says how often it comes again, later and from other ports. */
static size_t
make_flows(struct input *in, int64_t unit)
{
    uint8_t p[RECORD_BYTES];
    size_t n = 0;

    while (in->left > 0 && n < MAX_RECORDS) {
        input_take(in, p, sizeof p);
        struct flow f;
        make_flow(&f, p, unit);
        unsigned times = p[7] & 128 ? 4u * (p[7] & 31) : 1;
        for (unsigned i = 0; i < times && n < MAX_RECORDS; i++) {
            flows[n++] = f;
            f.src_port++;
            if (p[7] & 64 && f.start < INT64_MAX / 2 && f.start > INT64_MIN / 2 &&
                f.end < INT64_MAX / 2) {
                f.start += unit / 8;
                f.end += unit / 8;
            }
        }
    }
    return n;
}

/* Puts all in and takes all out. */
static enum cache_result
run(const struct cache_options *options, size_t n, size_t batch, struct cache_stats *stats)
{
    struct cache *c = cache_open(options);
    enum cache_result result = CACHE_OK;

    CHECK(c);
    for (size_t done = 0; done < n && result == CACHE_OK; done += batch)
        result = cache_put(c, flows + done, n - done < batch ? n - done : batch);
    if (result == CACHE_OK)
        CHECK(cache_stats(c)->memory <= options->memory);
    if (result == CACHE_OK)
        result = cache_flush(c);
    *stats = *cache_stats(c);
    cache_release(c);
    CHECK(result != CACHE_FAILED);
    return result;
}

struct totals {
    uint128 packets, bytes;
};

static void
check_totals(size_t n, const struct rows *rows)
{
    struct totals in = {0, 0}, out = {0, 0};

    for (size_t i = 0; i < n; i++) {
        const struct flow *f = &flows[i];
        bool left_out = (f->packets == 0 && f->packets_rev == 0) ||
                        (f->bytes == 0 && f->bytes_rev == 0) ||
                        f->proto == (f->family == 6 ? PROTO_ICMP : PROTO_ICMP6);
        if (left_out)
            continue;
        in.packets += (uint128)f->packets + f->packets_rev;
        in.bytes += (uint128)f->bytes + f->bytes_rev;
    }
    for (size_t i = 0; i < rows->n; i++) {
        out.packets += (uint128)rows->row[i].packets + rows->row[i].packets_rev;
        out.bytes += (uint128)rows->row[i].bytes + rows->row[i].bytes_rev;
    }
    CHECK(in.packets == out.packets);
    CHECK(in.bytes == out.bytes);
}

static void
check_stats(const struct cache_stats *s, size_t n, size_t written)
{
    uint64_t left_out = s->no_packets + s->no_bytes + s->wrong_family;
    uint64_t joined = s->joined_reverse + s->joined_stray + s->joined_continuation;

    CHECK(s->records == n);
    CHECK(s->records == left_out + s->opened + joined);
    CHECK(s->opened == s->coalesced + s->written);
    CHECK(s->live == 0 && s->written == written);
    CHECK(s->early <= s->written && s->two_sided <= s->written);
}

static void
check_model(const struct cache_options *o, size_t n, const struct cache_stats *s,
            enum cache_result result, struct rows *rows)
{
    const struct model_options options = {o->active, o->inactive, o->arrival};
    struct model_result model;

    model_run(&options, flows, n, &model);
    CHECK(model.overflow == (result == CACHE_OVERFLOW));
    if (result == CACHE_OK) {
        rows_sort(rows);
        CHECK(rows_equal(rows, &model.rows));
        CHECK(s->opened == model.opened && s->coalesced == model.coalesced);
        CHECK(s->two_sided == model.two_sided && s->end_before_start == model.end_before_start);
        CHECK(s->one_packet_mended == model.one_packet_mended);
        CHECK(s->too_long_mended == model.too_long_mended);
    }
    rows_free(&model.rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t seconds[] = {1, 2, 10, 60, 300, 3600, 86400, 0xffffffff};
    struct input in = {data, size};
    uint8_t flags = input_byte(&in), timeouts = input_byte(&in);
    struct rows rows = {0}, other = {0};
    struct cache_stats stats, other_stats;
    struct cache_options o = {.active = 1000 * seconds[timeouts & 7],
                              .inactive =
                                  (timeouts >> 3 & 7) ? 1000 * seconds[(timeouts >> 3 & 7) - 1] : 0,
                              .memory = flags & 1 ? SMALL_MEMORY : LARGE_MEMORY,
                              .prompt = flags & 2,
                              .arrival = flags & 4,
                              .seed = {1, 2},
                              .sink = collect,
                              .context = &rows};
    size_t n = make_flows(&in, (int64_t)seconds[flags >> 3 & 7] * 250);
    size_t batch = flags & 64 ? 1 : 256;

    enum cache_result result = run(&o, n, batch, &stats);
    if (result == CACHE_OK) {
        check_stats(&stats, n, rows.n);
        check_totals(n, &rows);
    }
    if (flags & 128) {
        o.seed[0] = 77;
        o.context = &other;
        CHECK(run(&o, n, batch, &other_stats) == result);
        CHECK(result != CACHE_OK || rows_equal(&rows, &other));
        rows_free(&other);
    }
    if (n <= MAX_MODEL_RECORDS && (result != CACHE_OK || stats.early == 0))
        check_model(&o, n, &stats, result, &rows);
    rows_free(&rows);
    return 0;
}
