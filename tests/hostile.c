/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes flow streams as somebody may send them who wants to hurt ftp-merge.
 *
 * hostile order NAME COUNT
 *     COUNT records of one key, a minute apart, whose starts come in an order: ascending, descending,
 *     zigzag, outwards, reversed (the bits of their numbers) or random
 *
 * hostile turns LENGTH AWAY_S COUNT
 *     COUNT conversations of two records each, half of them of another exporter whose clock is AWAY_S
 *     seconds ahead; the two send LENGTH records in turn
 *
 * hostile bursts COUNT
 *     COUNT conversations, and among them five times 64 records a day ahead
 *
 * hostile days COUNT
 *     COUNT records, each of another day, and then ten of today
 *
 * hostile clocks SEED COUNT
 *     conversations of today, and records of any time
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "random.h"
#include "stream.h"

#define START_MS INT64_C(1700000000000)
#define DAY_MS INT64_C(86400000)

enum { ANSWER_AFTER = 64, BURSTS = 5, BURST = 64 };

static struct stream_writer out;

static void
put(const struct flow *f)
{
    if (stream_put_flow(&out, f) == -1)
        err(EXIT_FAILURE, "standard output");
}

/* A record of a second, from a client with a number. */
static struct flow
request(uint64_t client, int64_t start)
{
    return (struct flow){
        .start = start,
        .end = start + 1000,
        .packets = 3,
        .bytes = 300,
        .src = {10, (uint8_t)(client >> 16), (uint8_t)(client >> 8), (uint8_t)client},
        .dst = {198, 51, 100, 1},
        .src_port = (uint16_t)(1024 + client % 60000),
        .dst_port = 443,
        .proto = PROTO_TCP,
        .family = 4,
    };
}

/* What the server answers: later, so that the conversation grows. */
static struct flow
answer(struct flow f)
{
    struct flow r = f;

    memcpy(r.src, f.dst, sizeof r.src);
    memcpy(r.dst, f.src, sizeof r.dst);
    r.src_port = f.dst_port;
    r.dst_port = f.src_port;
    r.start += 2;
    r.end += 500;
    r.bytes = 4000;
    return r;
}

/* ---- order ---- */

static uint64_t
reversed_bits(uint64_t i, uint64_t bits)
{
    uint64_t reversed = 0;

    for (; bits > 0; bits--, i >>= 1)
        reversed = reversed << 1 | (i & 1);
    return reversed;
}

/* The place in time of the i-th of n records to come. */
static uint64_t
place(const char *order, uint64_t i, uint64_t n)
{
    uint64_t bits = 0;

    if (strcmp(order, "ascending") == 0)
        return i;
    if (strcmp(order, "descending") == 0)
        return n - 1 - i;
    if (strcmp(order, "zigzag") == 0)
        return i % 2 == 0 ? i / 2 : n - 1 - i / 2;
    if (strcmp(order, "outwards") == 0)
        return i % 2 == 0 ? n / 2 + i / 2 : n / 2 - 1 - i / 2;
    while (UINT64_C(1) << bits < n)
        bits++;
    if (strcmp(order, "reversed") == 0)
        return reversed_bits(i, bits);
    /* A permutation of all numbers of so many bits, which looks random. */
    for (int round = 0; round < 3; round++) {
        i = i * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0x7f4a7c15);
        i &= (UINT64_C(1) << bits) - 1;
        i ^= i >> (bits / 2 + 1);
    }
    return i;
}

static void
attack_order(const char *order, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct flow f = request(1, START_MS + (int64_t)place(order, i, n) * 60000);
        put(&f);
    }
}

/* ---- clocks ---- */

/* The i-th record of an exporter: requests, each with its answer some records later. */
static struct flow
record(uint64_t exporter, uint64_t i, int64_t away)
{
    uint64_t conversation = i < 2 * ANSWER_AFTER ? i / 2 : i / 2 - (i % 2) * ANSWER_AFTER;
    struct flow f = request(conversation * 2 + exporter, START_MS + away + (int64_t)conversation / 100);

    return i % 2 == 0 ? f : answer(f);
}

static void
attack_turns(uint64_t length, int64_t away, uint64_t n)
{
    uint64_t sent[2] = {0, 0}, records = n + 2 * ANSWER_AFTER;

    for (uint64_t turn = 0; sent[1] < records; turn++) {
        uint64_t exporter = turn % 2;
        for (uint64_t i = 0; i < length && sent[exporter] < records; i++, sent[exporter]++) {
            struct flow f = record(exporter, sent[exporter], exporter ? away : 0);
            put(&f);
        }
    }
}

