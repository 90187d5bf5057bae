/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache as its header states it: what is left out and mended, sums that overflow, sinks that
 * fail, the memory budget, clocks that are far off, and keys with very many pieces.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "flows.h"
#include "random.h"

#define DAY INT64_C(86400000)

/* ---- what is left out, mended and counted ---- */

static void
test_admission(void **state)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    struct cache_stats stats;
    struct flow flows[14];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 14; i++)
        flows[i] = flow_udp((uint32_t)i, 4000, T0 + 100, T0 + 200, 2);
    flows[n].packets = 0;
    flows[n++].bytes = 0; /* no packets, whatever else */
    flows[n].packets = 0;
    flows[n++].end = T0 - 5;
    flows[n++].bytes = 0;
    flows[n].bytes = 0;
    flows[n++].proto = PROTO_ICMP6; /* no bytes comes before the wrong family */
    flows[n++].proto = PROTO_ICMP6;
    flows[n].proto = PROTO_ICMP;
    flows[n++].family = 6;
    flows[n++].end = T0 + 100 + BIFLOW_MAX_MS + 1; /* too long */
    flows[n].proto = PROTO_ICMP;
    n++;
    flows[n].proto = PROTO_ICMP6;
    flows[n++].family = 6;
    flows[n++].end = T0 + 99; /* mended */
    flows[n++].packets = 1;   /* mended */
    flows[n].packets = 1;
    flows[n++].end = T0 + 99; /* mended once */
    flows[n].packets = 0;     /* reverse packets are packets, and reverse bytes bytes */
    flows[n].bytes = 0;
    flows[n].packets_rev = 5;
    flows[n++].bytes_rev = 50;
    flows[n++].end = T0 + 100 + BIFLOW_MAX_MS;

    assert_int_equal(n, 14);
    assert_int_equal(flows_run(&options, flows, n, n, &stats), CACHE_OK);
    assert_int_equal(stats.no_packets, 2);
    assert_int_equal(stats.no_bytes, 2);
    assert_int_equal(stats.wrong_family, 2);
    assert_int_equal(stats.too_long, 1);
    assert_int_equal(stats.mended.end_before_start, 2);
    assert_int_equal(stats.mended.one_packet, 1);
    assert_int_equal(stats.giants, 1);
    assert_int_equal(stats.opened, 7);
    assert_int_equal(stats.written, 7);
    assert_int_equal(stats.too_long_mended, 0);
    assert_int_equal(stats.early, 0);
    for (size_t i = 0; i < rows.n; i++)
        assert_null(biflow_problem(&rows.row[i]));
    rows_free(&rows);
}

static void
test_nothing(void **state)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    struct cache_stats stats;

    (void)state;
    options.memory = MIB;
    assert_int_equal(flows_run(&options, NULL, 0, 1, &stats), CACHE_OK);
    assert_int_equal(rows.n, 0);
    assert_int_equal(stats.written, 0);
    rows_free(&rows);
}

/* Records are counted by their days, those that are left out are not. */
static void
test_days_are_counted(void **state)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    struct days days;
    int64_t bulk;
    struct flow flows[6];

    (void)state;
    for (uint32_t i = 0; i < 6; i++)
        flows[i] = flow_udp(i, 4000, i < 3 ? T0 : T0 - 5 * DAY, T0 + 5, 2);
    flows[2].packets = 0;
    flows[5].bytes = 0; /* two are left of each day, and the later one is the bulk */
    assert_int_equal(days_open(&days), 0);
    options.days = &days;
    struct cache *c = cache_open(&options);
    assert_non_null(c);
    assert_int_equal(cache_put(c, flows, 6), CACHE_OK);
    assert_true(days_bulk(&days, &bulk));
    assert_int_equal(bulk, T0 / DAY);
    flows[0] = flow_udp(0, 4000, T0 - 5 * DAY, T0 + BIFLOW_MAX_MS, 2);
    flows[1] = flow_udp(0, 4000, T0 - 5 * DAY, T0 + DAY, 2); /* alone, but it counts */
    assert_int_equal(cache_put(c, flows, 1), CACHE_OK);
    assert_true(days_bulk(&days, &bulk));
    assert_int_equal(bulk, T0 / DAY);
    assert_int_equal(cache_put(c, flows + 1, 1), CACHE_OK);
    assert_true(days_bulk(&days, &bulk));
    assert_int_equal(bulk, T0 / DAY - 5);
    cache_release(c);
    days_close(&days);
    rows_free(&rows);
}

