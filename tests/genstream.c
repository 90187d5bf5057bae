/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes a flow stream for tests and benchmarks of ftp-merge: conversations of two records each, one
 * after the other in time, as many as wanted and faster than any exporter.
 *
 *   genstream COUNT STEP_US [ipv6=PCT] [keys=distinct|one|colliding] [lasting=N]
 *
 * COUNT conversations start STEP_US microseconds apart (0: all at once, so none ever becomes old) and
 * last a second; the answer follows 64 conversations later.  keys=one gives all of them one key, a minute
 * apart; keys=colliding picks keys that meet in one part of a table whose hash has no seed.
 * lasting=N adds N conversations that go on for the whole time, a record every 299 seconds.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "siphash.h"
#include "stream.h"

enum { ANSWER_AFTER = 64 };

#define START_MS INT64_C(1700000000000)

struct plan {
    uint64_t count;
    uint64_t step_us;
    unsigned ipv6; /* percent */
    uint64_t lasting;
    bool one_key;
    bool colliding;
};

static uint64_t
scramble(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x >> 33;
}

/* The i-th client address: any, or one that an unseeded table would put where all the others are. */
static uint32_t
client_of(const struct plan *plan, uint64_t i)
{
    static const uint64_t no_seed[2];
    static uint32_t found[1 << 20];
    static uint32_t known, next;

    if (!plan->colliding)
        return 0x0a000000u | (uint32_t)(scramble(i) & 0xffffff);
    i &= sizeof found / sizeof found[0] - 1;
    while (known <= i) {
        uint64_t addresses = (uint64_t)next << 32 | 0xc6336401u;
        uint64_t rest = UINT64_C(443) << 16 | 40000 | (uint64_t)PROTO_TCP << 32;
        if (siphash(no_seed, &addresses, 1, rest, 5) >> 54 == 0)
            found[known++] = next;
        next++;
    }
    return found[i];
}

static struct flow
request(const struct plan *plan, uint64_t i)
{
    uint64_t ms = plan->one_key ? i * 60000 : i * plan->step_us / 1000;
    struct flow f = {.start = START_MS + (int64_t)ms,
                     .end = START_MS + (int64_t)ms + 1000,
                     .packets = 3,
                     .bytes = 300,
                     .src_port = 40000,
                     .dst_port = 443,
                     .proto = PROTO_TCP,
                     .family = scramble(i + 7) % 100 < plan->ipv6 ? 6 : 4};
    uint32_t client = plan->one_key ? 0x0a000001u : client_of(plan, i);

    for (int byte = 0; byte < 4; byte++)
        f.src[byte] = (uint8_t)(client >> (24 - 8 * byte));
    memcpy(f.dst, (const uint8_t[]){198, 51, 100, 1}, 4);
    if (!plan->one_key && !plan->colliding)
        f.src_port = (uint16_t)(1024 + scramble(i + 3) % 64000);
    if (f.family == 6) {
        memmove(f.src + 12, f.src, 4);
        memset(f.src, 0x20, 12);
        memset(f.dst + 4, 0x20, 12);
    }
    return f;
}

static struct flow
answer(const struct plan *plan, uint64_t i)
{
    struct flow f = request(plan, i);
    struct flow r = f;

    memcpy(r.src, f.dst, sizeof r.src);
    memcpy(r.dst, f.src, sizeof r.dst);
    r.src_port = f.dst_port;
    r.dst_port = f.src_port;
    r.start += 2;
    r.bytes = 4000;
    return r;
}

static void
put(struct stream_writer *w, const struct flow *f)
{
    if (stream_put_flow(w, f) == -1)
        err(EXIT_FAILURE, "standard output");
}

/* The records of the lasting conversations that end at a time. */
static void
put_lasting(struct stream_writer *w, const struct plan *plan, int64_t end)
{
    for (uint64_t i = 0; i < plan->lasting; i++) {
        struct flow f = request(plan, i);
        f.src[0] = 11;
        f.src_port = 9;
        f.start = end - 299000;
        f.end = end;
        put(w, &f);
    }
}

static void
generate(struct stream_writer *w, const struct plan *plan)
{
    int64_t next_lasting = START_MS + 299000;

    for (uint64_t i = 0; i < plan->count + ANSWER_AFTER; i++) {
        struct flow f;
        if (i < plan->count) {
            f = request(plan, i);
            put(w, &f);
            if (plan->lasting > 0 && f.end >= next_lasting) {
                put_lasting(w, plan, next_lasting);
                next_lasting += 299000;
            }
        }
        if (i >= ANSWER_AFTER) {
            f = answer(plan, i - ANSWER_AFTER);
            put(w, &f);
        }
    }
}

int
main(int argc, char **argv)
{
    struct plan plan = {.count = 0};
    struct stream_writer w;

    if (argc < 3)
        errx(2, "usage: genstream COUNT STEP_US [ipv6=PCT] [keys=one|colliding] [lasting=N]");
    plan.count = strtoull(argv[1], NULL, 10);
    plan.step_us = strtoull(argv[2], NULL, 10);
    for (int i = 3; i < argc; i++) {
        plan.one_key |= strcmp(argv[i], "keys=one") == 0;
        plan.colliding |= strcmp(argv[i], "keys=colliding") == 0;
        (void)sscanf(argv[i], "ipv6=%u", &plan.ipv6);
        (void)sscanf(argv[i], "lasting=%" SCNu64, &plan.lasting);
    }
    if (stream_writer_open(&w, STDOUT_FILENO, STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "standard output");
    generate(&w, &plan);
    if (stream_writer_finish(&w, 0) == -1)
        err(EXIT_FAILURE, "standard output");
    stream_writer_release(&w);
    return EXIT_SUCCESS;
}