/* Answers come late, after a burst, so whatever left too soon is a biflow too many. */
static void
attack_bursts(uint64_t n)
{
    uint64_t part = n / BURSTS;

    for (uint64_t begin = 0; begin < n; begin += part) {
        uint64_t end = begin + part < n ? begin + part : n;
        for (uint64_t i = begin; i < end; i++) {
            struct flow f = request(i, START_MS + (int64_t)i / 100);
            put(&f);
        }
        for (uint64_t i = 0; i < BURST && begin / part < BURSTS; i++) {
            struct flow f = request(0x800000 + begin + i, START_MS + DAY_MS);
            put(&f);
        }
        for (uint64_t i = begin; i < end; i++) {
            struct flow f = answer(request(i, START_MS + (int64_t)i / 100));
            put(&f);
        }
    }
}

static void
attack_days(uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        struct flow f = request(i, ((int64_t)i * 7 - 200000) * DAY_MS);
        put(&f);
    }
    for (uint64_t i = 0; i < 10; i++) {
        struct flow f = request(i, START_MS + (int64_t)i);
        put(&f);
    }
}

static int64_t
any_time(uint64_t *random)
{
    static const int64_t times[] = {
        0,
        -1,
        INT64_MIN,
        INT64_MAX,
        INT64_C(4323456789000),
        START_MS - 366 * DAY_MS,
        -DAY_MS,
        DAY_MS,
        START_MS,
        START_MS + 366 * DAY_MS,
    };
    int64_t by = (int64_t)random_below(random, 5) - 2;

    if (random_percent(random, 20))
        return (int64_t)next_random(random);
    int64_t t = times[random_below(random, sizeof times / sizeof times[0])];
    if (random_percent(random, 50))
        by *= DAY_MS;
    return __builtin_add_overflow(t, by, &t) ? INT64_MAX : t;
}

/* Some of the clocks are off only once, others for many records in a row; the first records are of any
 * time. */
static void
attack_clocks(uint64_t seed, uint64_t n)
{
    int64_t away = any_time(&seed);
    uint64_t left = random_below(&seed, 300);

    for (uint64_t i = 0; i < n; i++) {
        struct flow f = request(i / 2, START_MS + (int64_t)i);
        if (i % 2 != 0)
            f = answer(f);
        if (left > 0 || random_percent(&seed, 5)) {
            f.start = left > 0 ? away : any_time(&seed);
            f.end = random_percent(&seed, 50) ? f.start : any_time(&seed);
            if (random_percent(&seed, 50) && f.start < INT64_MAX - BIFLOW_MAX_MS)
                f.end = f.start + (int64_t)random_below(&seed, (uint64_t)BIFLOW_MAX_MS + 1);
            left -= left > 0;
        } else if (random_below(&seed, 1000) == 0) {
            away = any_time(&seed);
            left = random_below(&seed, 200);
        }
        put(&f);
    }
}

/* ---- */

static uint64_t
number(const char *text)
{
    return strtoull(text, NULL, 10);
}

int
main(int argc, char **argv)
{
    if (stream_writer_open(&out, STDOUT_FILENO, STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "standard output");
    if (argc == 4 && strcmp(argv[1], "order") == 0)
        attack_order(argv[2], number(argv[3]));
    else if (argc == 5 && strcmp(argv[1], "turns") == 0)
        attack_turns(number(argv[2]), (int64_t)strtoll(argv[3], NULL, 10) * 1000, number(argv[4]));
    else if (argc == 3 && strcmp(argv[1], "bursts") == 0)
        attack_bursts(number(argv[2]));
    else if (argc == 3 && strcmp(argv[1], "days") == 0)
        attack_days(number(argv[2]));
    else if (argc == 4 && strcmp(argv[1], "clocks") == 0)
        attack_clocks(number(argv[2]), number(argv[3]));
    else
        errx(2,
             "usage: hostile order NAME COUNT | turns LENGTH AWAY_S COUNT | bursts COUNT | days COUNT | "
             "clocks SEED COUNT");
    if (stream_writer_finish(&out, 0) == -1)
        err(EXIT_FAILURE, "standard output");
    stream_writer_release(&out);
    return EXIT_SUCCESS;
}
