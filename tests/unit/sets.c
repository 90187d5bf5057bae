/* SPDX-License-Identifier: BSD-3-Clause */
/* Each set has a mood, which says what its records are like; so sets differ more than records of one
 * do. */
#include "sets.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { MAX_KEYS = 12 };

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

/* ---- numbers ---- */

#define PICK(rng, array) (array)[random_below(rng, sizeof(array) / sizeof((array)[0]))]

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

static int64_t
shifted(int64_t t, int64_t by)
{
    return by < 0 ? sooner(t, (uint64_t)0 - (uint64_t)by) : later(t, (uint64_t)by);
}

/* ---- keys ---- */

struct key {
    uint8_t family;
    uint8_t proto;
    uint8_t a[16];
    uint8_t b[16];
    uint16_t a_port;
    uint16_t b_port;
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

    memcpy(address, addresses[random_below(rng, family == 4 ? 3 : 5)], 16);
    *port = PICK(rng, ports);
}

static void
draw_key(uint64_t *rng, struct key *k)
{
    k->family = random_percent(rng, 70) ? 4 : 6;
    k->proto = draw_proto(rng);
    draw_endpoint(rng, k->family, k->a, &k->a_port);
    draw_endpoint(rng, k->family, k->b, &k->b_port);
    if (random_percent(rng, 8)) {
        memcpy(k->b, k->a, sizeof(k->b));
        k->b_port = k->a_port;
    }
}

/* ---- records ---- */

struct mood {
    uint64_t *rng;
    const struct set *s;
    struct key key[MAX_KEYS];
    size_t keys;
    int64_t base; /* times are this and an offset, or minus an offset */
    bool downwards;
    uint64_t spread;         /* offsets start below this */
    uint64_t day;            /* a night without traffic follows each such part of them; 0 for none */
    uint64_t night;          /* its length */
    uint64_t grid_steps;     /* and go on by so many steps on the grid at most */
    uint64_t grid_percent;   /* durations on the grid; the others are too short to have been cut */
    uint64_t single_percent; /* of one packet */
    uint64_t both_percent;   /* with reverse counters */
    uint64_t huge_percent;   /* counters near a power of two */
    uint64_t max_power;      /* up to this one */
    uint64_t odd_percent;    /* left out or mended */
    uint64_t long_percent;   /* durations near a power of two, or near a bound of what is too long */
    uint64_t clock_percent;  /* by a clock that is off */
    uint64_t max_duration;   /* durations are cut there */
};

/* A length at one of the bounds of the rules. */
static uint64_t
draw_grid(const struct mood *mood)
{
    uint64_t a = mood->s->options.active, i = mood->s->options.inactive;
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
    return (UINT64_C(1) << random_below(rng, max_power + 1)) - 1 + random_below(rng, 3);
}

/* One at which a record is long, a giant or left out, or none of all that. */
static uint64_t
draw_long(const struct mood *mood)
{
    uint64_t bounds[] = {2 * mood->s->options.active, (uint64_t)DAY_MS, (uint64_t)BIFLOW_MAX_MS};

    if (random_percent(mood->rng, 50))
        return near_power_of_two(mood->rng, 63);
    uint64_t bound = PICK(mood->rng, bounds);
    return bound > 0 ? bound - 1 + random_below(mood->rng, 3) : 0;
}

/* What a clock shows that is off. */
static int64_t
draw_clock(const struct mood *mood, int64_t t)
{
    static const int64_t days[] = {1, 2, 300, 365, 366, 367, 400};
    static const int64_t times[] = {0, -1, INT64_C(4323456789000), INT64_MIN, INT64_MAX};
    int64_t by = PICK(mood->rng, days) * DAY_MS + (int64_t)random_below(mood->rng, 3) - 1;

    switch (random_below(mood->rng, 3)) {
    case 0:
        return PICK(mood->rng, times);
    case 1:
        return shifted(t, by);
    default:
        return shifted(t, -by);
    }
}