/* ---- overflow and other failures ---- */

/* Two records of which one counter adds up to the largest number, or to one more, when one overlaps the
 * other. */
static void
test_overflow(void **state)
{
    (void)state;
    for (int counter = 0; counter < 4; counter++) {
        for (uint64_t over = 0; over < 2; over++) {
            struct rows rows = {0};
            struct cache_options options = flows_defaults(&rows);
            struct flow flows[2];
            for (int i = 0; i < 2; i++) {
                struct flow *f = &flows[i];
                *f = flow_udp(1, 4000, T0, T0 + 10, 7);
                f->packets_rev = 7;
                f->bytes_rev = 700;
                uint64_t *counters[] = {&f->packets, &f->bytes, &f->packets_rev, &f->bytes_rev};
                *counters[counter] = i == 0 ? UINT64_MAX - 5 : 5 + over;
            }
            assert_int_equal(flows_run(&options, flows, 2, 2, NULL),
                             over != 0 ? CACHE_OVERFLOW : CACHE_OK);
            if (over == 0) {
                assert_int_equal(rows.n, 1);
                const struct biflow *b = &rows.row[0];
                uint64_t sums[] = {b->packets, b->bytes, b->packets_rev, b->bytes_rev};
                assert_true(sums[counter] == UINT64_MAX);
            }
            rows_free(&rows);
        }
    }
}

/* The record fits each of the two that it connects, but they do not fit each other. */
static void
test_overflow_when_coalescing(void **state)
{
    /* Each of them overlaps both, or continues one and is continued by the other. */
    static const int64_t starts[] = {299000, 300000}, ends[] = {600000, 599000};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rows rows = {0};
        struct cache_options options = flows_defaults(&rows);
        struct flow flows[] = {
            flow_udp(1, 4000, T0, T0 + 299000, 2),
            flow_udp(1, 4000, T0 + 600000, T0 + 600010, 2),
            flow_udp(1, 4000, T0 + starts[i], T0 + ends[i], 2),
        };
        flows[0].bytes = UINT64_C(1) << 63;
        flows[1].bytes = UINT64_C(1) << 63;
        assert_int_equal(flows_run(&options, flows, 3, 1, NULL), CACHE_OVERFLOW);
        rows_free(&rows);
    }
}

/* A pair fits, but not what goes on after it; at the end, and when it leaves for want of room. */
static void
test_overflow_when_pairing(void **state)
{
    (void)state;
    for (uint32_t others = 0; others < 50000; others += 49999) {
        struct rows rows = {0};
        struct cache_options options = flows_defaults(&rows);
        struct flows flows = {0};
        options.memory = MIB;
        struct flow pair[] = {
            flow_udp(1, 4000, T0, T0 + 140000, 2),
            flow_answer(flow_udp(1, 4000, T0 + 150000, T0 + 290000, 2)),
            flow_udp(1, 4000, T0 + 300000, T0 + 300010, 2),
        };
        pair[0].bytes = UINT64_C(1) << 63;
        pair[2].bytes = UINT64_C(1) << 63;
        for (int i = 0; i < 3; i++)
            flows_add(&flows, pair[i]);
        for (uint32_t i = 0; i < others; i++)
            flows_add(&flows, flow_udp(i, 4001, T0 + 300000, T0 + 300000, 2));
        assert_int_equal(flows_run(&options, flows.flow, flows.n, 256, NULL), CACHE_OVERFLOW);
        flows_free(&flows);
        rows_free(&rows);
    }
}

