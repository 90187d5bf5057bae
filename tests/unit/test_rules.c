/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The merge rules on the vectors, and on what no vector shows, worked out by hand.  All of it goes
 * through the model too, which the random test takes for the truth.
 *
 * Run from the top directory, or with the directory of the vectors as argument.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "flows.h"
#include "model.h"

static const char *vectors = "tests/data/vectors";

/* What the cache makes of the records; sorted. */
static struct rows
rows_of_cache(const struct flow *flows, size_t n, size_t batch, bool arrival, struct cache_stats *stats)
{
    struct rows rows = {0};
    struct cache_options options = flows_defaults(&rows);

    options.arrival = arrival;
    assert_int_equal(flows_run(&options, flows, n, batch, stats), CACHE_OK);
    rows_sort(&rows);
    return rows;
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

static struct flow
parse_flow(const char *line)
{
    char start[32], duration[32], src[64], dst[64];
    struct flow f = {0};

    int n =
        sscanf(line,
               "%31[^,],%31[^,],%" SCNu8 ",%63[^,],%63[^,],%" SCNu16 ",%" SCNu16 ",%" SCNu64 ",%" SCNu64,
               start, duration, &f.proto, src, dst, &f.src_port, &f.dst_port, &f.packets, &f.bytes);
    assert_int_equal(n, 9);
    f.start = parse_ms(start);
    f.end = f.start + parse_ms(duration);
    parse_address(&f, f.src, src);
    parse_address(&f, f.dst, dst);
    return f;
}

static struct biflow
parse_biflow(const char *line)
{
    struct biflow b = {0};

    int n = sscanf(line,
                   "%" SCNd64 ",%" SCNd64 ",%" SCNu8 ",%" SCNu8 ",%" SCNu16 ",%" SCNu16 ",%" SCNu64
                   ",%" SCNu64 ",%" SCNu64 ",%" SCNu64,
                   &b.start, &b.end, &b.family, &b.proto, &b.src_port, &b.dst_port, &b.packets, &b.bytes,
                   &b.packets_rev, &b.bytes_rev);
    assert_int_equal(n, 10);
    return b;
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
    char line[256];
    FILE *f = open_csv(path, wanted_columns);

    while (next_line(f, line, sizeof(line)))
        flows_add(&flows, parse_flow(line));
    assert_int_equal(fclose(f), 0);
    return flows;
}

static struct rows
read_profile(const char *path)
{
    struct rows rows = {0};
    char line[256];
    FILE *f = open_csv(path, profile_columns);

    while (next_line(f, line, sizeof(line))) {
        struct biflow b = parse_biflow(line);
        rows_add(&rows, &b);
    }
    assert_int_equal(fclose(f), 0);
    rows_sort(&rows);
    return rows;
}

/* The rows of the model, and what the cache gives of them before clocks are judged, in batches of any
 * size. */
static void
check_vector(const char *what, const struct flows *flows, bool arrival, const struct rows *wanted)
{
    const struct model_options options = {.active = 300000,
                                          .inactive = 30000,
                                          .arrival = arrival,
                                          .zero = arrival ? MODEL_FIRST : MODEL_EARLIEST};
    struct model_result model;

    model_run(&options, flows->flow, flows->n, &model);
    rows_sort(&model.rows);
    flows_check_rows(what, &model.rows, wanted);
    for (size_t batch = 1; batch <= flows->n; batch++) {
        struct rows rows = rows_of_cache(flows->flow, flows->n, batch, arrival, NULL);
        flows_check_rows(what, &rows, &model.biflows);
        rows_free(&rows);
    }
    model_free(&model);
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
    assert_true(found.gl_pathc >= 18);
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

/* ---- by hand ---- */

enum { MAX_FLOWS = 4, MAX_ROWS = 3 };

struct by_hand {
    const char *what;
    bool arrival; /* else the order of the records must not matter */
    size_t n;
    struct {
        bool back; /* from 192.0.2.1:53 to 10.0.0.1:4000 */
        int64_t start, end;
        uint64_t packets, packets_rev;
    } flow[MAX_FLOWS];
    size_t rows;
    struct {
        uint16_t src_port;
        int64_t start, end;
        uint64_t packets, packets_rev;
    } row[MAX_ROWS];
};

#define DAY INT64_C(86400000)

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
    {"the side with the first packet is the source, also when its piece came last",
     false,
     2,
     {{true, 20, 30, 3, 0}, {false, 0, 10, 2, 0}},
     1,
     {{4000, 0, 30, 2, 3}}},
    {"by arrival the side of the record that came first, also when its piece is later",
     true,
     2,
     {{true, 20, 30, 3, 0}, {false, 0, 10, 2, 0}},
     1,
     {{53, 0, 30, 3, 2}}},
    {"an earlier packet of one side outweighs a tie",
     false,
     3,
     {{true, 5, 10, 3, 0}, {false, 5, 10, 2, 0}, {true, 4, 4, 1, 0}},
     1,
     {{53, 4, 10, 4, 2}}},
    {"one shared millisecond is an overlap",
     false,
     2,
     {{false, 0, 10, 3, 0}, {false, 10, 20, 4, 0}},
     1,
     {{4000, 0, 20, 7, 0}}},
    {"no shared millisecond is none",
     false,
     2,
     {{false, 0, 10, 3, 0}, {false, 11, 20, 4, 0}},
     2,
     {{4000, 0, 10, 3, 0}, {4000, 11, 20, 4, 0}}},
    {"a record can overlap two pieces",
     false,
     3,
     {{false, 0, 10, 3, 0}, {false, 50, 60, 4, 0}, {true, 10, 50, 5, 0}},
     1,
     {{4000, 0, 60, 7, 5}}},
    {"reverse packets only join as the reverse record they are",
     false,
     2,
     {{true, 20, 30, 3, 0}, {true, 0, 10, 0, 4}},
     1,
     {{4000, 0, 30, 4, 3}}},
    {"a record with packets both ways is no reverse record",
     false,
     2,
     {{false, 0, 10, 3, 0}, {true, 20, 30, 3, 4}},
     2,
     {{4000, 0, 10, 3, 0}, {4000, 20, 30, 4, 3}}},
    {"of equal gaps the earlier pair",
     false,
     3,
     {{false, 0, 10, 2, 0}, {true, 20, 30, 3, 0}, {false, 40, 50, 4, 0}},
     2,
     {{4000, 0, 30, 2, 3}, {4000, 40, 50, 4, 0}}},
    {"only neighbours pair up",
     false,
     3,
     {{false, 0, 10, 2, 0}, {true, 12, 13, 3, 3}, {true, 15, 20, 4, 0}},
     3,
     {{4000, 0, 10, 2, 0}, {4000, 12, 13, 3, 3}, {53, 15, 20, 4, 0}}},
    {"a pair may last so long that it goes on",
     false,
     3,
     {{false, 0, 140000, 2, 0}, {true, 150000, 290000, 3, 0}, {false, 310000, 310010, 4, 4}},
     1,
     {{4000, 0, 310010, 6, 7}}},
    {"also when the gap after it is the smaller one",
     false,
     3,
     {{false, 0, 140000, 2, 0}, {true, 150000, 290000, 3, 0}, {false, 295000, 295010, 4, 4}},
     1,
     {{4000, 0, 295010, 6, 7}}},
    {"but not what is before it",
     false,
     3,
     {{false, 0, 10, 4, 4}, {false, 5000, 145000, 2, 0}, {true, 150000, 290000, 3, 0}},
     2,
     {{4000, 0, 10, 4, 4}, {4000, 5000, 290000, 2, 3}}},
    {"a stray packet is as far as I away",
     false,
     2,
     {{false, 0, 0, 1, 0}, {false, 30000, 30010, 2, 0}},
     1,
     {{4000, 0, 30010, 3, 0}}},
    {"or further",
     false,
     2,
     {{false, 0, 0, 1, 0}, {false, 30001, 30010, 2, 0}},
     2,
     {{4000, 0, 0, 1, 0}, {4000, 30001, 30010, 2, 0}}},
    {"one packet each way are two packets: no stray packet",
     false,
     2,
     {{false, 0, 10, 1, 1}, {false, 20, 30, 2, 2}},
     2,
     {{4000, 0, 10, 1, 1}, {4000, 20, 30, 2, 2}}},
    {"one packet the other way is a stray packet",
     false,
     2,
     {{true, 0, 0, 0, 1}, {false, 20, 30, 2, 2}},
     1,
     {{4000, 0, 30, 3, 2}}},
    {"a piece remembers its last stray packet",
     false,
     3,
     {{false, 0, 20000, 5, 0}, {false, 20000, 20000, 1, 0}, {false, 50000, 50010, 2, 0}},
     1,
     {{4000, 0, 50010, 8, 0}}},
    {"by its place, not by the end of the piece",
     false,
     3,
     {{false, 0, 20000, 5, 0}, {false, 19999, 19999, 1, 0}, {false, 50000, 50010, 2, 0}},
     2,
     {{4000, 0, 20000, 6, 0}, {4000, 50000, 50010, 2, 0}}},
    {"and the first one",
     false,
     3,
     {{false, 30000, 50000, 5, 0}, {false, 35000, 35000, 1, 0}, {true, 0, 5000, 2, 2}},
     1,
     {{4000, 0, 50000, 8, 2}}},
    {"likewise",
     false,
     3,
     {{false, 30000, 50000, 5, 0}, {false, 35001, 35001, 1, 0}, {true, 0, 5000, 2, 2}},
     2,
     {{4000, 0, 5000, 2, 2}, {4000, 30000, 50000, 6, 0}}},
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
    {"an end before the start is mended before anything is measured",
     false,
     2,
     {{false, 40000, 9, 2, 0}, {true, 0, 9, 2, 0}},
     2,
     {{4000, 40000, 40000, 2, 0}, {53, 0, 9, 2, 0}}},
    {"one packet with a duration loses it before anything is measured",
     false,
     2,
     {{false, 0, 1000, 1, 0}, {false, 30001, 30001, 2, 0}},
     2,
     {{4000, 0, 0, 1, 0}, {4000, 30001, 30001, 2, 0}}},
    {"however long that was", false, 1, {{false, 0, BIFLOW_MAX_MS + 1, 1, 0}}, 1, {{4000, 0, 0, 1, 0}}},
    {"a record of a day joins",
     false,
     2,
     {{false, 0, DAY, 5, 0}, {true, 100, 200, 4, 0}},
     1,
     {{4000, 0, DAY, 5, 4}}},
    {"a longer one stays alone, and the others meet across it",
     false,
     3,
     {{false, 100, 200, 3, 0}, {false, 0, DAY + 1, 5, 0}, {true, 150, 300, 4, 0}},
     2,
     {{4000, 0, DAY + 1, 5, 0}, {4000, 100, 300, 3, 4}}},
    {"also beside another such one",
     false,
     2,
     {{false, 0, DAY + 1, 5, 0}, {true, 5, DAY + 9, 4, 0}},
     2,
     {{4000, 0, DAY + 1, 5, 0}, {53, 5, DAY + 9, 4, 0}}},
    {"the longest biflow",
     false,
     1,
     {{false, -5, BIFLOW_MAX_MS - 5, 2, 0}},
     1,
     {{4000, -5, BIFLOW_MAX_MS - 5, 2, 0}}},
    {"a longer record is left out, and what it overlaps stays",
     false,
     2,
     {{false, -5, BIFLOW_MAX_MS - 4, 2, 0}, {true, 0, 5, 3, 0}},
     1,
     {{53, 0, 5, 3, 0}}},
    {"so is one over all of time",
     false,
     2,
     {{false, INT64_MIN, INT64_MAX, 2, 0}, {true, 0, 0, 1, 0}},
     1,
     {{53, 0, 0, 1, 0}}},
    {"the two ends of time are not near",
     false,
     2,
     {{false, INT64_MIN, INT64_MIN, 1, 0}, {true, INT64_MAX, INT64_MAX, 1, 0}},
     2,
     {{4000, INT64_MIN, INT64_MIN, 1, 0}, {53, INT64_MAX, INT64_MAX, 1, 0}}},
};

static void
make_flows(const struct by_hand *t, struct flow *flows)
{
    for (size_t i = 0; i < t->n; i++) {
        struct flow f = flow_udp(1, 4000, t->flow[i].start, t->flow[i].end, t->flow[i].packets);
        flows[i] = t->flow[i].back ? flow_answer(f) : f;
        flows[i].packets_rev = t->flow[i].packets_rev;
        flows[i].bytes_rev = 100 * t->flow[i].packets_rev;
    }
}

static struct rows
make_rows(const struct by_hand *t)
{
    struct rows rows = {0};

    for (size_t i = 0; i < t->rows; i++) {
        struct biflow b = {.start = t->row[i].start,
                           .end = t->row[i].end,
                           .src_port = t->row[i].src_port,
                           .dst_port = t->row[i].src_port == 53 ? 4000 : 53,
                           .packets = t->row[i].packets,
                           .bytes = 100 * t->row[i].packets,
                           .packets_rev = t->row[i].packets_rev,
                           .bytes_rev = 100 * t->row[i].packets_rev,
                           .proto = PROTO_UDP,
                           .family = 4};
        rows_add(&rows, &b);
    }
    rows_sort(&rows);
    return rows;
}

static void
check_by_hand(const struct by_hand *t, const struct flow *flows, const struct rows *wanted)
{
    const struct model_options options = {.active = 300000, .inactive = 30000, .arrival = t->arrival};
    struct model_result model;
    struct cache_stats stats;

    model_run(&options, flows, t->n, &model);
    flows_check_rows(t->what, &model.biflows, wanted);
    struct rows got = rows_of_cache(flows, t->n, t->n, t->arrival, &stats);
    flows_check_rows(t->what, &got, wanted);
    assert_int_equal(stats.giants, model.giants);
    assert_int_equal(stats.joined_reverse, model.reverse);
    rows_free(&got);
    model_free(&model);
}

/* Checks all orders of the records from place i on. */
static void
check_orders(const struct by_hand *t, struct flow *flows, size_t i, const struct rows *wanted)
{
    if (i + 1 >= t->n || t->arrival) {
        check_by_hand(t, flows, wanted);
        return;
    }
    for (size_t j = i; j < t->n; j++) {
        struct flow kept[2] = {flows[i], flows[j]};
        flows[i] = kept[1];
        flows[j] = kept[0];
        check_orders(t, flows, i + 1, wanted);
        flows[i] = kept[0];
        flows[j] = kept[1];
    }
}

static void
test_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(by_hand) / sizeof(by_hand[0]); i++) {
        struct flow flows[MAX_FLOWS];
        struct rows wanted = make_rows(&by_hand[i]);
        make_flows(&by_hand[i], flows);
        check_orders(&by_hand[i], flows, 0, &wanted);
        rows_free(&wanted);
    }
}

