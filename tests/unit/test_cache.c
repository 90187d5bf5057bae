/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The flow cache as its header states it: the vectors, what is left out and mended, sums that overflow,
 * the memory budget, clocks that are far off, and keys with very many biflows.  The vectors and the rules
 * worked out by hand go through the model too, which is what the random test takes for the truth.
 *
 * Run from the top directory, or with the directory of the vectors as argument.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cache.h"
#include "model.h"

#define MIB ((size_t)1 << 20)
#define T0 INT64_C(1700000000000)

static const char *vectors = "tests/data/vectors";

/* ---- running the cache ---- */

struct flows {
    struct flow *flow;
    size_t n;
    size_t room;
};

static void
flows_add(struct flows *flows, const struct flow *f)
{
    if (flows->n == flows->room) {
        flows->room = flows->room == 0 ? 64 : 2 * flows->room;
        flows->flow = realloc(flows->flow, flows->room * sizeof(*flows->flow));
        assert_non_null(flows->flow);
    }
    flows->flow[flows->n++] = *f;
}

static void
flows_free(struct flows *flows)
{
    free(flows->flow);
    memset(flows, 0, sizeof(*flows));
}

static int
collect(void *context, const struct biflow *b)
{
    rows_add(context, b);
    return 0;
}

static struct cache_options
defaults(struct rows *rows)
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

/* What cache.h says of the counters, at any time. */
static void
check_stats(const struct cache_stats *s, size_t memory)
{
    uint64_t left_out = s->no_packets + s->no_bytes + s->wrong_family;
    uint64_t joined = s->joined_reverse + s->joined_stray + s->joined_continuation;

    assert_int_equal(s->records, left_out + s->opened + joined);
    assert_int_equal(s->opened - s->coalesced, s->written + s->live);
    assert_true(s->early <= s->written);
    assert_true(s->two_sided <= s->written);
    assert_true(s->memory <= memory);
}

/* Puts n records in batches of the given size and flushes.  Returns the first result that is not
 * CACHE_OK; the statistics, where asked for, are those of the end. */
static enum cache_result
run(const struct cache_options *options, const struct flow *flows, size_t n, size_t batch,
    struct cache_stats *stats)
{
    struct cache *c = cache_open(options);
    enum cache_result result = CACHE_OK;
    size_t done = 0;

    assert_non_null(c);
    while (done < n && result == CACHE_OK) {
        size_t now = n - done < batch ? n - done : batch;
        result = cache_put(c, flows + done, now);
        done += now;
        if (result == CACHE_OK)
            check_stats(cache_stats(c), options->memory);
    }
    if (result == CACHE_OK)
        result = cache_flush(c);
    if (result == CACHE_OK) {
        check_stats(cache_stats(c), options->memory);
        assert_int_equal(cache_stats(c)->records, n);
        assert_int_equal(cache_stats(c)->live, 0);
    }
    if (stats != NULL)
        *stats = *cache_stats(c);
    cache_release(c);
    return result;
}

static void
assert_rows_equal(const char *what, const struct rows *got, const struct rows *wanted)
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

/* ---- making flows ---- */

/* n packets of 100 bytes from 10.x.x.x:port to 192.0.2.1:53, UDP. */
static struct flow
udp(uint32_t host, uint16_t port, int64_t start, int64_t end, uint64_t packets)
{
    struct flow f = {.start = start, .end = end, .packets = packets, .bytes = 100 * packets, .proto = 17};

    f.family = 4;
    f.src[0] = 10;
    f.src[1] = (uint8_t)(host >> 16);
    f.src[2] = (uint8_t)(host >> 8);
    f.src[3] = (uint8_t)host;
    memcpy(f.dst, (uint8_t[]){192, 0, 2, 1}, 4);
    f.src_port = port;
    f.dst_port = 53;
    return f;
}

/* The same flow from the other end. */
static struct flow
answer(struct flow f)
{
    struct flow r = f;

    memcpy(r.src, f.dst, sizeof(r.src));
    memcpy(r.dst, f.src, sizeof(r.dst));
    r.src_port = f.dst_port;
    r.dst_port = f.src_port;
    return r;
}

/* Numbers that look random and are the same in every run (splitmix64). */
static uint64_t
draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void
shuffle(struct flows *flows, uint64_t seed)
{
    for (size_t i = flows->n; i > 1; i--) {
        size_t j = draw(&seed) % i;
        struct flow f = flows->flow[i - 1];
        flows->flow[i - 1] = flows->flow[j];
        flows->flow[j] = f;
    }
}

/* ---- vectors ---- */

static const char *const wanted_columns = "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,"
                                          "PACKETS,BYTES\n";
static const char *const profile_columns = "START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,"
                                           "PACKETS,BYTES,PACKETS_REV,BYTES_REV\n";

/* Seconds with three decimals, as ms. */
static int64_t
parse_ms(const char *s)
{
    bool negative = *s == '-';
    int64_t seconds, ms;

    assert_int_equal(sscanf(s + negative, "%" SCNd64 ".%3" SCNd64, &seconds, &ms), 2);
    return (negative ? -1 : 1) * (seconds * 1000 + ms);
}

static void
parse_address(struct flow *f, uint8_t *address, const char *s)
{
    f->family = strchr(s, ':') != NULL ? 6 : 4;
    assert_int_equal(inet_pton(f->family == 6 ? AF_INET6 : AF_INET, s, address), 1);
}