static void
draw_times(const struct mood *mood, struct flow *f)
{
    uint64_t *rng = mood->rng;
    uint64_t offset = random_below(rng, mood->spread);
    uint64_t steps = random_below(rng, mood->grid_steps + 1);
    uint64_t a = mood->s->options.active, i = mood->s->options.inactive;
    uint64_t nights = mood->day > 0 ? offset / mood->day : 0;
    uint64_t duration = random_below(rng, a > i + 10 ? 10 : a > i ? a - i : 1);

    offset += nights * mood->night;
    while (steps-- > 0)
        offset += draw_grid(mood);
    f->start = mood->downwards ? sooner(mood->base, offset) : later(mood->base, offset);
    if (random_percent(rng, mood->clock_percent))
        f->start = draw_clock(mood, f->start);
    if (random_percent(rng, mood->grid_percent))
        duration = draw_grid(mood);
    if (random_percent(rng, mood->long_percent))
        duration = draw_long(mood);
    if (duration > mood->max_duration)
        duration = mood->max_duration;
    f->end = later(f->start, duration);
    if (random_percent(rng, mood->odd_percent))
        f->end = sooner(f->start, duration);
}

static void
draw_counters(const struct mood *mood, uint64_t *packets, uint64_t *bytes)
{
    uint64_t *rng = mood->rng;

    *packets = random_percent(rng, mood->single_percent) ? 1 : 2 + random_below(rng, 4);
    *bytes = *packets * (40 + random_below(rng, 3));
    if (random_percent(rng, mood->huge_percent))
        *packets = near_power_of_two(rng, mood->max_power);
    if (random_percent(rng, mood->huge_percent))
        *bytes = near_power_of_two(rng, mood->max_power);
    if (random_percent(rng, mood->odd_percent))
        *packets = 0;
    if (random_percent(rng, mood->odd_percent))
        *bytes = 0;
}

static void
draw_flow(const struct mood *mood, struct flow *f)
{
    uint64_t *rng = mood->rng;
    const struct key *k = &mood->key[random_below(rng, mood->keys)];
    bool back = random_percent(rng, 45);

    memset(f, 0, sizeof(*f));
    f->family = k->family;
    f->proto = k->proto;
    memcpy(f->src, back ? k->b : k->a, sizeof(f->src));
    memcpy(f->dst, back ? k->a : k->b, sizeof(f->dst));
    f->src_port = back ? k->b_port : k->a_port;
    f->dst_port = back ? k->a_port : k->b_port;
    if (!proto_has_ports(f->proto))
        f->dst_port = (uint16_t)random_below(rng, 3);
    draw_times(mood, f);
    draw_counters(mood, &f->packets, &f->bytes);
    if (random_percent(rng, mood->both_percent)) {
        draw_counters(mood, &f->packets_rev, &f->bytes_rev);
        if (random_percent(rng, 20))
            f->packets = f->bytes = 0;
    }
}

/* ---- moods ---- */

static void
draw_timeouts(uint64_t *rng, struct model_options *o, bool whole_seconds)
{
    static const uint64_t timeouts[] = {0,      1,        2,          5,
                                        10,     100,      1000,       30000,
                                        300000, 50000000, 4294968000, UINT64_C(4294967295000)};

    switch (random_below(rng, 4)) {
    case 0:
        o->active = 300000;
        o->inactive = 30000;
        break;
    case 1:
        o->active = PICK(rng, timeouts);
        o->inactive = PICK(rng, timeouts);
        break;
    default: /* so small that random times meet the bounds often */
        o->active = random_below(rng, 40);
        o->inactive = random_below(rng, 6);
        break;
    }
    if (whole_seconds) {
        o->active = (o->active % 1000000000 + 1) * 1000;
        o->inactive = o->inactive % 1000000000 * 1000;
    }
}

/* Number `nr` of the run decides which sets are large, so that a run has its share of them. */
static size_t
draw_size(uint64_t *rng, uint64_t nr)
{
    if (nr % 1000 == 600)
        return 3000;
    if (nr % 4 == 3)
        return 50 + random_below(rng, 351);
    return random_percent(rng, 50) ? 1 + random_below(rng, 8) : 1 + random_below(rng, 48);
}