/* All packets of a host's flow to itself, on equal ports, are of one direction, whoever counted them. */
static void
test_equal_endpoints(void **state)
{
    (void)state;
    for (int arrival = 0; arrival < 2; arrival++) {
        struct flow f = flow_udp(1, 53, T0, T0 + 10, 3);

        memcpy(f.dst, f.src, sizeof(f.dst));
        f.packets_rev = 4;
        f.bytes_rev = 40;
        struct rows rows = rows_of_cache(&f, 1, 1, arrival != 0, NULL);
        assert_int_equal(rows.n, 1);
        assert_int_equal(rows.row[0].packets, 3);
        assert_int_equal(rows.row[0].bytes, 300);
        assert_int_equal(rows.row[0].packets_rev, 4);
        assert_int_equal(rows.row[0].bytes_rev, 40);
        rows_free(&rows);
    }
}

/* With equal starts and ports the lower endpoint is the source, whatever came first. */
static void
test_lower_endpoint(void **state)
{
    struct flow ask = flow_udp(1, 53, T0, T0, 3), reply = flow_answer(ask);

    (void)state;
    reply.packets = 5;
    for (int icmp = 0; icmp < 2; icmp++) {
        ask.proto = reply.proto = icmp ? PROTO_ICMP : PROTO_UDP;
        reply.dst_port = icmp ? 3 : 53; /* of no meaning */
        for (int order = 0; order < 2; order++) {
            struct flow flows[2] = {order ? reply : ask, order ? ask : reply};
            struct rows rows = rows_of_cache(flows, 2, 2, false, NULL);
            assert_int_equal(rows.n, 1);
            /* 10.0.0.1 is lower than 192.0.2.1. */
            assert_int_equal(rows.row[0].packets, 3);
            assert_int_equal(rows.row[0].packets_rev, 5);
            assert_int_equal(rows.row[0].src_port, icmp ? 0 : 53);
            rows_free(&rows);
        }
    }
}