static void
parse_flow(struct flow *f, const char *line)
{
    char start[32], duration[32], src[64], dst[64];

    memset(f, 0, sizeof(*f));
    int n =
        sscanf(line,
               "%31[^,],%31[^,],%" SCNu8 ",%63[^,],%63[^,],%" SCNu16 ",%" SCNu16 ",%" SCNu64 ",%" SCNu64,
               start, duration, &f->proto, src, dst, &f->src_port, &f->dst_port, &f->packets, &f->bytes);
    assert_int_equal(n, 9);
    f->start = parse_ms(start);
    f->end = f->start + parse_ms(duration);
    parse_address(f, f->src, src);
    parse_address(f, f->dst, dst);
}

static void
parse_biflow(struct biflow *b, const char *line)
{
    memset(b, 0, sizeof(*b));
    int n = sscanf(line,
                   "%" SCNd64 ",%" SCNd64 ",%" SCNu8 ",%" SCNu8 ",%" SCNu16 ",%" SCNu16 ",%" SCNu64
                   ",%" SCNu64 ",%" SCNu64 ",%" SCNu64,
                   &b->start, &b->end, &b->family, &b->proto, &b->src_port, &b->dst_port, &b->packets,
                   &b->bytes, &b->packets_rev, &b->bytes_rev);
    assert_int_equal(n, 10);
}

/* The next line that is no comment; false at the end of the file. */
static bool
next_line(FILE *f, char *line, int size)
{
    while (fgets(line, size, f) != NULL)
        if (line[0] != '#')
            return true;
    return false;
}