static int
full_sink(void *context, struct biflow *b)
{
    int *calls = context;

    (void)b;
    if (++*calls < 3)
        return 0;
    errno = ENOSPC;
    return -1;
}

/* A sink that fails ends the run at once: in a put, in the flush, and at a record that leaves when it
 * comes. */
static void
test_sink_fails(void **state)
{
    static const uint32_t sizes[] = {3, 100000, 1000};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        int calls = 0;
        struct cache_options options = flows_defaults(NULL);
        struct flows flows = {0};
        struct cache_stats stats;
        options.memory = MIB;
        options.sink = full_sink;
        options.context = &calls;
        for (uint32_t j = 0; j < sizes[i]; j++)
            flows_add(&flows, flow_udp(j, 4000, T0, i == 2 ? T0 + 2 * DAY : T0, 2));
        errno = 0;
        assert_int_equal(flows_run(&options, flows.flow, flows.n, 100, &stats), CACHE_FAILED);
        assert_int_equal(errno, ENOSPC);
        assert_int_equal(calls, 3);
        if (i > 0)
            assert_true(stats.records < sizes[i]);
        flows_free(&flows);
    }
}

/* ---- the budget ---- */

/* Conversations of two records with keys of their own, all within three seconds: nothing is old, and by
 * far not all of it fits into 1 MiB. */
static struct flows
young_flows(uint32_t n)
{
    struct flows flows = {0};
    uint64_t seed = 7;

    for (uint32_t i = 0; i < n; i++) {
        int64_t start = T0 + (int64_t)random_below(&seed, 3000);
        struct flow f =
            flow_udp(i, (uint16_t)(1024 + i % 50000), start, start + 50, 1 + random_below(&seed, 9));
        if (i % 7 == 0) {
            f.family = 6;
            f.src[15] = (uint8_t)i;
        }
        flows_add(&flows, f);
        if (i % 3 != 0) {
            f = flow_answer(f);
            f.end += 5;
            f.bytes += i;
            flows_add(&flows, f);
        }
    }
    return flows;
}

/* No packet is lost: what came in has gone out. */
static void
check_totals(const struct flows *flows, const struct rows *rows, const struct cache_stats *stats)
{
    uint64_t packets = 0, bytes = 0;

    for (size_t i = 0; i < flows->n; i++) {
        packets += flows->flow[i].packets + flows->flow[i].packets_rev;
        bytes += flows->flow[i].bytes + flows->flow[i].bytes_rev;
    }
    for (size_t i = 0; i < rows->n; i++) {
        packets -= rows->row[i].packets + rows->row[i].packets_rev;
        bytes -= rows->row[i].bytes + rows->row[i].bytes_rev;
    }
    assert_int_equal(packets, 0);
    assert_int_equal(bytes, 0);
    assert_int_equal(stats->written, rows->n);
}

static void
test_tiny_budget(void **state)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    struct flows flows = young_flows(200000);
    struct cache_stats stats;

    (void)state;
    options.memory = MIB;
    assert_int_equal(flows_run(&options, flows.flow, flows.n, 256, &stats), CACHE_OK);
    check_totals(&flows, &rows, &stats);
    assert_true(rows.n >= 200000);
    /* No piece takes less than 64 bytes, so at most 16,384 waited for the flush. */
    assert_true(stats.early >= 200000 - 16384);
    assert_true(stats.early < stats.written);
    flows_free(&flows);
    rows_free(&rows);
}

/* The rows and their order do not depend on the seed of the hash, nor on how many records come at a time;
 * also when the budget decides what leaves. */