/* A conversation of 220 days, in records of a day each, is cut where programs that replay it have their
 * end. */
static void
test_long_conversation(void **state)
{
    struct flows flows = {0};
    struct cache_stats stats;

    (void)state;
    for (int64_t day = 0; day < 220; day++)
        flows_add(&flows, flow_udp(1, 4000, T0 + day * DAY, T0 + (day + 1) * DAY - 1, 2));
    flows_shuffle(&flows, 1);
    struct rows rows = rows_of_cache(flows.flow, flows.n, 7, false, &stats);
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.row[0].start, T0);
    assert_int_equal(rows.row[0].end, T0 + BIFLOW_MAX_MS);
    assert_int_equal(rows.row[0].packets, 440);
    assert_int_equal(stats.too_long_mended, 1);
    assert_int_equal(stats.long_records, 220);
    assert_int_equal(stats.giants, 0);
    rows_free(&rows);
    flows_free(&flows);
}

/* The distance of a stray packet inside of a piece is kept, far above any timeout that exporters have. */
static void
test_far_singles(void **state)
{
    static const int64_t timeouts[] = {1000000, 4294967294, 5000000000};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (int over = 0; over < 2; over++) {
            int64_t inactive = timeouts[i] < 4294967294 ? timeouts[i] : 4294967294;
            struct rows rows = {0};
            struct cache_options options = flows_defaults(&rows);
            options.inactive = (uint64_t)timeouts[i];
            options.active = options.inactive * 10;
            /* A day of silence, after most of I from the single packet to the end. */
            int64_t length = inactive > DAY ? inactive - DAY : inactive / 2;
            const struct flow flows[] = {
                flow_udp(1, 4000, T0, T0 + length, 2),
                flow_udp(1, 4000, T0, T0, 1),
                flow_udp(1, 4000, T0 + inactive + over, T0 + inactive + over + 5, 2),
            };
            assert_int_equal(flows_run(&options, flows, 3, 1, NULL), CACHE_OK);
            assert_int_equal(rows.n, over ? 2 : 1);
            rows_free(&rows);
        }
    }
}