static FILE *
open_csv(const char *path, const char *columns)
{
    char line[256];
    FILE *f = fopen(path, "r");

    if (f == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_true(next_line(f, line, sizeof(line)));
    assert_string_equal(line, columns);
    return f;
}

static struct flows
read_flows(const char *path)
{
    struct flows flows = {0};
    struct flow flow;
    char line[256];
    FILE *f = open_csv(path, wanted_columns);

    while (next_line(f, line, sizeof(line))) {
        parse_flow(&flow, line);
        flows_add(&flows, &flow);
    }
    assert_int_equal(fclose(f), 0);
    return flows;
}

static struct rows
read_profile(const char *path)
{
    struct rows rows = {0};
    struct biflow b;
    char line[256];
    FILE *f = open_csv(path, profile_columns);

    while (next_line(f, line, sizeof(line))) {
        parse_biflow(&b, line);
        rows_add(&rows, &b);
    }
    assert_int_equal(fclose(f), 0);
    rows_sort(&rows);
    return rows;
}

static void
subtract_zero(struct rows *rows, int64_t zero)
{
    for (size_t i = 0; i < rows->n; i++) {
        rows->row[i].start -= zero;
        rows->row[i].end -= zero;
    }
    rows_sort(rows);
}

/* The rows of the model and of the cache for one vector and one direction, after the zero. */
static void
check_vector(const char *what, const struct flows *flows, bool arrival, const struct rows *wanted)
{
    struct model_options options = {.active = 300000, .inactive = 30000, .arrival = arrival};
    struct model_result model;
    model_run(&options, flows->flow, flows->n, &model);
    subtract_zero(&model.rows, arrival ? flows->flow[0].start : model.earliest);
    assert_rows_equal(what, &model.rows, wanted);
    rows_free(&model.rows);

    for (size_t batch = 1; batch <= flows->n; batch++) {
        struct rows rows = {0};
        struct cache_stats stats;
        struct cache_options cache_options = defaults(&rows);
        cache_options.arrival = arrival;
        assert_int_equal(run(&cache_options, flows->flow, flows->n, batch, &stats), CACHE_OK);
        subtract_zero(&rows, arrival ? flows->flow[0].start : stats.earliest);
        assert_rows_equal(what, &rows, wanted);
        rows_free(&rows);
    }
}

static void
test_vectors(void **state)
{
    static const struct {
        const char *end;
        bool arrival;
    } profiles[] = {{"profile.csv", false}, {"arrival-first.csv", true}};
    char path[1024];
    glob_t found;

    (void)state;
    snprintf(path, sizeof(path), "%s/*.flows.csv", vectors);
    assert_int_equal(glob(path, 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 12);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct flows flows = read_flows(found.gl_pathv[i]);
        size_t stem = strlen(found.gl_pathv[i]) - strlen("flows.csv");
        for (size_t j = 0; j < sizeof(profiles) / sizeof(profiles[0]); j++) {
            snprintf(path, sizeof(path), "%.*s%s", (int)stem, found.gl_pathv[i], profiles[j].end);
            struct rows wanted = read_profile(path);
            check_vector(path, &flows, profiles[j].arrival, &wanted);
            rows_free(&wanted);
        }
        flows_free(&flows);
    }
    globfree(&found);
}

/* ---- rules that no vector shows, worked out by hand ---- */

struct by_hand {
    const char *what;
    bool arrival;
    size_t n;
    struct {
        bool back; /* from 192.0.2.1:53 to 10.0.0.1:4000 */
        int64_t start, end;
        uint64_t packets, packets_rev;
    } flow[4];
    size_t rows;
    struct {
        uint16_t src_port;
        int64_t start, end;
        uint64_t packets, packets_rev;
    } row[3];
};

/* Timeouts 300 s and 30 s; packets of 100 bytes. */
static const struct by_hand by_hand[] = {
    {"a record with packets both ways starts both sides: the higher port is the source",
     false,
     1,
     {{true, 0, 10, 3, 4}},
     1,
     {{4000, 0, 10, 4, 3}}},
    {"by arrival it is the source of that record",
     true,
     1,
     {{true, 0, 10, 3, 4}},
     1,
     {{53, 0, 10, 3, 4}}},
    {"a record with packets in reverse direction only belongs to that side",
     false,
     1,
     {{true, 0, 10, 0, 4}},
     1,
     {{4000, 0, 10, 4, 0}}},
    {"by arrival its source stays the source", true, 1, {{true, 0, 10, 0, 4}}, 1, {{53, 0, 10, 0, 4}}},
    {"reverse packets only join as the reverse record they are",
     false,
     2,
     {{true, 5, 10, 3, 0}, {true, 0, 10, 0, 4}},
     1,
     {{4000, 0, 10, 4, 3}}},
    {"a record with packets both ways is no reverse record",
     false,
     2,
     {{false, 0, 10, 3, 0}, {true, 0, 10, 3, 4}},
     2,
     {{4000, 0, 10, 3, 0}, {4000, 0, 10, 4, 3}}},
    {"one packet each way are two packets: no stray packet",
     false,
     2,
     {{false, 0, 10, 1, 1}, {false, 0, 10, 2, 2}},
     2,
     {{4000, 0, 10, 1, 1}, {4000, 0, 10, 2, 2}}},
    {"the smallest gap comes before the nearest start",
     false,
     3,
     {{false, 0, 1000, 2, 0}, {false, 1100, 1110, 3, 0}, {true, 1000, 1010, 4, 0}},
     2,
     {{4000, 0, 1010, 2, 4}, {4000, 1100, 1110, 3, 0}}},
    {"of two at the same gap the nearest start",
     false,
     3,
     {{false, 0, 1000, 2, 0}, {false, 900, 910, 3, 0}, {true, 905, 1010, 4, 0}},
     2,
     {{4000, 0, 1000, 2, 0}, {4000, 900, 1010, 3, 4}}},
    {"of two at the same gap and distance the one opened first",
     false,
     3,
     {{false, 910, 1000, 2, 0}, {false, 900, 1000, 3, 0}, {true, 905, 1010, 4, 0}},
     2,
     {{53, 905, 1010, 4, 2}, {4000, 900, 1000, 3, 0}}},
    {"a gap that is filled makes one of two, and the first record is that of the older",
     true,
     3,
     {{true, 600000, 600100, 2, 0}, {false, 0, 299000, 3, 0}, {false, 300000, 599000, 4, 0}},
     1,
     {{53, 0, 600100, 2, 7}}},
    {"a join can fill gaps on both sides",
     false,
     4,
     {{false, 0, 280000, 2, 0},
      {false, 600000, 600100, 3, 0},
      {false, 310001, 310100, 5, 0},
      {true, 300000, 580000, 4, 0}},
     1,
     {{4000, 0, 600100, 10, 4}}},
    {"of equal starts either may have been cut",
     false,
     2,
     {{false, 0, 10, 2, 0}, {false, 0, 270000, 3, 0}},
     1,
     {{4000, 0, 270000, 5, 0}}},
    {"of unequal starts only the earlier",
     false,
     2,
     {{false, 0, 10, 2, 0}, {false, 1, 270001, 3, 0}},
     2,
     {{4000, 0, 10, 2, 0}, {4000, 1, 270001, 3, 0}}},
    {"an end before the start is mended before the gap is measured",
     false,
     2,
     {{false, 40000, 9, 2, 0}, {true, 0, 9, 2, 0}},
     2,
     {{4000, 40000, 40000, 2, 0}, {53, 0, 9, 2, 0}}},
    {"one packet with a duration keeps it while it can be joined",
     false,
     2,
     {{false, 0, 1000, 1, 0}, {false, 31000, 31000, 2, 0}},
     1,
     {{4000, 0, 31000, 3, 0}}},
    {"longest biflow",
     false,
     1,
     {{false, -5, BIFLOW_MAX_MS - 5, 2, 0}},
     1,
     {{4000, -5, BIFLOW_MAX_MS - 5, 2, 0}}},
    {"a longer one is cut off",
     false,
     1,
     {{false, -5, BIFLOW_MAX_MS - 4, 2, 0}},
     1,
     {{4000, -5, BIFLOW_MAX_MS - 5, 2, 0}}},
    {"one over all of time, and a stray packet in it",
     false,
     2,
     {{false, INT64_MIN, INT64_MAX, 2, 0}, {true, 0, 0, 1, 0}},
     1,
     {{4000, INT64_MIN, INT64_MIN + BIFLOW_MAX_MS, 2, 1}}},
    {"the two ends of time are not near",
     false,
     2,
     {{false, INT64_MIN, INT64_MIN, 1, 0}, {true, INT64_MAX, INT64_MAX, 1, 0}},
     2,
     {{4000, INT64_MIN, INT64_MIN, 1, 0}, {53, INT64_MAX, INT64_MAX, 1, 0}}},
};

static void
test_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
        const struct by_hand *t = &by_hand[i];
        struct rows wanted = {0}, got = {0};
        struct flow flows[4];
        for (size_t j = 0; j < t->n; j++) {
            struct flow f = udp(1, 4000, t->flow[j].start, t->flow[j].end, t->flow[j].packets);
            flows[j] = t->flow[j].back ? answer(f) : f;
            flows[j].packets_rev = t->flow[j].packets_rev;
            flows[j].bytes_rev = 100 * t->flow[j].packets_rev;
        }
        for (size_t j = 0; j < t->rows; j++) {
            struct biflow b = {.start = t->row[j].start, .end = t->row[j].end, .family = 4, .proto = 17};
            b.src_port = t->row[j].src_port;
            b.dst_port = b.src_port == 53 ? 4000 : 53;
            b.packets = t->row[j].packets;
            b.packets_rev = t->row[j].packets_rev;
            b.bytes = 100 * b.packets;
            b.bytes_rev = 100 * b.packets_rev;
            rows_add(&wanted, &b);
        }
        rows_sort(&wanted);

        struct model_options model_options = {.active = 300000, .inactive = 30000, .arrival = t->arrival};
        struct model_result model;
        model_run(&model_options, flows, t->n, &model);
        assert_rows_equal(t->what, &model.rows, &wanted);

        struct cache_options options = defaults(&got);
        struct cache_stats stats;
        options.arrival = t->arrival;
        assert_int_equal(run(&options, flows, t->n, t->n, &stats), CACHE_OK);
        rows_sort(&got);
        assert_rows_equal(t->what, &got, &wanted);
        assert_int_equal(stats.two_sided, model.two_sided);
        assert_int_equal(stats.too_long_mended, model.too_long_mended);
        assert_int_equal(stats.one_packet_mended, model.one_packet_mended);
        rows_free(&model.rows);
        rows_free(&got);
        rows_free(&wanted);
    }
}