/* Far apart and short, so that much of it is old while the rest comes: some pieces live at a time. */
static void
make_sparse(struct mood *mood, const struct set *s)
{
    uint64_t horizon = set_horizon(s) + 1, live = 1 + random_below(mood->rng, 20);
    uint64_t many = s->n > live ? s->n / live : 1;

    if (horizon > UINT64_C(100000000000))
        horizon = UINT64_C(100000000000);
    mood->spread = many * horizon;
    if (random_percent(mood->rng, 50)) {
        mood->day = mood->spread / (1 + random_below(mood->rng, 4)) + 1;
        mood->night = random_below(mood->rng, 4) * horizon;
    }
    mood->grid_steps = random_below(mood->rng, 3);
    mood->max_duration = set_horizon(s) - s->options.inactive;
    mood->clock_percent = mood->clock_percent > 1 ? 0 : mood->clock_percent;
    mood->odd_percent = mood->odd_percent > 5 ? 5 : mood->odd_percent;
}

static void
draw_mood(struct mood *mood, uint64_t *rng, const struct set *s)
{
    static const int64_t bases[] = {0, INT64_C(1700000000000), -5, INT64_MIN, INT64_MAX};
    static const uint64_t percents[] = {0, 0, 10, 50, 90};
    static const uint64_t few_percents[] = {0, 5, 5, 30, 100};
    static const uint64_t rare_percents[] = {0, 0, 0, 0, 1, 5, 30};
    static const uint64_t densities[] = {1, 1, 3, 10};
    uint64_t inactive = s->options.inactive, per_flow = PICK(rng, densities);

    *mood = (struct mood){.rng = rng, .s = s};
    mood->keys =
        s->n >= 50 ? 1 + random_below(rng, 2) : 1 + random_below(rng, 1 + random_below(rng, MAX_KEYS));
    for (size_t i = 0; i < mood->keys; i++)
        draw_key(rng, &mood->key[i]);
    mood->base = random_percent(rng, 70) ? bases[1] : PICK(rng, bases);
    mood->downwards = mood->base == INT64_MAX;
    mood->spread = 1 + random_below(rng, 2) * s->n * per_flow * (inactive < 1000000 ? inactive + 1 : 1);
    mood->grid_steps = random_below(rng, 5);
    mood->grid_percent = PICK(rng, few_percents);
    mood->single_percent = PICK(rng, percents);
    mood->both_percent = PICK(rng, percents);
    mood->huge_percent = PICK(rng, rare_percents);
    mood->max_power = 50;
    if (random_percent(rng, 15)) { /* enough of them for sums that overflow */
        mood->huge_percent = 20;
        mood->max_power = 63;
    }
    mood->odd_percent = PICK(rng, rare_percents);
    mood->long_percent = PICK(rng, rare_percents);
    mood->clock_percent = PICK(rng, rare_percents);
    mood->max_duration = UINT64_MAX;
    if (s->n >= 50 &&
        random_percent(rng, 70)) { /* a crowd stays one when few of it can join many others */
        mood->grid_percent = random_below(rng, 8);
        mood->single_percent = random_below(rng, 8);
        mood->long_percent = 0;
    }
    if (random_percent(rng, 40))
        make_sparse(mood, s);
}

/* Times in which the records may be judged: near them, at the bounds, or anywhere. */
static void
draw_zero(uint64_t *rng, const struct set *s, struct model_options *o)
{
    static const enum model_zero zeros[] = {MODEL_EARLIEST, MODEL_EARLIEST, MODEL_FIRST, MODEL_GIVEN};
    static const int64_t days[] = {0, 0, 1, 365, 366};
    static const int64_t signs[] = {-1, 1};

    o->zero = PICK(rng, zeros);
    o->given_zero = s->flow[random_below(rng, s->n)].start;
    o->given_zero = shifted(o->given_zero, PICK(rng, signs) * (PICK(rng, days) * DAY_MS + 1));
    o->given_bulk = shifted(o->given_zero, PICK(rng, signs) * (PICK(rng, days) * DAY_MS + 1));
}

