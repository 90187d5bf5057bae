/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sessions whose truth can be told from their flow records. A biflow is what the profile's merge
 * rules can join again, so every session keeps to these:
 *
 * 1. Between two packets of one side pass at most I (the inactive timeout). What the exporter cuts
 *    is then cut at A (the active timeout) and lasted at least A - I.
 * 2. The answer comes at most I after the start.
 * 3. If the answer is long enough to be cut, the side that started is still sending when it begins.
 *    Otherwise, in random order, the later pieces of the answer can be joined before the start is
 *    seen, and nothing says any more that the start belongs to them.
 * 4. Sessions with one key are more than I apart (the caller's job). Then no rule can ever join
 *    records of two of them.
 * 5. When the flow cache evicts packets early, it evicts all of a session, one by one, and the session
 *    is at most I long. (Exporters do that when their hash slots collide.)
 *
 * Under these five the rules recover every session exactly, in any order of records, as long as
 * nothing leaves the flow cache early; in order of export nothing does if the export delay is at
 * most A / 2 - I.
 *
 * Not recoverable by design, and so not simulated: one side of a short session silent for longer than
 * I while the other side goes on (its two pieces look like two sessions); sessions with one key at
 * most I apart (they look like one); a flow of which only some packets are evicted (the rest joins
 * only if it comes before the other side's record).
 */
#include "session.h"

enum { SECOND = 1000 };

static uint32_t
min_u32(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* From one packet to several active timeouts; most sessions are short. */
static uint32_t
length_any(const struct exporter *exporter, struct rng *rng)
{
    uint32_t a = exporter->active;
    uint32_t i = exporter->inactive;
    uint32_t roll = rng_below(rng, 100);

    if (roll < 15)
        return 0;
    if (roll < 55)
        return rng_between(rng, 1, SECOND);
    if (roll < 80)
        return rng_between(rng, 1, i);
    if (roll < 92)
        return rng_between(rng, 1, a);
    if (roll < 97)
        return rng_between(rng, a, 2 * a);
    return rng_between(rng, 2 * a, 5 * a);
}

/* A few trains are slow, with pauses up to the inactive timeout: keepalives. */
static uint32_t
step_any(const struct exporter *exporter, uint32_t length, struct rng *rng)
{
    uint32_t dense = min_u32(exporter->inactive, 6 * SECOND);

    if (rng_percent(rng, 5))
        return exporter->inactive;
    return min_u32(dense, 1 + length / rng_between(rng, 1, 20));
}

/* Bulk transfers send many packets within a millisecond; a few outgrow counters of 32 bits. */
static uint32_t
burst_any(struct rng *rng)
{
    uint32_t roll = rng_below(rng, 10000);

    if (roll < 2)
        return 1000000;
    if (roll < 50)
        return 20000;
    return roll < 2000 ? 20 : 1;
}

static void
train_any(struct train *train, const struct exporter *exporter, uint32_t length, uint32_t size_max,
          struct rng *rng)
{
    *train = (struct train){.length = length,
                            .step = step_any(exporter, length, rng),
                            .burst = burst_any(rng),
                            .size_min = 40,
                            .size_max = rng_between(rng, 40, size_max),
                            .flags = 0x1b};
}

/*
 * The truth calls the earlier side the source, and for equal times the one with the higher port.
 * So only sessions whose ports differ may be answered within their first millisecond.
 */
static uint32_t
answer_offset(const struct key *key, struct rng *rng)
{
    bool tie = proto_has_ports(key->proto) && key->port[0] != key->port[1];

    if (tie && rng_percent(rng, 2))
        return 0;
    return rng_between(rng, 1, 200);
}

/* Now and then the answer is late, in the extreme as late as it may be (rule 2). */
static uint32_t
late_offset(const struct exporter *exporter, struct rng *rng)
{
    return rng_percent(rng, 10) ? exporter->inactive : rng_between(rng, 1, exporter->inactive);
}

void
session_transfer(struct session *session, const struct exporter *exporter, const struct key *key,
                 struct rng *rng)
{
    struct train *first = &session->train[0];
    struct train *answer = &session->train[1];
    uint32_t length = length_any(exporter, rng);

    train_any(first, exporter, length, 400, rng);
    train_any(answer, exporter, length / 100 * rng_between(rng, 20, 120), 1500, rng);
    if (rng_percent(rng, 10)) /* a small request, a large answer */
        first->length = min_u32(length, rng_between(rng, 0, SECOND));
    answer->offset = answer_offset(key, rng);
    if (answer->length < exporter->active && rng_percent(rng, 2))
        answer->offset = late_offset(exporter, rng);
    if (answer->length >= exporter->active && first->length < answer->offset)
        first->length = answer->offset; /* rule 3 */
    session->answered = !rng_percent(rng, 10);
    session->evicted = false;
}

void
session_exchange(struct session *session, const struct exporter *exporter, const struct key *key,
                 struct rng *rng)
{
    uint32_t length = rng_percent(rng, 80) ? 0 : rng_between(rng, 1, SECOND);

    train_any(&session->train[0], exporter, length, 120, rng);
    train_any(&session->train[1], exporter, length, 1200, rng);
    session->train[0].burst = 1;
    session->train[1].burst = 1;
    session->train[1].offset = answer_offset(key, rng);
    session->answered = !rng_percent(rng, 5);
    session->evicted = rng_percent(rng, 3) && session_length(session) <= exporter->inactive;
}

void
session_one_way(struct session *session, const struct exporter *exporter, const struct key *key,
                struct rng *rng)
{
    (void)key;
    train_any(&session->train[0], exporter, length_any(exporter, rng), 1500, rng);
    session->answered = false;
    session->evicted = false;
}

/* Up to three attempts, of which some are refused. */
void
session_scan(struct session *session, const struct exporter *exporter, const struct key *key,
             struct rng *rng)
{
    static const struct train packet = {.step = 1, .burst = 1, .size_min = 40, .size_max = 40};
    struct train *first = &session->train[0];
    struct train *answer = &session->train[1];

    *first = packet;
    first->flags = 0x02;
    first->length = rng_percent(rng, 70) ? 0 : min_u32(exporter->inactive, 3 * SECOND);
    first->step = min_u32(exporter->inactive, 2 * SECOND);
    *answer = packet;
    answer->flags = 0x14;
    answer->offset = answer_offset(key, rng);
    session->answered = rng_percent(rng, 15);
    session->evicted = false;
}

void
session_clip(struct session *session, uint32_t length)
{
    for (unsigned side = 0; side < 2; side++) {
        struct train *train = &session->train[side];
        train->offset = min_u32(train->offset, length);
        train->length = min_u32(train->length, length - train->offset);
    }
}

uint32_t
session_length(const struct session *session)
{
    uint32_t first = session->train[0].length;
    uint32_t answer = session->train[1].offset + session->train[1].length;

    return session->answered && answer > first ? answer : first;
}