/* All packets of a host's flow to itself, on equal ports, are of one direction, whoever counted them. */
static void
test_equal_endpoints(void **state)
{
    (void)state;
    for (int arrival = 0; arrival < 2; arrival++) {
        struct rows rows = {0};
        struct cache_options options = defaults(&rows);
        struct flow f = udp(1, 53, T0, T0 + 10, 3);

        options.arrival = arrival != 0;
        memcpy(f.dst, f.src, sizeof(f.dst));
        f.packets_rev = 4;
        f.bytes_rev = 40;
        assert_int_equal(run(&options, &f, 1, 1, NULL), CACHE_OK);
        assert_int_equal(rows.n, 1);
        assert_int_equal(rows.row[0].packets, 3);
        assert_int_equal(rows.row[0].bytes, 300);
        assert_int_equal(rows.row[0].packets_rev, 4);
        assert_int_equal(rows.row[0].bytes_rev, 40);
        rows_free(&rows);
    }
}

/* ---- what is left out, mended and counted ---- */

static void
test_admission(void **state)
{
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct cache_stats stats;
    struct flow flows[12];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 12; i++)
        flows[i] = udp((uint32_t)i, 4000, T0 + 100, T0 + 200, 2);
    flows[n].start = T0 - 900; /* a record left out does not count for the time either */
    flows[n].packets = 0;
    flows[n++].bytes = 0; /* no packets, whatever else */
    flows[n].packets = 0;
    flows[n++].end = T0 - 5;
    flows[n++].bytes = 0;
    flows[n].bytes = 0;
    flows[n].proto = PROTO_ICMP6;
    flows[n++].end = T0 + 9000; /* no bytes comes before the wrong family */
    flows[n++].proto = PROTO_ICMP6;
    flows[n].proto = PROTO_ICMP;
    flows[n++].family = 6;
    flows[n++].proto = PROTO_ICMP;
    flows[n].proto = PROTO_ICMP6;
    flows[n++].family = 6;
    flows[n++].end = T0 + 99; /* mended */
    flows[n++].packets = 1;   /* mended when it is written */
    flows[n].packets = 0;     /* reverse packets are packets */
    flows[n].bytes = 0;
    flows[n].packets_rev = 5;
    flows[n++].bytes_rev = 50;
    flows[n++].end = T0 + 100 + BIFLOW_MAX_MS + 1;

    assert_int_equal(run(&options, flows, n, n, &stats), CACHE_OK);
    assert_int_equal(stats.records, 12);
    assert_int_equal(stats.no_packets, 2);
    assert_int_equal(stats.no_bytes, 2);
    assert_int_equal(stats.wrong_family, 2);
    assert_int_equal(stats.end_before_start, 1);
    assert_int_equal(stats.opened, 6);
    assert_int_equal(stats.written, 6);
    assert_int_equal(stats.two_sided, 0);
    assert_int_equal(stats.one_packet_mended, 1);
    assert_int_equal(stats.too_long_mended, 1);
    assert_int_equal(stats.early, 0);
    assert_int_equal(stats.packets, 2 + 2 + 2 + 1 + 5 + 2);
    assert_int_equal(stats.bytes, 5 * 200 + 50);
    assert_int_equal(stats.earliest, T0 + 100);
    assert_int_equal(stats.latest, T0 + 100 + BIFLOW_MAX_MS + 1);
    for (size_t i = 0; i < rows.n; i++)
        assert_null(biflow_problem(&rows.row[i]));
    rows_free(&rows);
}

static void
test_nothing(void **state)
{
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct cache_stats stats;

    (void)state;
    options.memory = MIB;
    assert_int_equal(run(&options, NULL, 0, 1, &stats), CACHE_OK);
    assert_int_equal(rows.n, 0);
    assert_int_equal(stats.written, 0);
    rows_free(&rows);
}