uint64_t
set_horizon(const struct set *s)
{
    uint64_t a = s->options.active, i = s->options.inactive;

    return i > a / 2 ? a + i : a + a / 2;
}

void
set_draw(struct set *s, uint64_t seed, uint64_t number, bool whole_seconds)
{
    uint64_t rng = seed * UINT64_C(0x2545f4914f6cdd1d) + number;
    struct mood mood;

    *s = (struct set){.n = draw_size(&rng, number)};
    draw_timeouts(&rng, &s->options, whole_seconds);
    s->options.arrival = random_percent(&rng, 30);
    s->batches = random_percent(&rng, 25) ? 0 : next_random(&rng);
    s->prompt = random_percent(&rng, 50);
    s->flow = must(calloc(s->n, sizeof(*s->flow)));
    draw_mood(&mood, &rng, s);
    for (size_t i = 0; i < s->n; i++)
        draw_flow(&mood, &s->flow[i]);
    draw_zero(&rng, s, &s->options);
}

/* ---- orders ---- */

static int
by_start(const void *a, const void *b)
{
    const struct flow *x = a;
    const struct flow *y = b;

    return (x->start > y->start) - (x->start < y->start);
}

static int
by_end(const void *a, const void *b)
{
    const struct flow *x = a;
    const struct flow *y = b;

    return (x->end > y->end) - (x->end < y->end);
}

static void
swap(struct set *s, size_t i, size_t j)
{
    struct flow f = s->flow[i];

    s->flow[i] = s->flow[j];
    s->flow[j] = f;
}

static void
reverse(struct set *s)
{
    for (size_t i = 0; i < s->n / 2; i++)
        swap(s, i, s->n - 1 - i);
}

static void
shuffle(struct set *s, uint64_t *random)
{
    for (size_t i = s->n; i > 1; i--)
        swap(s, i - 1, random_below(random, i));
}

/* How long (ms) after a record's end the cache can still do it justice. */
static uint64_t
patience(const struct set *s, const struct flow *f)
{
    uint64_t most = set_horizon(s) - s->options.inactive;
    uint64_t length = f->end > f->start ? (uint64_t)f->end - (uint64_t)f->start : 0;

    return length < most ? most - length : 0;
}

/* By end, with a delay that each record has of its own: the ends are moved for the sorting. */
static void
arrange_in_time(struct set *s, uint64_t *random)
{
    struct flow *sorted = must(calloc(s->n, sizeof(*sorted)));

    shuffle(s, random);
    for (size_t i = 0; i < s->n; i++) {
        sorted[i] = s->flow[i];
        sorted[i].end = later(s->flow[i].end, random_below(random, patience(s, &s->flow[i]) + 1));
        sorted[i].packets = i; /* the record that this is */
    }
    qsort(sorted, s->n, sizeof(*sorted), by_end);
    for (size_t i = 0; i < s->n; i++) {
        size_t from = sorted[i].packets;
        sorted[i] = s->flow[from];
    }
    memcpy(s->flow, sorted, s->n * sizeof(*sorted));
    free(sorted);
}

void
set_arrange(struct set *s, enum set_order order, uint64_t *random)
{
    switch (order) {
    case SET_AS_DRAWN:
        break;
    case SET_BY_START:
    case SET_BACKWARDS:
        qsort(s->flow, s->n, sizeof(*s->flow), by_start);
        if (order == SET_BACKWARDS)
            reverse(s);
        break;
    case SET_BY_END:
        qsort(s->flow, s->n, sizeof(*s->flow), by_end);
        break;
    case SET_IN_TIME:
        arrange_in_time(s, random);
        break;
    case SET_SHUFFLED:
        shuffle(s, random);
        break;
    }
}

/* The clock as the rules have it: the largest end so far; one that is ahead by more than the horizon is
 * believed when 64 in a row are, and then the first of them in time counts. */