/* One that is further inside than 32 bits can tell is none, and not one near the end. */
static void
test_single_after_weeks(void **state)
{
    const int64_t weeks = INT64_C(1) << 32;
    struct flows flows = {0};

    (void)state;
    for (int64_t day = 0; day < 52; day++)
        flows_add(&flows, flow_udp(1, 4000, T0 + day * DAY, T0 + (day + 1) * DAY - 1, 2));
    flows_add(&flows, flow_udp(1, 4000, T0 + weeks + 5, T0 + weeks + 5, 1));
    flows_add(&flows, flow_udp(1, 4000, T0 - 10000, T0 - 9000, 2));
    for (uint64_t seed = 0; seed < 5; seed++) {
        struct rows rows = rows_of_cache(flows.flow, flows.n, 9, false, NULL);
        assert_int_equal(rows.n, 2);
        rows_free(&rows);
        flows_shuffle(&flows, seed);
    }
    flows_free(&flows);
}

/* ---- what is counted ---- */

static void
test_counted_by_rule(void **state)
{
    struct cache_stats stats;
    const struct flow flows[] = {
        flow_udp(1, 4000, T0, T0 + 10, 2),
        flow_answer(flow_udp(1, 4000, T0 + 10, T0 + 20, 2)), /* overlap */
        flow_udp(2, 4000, T0, T0 + 10, 2),
        flow_answer(flow_udp(2, 4000, T0 + 20, T0 + 30, 2)), /* reverse */
        flow_udp(3, 4000, T0, T0 + 10, 2),
        flow_udp(3, 4000, T0 + 20, T0 + 20, 1), /* stray */
        flow_udp(4, 4000, T0, T0 + 299000, 2),
        flow_udp(4, 4000, T0 + 600000, T0 + 600010, 2),
        flow_udp(4, 4000, T0 + 300000, T0 + 599000, 2), /* continues one, and then another goes on */
        flow_udp(5, 4000, T0, T0 + 140000, 2),
        flow_answer(flow_udp(5, 4000, T0 + 150000, T0 + 290000, 2)), /* reverse */
        flow_udp(5, 4000, T0 + 300000, T0 + 300010, 2),              /* and that goes on */
    };

    (void)state;
    struct rows rows = rows_of_cache(flows, 12, 12, false, &stats);
    assert_int_equal(rows.n, 5);
    assert_int_equal(stats.joined_overlap, 1);
    assert_int_equal(stats.joined_reverse, 2);
    assert_int_equal(stats.joined_stray, 1);
    assert_int_equal(stats.joined_continuation, 1);
    assert_int_equal(stats.opened, 7);
    assert_int_equal(stats.coalesced, 2);
    assert_int_equal(stats.written, 5);
    rows_free(&rows);
}

static void
test_long_records(void **state)
{
    struct cache_stats stats;
    const struct flow flows[] = {
        flow_udp(1, 4000, T0, T0 + 600000, 2),  flow_udp(2, 4000, T0, T0 + 600001, 2),
        flow_udp(3, 4000, T0, T0 + DAY, 2),     flow_udp(4, 4000, T0, T0 + DAY + 1, 2),
        flow_udp(5, 4000, T0, T0 + DAY + 1, 1),
    };

    (void)state;
    struct rows rows = rows_of_cache(flows, 5, 5, false, &stats);
    assert_int_equal(rows.n, 5);
    assert_int_equal(stats.long_records, 3);
    assert_int_equal(stats.giants, 1);
    assert_int_equal(stats.opened, 5);
    rows_free(&rows);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_equal_endpoints),
        cmocka_unit_test(test_lower_endpoint),
        cmocka_unit_test(test_long_conversation),
        cmocka_unit_test(test_far_singles),
        cmocka_unit_test(test_single_after_weeks),
        cmocka_unit_test(test_counted_by_rule),
        cmocka_unit_test(test_long_records),
    };

    if (argc > 1)
        vectors = argv[1];
    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