static void
test_counted_by_rule(void **state)
{
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct cache_stats stats;
    struct flow flows[] = {
        udp(1, 4000, T0, T0 + 10, 2),
        answer(udp(1, 4000, T0, T0 + 10, 2)),
        udp(2, 4000, T0, T0 + 10, 2),
        udp(2, 4000, T0 + 20, T0 + 20, 1),
        udp(3, 4000, T0, T0 + 299000, 2),
        udp(3, 4000, T0 + 600000, T0 + 600010, 2),
        udp(3, 4000, T0 + 300000, T0 + 599000, 2), /* joins one and then they are one */
    };

    (void)state;
    assert_int_equal(run(&options, flows, 7, 7, &stats), CACHE_OK);
    assert_int_equal(stats.opened, 4);
    assert_int_equal(stats.joined_reverse, 1);
    assert_int_equal(stats.joined_stray, 1);
    assert_int_equal(stats.joined_continuation, 1);
    assert_int_equal(stats.coalesced, 1);
    assert_int_equal(stats.written, 3);
    assert_int_equal(stats.two_sided, 1);
    assert_int_equal(rows.n, 3);
    rows_free(&rows);
}

/* ---- overflow and other failures ---- */

/* Two records of which one counter adds up to the largest number, or to one more. */
static void
test_overflow(void **state)
{
    (void)state;
    for (int counter = 0; counter < 4; counter++) {
        for (uint64_t over = 0; over < 2; over++) {
            struct rows rows = {0};
            struct cache_options options = defaults(&rows);
            struct flow flows[2];
            for (int i = 0; i < 2; i++) {
                struct flow *f = &flows[i];
                *f = udp(1, 4000, T0, T0 + 290000, 7);
                f->packets_rev = 7;
                f->bytes_rev = 700;
                uint64_t *counters[] = {&f->packets, &f->bytes, &f->packets_rev, &f->bytes_rev};
                *counters[counter] = i == 0 ? UINT64_MAX - 5 : 5 + over;
            }
            assert_int_equal(run(&options, flows, 2, 2, NULL), over != 0 ? CACHE_OVERFLOW : CACHE_OK);
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
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct flow flows[] = {
        udp(1, 4000, T0, T0 + 299000, 2),
        udp(1, 4000, T0 + 600000, T0 + 600010, 2),
        udp(1, 4000, T0 + 300000, T0 + 599000, 2),
    };

    (void)state;
    flows[0].bytes = UINT64_C(1) << 63;
    flows[1].bytes = UINT64_C(1) << 63;
    assert_int_equal(run(&options, flows, 3, 1, NULL), CACHE_OVERFLOW);
    rows_free(&rows);
}

/* The sums of the whole profile stop at the largest number instead. */
static void
test_totals_saturate(void **state)
{
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct cache_stats stats;
    struct flow flows[2];

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        flows[i] = udp(i, 4000, T0, T0, 2);
        flows[i].packets = flows[i].bytes = UINT64_C(1) << 63;
    }
    assert_int_equal(run(&options, flows, 2, 2, &stats), CACHE_OK);
    assert_true(stats.packets == UINT64_MAX);
    assert_true(stats.bytes == UINT64_MAX);
    rows_free(&rows);
}

static int
full_sink(void *context, const struct biflow *b)
{
    int *calls = context;

    (void)b;
    if (++*calls < 3)
        return 0;
    errno = ENOSPC;
    return -1;
}

/* A sink that fails ends the run at once, in a put as well as in the flush. */
static void
test_sink_fails(void **state)
{
    static const uint32_t sizes[] = {3, 100000};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int calls = 0;
        struct cache_options options = defaults(NULL);
        struct flows flows = {0};
        struct cache_stats stats;
        options.memory = MIB;
        options.sink = full_sink;
        options.context = &calls;
        for (uint32_t j = 0; j < sizes[i]; j++) {
            struct flow f = udp(j, 4000, T0, T0, 2);
            flows_add(&flows, &f);
        }
        errno = 0;
        assert_int_equal(run(&options, flows.flow, flows.n, 100, &stats), CACHE_FAILED);
        assert_int_equal(errno, ENOSPC);
        assert_int_equal(calls, 3);
        if (sizes[i] > 3)
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
        int64_t start = T0 + (int64_t)(draw(&seed) % 3000);
        struct flow f = udp(i, (uint16_t)(1024 + i % 50000), start, start + 50, 1 + draw(&seed) % 9);
        if (i % 7 == 0) {
            f.family = 6;
            f.src[15] = (uint8_t)i;
        }
        flows_add(&flows, &f);
        if (i % 3 != 0) {
            f = answer(f);
            f.end += 5;
            f.bytes += i;
            flows_add(&flows, &f);
        }
    }
    return flows;
}

/* No packet is lost: what came in has gone out, and is counted. */
static void
check_totals(const struct flows *flows, const struct rows *rows, const struct cache_stats *stats)
{
    uint64_t packets = 0, bytes = 0, packets_out = 0, bytes_out = 0;

    for (size_t i = 0; i < flows->n; i++) {
        packets += flows->flow[i].packets + flows->flow[i].packets_rev;
        bytes += flows->flow[i].bytes + flows->flow[i].bytes_rev;
    }
    for (size_t i = 0; i < rows->n; i++) {
        packets_out += rows->row[i].packets + rows->row[i].packets_rev;
        bytes_out += rows->row[i].bytes + rows->row[i].bytes_rev;
    }
    assert_int_equal(packets_out, packets);
    assert_int_equal(bytes_out, bytes);
    assert_int_equal(stats->packets, packets);
    assert_int_equal(stats->bytes, bytes);
    assert_int_equal(stats->written, rows->n);
}