static void
check_same_output(const struct flows *flows)
{
    static const size_t memory[] = {MIB, 64 * MIB};

    for (size_t i = 0; i < 2; i++) {
        struct rows first = {0};
        struct cache_options options = flows_defaults(&first);
        struct cache_stats first_stats, stats;
        options.memory = memory[i];
        assert_int_equal(flows_run(&options, flows->flow, flows->n, flows->n, &first_stats), CACHE_OK);
        assert_true((first_stats.early > 0) == (memory[i] == MIB));
        for (uint64_t seed = 1; seed < 5; seed++) {
            struct rows rows = {0};
            options.context = &rows;
            options.seed[0] = seed * UINT64_C(0x9e3779b97f4a7c15);
            options.seed[1] = ~seed;
            size_t batch = (size_t[]){8, 64, 256, 4096}[seed - 1];
            assert_int_equal(flows_run(&options, flows->flow, flows->n, batch, &stats), CACHE_OK);
            flows_check_rows("another seed and batch size", &rows, &first);
            assert_int_equal(stats.early, first_stats.early);
            rows_free(&rows);
        }
        rows_free(&first);
    }
}

static void
test_same_output(void **state)
{
    struct flows flows = young_flows(50000);

    (void)state;
    flows_shuffle(&flows, 3);
    check_same_output(&flows);
    flows_free(&flows);
}

/* Six hours at a steady rate: about 4,500 biflows are within the horizon of 450 s, which fit into 1 MiB.
 * Every tenth port is used again after 40 s. */
static struct flows
steady_flows(uint32_t n)
{
    struct flows flows = {0};
    uint64_t seed = 11;

    for (uint32_t i = 0; i < n; i++) {
        int64_t start = T0 + 100 * (int64_t)i;
        uint32_t host = i % 10 == 0 ? i % 400 : i;
        int64_t length = (int64_t)random_below(&seed, 2000);
        struct flow f = flow_udp(host, 4000, start, start + length, 2 + random_below(&seed, 9));
        flows_add(&flows, f);
        if (i % 3 != 0) {
            f = flow_answer(f);
            f.start += 3;
            f.end += 5;
            flows_add(&flows, f);
        }
    }
    return flows;
}

/* The same while time goes on, faster than what is old leaves. */
static void
test_same_output_in_time(void **state)
{
    struct flows flows = steady_flows(100000);

    (void)state;
    for (size_t i = 0; i < flows.n; i++) {
        struct flow *f = &flows.flow[i];
        int64_t length = f->end - f->start;
        f->start = T0 + (f->start - T0) / 10;
        f->end = f->start + length;
    }
    check_same_output(&flows);
    flows_free(&flows);
}

/* What is old leaves for what is new, and nothing leaves early: in 1 MiB the rows are those of unlimited
 * memory. */
