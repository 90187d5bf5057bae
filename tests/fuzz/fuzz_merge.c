/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache.  Bytes become records of few keys and few times, so that nearly all of them meet, with
 * extreme values among them; a record can come many times, so that a short input fills the cache.  What
 * comes out has to have every packet that went in, be a row that any consumer takes, depend neither on
 * the seed of the hash nor on the order of the records, and be what the model of the merge rules says
 * when memory was enough.
 */
#include "cache.h"
#include "input.h"
#include "sets.h"
#include "wide.h"

enum {
    MAX_RECORDS = 4096,
    MAX_MODEL_RECORDS = 96, /* the model is slow */
    RECORD_BYTES = 8,
    /* Less than cache.h promises to work with, so that some dozen pieces fill it; its table takes 8
     * KiB. */
    SMALL_MEMORY = 12 << 10,
    LARGE_MEMORY = 1 << 20
};

#define T0 INT64_C(1700000000000)

static struct flow flows[MAX_RECORDS];

static int
collect(void *context, struct biflow *b)
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
    struct cache_options all = *options;
    enum cache_result result = CACHE_OK;
    struct days days;
    int64_t bulk = 0;

    CHECK(days_open(&days) == 0);
    all.days = &days;
    struct cache *c = cache_open(&all);
    CHECK(c);
    for (size_t done = 0; done < n && result == CACHE_OK; done += batch)
        result = cache_put(c, flows + done, n - done < batch ? n - done : batch);
    if (result == CACHE_OK)
        CHECK(cache_stats(c)->memory <= options->memory);
    if (result == CACHE_OK)
        result = cache_flush(c, days_bulk(&days, &bulk) ? days_earliest(&days, bulk) : 0);
    *stats = *cache_stats(c);
    cache_release(c);
    days_close(&days);
    CHECK(result != CACHE_FAILED);
    return result;
}

struct totals {
    struct wide packets, bytes;
};

static void
add_to(struct wide *sum, uint64_t a, uint64_t b)
{
    *sum = wide_add(wide_add(*sum, (struct wide){0, a}), (struct wide){0, b});
}

static bool
is_same(struct wide a, struct wide b)
{
    return a.high == b.high && a.low == b.low;
}

static void
check_totals(size_t n, const struct rows *rows)
{
    struct totals in = {0}, out = {0};

    for (size_t i = 0; i < n; i++) {
        const struct flow *f = &flows[i];
        if (flow_fault(f) != FLOW_GOOD)
            continue;
        add_to(&in.packets, f->packets, f->packets_rev);
        add_to(&in.bytes, f->bytes, f->bytes_rev);
    }
    for (size_t i = 0; i < rows->n; i++) {
        add_to(&out.packets, rows->row[i].packets, rows->row[i].packets_rev);
        add_to(&out.bytes, rows->row[i].bytes, rows->row[i].bytes_rev);
    }
    CHECK(is_same(in.packets, out.packets));
    CHECK(is_same(in.bytes, out.bytes));
}

static void
check_stats(const struct cache_stats *s, size_t n, size_t written)
{
    uint64_t left_out = s->no_packets + s->no_bytes + s->wrong_family + s->too_long;
    uint64_t joined = s->joined_overlap + s->joined_stray + s->joined_continuation + s->joined_reverse;

    CHECK(s->records == n);
    CHECK(s->records == left_out + s->opened + joined);
    CHECK(s->opened == s->coalesced + s->written);
    CHECK(s->live == 0 && s->written == written);
    CHECK(s->early <= s->written && s->giants <= s->long_records);
}

static void
check_model(const struct cache_options *o, size_t n, const struct cache_stats *s,
            enum cache_result result, struct rows *rows)
{
    const struct model_options options = {.active = o->active,
                                          .inactive = o->inactive,
                                          .arrival = o->arrival};
    struct model_result model;

    model_run(&options, flows, n, &model);
    CHECK(model.overflow == (result == CACHE_OVERFLOW));
    if (result == CACHE_OK) {
        rows_sort(rows);
        CHECK(rows_equal(rows, &model.biflows));
        CHECK(s->joined_reverse == model.reverse && s->giants == model.giants);
        CHECK(s->mended.end_before_start == model.end_before_start);
        CHECK(s->mended.one_packet == model.one_packet_mended);
        CHECK(s->too_long == model.too_long && s->too_long_mended == model.too_long_mended);
    }
    model_free(&model);
}

/* The same rows with another seed, and with the records the other way round. */
static void
check_again(struct cache_options o, size_t n, size_t batch, enum cache_result result,
            const struct rows *rows)
{
    struct rows other = {0}, sorted = {0};
    struct cache_stats stats;

    o.seed[0] = 77;
    o.context = &other;
    CHECK(run(&o, n, batch, &stats) == result);
    CHECK(result != CACHE_OK || rows_equal(rows, &other));
    rows_free(&other);
    if (o.arrival || o.memory == SMALL_MEMORY || stats.early > 0)
        return;
    for (size_t i = 0; i < n / 2; i++) {
        struct flow f = flows[i];
        flows[i] = flows[n - 1 - i];
        flows[n - 1 - i] = f;
    }
    CHECK(run(&o, n, batch, &stats) == result);
    for (size_t i = 0; i < rows->n; i++)
        rows_add(&sorted, &rows->row[i]);
    rows_sort(&sorted);
    rows_sort(&other);
    CHECK(result != CACHE_OK || stats.early > 0 || rows_equal(&sorted, &other));
    rows_free(&other);
    rows_free(&sorted);
}

/* Whether the rows have to be those of the model. */
static bool
is_exact(const struct cache_options *o, size_t n, enum cache_result result,
         const struct cache_stats *stats)
{
    const struct set s = {.options = {.active = o->active, .inactive = o->inactive},
                          .flow = flows,
                          .n = n};

    if (n > MAX_MODEL_RECORDS)
        return false;
    return o->memory == LARGE_MEMORY || (result == CACHE_OK && stats->early == 0 && set_is_in_time(&s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t seconds[] = {1, 2, 10, 60, 300, 3600, 86400, 0xffffffff};
    struct input in = {data, size};
    uint8_t flags = input_byte(&in), timeouts = input_byte(&in);
    struct rows rows = {0};
    struct cache_stats stats;
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
    if (flags & 128)
        check_again(o, n, batch, result, &rows);
    else if (is_exact(&o, n, result, &stats))
        check_model(&o, n, &stats, result, &rows);
    rows_free(&rows);
    return 0;
}
