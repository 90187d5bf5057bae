/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Draws conversations until there are enough: who (peers.c), in what form (session.c), when, and how
 * often. Every session becomes two trains of packets, one per side, that go through the flow cache
 * (meter.c) packet by packet. The true biflow is what the packets were, before anything was cut.
 */
#include "traffic.h"

#include <stdbool.h>

#include "peers.h"
#include "rng.h"
#include "session.h"
#include "text.h"

enum { SECOND = 1000, POLL_PERIOD = 60 * SECOND };

struct kind {
    uint32_t share; /* of the conversations, in percent */
    void (*key)(struct peers *peers, struct key *key);
    void (*session)(struct session *session, const struct exporter *exporter, const struct key *key,
                    struct rng *rng);
    uint32_t again_percent; /* of these conversations have several sessions */
    uint32_t again_most;
    bool periodic;
};

static const struct kind kinds[] = {
    {34, peers_tcp, session_transfer, 5, 4, false},
    {18, peers_dns, session_exchange, 5, 3, false},
    {9, peers_udp, session_transfer, 10, 4, false},
    {4, peers_udp, session_one_way, 20, 4, false},
    {12, peers_scan, session_scan, 0, 1, false},
    {4, peers_ping, session_transfer, 20, 4, false},
    {4, peers_ping, session_exchange, 20, 4, false},
    {4, peers_icmp_error, session_one_way, 5, 3, false},
    {6, peers_portless, session_transfer, 20, 4, false},
    {3, peers_portless, session_one_way, 5, 3, false},
    {2, peers_poll, session_exchange, 100, 30, true},
};

struct traffic {
    const struct traffic_config *config;
    struct flows *flows;
    FILE *truth;
    struct peers peers;
    struct rng rng;
    struct rng delays;
    struct rng noise;
    struct rng noise_delays;
    uint32_t sessions;
    uint64_t noise_records;
};

static bool
traffic_enough(const struct traffic *traffic)
{
    if (traffic->config->sessions > 0)
        return traffic->sessions == traffic->config->sessions;
    return traffic->flows->records_used >= traffic->config->records;
}

static const struct kind *
kind_any(struct rng *rng)
{
    uint32_t roll = rng_below(rng, 100);
    const struct kind *kind = kinds;

    while (roll >= kind->share) {
        roll -= kind->share;
        kind++;
    }
    return kind;
}

/* Sends the packets of one side through the meter. Returns 0, or -1 with errno. */
static int
train_run(const struct train *train, bool evicted, struct meter *meter, struct rng *rng, uint32_t start,
          struct truth_side *side)
{
    uint32_t time = start + train->offset;
    uint32_t end = time + train->length;

    *side = (struct truth_side){.first = time, .last = end};
    for (;;) {
        uint64_t packets = rng_between(rng, 1, train->burst);
        uint64_t bytes = packets * rng_between(rng, train->size_min, train->size_max);
        if (meter_packets(meter, time, packets, bytes, train->flags) == -1)
            return -1;
        if (evicted && meter_evict(meter) == -1)
            return -1;
        side->packets += packets;
        side->bytes += bytes;
        if (time == end)
            return meter_end(meter);
        uint32_t step = rng_between(rng, 1, train->step);
        time = end - time <= step ? end : time + step;
    }
}

/* Runs a session from `start` (ms into the period). Returns 0, or -1 with errno. */
static int
session_run(struct traffic *traffic, const struct session *session, uint32_t index, uint32_t start)
{
    struct truth_side sides[2] = {{0}};
    uint8_t sending = session->answered ? 2 : 1;

    for (uint8_t side = 0; side < sending; side++) {
        struct meter meter;
        meter_init(&meter, &traffic->config->exporter, traffic->flows, &traffic->delays, index, side);
        if (train_run(&session->train[side], session->evicted, &meter, &traffic->rng, start,
                      &sides[side]) == -1)
            return -1;
    }
    traffic->sessions++;
    if (traffic->truth == NULL)
        return 0;
    return text_truth(traffic->truth, &traffic->flows->keys[index], sides, traffic->config->epoch);
}