static void
check_steady(const struct flows *flows, const char *name)
{
    struct rows all = {0}, rows = {0};
    struct cache_options options = flows_defaults(&all);
    struct cache_stats stats;

    options.memory = 1024 * MIB;
    assert_int_equal(flows_run(&options, flows->flow, flows->n, 512, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    options.memory = MIB;
    options.context = &rows;
    assert_int_equal(flows_run(&options, flows->flow, flows->n, 512, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    rows_sort(&all);
    rows_sort(&rows);
    flows_check_rows(name, &rows, &all);
    rows_free(&all);
    rows_free(&rows);
}

static void
test_steady_stream(void **state)
{
    struct flows flows = steady_flows(216000);

    (void)state;
    check_steady(&flows, "steady stream");
    flows_free(&flows);
}

/* A key a second, IPv6 and IPv4 by turns, with several pieces in a row, one way and the other; the last
 * of each is cut off and goes on after a gap that is filled at the end. */
static struct flows
steady_crowds(uint32_t n, uint32_t pieces)
{
    struct flows flows = {0};

    for (uint32_t i = 0; i < n; i++) {
        int64_t start = T0 + 1000 * (int64_t)i;
        for (uint32_t k = 0; k < pieces + 2; k++) {
            static const int64_t from[] = {0, 320000, 290000}, to[] = {270000, 330000, 310000};
            int64_t at = start + 20 * (int64_t)k;
            struct flow f = flow_udp(i, 4000, at, at + 10, 2);
            if (k >= pieces - 1) {
                f.start = start + 200 + from[k - (pieces - 1)];
                f.end = start + 200 + to[k - (pieces - 1)];
            }
            f.family = i % 2 == 0 ? 6 : 4;
            flows_add(&flows, k % 3 == 1 ? flow_answer(f) : f);
        }
    }
    return flows;
}

/* All that pieces of one key need beside themselves is free again when they have left. */
static void
test_steady_crowds(void **state)
{
    (void)state;
    for (uint32_t pieces = 1; pieces <= 8; pieces++) {
        struct flows flows = steady_crowds(40000, pieces);
        check_steady(&flows, "pieces of one key");
        flows_free(&flows);
    }
}

/* Three hours of 2000 conversations that last, a record every five minutes, and 10 a second that come and
 * go. */
static struct flows
lasting_flows(void)
{
    struct flows flows = {0};

    for (uint32_t i = 0; i < 2000; i++)
        flows_add(&flows, flow_udp(0x800000 + i, 9, T0, T0 + 299000, 9));
    for (uint32_t second = 300; second < 3 * 3600; second++) {
        int64_t now = T0 + 1000 * (int64_t)second;
        for (uint32_t i = 0; i < 10; i++)
            flows_add(&flows, flow_udp(10 * second + i, 4000, now - 5, now + i, 2));
        for (uint32_t i = 0; second % 300 == 299 && i < 2000; i++)
            flows_add(&flows, flow_udp(0x800000 + i, 9, now - 299000, now, 9));
    }
    return flows;
}

/* The budget has room for those that last and the others, so nothing leaves early, although what leaves
 * has to be found among what lasts. */
static void
test_long_lived(void **state)
{
    struct flows flows = lasting_flows();

    (void)state;
    check_steady(&flows, "long-lived conversations");
    flows_free(&flows);
}

/* The same, and every twentieth record comes from an exporter whose clock is always wrong. */
static void
test_absurd_exporter(void **state)
{
    static const int64_t times[] = {INT64_C(4323456789000), 0};
    struct flows flows = lasting_flows();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct flows mixed = {0};
        for (uint32_t j = 0; j < flows.n; j++) {
            flows_add(&mixed, flows.flow[j]);
            if (j % 20 == 19)
                flows_add(&mixed, flow_udp(0xc00000 + j, 7, times[i] + j, times[i] + j + 10, 2));
        }
        check_steady(&mixed, "an exporter with a wrong clock");
        flows_free(&mixed);
    }
    flows_free(&flows);
}

/* With `prompt` a steady stream takes the memory of what can still change: of 1,500,000 biflows, 5 ms
 * apart, these are 90,000, and the cache may keep some more. */
static void
test_prompt(void **state)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    struct flow batch[256];
    struct days days;
    uint64_t most = 0;

    (void)state;
    assert_int_equal(days_open(&days), 0);
    options.memory = 256 * MIB;
    options.prompt = true;
    options.days = &days;
    struct cache *c = cache_open(&options);
    assert_non_null(c);
    for (uint32_t i = 0; i < 1500000;) {
        size_t n;
        for (n = 0; n < 256 && i < 1500000; n++, i++)
            batch[n] = flow_udp(i, 4000, T0 + 5 * (int64_t)i, T0 + 5 * (int64_t)i + 50, 2);
        assert_int_equal(cache_put(c, batch, n), CACHE_OK);
        if (cache_stats(c)->live > most)
            most = cache_stats(c)->live;
    }
    assert_int_equal(cache_stats(c)->early, 0);
    assert_in_range(most, 90000, 1200000);
    assert_int_equal(cache_flush(c, T0), CACHE_OK);
    assert_int_equal(rows.n, 1500000);
    assert_int_equal(cache_stats(c)->written, 1500000);
    cache_release(c);
    days_close(&days);
    rows_free(&rows);
}

/* A piece is old when its end is more than 1.5 A, or A + I if that is more, before now.  Others are put
 * until the first has to leave: this is it, and is early or not. */
static void
check_horizon(uint64_t active, uint64_t inactive, int64_t idle, bool early)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    struct days days;

    options.active = active;
    options.inactive = inactive;
    options.memory = MIB;
    options.days = &days;
    assert_int_equal(days_open(&days), 0);
    struct cache *c = cache_open(&options);
    assert_non_null(c);
    for (uint32_t i = 0; rows.n == 0; i++) {
        int64_t time = i < 2 ? T0 + i * idle / 2 : T0 + idle; /* in steps that are no jump */
        struct flow f = flow_udp(i, 4000, time, time, i == 0 ? 77 : 2);
        assert_int_equal(cache_put(c, &f, 1), CACHE_OK);
        assert_true(i < 100000);
    }
    assert_int_equal(rows.row[0].packets, 77);
    assert_int_equal(cache_stats(c)->early > 0, early);
    cache_release(c);
    days_close(&days);
    rows_free(&rows);
}

static void
test_horizon(void **state)
{
    static const struct {
        uint64_t active, inactive;
        int64_t horizon;
    } timeouts[] = {
        {300000, 30000, 450000},
        {300000, 150000, 450000},
        {300000, 200000, 500000},
        {100000, 300000, 400000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(timeouts) / sizeof(timeouts[0]); i++) {
        int64_t horizon = timeouts[i].horizon;
        check_horizon(timeouts[i].active, timeouts[i].inactive, horizon, true);
        /* It may be found a 60th of the horizon later. */
        check_horizon(timeouts[i].active, timeouts[i].inactive, horizon + horizon / 60, false);
    }
}

/* ---- clocks ---- */

/* One record from 2107 (or 1970) among 50,000, wherever it is: a row more, and nothing else is
 * different.  The budget is such that a cache that took it for the time of the traffic would call all or
 * nothing old. */
static void
test_absurd_clock(void **state)
{
    static const int64_t times[] = {INT64_C(4323456789000), 0};
    struct flows flows = steady_flows(30000);
    struct rows wanted = {0};
    struct cache_options options = flows_defaults(&wanted);
    struct cache_stats stats;

    (void)state;
    options.memory = MIB;
    assert_true(flows.n >= 49000);
    assert_int_equal(flows_run(&options, flows.flow, flows.n, 100, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    rows_sort(&wanted);
    flows_add(&flows, flows.flow[0]); /* room for one more */
    for (size_t i = 0; i < 2; i++) {
        for (size_t place = 0; place < 4; place++) {
            size_t at = (size_t[]){0, 1, flows.n / 2, flows.n - 1}[place];
            struct flow absurd = flow_udp(0xffffff, 1, times[i], times[i] + 10, 77);
            struct rows rows = {0};
            memmove(&flows.flow[at + 1], &flows.flow[at], (flows.n - 1 - at) * sizeof(absurd));
            flows.flow[at] = absurd;
            options.context = &rows;
            assert_int_equal(flows_run(&options, flows.flow, flows.n, 100, &stats), CACHE_OK);
            rows_sort(&rows);
            size_t row = times[i] == 0 ? 0 : rows.n - 1;
            assert_int_equal(rows.n, wanted.n + 1);
            assert_int_equal(rows.row[row].packets, 77);
            memmove(&rows.row[row], &rows.row[row + 1], (rows.n - row - 1) * sizeof(*rows.row));
            rows.n--;
            if (stats.early != 0 || !rows_equal(&rows, &wanted))
                fail_msg("%s at %zu of %zu: %" PRIu64 " left early, and the other rows are %s",
                         times[i] == 0 ? "1970" : "2107", at, flows.n, stats.early,
                         rows_equal(&rows, &wanted) ? "the same" : "different");
            memmove(&flows.flow[at], &flows.flow[at + 1], (flows.n - 1 - at) * sizeof(absurd));
            rows_free(&rows);
        }
    }
    flows_free(&flows);
    rows_free(&wanted);
}

/* What leaves before it is old is counted: no more biflows come out than those of unlimited memory and
 * these. */
static void
check_nothing_is_silent(const struct flows *flows, size_t memory)
{
    struct rows all = {0}, rows = {0};
    struct cache_options options = flows_defaults(&all);
    struct cache_stats stats;

    options.memory = 1024 * MIB;
    assert_int_equal(flows_run(&options, flows->flow, flows->n, 256, &stats), CACHE_OK);
    options.memory = memory;
    options.context = &rows;
    assert_int_equal(flows_run(&options, flows->flow, flows->n, 256, &stats), CACHE_OK);
    check_totals(flows, &rows, &stats);
    if (rows.n - all.n > stats.early)
        fail_msg("%zu biflows became %zu, and %" PRIu64 " are said to have left early\n", all.n, rows.n,
                 stats.early);
    rows_free(&all);
    rows_free(&rows);
}

/* Two exporters whose clocks are a day apart, in turns of any length: conversations of both that last,
 * and such that come and go. */
static void
test_two_exporters(void **state)
{
    static const size_t turns[] = {1, 2, 63, 64, 65, 128, 5000};
    struct flows flows = lasting_flows();

    (void)state;
    for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
        for (int side = -1; side <= 1; side += 2) {
            struct flows mixed = {0};
            for (size_t j = 0; j < flows.n; j += turns[i]) {
                size_t end = flows.n - j < turns[i] ? flows.n : j + turns[i];
                for (size_t k = j; k < end; k++)
                    flows_add(&mixed, flows.flow[k]);
                for (size_t k = j; k < end; k++) {
                    struct flow f = flows.flow[k];
                    f.src[0] = 11;
                    f.start += side * DAY;
                    f.end += side * DAY;
                    flows_add(&mixed, f);
                }
            }
            check_nothing_is_silent(&mixed, MIB);
            check_nothing_is_silent(&mixed, 2 * MIB);
            flows_free(&mixed);
        }
    }
    flows_free(&flows);
}

/* ---- one key, very many pieces ---- */

enum { CROWD = 100000 };

/* A record a minute, each a piece; whoever sends the traffic chooses the order. */
static void
crowd_spaced(struct flows *flows)
{
    for (int64_t i = 0; i < CROWD; i++)
        flows_add(flows, flow_udp(1, 4000, T0 + 60000 * i, T0 + 60000 * i + 100, 2));
}

static void
crowd_backwards(struct flows *flows)
{
    for (int64_t i = CROWD; i > 0; i--)
        flows_add(flows, flow_udp(1, 4000, T0 + 60000 * i, T0 + 60000 * i + 100, 2));
}

/* The same, answered, and in no order. */
static void
crowd_shuffled(struct flows *flows)
{
    crowd_spaced(flows);
    for (size_t i = 0; i < CROWD; i++)
        flows_add(flows, flow_answer(flows->flow[i]));
    flows_shuffle(flows, 5);
}

/* All within the inactive timeout of the next one, question and answer by turns, with gaps of any length
 * up to some: a group of all. */
static void
add_group(struct flows *flows, uint64_t lengths)
{
    uint64_t seed = 9;

    for (int64_t i = 0; i < 2 * CROWD; i++) {
        int64_t start = T0 + 20000 * i + (int64_t)random_below(&seed, lengths);
        struct flow f = flow_udp(1, 4000, start, start + 100, 2);
        flows_add(flows, i % 2 != 0 ? flow_answer(f) : f);
    }
    flows_shuffle(flows, 6);
}

static void
crowd_group(struct flows *flows)
{
    add_group(flows, 5000);
}

/* Of equal gaps the earlier ones are first, so all find their answers. */
static void
crowd_equal_gaps(struct flows *flows)
{
    add_group(flows, 1);
}

/* Half of them leaves no gap for the other half: all is one in the end, joined one by one from
 * everywhere. */
static void
crowd_filled(struct flows *flows)
{
    for (int64_t i = 0; i < CROWD; i++)
        flows_add(flows, flow_udp(1, 4000, T0 + 60000 * i, T0 + 60000 * i + 100, 2));
    for (int64_t i = 0; i < CROWD; i++)
        flows_add(flows, flow_answer(flow_udp(1, 4000, T0 + 60000 * i + 100, T0 + 60000 * i + 60000, 2)));
    flows_shuffle(flows, 7);
}

static const struct {
    const char *name;
    void (*make)(struct flows *flows);
    size_t biflows; /* 0: any number */
} crowds[] = {
    {"spaced", crowd_spaced, CROWD},         {"backwards", crowd_backwards, CROWD},
    {"shuffled", crowd_shuffled, CROWD},     {"group", crowd_group, 0},
    {"equal gaps", crowd_equal_gaps, CROWD}, {"filled", crowd_filled, 1},
};

enum { CROWDS = sizeof(crowds) / sizeof(crowds[0]) };

/* The time to put the flows and flush; *n is the number of biflows that came out. */
static double
time_flows(const struct flows *flows, size_t *n)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);
    clock_t began = clock();

    assert_int_equal(flows_run(&options, flows->flow, flows->n, 1000, NULL), CACHE_OK);
    *n = rows.n;
    rows_free(&rows);
    return (double)(clock() - began) / CLOCKS_PER_SEC;
}

/* A tree of 100,000 takes some times as long as keys of their own; to look at all of them would take
 * several hundred times as long, at one a nanosecond. */
static void
test_crowded_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < CROWDS; i++) {
        struct flows crowd = {0}, apart = {0};
        size_t n;
        crowds[i].make(&crowd);
        for (uint32_t j = 0; j < crowd.n; j++)
            flows_add(&apart, flow_udp(j, 4000, T0, T0 + 100, 2));
        double wanted = time_flows(&apart, &n) + 0.02, got = time_flows(&crowd, &n);
        if (crowds[i].biflows != 0)
            assert_int_equal(n, crowds[i].biflows);
        if (got > 60 * wanted)
            fail_msg("%s: %zu records of one key in %.3f s, with keys of their own in %.3f s",
                     crowds[i].name, crowd.n, got, wanted);
        flows_free(&crowd);
        flows_free(&apart);
    }
}

