/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random sequences of records, put into the flow cache and into the model: both have to give the same
 * biflows.  The sequences are made to be awkward: few keys, few times that lie exactly on the bounds of
 * the rules, ties, hosts that talk to themselves, records in no order, crowds on one key, the ends of
 * the range of times and counters.  When the two differ, records are dropped as long as they still do,
 * and what is left is printed in the form that -r reads.
 *
 *     test_model_random [NUMBER [SEED]]     default 5000 sequences, seed 1
 *     test_model_random -r FILE             the sequence in FILE
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "model.h"

enum { MAX_KEYS = 12 };

/* One test case. */
struct sequence {
    uint64_t active;
    uint64_t inactive;
    bool arrival;
    uint64_t batches; /* seed of the sizes of the batches; 0 for one batch of all */
    struct flow *flow;
    size_t n;
};

/* ---- numbers that look random (splitmix64) ---- */

static uint64_t
draw(uint64_t *rng)
{
    uint64_t z = *rng += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 to n - 1. */
static uint64_t
below(uint64_t *rng, uint64_t n)
{
    return draw(rng) % n;
}

static bool
percent(uint64_t *rng, uint64_t p)
{
    return below(rng, 100) < p;
}

#define PICK(rng, array) (array)[below(rng, sizeof(array) / sizeof((array)[0]))]

static void *
must(void *p)
{
    if (p == NULL) {
        perror("test_model_random");
        exit(1);
    }
    return p;
}

/* ---- making a sequence ---- */

struct key {
    uint8_t family;
    uint8_t proto;
    uint8_t a[16];
    uint8_t b[16];
    uint16_t a_port;
    uint16_t b_port;
};

/* What the records of one sequence are like. */
struct mood {
    uint64_t *rng;
    const struct sequence *s;
    struct key key[MAX_KEYS];
    size_t keys;
    int64_t base; /* times are this and an offset, or minus an offset */
    bool downwards;
    uint64_t spread;         /* offsets start below this */
    uint64_t grid_steps;     /* and go on by so many steps on the grid at most */
    uint64_t grid_percent;   /* durations on the grid; the others are too short to have been cut */
    uint64_t single_percent; /* of one packet */
    uint64_t both_percent;   /* with reverse counters */
    uint64_t huge_percent;   /* counters near a power of two */
    uint64_t max_power;      /* up to this one */
    uint64_t odd_percent;    /* left out or mended */
    uint64_t long_percent;   /* durations near a power of two */
};

static uint8_t
draw_proto(uint64_t *rng)
{
    static const uint8_t protos[] = {6, 6, 17, 17, 17, 1, 58, 0, 132, 255};

    return PICK(rng, protos);
}

/* From so few addresses and ports that keys share them, and also both ends of a key. */
static void
draw_endpoint(uint64_t *rng, uint8_t family, uint8_t *address, uint16_t *port)
{
    static const uint8_t addresses[][16] = {
        {10, 0, 0, 1},
        {10, 0, 0, 2},
        {192, 168, 255, 255},
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1},
        {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
    };
    static const uint16_t ports[] = {0, 53, 53, 4000, 65535};

    memcpy(address, addresses[below(rng, family == 4 ? 3 : 5)], 16);
    *port = PICK(rng, ports);
}

static void
draw_keys(struct mood *mood, size_t n)
{
    mood->keys = n;
    for (size_t i = 0; i < n; i++) {
        struct key *k = &mood->key[i];
        k->family = percent(mood->rng, 70) ? 4 : 6;
        k->proto = draw_proto(mood->rng);
        draw_endpoint(mood->rng, k->family, k->a, &k->a_port);
        draw_endpoint(mood->rng, k->family, k->b, &k->b_port);
        if (percent(mood->rng, 8)) {
            memcpy(k->b, k->a, sizeof(k->b));
            k->b_port = k->a_port;
        }
    }
}

/* A length at one of the bounds of the rules. */
static uint64_t
draw_grid(const struct mood *mood)
{
    uint64_t a = mood->s->active, i = mood->s->inactive;
    uint64_t long_enough = a > i ? a - i : 0;
    uint64_t grid[] = {0,           0,
                       1,           i,
                       i + 1,       i > 0 ? i - 1 : 0,
                       long_enough, long_enough > 0 ? long_enough - 1 : 0,
                       a,           long_enough + 1,
                       2 * i,       2 * a};

    return PICK(mood->rng, grid);
}

static uint64_t
near_power_of_two(uint64_t *rng, uint64_t max_power)
{
    return (UINT64_C(1) << below(rng, max_power + 1)) - 1 + below(rng, 3);
}

/* t + n, at most the last time there is. */
static int64_t
later(int64_t t, uint64_t n)
{
    uint64_t most = (uint64_t)INT64_MAX - (uint64_t)t;

    return n >= most ? INT64_MAX : (int64_t)((uint64_t)t + n);
}

/* t - n, at least the first time there is. */
static int64_t
sooner(int64_t t, uint64_t n)
{
    uint64_t most = (uint64_t)t - (uint64_t)INT64_MIN;

    return n >= most ? INT64_MIN : (int64_t)((uint64_t)t - n);
}

static void
draw_times(const struct mood *mood, struct flow *f)
{
    uint64_t offset = below(mood->rng, mood->spread);
    uint64_t steps = below(mood->rng, mood->grid_steps + 1);
    uint64_t a = mood->s->active, i = mood->s->inactive;
    uint64_t duration = below(mood->rng, a > i + 10 ? 10 : a > i ? a - i : 1);

    while (steps-- > 0)
        offset += draw_grid(mood);
    f->start = mood->downwards ? sooner(mood->base, offset) : later(mood->base, offset);
    if (percent(mood->rng, mood->grid_percent))
        duration = draw_grid(mood);
    if (percent(mood->rng, mood->long_percent))
        duration = near_power_of_two(mood->rng, 63);
    f->end = later(f->start, duration);
    if (percent(mood->rng, mood->odd_percent))
        f->end = sooner(f->start, duration);
}

static void
draw_counters(const struct mood *mood, uint64_t *packets, uint64_t *bytes)
{
    uint64_t *rng = mood->rng;

    *packets = percent(rng, mood->single_percent) ? 1 : 2 + below(rng, 4);
    *bytes = *packets * (40 + below(rng, 3));
    if (percent(rng, mood->huge_percent))
        *packets = near_power_of_two(rng, mood->max_power);
    if (percent(rng, mood->huge_percent))
        *bytes = near_power_of_two(rng, mood->max_power);
    if (percent(rng, mood->odd_percent))
        *packets = 0;
    if (percent(rng, mood->odd_percent))
        *bytes = 0;
}

static void
draw_flow(const struct mood *mood, struct flow *f)
{
    uint64_t *rng = mood->rng;
    const struct key *k = &mood->key[below(rng, mood->keys)];
    bool back = percent(rng, 45);

    memset(f, 0, sizeof(*f));
    f->family = k->family;
    f->proto = k->proto;
    memcpy(f->src, back ? k->b : k->a, sizeof(f->src));
    memcpy(f->dst, back ? k->a : k->b, sizeof(f->dst));
    f->src_port = back ? k->b_port : k->a_port;
    f->dst_port = back ? k->a_port : k->b_port;
    if (!proto_has_ports(f->proto))
        f->dst_port = (uint16_t)below(rng, 3);
    draw_times(mood, f);
    draw_counters(mood, &f->packets, &f->bytes);
    if (percent(rng, mood->both_percent)) {
        draw_counters(mood, &f->packets_rev, &f->bytes_rev);
        if (percent(rng, 20))
            f->packets = f->bytes = 0;
    }
}

static int
by_end(const void *a, const void *b)
{
    const struct flow *x = a;
    const struct flow *y = b;

    return (x->end > y->end) - (x->end < y->end);
}

/* As drawn; or as an exporter sends them; or nearly so; or the other way round. */
static void
order(uint64_t *rng, struct flow *flow, size_t n)
{
    uint64_t kind = below(rng, 5);

    if (kind < 2)
        return;
    qsort(flow, n, sizeof(*flow), by_end);
    if (kind == 2)
        return;
    for (size_t i = 0; i + 1 < n; i++) {
        size_t j = kind == 3 ? i + below(rng, n - i < 5 ? n - i : 5) : n - 1 - i;
        if (kind == 4 && j <= i)
            return;
        struct flow f = flow[i];
        flow[i] = flow[j];
        flow[j] = f;
    }
}

static void
draw_timeouts(uint64_t *rng, struct sequence *s)
{
    static const uint64_t timeouts[] = {0,   1,    2,     5,      10,
                                        100, 1000, 30000, 300000, UINT64_C(4294967295000)};

    switch (below(rng, 4)) {
    case 0:
        s->active = 300000;
        s->inactive = 30000;
        break;
    case 1:
        s->active = PICK(rng, timeouts);
        s->inactive = PICK(rng, timeouts);
        break;
    default: /* so small that random times meet the bounds often */
        s->active = below(rng, 40);
        s->inactive = below(rng, 6);
        break;
    }
}

/* Number `nr` of the run decides which sequences are large, so that a run has its share of them. */
static size_t
draw_size(uint64_t *rng, uint64_t nr)
{
    if (nr % 1000 == 600)
        return 3000;
    if (nr % 4 == 3)
        return 50 + below(rng, 351);
    return percent(rng, 50) ? 1 + below(rng, 8) : 1 + below(rng, 48);
}

static void
draw_mood(struct mood *mood, uint64_t *rng, const struct sequence *s)
{
    static const int64_t bases[] = {0, INT64_C(1700000000000), -5, INT64_MIN, INT64_MAX};
    static const uint64_t percents[] = {0, 0, 10, 50, 90};
    static const uint64_t few_percents[] = {0, 5, 5, 30, 100};
    static const uint64_t rare_percents[] = {0, 0, 0, 0, 1, 5, 30};
    uint64_t per_flow = PICK(rng, ((uint64_t[]){1, 1, 3, 10}));

    memset(mood, 0, sizeof(*mood));
    mood->rng = rng;
    mood->s = s;
    draw_keys(mood, s->n >= 50 ? 1 + below(rng, 2) : 1 + below(rng, 1 + below(rng, MAX_KEYS)));
    mood->base = percent(rng, 70) ? bases[1] : PICK(rng, bases);
    mood->downwards = mood->base == INT64_MAX;
    mood->spread = 1 + below(rng, 2) * s->n * per_flow * (s->inactive < 1000000 ? s->inactive + 1 : 1);
    mood->grid_steps = below(rng, 5);
    mood->grid_percent = PICK(rng, few_percents);
    mood->single_percent = PICK(rng, percents);
    mood->both_percent = PICK(rng, percents);
    mood->huge_percent = PICK(rng, rare_percents);
    mood->max_power = 50;
    if (percent(rng, 15)) { /* enough of them for sums that overflow */
        mood->huge_percent = 20;
        mood->max_power = 63;
    }
    mood->odd_percent = PICK(rng, rare_percents);
    mood->long_percent = PICK(rng, rare_percents);
    if (s->n >= 50 && percent(rng, 70)) { /* a crowd stays one when few of it can join many others */
        mood->grid_percent = below(rng, 8);
        mood->single_percent = below(rng, 8);
        mood->long_percent = 0;
    }
}

/* The same sequence for the same seed and number, whatever others there are. */
static struct sequence
make_sequence(uint64_t seed, uint64_t nr)
{
    uint64_t rng = seed * UINT64_C(0x2545f4914f6cdd1d) + nr;
    struct sequence s = {0};
    struct mood mood;

    draw_timeouts(&rng, &s);
    s.arrival = percent(&rng, 40);
    s.batches = percent(&rng, 25) ? 0 : draw(&rng);
    s.n = draw_size(&rng, nr);
    s.flow = must(calloc(s.n, sizeof(*s.flow)));
    draw_mood(&mood, &rng, &s);
    for (size_t i = 0; i < s.n; i++)
        draw_flow(&mood, &s.flow[i]);
    order(&rng, s.flow, s.n);
    return s;
}

/* ---- running it ---- */

static int
collect(void *context, const struct biflow *b)
{
    rows_add(context, b);
    return 0;
}

static enum cache_result
put_all(struct cache *c, const struct sequence *s)
{
    static const uint64_t most[] = {1, 2, 3, 8, 64, 1000};
    uint64_t rng = s->batches;
    uint64_t at_most = PICK(&rng, most);
    enum cache_result result = CACHE_OK;
    size_t done = 0;

    if (s->batches == 0)
        return cache_put(c, s->flow, s->n);
    while (done < s->n && result == CACHE_OK) {
        size_t batch = below(&rng, at_most + 1);
        if (batch > s->n - done)
            batch = s->n - done;
        result = cache_put(c, s->flow + done, batch);
        done += batch;
    }
    return result;
}

/* What the cache says of a sequence; its rows are sorted. */
struct outcome {
    enum cache_result result;
    struct rows rows;
    struct cache_stats stats;
};

static struct outcome
run_cache(const struct sequence *s)
{
    struct outcome out = {.result = CACHE_OK};
    struct cache_options options = {
        .active = s->active,
        .inactive = s->inactive,
        .memory = (size_t)64 << 20,
        .arrival = s->arrival,
        .seed = {s->batches, ~s->active},
        .sink = collect,
        .context = &out.rows,
    };
    struct cache *c = must(cache_open(&options));

    out.result = put_all(c, s);
    if (out.result == CACHE_OK)
        out.result = cache_flush(c);
    out.stats = *cache_stats(c);
    cache_release(c);
    rows_sort(&out.rows);
    return out;
}

/* The first counter of the two that differs, or NULL. */
static const char *
stats_differ(const struct cache_stats *c, const struct model_result *m, size_t n)
{
    const struct {
        const char *name;
        uint64_t cache;
        uint64_t model;
    } pairs[] = {
        {"records", c->records, n},
        {"no_packets", c->no_packets, m->no_packets},
        {"no_bytes", c->no_bytes, m->no_bytes},
        {"wrong_family", c->wrong_family, m->wrong_family},
        {"end_before_start", c->end_before_start, m->end_before_start},
        {"opened", c->opened, m->opened},
        {"joined", c->joined_reverse + c->joined_stray + c->joined_continuation, m->joined},
        {"coalesced", c->coalesced, m->coalesced},
        {"written", c->written, m->rows.n},
        {"two_sided", c->two_sided, m->two_sided},
        {"early", c->early, 0},
        {"one_packet_mended", c->one_packet_mended, m->one_packet_mended},
        {"too_long_mended", c->too_long_mended, m->too_long_mended},
        {"live", c->live, 0},
        {"earliest", m->opened > 0 ? (uint64_t)c->earliest : 0, (uint64_t)m->earliest},
        {"latest", m->opened > 0 ? (uint64_t)c->latest : 0, (uint64_t)m->latest},
    };

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
        if (pairs[i].cache != pairs[i].model)
            return pairs[i].name;
    return NULL;
}

/* Says how the two differ, NULL when they agree; prints what both gave when asked to. */
static const char *
compare(const struct sequence *s, bool print)
{
    struct model_options options = {.active = s->active, .inactive = s->inactive, .arrival = s->arrival};
    struct model_result model;
    struct outcome cache = run_cache(s);
    const char *differ = NULL;

    model_run(&options, s->flow, s->n, &model);
    if (cache.result == CACHE_FAILED)
        differ = "the cache failed";
    else if ((cache.result == CACHE_OVERFLOW) != model.overflow)
        differ = model.overflow ? "only the model overflows" : "only the cache overflows";
    else if (!model.overflow && !rows_equal(&cache.rows, &model.rows))
        differ = "rows";
    else if (!model.overflow)
        differ = stats_differ(&cache.stats, &model, s->n);
    if (print) {
        rows_print(stderr, "# cache ", &cache.rows);
        rows_print(stderr, "# model ", &model.rows);
        fprintf(stderr, "# %s\n", differ != NULL ? differ : "they agree");
    }
    rows_free(&cache.rows);
    rows_free(&model.rows);
    return differ;
}

/* ---- a sequence as text ---- */

static void
print_sequence(const struct sequence *s)
{
    fprintf(stderr, "active %" PRIu64 " inactive %" PRIu64 " arrival %d batches %" PRIu64 "\n", s->active,
            s->inactive, s->arrival, s->batches);
    fprintf(stderr, "# proto src src_port dst dst_port start end packets bytes packets_rev bytes_rev\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct flow *f = &s->flow[i];
        char src[64], dst[64];
        int family = f->family == 4 ? AF_INET : AF_INET6;
        inet_ntop(family, f->src, src, sizeof(src));
        inet_ntop(family, f->dst, dst, sizeof(dst));
        fprintf(stderr,
                "%u %s %u %s %u %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                "\n",
                f->proto, src, f->src_port, dst, f->dst_port, f->start, f->end, f->packets, f->bytes,
                f->packets_rev, f->bytes_rev);
    }
}

static bool
parse_flow(struct flow *f, const char *line)
{
    char src[64], dst[64];

    memset(f, 0, sizeof(*f));
    if (sscanf(line,
               "%" SCNu8 " %63s %" SCNu16 " %63s %" SCNu16 " %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNu64
               " %" SCNu64 " %" SCNu64,
               &f->proto, src, &f->src_port, dst, &f->dst_port, &f->start, &f->end, &f->packets,
               &f->bytes, &f->packets_rev, &f->bytes_rev) != 11)
        return false;
    f->family = strchr(src, ':') != NULL ? 6 : 4;
    int family = f->family == 4 ? AF_INET : AF_INET6;
    return inet_pton(family, src, f->src) == 1 && inet_pton(family, dst, f->dst) == 1;
}

/* Returns whether the file is a sequence; the caller frees s->flow. */
static bool
read_sequence(FILE *in, struct sequence *s)
{
    char line[512];
    int arrival;
    bool options = false;

    memset(s, 0, sizeof(*s));
    while (fgets(line, sizeof(line), in) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (!options) {
            if (sscanf(line, "active %" SCNu64 " inactive %" SCNu64 " arrival %d batches %" SCNu64,
                       &s->active, &s->inactive, &arrival, &s->batches) != 4)
                return false;
            s->arrival = arrival != 0;
            options = true;
            continue;
        }
        s->flow = must(realloc(s->flow, (s->n + 1) * sizeof(*s->flow)));
        if (!parse_flow(&s->flow[s->n++], line))
            return false;
    }
    return options;
}

/* ---- making a sequence that fails smaller ---- */

static void
drop(struct sequence *s, size_t at, size_t n)
{
    memmove(&s->flow[at], &s->flow[at + n], (s->n - at - n) * sizeof(*s->flow));
    s->n -= n;
}

/* Drops records as long as the two differ, first many at once, until each one that is left is needed. */
static void
shrink(struct sequence *s)
{
    struct flow *kept = must(calloc(s->n + 1, sizeof(*kept)));
    uint64_t batches = s->batches;
    size_t chunk = s->n / 2;
    bool dropped = false;

    s->batches = 0;
    if (compare(s, false) == NULL)
        s->batches = batches;
    while (chunk > 0) {
        for (size_t at = 0; at < s->n;) {
            size_t n = s->n - at < chunk ? s->n - at : chunk;
            size_t before = s->n;
            memcpy(kept, s->flow, s->n * sizeof(*kept));
            drop(s, at, n);
            if (compare(s, false) != NULL) {
                dropped = true;
                continue;
            }
            memcpy(s->flow, kept, before * sizeof(*kept));
            s->n = before;
            at += n;
        }
        if (chunk > 1 || !dropped)
            chunk /= 2;
        dropped = false;
    }
    free(kept);
}

/* ---- */

static int
replay(const char *path)
{
    struct sequence s;
    FILE *in = fopen(path, "r");

    if (in == NULL || !read_sequence(in, &s)) {
        fprintf(stderr, "test_model_random: %s: %s\n", path,
                in == NULL ? strerror(errno) : "no sequence");
        return 2;
    }
    fclose(in);
    int status = compare(&s, true) != NULL;
    free(s.flow);
    return status;
}

static int
run(uint64_t number, uint64_t seed)
{
    printf("1..1\n");
    for (uint64_t nr = 0; nr < number; nr++) {
        struct sequence s = make_sequence(seed, nr);
        if (compare(&s, false) != NULL) {
            fprintf(stderr, "# seed %" PRIu64 ", sequence %" PRIu64 " of %zu records\n", seed, nr, s.n);
            shrink(&s);
            print_sequence(&s);
            compare(&s, true);
            free(s.flow);
            printf("not ok 1 - model and cache differ, seed %" PRIu64 "\n", seed);
            return 1;
        }
        free(s.flow);
    }
    printf("ok 1 - model and cache agree on %" PRIu64 " sequences, seed %" PRIu64 "\n", number, seed);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-r") == 0)
        return replay(argv[2]);

    uint64_t number = argc > 1 ? strtoull(argv[1], NULL, 10) : 5000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (number == 0 || argc > 3) {
        fprintf(stderr, "usage: test_model_random [NUMBER [SEED]]\n       test_model_random -r FILE\n");
        return 2;
    }
    return run(number, seed);
}
