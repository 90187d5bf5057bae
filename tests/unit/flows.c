/* SPDX-License-Identifier: BSD-3-Clause */
/* What cache.h says of the counters holds at any time, so it is checked after every batch. */
#include "flows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

void
flows_add(struct flows *flows, struct flow f)
{
    if (flows->n == flows->room) {
        flows->room = flows->room == 0 ? 64 : 2 * flows->room;
        flows->flow = realloc(flows->flow, flows->room * sizeof(*flows->flow));
        if (!flows->flow)
            abort();
    }
    flows->flow[flows->n++] = f;
}

void
flows_shuffle(struct flows *flows, uint64_t seed)
{
    for (size_t i = flows->n; i > 1; i--) {
        size_t j = random_below(&seed, i);
        struct flow f = flows->flow[i - 1];
        flows->flow[i - 1] = flows->flow[j];
        flows->flow[j] = f;
    }
}

void
flows_free(struct flows *flows)
{
    free(flows->flow);
    memset(flows, 0, sizeof(*flows));
}

struct flow
flow_udp(uint32_t host, uint16_t port, int64_t start, int64_t end, uint64_t packets)
{
    return (struct flow){.start = start,
                         .end = end,
                         .packets = packets,
                         .bytes = 100 * packets,
                         .src = {10, (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host},
                         .dst = {192, 0, 2, 1},
                         .src_port = port,
                         .dst_port = 53,
                         .proto = PROTO_UDP,
                         .family = 4};
}

struct flow
flow_answer(struct flow f)
{
    struct flow r = f;

    memcpy(r.src, f.dst, sizeof(r.src));
    memcpy(r.dst, f.src, sizeof(r.dst));
    r.src_port = f.dst_port;
    r.dst_port = f.src_port;
    return r;
}

static int
collect(void *context, struct biflow *b)
{
    rows_add(context, b);
    return 0;
}

struct cache_options
flows_defaults(struct rows *rows)
{
    return (struct cache_options){
        .active = 300000,
        .inactive = 30000,
        .memory = 64 * MIB,
        .seed = {1, 2},
        .sink = collect,
        .context = rows,
    };
}

static void
check_stats(const struct cache_stats *s, size_t memory)
{
    uint64_t left_out = s->no_packets + s->no_bytes + s->wrong_family + s->too_long;
    uint64_t joined = s->joined_overlap + s->joined_stray + s->joined_continuation + s->joined_reverse;

    assert_int_equal(s->records, left_out + s->opened + joined);
    assert_int_equal(s->opened - s->coalesced, s->written + s->live);
    assert_true(s->early <= s->written);
    assert_true(s->giants <= s->long_records);
    assert_true(s->memory <= memory);
}

enum cache_result
flows_run(const struct cache_options *options, const struct flow *flows, size_t n, size_t batch,
          struct cache_stats *stats)
{
    struct cache_options all = *options;
    struct days days;
    enum cache_result result = CACHE_OK;

    assert_int_equal(days_open(&days), 0);
    all.days = &days;
    struct cache *c = cache_open(&all);
    assert_non_null(c);
    for (size_t done = 0; done < n && result == CACHE_OK; done += batch) {
        result = cache_put(c, flows + done, n - done < batch ? n - done : batch);
        if (result == CACHE_OK)
            check_stats(cache_stats(c), options->memory);
    }
    if (result == CACHE_OK)
        result = cache_flush(c, T0);
    if (result == CACHE_OK) {
        check_stats(cache_stats(c), options->memory);
        assert_int_equal(cache_stats(c)->records, n);
        assert_int_equal(cache_stats(c)->live, 0);
    }
    if (stats)
        *stats = *cache_stats(c);
    cache_release(c);
    days_close(&days);
    return result;
}

void
flows_check_rows(const char *what, const struct rows *got, const struct rows *wanted)
{
    if (rows_equal(got, wanted))
        return;
    print_error("%s: %zu rows, not %zu\n", what, got->n, wanted->n);
    if (got->n < 1000 && wanted->n < 1000) {
        rows_print(stderr, "got    ", got);
        rows_print(stderr, "wanted ", wanted);
    }
    fail();
}