/* A crowd that does not fit: groups of it leave one by one, and it ends with the last of them. */
static void
test_crowd_in_tiny_budget(void **state)
{
    (void)state;
    for (size_t i = 0; i < CROWDS; i++) {
        struct rows rows = {0};
        struct cache_options options = flows_defaults(&rows);
        struct cache_stats stats;
        struct flows flows = {0};
        options.memory = MIB;
        crowds[i].make(&flows);
        for (size_t j = 0; j < flows.n; j += 3) /* some of another key, and of IPv6 */
            flows.flow[j].family = 6;
        assert_int_equal(flows_run(&options, flows.flow, flows.n, 256, &stats), CACHE_OK);
        check_totals(&flows, &rows, &stats);
        rows_free(&rows);
        flows_free(&flows);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admission),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_days_are_counted),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_overflow_when_coalescing),
        cmocka_unit_test(test_overflow_when_pairing),
        cmocka_unit_test(test_sink_fails),
        cmocka_unit_test(test_tiny_budget),
        cmocka_unit_test(test_same_output),
        cmocka_unit_test(test_same_output_in_time),
        cmocka_unit_test(test_steady_stream),
        cmocka_unit_test(test_steady_crowds),
        cmocka_unit_test(test_long_lived),
        cmocka_unit_test(test_absurd_exporter),
        cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_horizon),
        cmocka_unit_test(test_absurd_clock),
        cmocka_unit_test(test_two_exporters),
        cmocka_unit_test(test_crowded_key),
        cmocka_unit_test(test_crowd_in_tiny_budget),
    };

    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