struct clock_model {
    bool runs;
    int64_t now;
    int64_t nearest;
    int ahead;
    bool doubts; /* there was one ahead that was not believed */
};

static void
see(struct clock_model *c, int64_t end, uint64_t horizon)
{
    if (c->runs && end > c->now && (uint64_t)end - (uint64_t)c->now > horizon) {
        c->nearest = c->ahead > 0 && c->nearest < end ? c->nearest : end;
        if (++c->ahead == 64) {
            c->now = c->nearest;
            c->ahead = 0;
        }
        return;
    }
    c->doubts |= c->ahead > 0;
    c->ahead = 0;
    if (!c->runs || end > c->now)
        c->now = end;
    c->runs = true;
}

bool
set_is_in_time(const struct set *s)
{
    uint64_t horizon = set_horizon(s), late = horizon - s->options.inactive;
    struct clock_model clock = {.runs = false};
    int64_t end, latest = INT64_MIN;

    for (size_t i = 0; i < s->n; i++) {
        const struct flow *f = &s->flow[i];
        if (!model_end(&s->options, f, &end))
            continue;
        if (f->start < latest && (uint64_t)latest - (uint64_t)f->start > late)
            return false;
        if (end > latest)
            latest = end;
        see(&clock, end, horizon);
    }
    return !clock.doubts && clock.ahead == 0;
}

/* ---- text ---- */

static const char *const zero_names[] = {"earliest", "first", "given"};

void
set_print(FILE *out, const struct set *s)
{
    const struct model_options *o = &s->options;

    fprintf(out,
            "active %" PRIu64 " inactive %" PRIu64 " arrival %d zero %s %" PRId64 " bulk %" PRId64
            " slots %" PRIu32 " batches %" PRIu64 " prompt %d\n",
            o->active, o->inactive, o->arrival, zero_names[o->zero], o->given_zero, o->given_bulk,
            s->slots, s->batches, s->prompt);
    fprintf(out, "# proto src src_port dst dst_port start end packets bytes packets_rev bytes_rev\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct flow *f = &s->flow[i];
        char src[64], dst[64];
        int family = f->family == 4 ? AF_INET : AF_INET6;
        inet_ntop(family, f->src, src, sizeof(src));
        inet_ntop(family, f->dst, dst, sizeof(dst));
        fprintf(out,
                "%u %s %u %s %u %" PRId64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
                "\n",
                f->proto, src, f->src_port, dst, f->dst_port, f->start, f->end, f->packets, f->bytes,
                f->packets_rev, f->bytes_rev);
    }
}

static bool
read_options(const char *line, struct set *s)
{
    struct model_options *o = &s->options;
    char zero[16];
    int arrival, prompt;

    if (sscanf(line,
               "active %" SCNu64 " inactive %" SCNu64 " arrival %d zero %15s %" SCNd64 " bulk %" SCNd64
               " slots %" SCNu32 " batches %" SCNu64 " prompt %d",
               &o->active, &o->inactive, &arrival, zero, &o->given_zero, &o->given_bulk, &s->slots,
               &s->batches, &prompt) != 9)
        return false;
    o->arrival = arrival != 0;
    s->prompt = prompt != 0;
    for (int i = 0; i <= MODEL_GIVEN; i++) {
        o->zero = (enum model_zero)i;
        if (strcmp(zero, zero_names[i]) == 0)
            return true;
    }
    return false;
}

static bool
read_flow(struct flow *f, const char *line)
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

bool
set_read(FILE *in, struct set *s)
{
    char line[512];
    bool options = false;

    memset(s, 0, sizeof(*s));
    while (fgets(line, sizeof(line), in) != NULL) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        if (!options) {
            options = read_options(line, s);
            if (!options)
                return false;
            continue;
        }
        s->flow = must(realloc(s->flow, (s->n + 1) * sizeof(*s->flow)));
        if (!read_flow(&s->flow[s->n++], line))
            return false;
    }
    return options;
}

void
set_free(struct set *s)
{
    free(s->flow);
    memset(s, 0, sizeof(*s));
}