static void
test_tiny_budget(void **state)
{
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct flows flows = young_flows(200000);
    struct cache_stats stats;

    (void)state;
    options.memory = MIB;
    assert_int_equal(run(&options, flows.flow, flows.n, 256, &stats), CACHE_OK);
    check_totals(&flows, &rows, &stats);
    assert_true(rows.n >= 200000);
    /* No entry can take less than 32 bytes, so at most 32,768 waited for the flush. */
    assert_true(stats.early >= 200000 - 32768);
    assert_true(stats.early < stats.written);
    flows_free(&flows);
    rows_free(&rows);
}

/* The rows and their order do not depend on the seed of the hash, nor on the sizes of the batches; also
 * when the budget decides what leaves. */
static void
check_same_output(const struct flows *flows)
{
    static const size_t memory[] = {MIB, 64 * MIB};

    for (size_t i = 0; i < 2; i++) {
        struct rows first = {0};
        struct cache_options options = defaults(&first);
        struct cache_stats first_stats, stats;
        options.memory = memory[i];
        assert_int_equal(run(&options, flows->flow, flows->n, flows->n, &first_stats), CACHE_OK);
        assert_true((first_stats.early > 0) == (memory[i] == MIB));
        for (uint64_t seed = 1; seed < 5; seed++) {
            struct rows rows = {0};
            options.context = &rows;
            options.seed[0] = seed * UINT64_C(0x9e3779b97f4a7c15);
            options.seed[1] = ~seed;
            size_t batch = (size_t[]){1, 3, 64, 4096}[seed - 1];
            assert_int_equal(run(&options, flows->flow, flows->n, batch, &stats), CACHE_OK);
            assert_rows_equal("another seed and batch size", &rows, &first);
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
    shuffle(&flows, 3);
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
        int64_t length = (int64_t)(draw(&seed) % 2000);
        struct flow f = udp(host, 4000, start, start + length, 2 + draw(&seed) % 9);
        flows_add(&flows, &f);
        if (i % 3 != 0) {
            f = answer(f);
            f.start += 3;
            f.end += 5;
            flows_add(&flows, &f);
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

/* What is old leaves for what is new, and nothing leaves early: the rows are those of unlimited memory.
 */
static void
check_steady(const struct flows *flows, const char *name)
{
    struct rows all = {0}, rows = {0};
    struct cache_options options = defaults(&all);
    struct cache_stats stats;

    options.memory = 1024 * MIB;
    assert_int_equal(run(&options, flows->flow, flows->n, 512, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    options.memory = MIB;
    options.context = &rows;
    assert_int_equal(run(&options, flows->flow, flows->n, 512, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    rows_sort(&all);
    rows_sort(&rows);
    assert_rows_equal(name, &rows, &all);
    rows_free(&all);
    rows_free(&rows);
}

static void
test_steady_stream(void **state)
{
    struct flows flows = steady_flows(216000);

    (void)state;
    check_steady(&flows, "steady stream in 1 MiB");
    flows_free(&flows);
}

/* A key a second, IPv6 and IPv4 by turns, with several biflows at once; the last of each is cut off and
 * goes on after a gap that is filled at the end. */
static struct flows
steady_crowds(uint32_t n, uint32_t biflows)
{
    struct flows flows = {0};

    for (uint32_t i = 0; i < n; i++) {
        int64_t start = T0 + 1000 * (int64_t)i;
        for (uint32_t k = 0; k < biflows + 2; k++) {
            static const int64_t from[] = {0, 320000, 290000}, to[] = {270000, 330000, 310000};
            struct flow f = udp(i, 4000, start, start + 100, 2);
            if (k >= biflows - 1) {
                f.start = start + from[k - (biflows - 1)];
                f.end = start + to[k - (biflows - 1)];
            }
            f.family = i % 2 == 0 ? 6 : 4;
            flows_add(&flows, &f);
        }
    }
    return flows;
}

/* All that biflows of one key need beside themselves is free again when they have left. */
static void
test_steady_crowds(void **state)
{
    (void)state;
    for (uint32_t biflows = 1; biflows <= 8; biflows++) {
        struct flows flows = steady_crowds(40000, biflows);
        check_steady(&flows, "biflows of one key in 1 MiB");
        flows_free(&flows);
    }
}

/* Three hours of 2000 conversations that last, a piece every five minutes, and 10 a second that come and
 * go. */
static struct flows
lasting_flows(void)
{
    struct flows flows = {0};

    for (uint32_t i = 0; i < 2000; i++) {
        struct flow f = udp(0x800000 + i, 9, T0, T0 + 299000, 9);
        flows_add(&flows, &f);
    }
    for (uint32_t second = 300; second < 3 * 3600; second++) {
        int64_t now = T0 + 1000 * (int64_t)second;
        for (uint32_t i = 0; i < 10; i++) {
            struct flow f = udp(10 * second + i, 4000, now - 5, now + i, 2);
            flows_add(&flows, &f);
        }
        for (uint32_t i = 0; second % 300 == 299 && i < 2000; i++) {
            struct flow f = udp(0x800000 + i, 9, now - 299000, now, 9);
            flows_add(&flows, &f);
        }
    }
    return flows;
}

/* The budget has room for those that last and the others, so nothing leaves early, although what leaves
 * has to be found among what lasts. */
static void
test_long_lived(void **state)
{
    struct flows flows = lasting_flows();
    struct rows all = {0}, rows = {0};
    struct cache_options options = defaults(&all);
    struct cache_stats stats;

    (void)state;
    assert_int_equal(run(&options, flows.flow, flows.n, 100, &stats), CACHE_OK);
    options.memory = MIB;
    options.context = &rows;
    assert_int_equal(run(&options, flows.flow, flows.n, 100, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    rows_sort(&all);
    rows_sort(&rows);
    assert_rows_equal("long-lived conversations in 1 MiB", &rows, &all);
    rows_free(&all);
    rows_free(&rows);
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
        struct rows all = {0}, rows = {0};
        struct cache_options options = defaults(&all);
        struct cache_stats stats;
        for (uint32_t j = 0; j < flows.n; j++) {
            struct flow f = udp(0xc00000 + j, 7, times[i] + j, times[i] + j + 10, 2);
            flows_add(&mixed, &flows.flow[j]);
            if (j % 20 == 19)
                flows_add(&mixed, &f);
        }
        assert_int_equal(run(&options, mixed.flow, mixed.n, 100, &stats), CACHE_OK);
        options.memory = MIB;
        options.context = &rows;
        assert_int_equal(run(&options, mixed.flow, mixed.n, 100, &stats), CACHE_OK);
        assert_int_equal(stats.early, 0);
        rows_sort(&all);
        rows_sort(&rows);
        assert_rows_equal("an exporter with a wrong clock in 1 MiB", &rows, &all);
        rows_free(&all);
        rows_free(&rows);
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
    struct cache_options options = defaults(&rows);
    struct flow batch[256];
    uint64_t most = 0;

    (void)state;
    options.memory = 256 * MIB;
    options.prompt = true;
    struct cache *c = cache_open(&options);
    assert_non_null(c);
    for (uint32_t i = 0; i < 1500000;) {
        size_t n;
        for (n = 0; n < 256 && i < 1500000; n++, i++)
            batch[n] = udp(i, 4000, T0 + 5 * (int64_t)i, T0 + 5 * (int64_t)i + 50, 2);
        assert_int_equal(cache_put(c, batch, n), CACHE_OK);
        if (cache_stats(c)->live > most)
            most = cache_stats(c)->live;
    }
    assert_int_equal(cache_stats(c)->early, 0);
    assert_in_range(most, 90000, 1200000);
    assert_int_equal(cache_flush(c), CACHE_OK);
    check_stats(cache_stats(c), options.memory);
    assert_int_equal(rows.n, 1500000);
    cache_release(c);
    rows_free(&rows);
}

/* One record from 2107 (or 1970) among 50,000, wherever it is: a row more, and nothing else is different.
 * The budget is such that a cache that took it for the time of the traffic would call all or nothing old.
 */
static void
test_absurd_clock(void **state)
{
    static const int64_t times[] = {INT64_C(4323456789000), 0};
    struct flows flows = steady_flows(30000);
    struct rows wanted = {0};
    struct cache_options options = defaults(&wanted);
    struct cache_stats stats;

    (void)state;
    options.memory = MIB;
    assert_true(flows.n >= 49000);
    assert_int_equal(run(&options, flows.flow, flows.n, 100, &stats), CACHE_OK);
    assert_int_equal(stats.early, 0);
    rows_sort(&wanted);
    struct flow last = {0};
    flows_add(&flows, &last);
    for (size_t i = 0; i < 2; i++) {
        for (size_t place = 0; place < 4; place++) {
            size_t at = (size_t[]){0, 1, flows.n / 2, flows.n - 1}[place];
            struct flow absurd = udp(0xffffff, 1, times[i], times[i] + 10, 77);
            struct rows rows = {0};
            memmove(&flows.flow[at + 1], &flows.flow[at], (flows.n - 1 - at) * sizeof(absurd));
            flows.flow[at] = absurd;
            options.context = &rows;
            assert_int_equal(run(&options, flows.flow, flows.n, 100, &stats), CACHE_OK);
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

/* ---- one key, very many biflows ---- */

static double
cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The time to put the flows and flush; the number of biflows that came out. */
static double
time_flows(const struct flows *flows, uint64_t *written)
{
    struct rows rows = {0};
    struct cache_options options = defaults(&rows);
    struct cache_stats stats;
    double began = cpu_seconds();

    assert_int_equal(run(&options, flows->flow, flows->n, 1000, &stats), CACHE_OK);
    *written = stats.written;
    rows_free(&rows);
    return cpu_seconds() - began;
}

/* Measured: a search tree of 100,000 takes up to 15 times as long as keys of their own.  To look at all
 * of them takes several hundred times as long, at one a nanosecond. */
enum { CROWD = 100000, SLOW = 60 };

/* A ping a minute: all far from each other. */
static void
crowd_spaced(struct flows *flows)
{
    for (int i = 0; i < CROWD; i++) {
        struct flow f = udp(1, 4000, T0 + 60000 * (int64_t)i, T0 + 60000 * (int64_t)i + 100, 2);
        flows_add(flows, &f);
    }
}

/* The same, answered, and in no order. */
static void
crowd_shuffled(struct flows *flows)
{
    crowd_spaced(flows);
    for (size_t i = 0; i < CROWD; i++) {
        struct flow f = answer(flows->flow[i]);
        flows_add(flows, &f);
    }
    shuffle(flows, 5);
}

/* All at the same time; then the answers, each for the one opened first of those that have none. */
static void
crowd_dense(struct flows *flows)
{
    for (int i = 0; i < 2 * CROWD; i++) {
        struct flow f = udp(1, 4000, T0, T0 + 100, 2);
        if (i >= CROWD)
            f = answer(f);
        flows_add(flows, &f);
    }
}

/* Question and answer in turn, at the same time: each question finds only pairs that are complete. */
static void
crowd_pairs(struct flows *flows)
{
    for (int i = 0; i < 2 * CROWD; i++) {
        struct flow f = udp(1, 4000, T0, T0 + 100, 2);
        if (i % 2 != 0)
            f = answer(f);
        flows_add(flows, &f);
    }
}

/* Within the inactive timeout of each other, each at its time and of its length, first the questions. */
static void
crowd_overlapping(struct flows *flows)
{
    uint64_t seed = 9;

    for (int i = 0; i < 2 * CROWD; i++) {
        int64_t start = T0 + (int64_t)(draw(&seed) % 20000);
        struct flow f = udp(1, 4000, start, start + (int64_t)(draw(&seed) % 250000), 2);
        if (i >= CROWD)
            f = answer(f);
        flows_add(flows, &f);
    }
}

/* Complete pairs, and one long question before them that all the later answers are nearest to, though
 * every pair starts nearer. */
static void
crowd_one_long(struct flows *flows)
{
    struct flow f = udp(1, 4000, T0, T0 + 269000, 2);

    flows_add(flows, &f);
    for (int i = 0; i < CROWD; i++) {
        f = udp(1, 4000, T0 + 1000 + i / 100, T0 + 1100 + i / 100, 2);
        f.packets_rev = 2;
        f.bytes_rev = 200;
        flows_add(flows, &f);
    }
    for (int i = 0; i < CROWD; i++) {
        f = udp(1, 4000, T0 + 10000 + i / 100, T0 + 10000 + i / 100, 1);
        flows_add(flows, &f);
    }
}

static void
test_crowded_key(void **state)
{
    static const struct {
        const char *name;
        void (*make)(struct flows *flows);
        uint64_t written; /* 0: any number */
    } crowds[] = {
        {"spaced", crowd_spaced, CROWD},       {"shuffled", crowd_shuffled, CROWD},
        {"dense", crowd_dense, CROWD},         {"pairs", crowd_pairs, CROWD},
        {"overlapping", crowd_overlapping, 0}, {"one long", crowd_one_long, CROWD + 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
        struct flows crowd = {0}, apart = {0};
        uint64_t written;
        crowds[i].make(&crowd);
        for (size_t j = 0; j < crowd.n; j++) {
            struct flow f = udp((uint32_t)j, 4000, T0, T0 + 100, 2);
            flows_add(&apart, &f);
        }
        double wanted = time_flows(&apart, &written);
        if (wanted < 0.02)
            wanted = 0.02;
        double got = time_flows(&crowd, &written);
        if (crowds[i].written != 0)
            assert_int_equal(written, crowds[i].written);
        print_message("%s: %zu records of one key in %.3f s, with keys of their own in %.3f s\n",
                      crowds[i].name, crowd.n, got, wanted);
        assert_true(got <= SLOW * wanted);
        flows_free(&crowd);
        flows_free(&apart);
    }
}

/* A crowd that does not fit: its members leave one by one, and it ends with the last of them. */
static void
test_crowd_in_tiny_budget(void **state)
{
    void (*const crowds[])(struct flows *) = {crowd_spaced, crowd_shuffled, crowd_dense,
                                              crowd_overlapping};

    (void)state;
    for (size_t i = 0; i < sizeof(crowds) / sizeof(crowds[0]); i++) {
        struct rows rows = {0};
        struct cache_options options = defaults(&rows);
        struct cache_stats stats;
        struct flows flows = {0};
        options.memory = MIB;
        crowds[i](&flows);
        for (size_t j = 0; j < flows.n; j += 3) /* some of another key, and of IPv6 */
            flows.flow[j].family = 6;
        assert_int_equal(run(&options, flows.flow, flows.n, 256, &stats), CACHE_OK);
        check_totals(&flows, &rows, &stats);
        rows_free(&rows);
        flows_free(&flows);
    }
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_equal_endpoints),
        cmocka_unit_test(test_admission),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_counted_by_rule),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_overflow_when_coalescing),
        cmocka_unit_test(test_totals_saturate),
        cmocka_unit_test(test_sink_fails),
        cmocka_unit_test(test_tiny_budget),
        cmocka_unit_test(test_same_output),
        cmocka_unit_test(test_same_output_in_time),
        cmocka_unit_test(test_steady_stream),
        cmocka_unit_test(test_steady_crowds),
        cmocka_unit_test(test_long_lived),
        cmocka_unit_test(test_absurd_exporter),
        cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_absurd_clock),
        cmocka_unit_test(test_crowded_key),
        cmocka_unit_test(test_crowd_in_tiny_budget),
    };

    if (argc > 1)
        vectors = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