/* Returns when the next session of a conversation may start: more than the inactive timeout later. */
static uint32_t
next_start(struct traffic *traffic, const struct kind *kind, uint32_t start, uint32_t length)
{
    uint32_t inactive = traffic->config->exporter.inactive;

    if (kind->periodic)
        return start + (POLL_PERIOD > 2 * inactive ? POLL_PERIOD : 2 * inactive);
    uint32_t pause = rng_percent(&traffic->rng, 25) ? 0 : rng_below(&traffic->rng, 3 * inactive);
    return start + length + inactive + 1 + pause;
}

/* Runs one conversation: a session, or several with the same key. Returns 0, or -1 with errno. */
static int
conversation_run(struct traffic *traffic)
{
    const struct exporter *exporter = &traffic->config->exporter;
    const struct kind *kind = kind_any(&traffic->rng);
    uint32_t span = traffic->config->span;
    uint32_t count = 1;
    uint32_t start = 0;
    uint32_t index;
    struct key key;

    kind->key(&traffic->peers, &key);
    if (flows_add_key(traffic->flows, &key, &index) == -1)
        return -1;
    if (rng_percent(&traffic->rng, kind->again_percent))
        count = rng_between(&traffic->rng, 2, kind->again_most);
    for (uint32_t nth = 0; nth < count && !traffic_enough(traffic); nth++) {
        struct session session;
        kind->session(&session, exporter, &key, &traffic->rng);
        session_clip(&session, span);
        uint32_t length = session_length(&session);
        if (nth == 0)
            start = rng_between(&traffic->rng, 0, span - length) / count;
        if (start > span - length)
            break;
        if (session_run(traffic, &session, index, start) == -1)
            return -1;
        start = next_start(traffic, kind, start, length);
    }
    return 0;
}

/* Adds flows of the other interface until they have their share. Returns 0, or -1 with errno. */
static int
noise_run(struct traffic *traffic)
{
    const struct traffic_config *config = traffic->config;
    struct flows *flows = traffic->flows;

    while (traffic->noise_records * 100 < flows->records_used * (uint64_t)config->other_percent) {
        size_t before = flows->records_used;
        struct meter meter;
        struct key key;
        uint32_t index;
        uint32_t start = rng_below(&traffic->noise, config->span);
        uint32_t packets = rng_between(&traffic->noise, 1, 50);
        peers_noise(&traffic->noise, config->ipv6_percent, &key);
        if (flows_add_key(flows, &key, &index) == -1)
            return -1;
        meter_init(&meter, &config->exporter, flows, &traffic->noise_delays, index, 0);
        if (meter_packets(&meter, start, packets, packets * 100ULL, 0) == -1)
            return -1;
        if (meter_end(&meter) == -1)
            return -1;
        traffic->noise_records += flows->records_used - before;
    }
    return 0;
}

static int
traffic_run(struct traffic *traffic)
{
    if (traffic->truth != NULL && text_truth_header(traffic->truth) == -1)
        return -1;
    while (!traffic_enough(traffic)) {
        if (conversation_run(traffic) == -1 || noise_run(traffic) == -1)
            return -1;
    }
    return 0;
}

int
traffic_generate(const struct traffic_config *config, struct flows *flows, FILE *truth)
{
    struct traffic traffic = {.config = config, .flows = flows, .truth = truth};
    uint32_t about = config->sessions > 0 ? config->sessions : config->records;

    traffic.rng = rng_seeded(config->seed, 1);
    traffic.delays = rng_seeded(config->seed, 2);
    traffic.noise = rng_seeded(config->seed, 3);
    traffic.noise_delays = rng_seeded(config->seed, 4);
    if (peers_init(&traffic.peers, config->seed, config->ipv6_percent, about) == -1)
        return -1;
    int result = traffic_run(&traffic);
    peers_release(&traffic.peers);
    return result;
}
