/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The merge rules on plain lists: no hash, no tree, no budget, every piece compared with every other one.
 * It is to be read beside ftp-merge(1), MERGE RULES, which it follows from top to bottom.  A record is
 * made a piece of its own first, so that each rule is a question about two pieces.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* "A larger I may use 1,000 s for rule 2": ftp-merge uses as much as 32 bits hold, with one number for none. */
#define STRAY_MAX_MS (UINT64_C(4294967295) - 1)

/* "A start more than 366 days from the bulk"; and how many of the first records -z first looks at. */
enum { UNSET_DAYS = 366, FIRST_RECORDS = 256 };

struct endpoint {
    uint8_t address[16];
    uint16_t port;
};

struct key {
    uint8_t family;
    uint8_t proto;
    struct endpoint low;
    struct endpoint high;
};

/* The side of a piece that has the packets from key.low to key.high, and the other one.  With equal
 * endpoints a record is on the first of them, and only what it reports as reverse on the other. */
enum { FROM_LOW = 0, FROM_HIGH = 1 };

struct side {
    uint64_t packets; /* 0: there are none in this direction */
    uint64_t bytes;
    int64_t first; /* smallest start of the records with packets in this direction */
};

struct piece {
    struct key key;
    int64_t start;
    int64_t end;
    struct side side[2];
    bool has_single;      /* there are records of one packet */
    int64_t first_single; /* the first of them, and the last */
    int64_t last_single;
    size_t arrived; /* which record came first, and the side of its source */
    int source;
};

struct model {
    const struct model_options *options;
    struct model_result *result;
    struct piece *piece; /* those that may still be joined */
    size_t n;
    struct piece *alone; /* those that join nothing */
    size_t n_alone;
    int64_t *start; /* of the admitted records, in their order */
};

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

/* a - b for a >= b, which need not fit a signed number. */
static uint64_t
since(int64_t a, int64_t b)
{
    return (uint64_t)a - (uint64_t)b;
}

static uint64_t
distance(int64_t a, int64_t b)
{
    return a > b ? since(a, b) : since(b, a);
}

/* ---- Key ---- */

static int
endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    int c = memcmp(a->address, b->address, sizeof(a->address));
    return c != 0 ? c : (a->port > b->port) - (a->port < b->port);
}

static int
key_compare(const struct key *a, const struct key *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    if (a->proto != b->proto)
        return a->proto < b->proto ? -1 : 1;
    int c = endpoint_compare(&a->low, &b->low);
    return c != 0 ? c : endpoint_compare(&a->high, &b->high);
}

/* ---- Which records join: step one ---- */

/* "They share at least one millisecond."  A span of time includes both of its ends. */
static bool
overlap(const struct piece *a, const struct piece *b)
{
    return a->start <= b->end && b->start <= a->end;
}

/* Between two pieces that do not overlap. */
static uint64_t
gap(const struct piece *a, const struct piece *b)
{
    return a->start > b->end ? since(a->start, b->end) : since(b->start, a->end);
}

/* From a time to the nearest millisecond of a piece. */
static uint64_t
away(int64_t time, const struct piece *f)
{
    if (time < f->start)
        return since(f->start, time);
    return time > f->end ? since(time, f->end) : 0;
}

/* "A record of one packet, in one of them, is at most `I` away from the other." */
static bool
stray(const struct model *m, const struct piece *one, const struct piece *other)
{
    uint64_t most = m->options->inactive < STRAY_MAX_MS ? m->options->inactive : STRAY_MAX_MS;

    return one->has_single &&
           (away(one->first_single, other) <= most || away(one->last_single, other) <= most);
}

/* "Lasted at least `A - I`", which is true of all when I > A. */
static bool
lasted_long(const struct model *m, const struct piece *f)
{
    if (m->options->inactive >= m->options->active)
        return true;
    return since(f->end, f->start) >= m->options->active - m->options->inactive;
}

/* "The gap between them is at most `I`, and the earlier one lasted at least `A - I`." */
static bool
continuation(const struct model *m, const struct piece *a, const struct piece *b)
{
    const struct piece *earlier = a->start < b->start ? a : b;

    return gap(a, b) <= m->options->inactive && lasted_long(m, earlier);
}

/* Rules 1 to 3. */
static bool
joins_in_step_one(const struct model *m, const struct piece *a, const struct piece *b)
{
    return key_compare(&a->key, &b->key) == 0 &&
           (overlap(a, b) || stray(m, a, b) || stray(m, b, a) || continuation(m, a, b));
}

/* Adds to a sum; one over 2^64 - 1 is an error of the whole run. */
static void
add(struct model *m, uint64_t *sum, uint64_t n)
{
    if (n > UINT64_MAX - *sum)
        m->result->overflow = true;
    *sum += n;
}

static void
add_side(struct model *m, struct side *to, const struct side *from)
{
    if (from->packets > 0 && (to->packets == 0 || from->first < to->first))
        to->first = from->first;
    add(m, &to->packets, from->packets);
    add(m, &to->bytes, from->bytes);
}

static void
add_singles(struct piece *to, const struct piece *from)
{
    if (!from->has_single)
        return;
    if (!to->has_single || from->first_single < to->first_single)
        to->first_single = from->first_single;
    if (!to->has_single || from->last_single > to->last_single)
        to->last_single = from->last_single;
    to->has_single = true;
}

/* "Joining takes the smaller start, the larger end, and adds packets and bytes by side."  The second of
 * two pieces goes from the list. */
static void
join(struct model *m, size_t one, size_t other)
{
    struct piece *to = &m->piece[one];
    const struct piece *from = &m->piece[other];

    if (from->start < to->start)
        to->start = from->start;
    if (from->end > to->end)
        to->end = from->end;
    add_side(m, &to->side[FROM_LOW], &from->side[FROM_LOW]);
    add_side(m, &to->side[FROM_HIGH], &from->side[FROM_HIGH]);
    add_singles(to, from);
    if (from->arrived < to->arrived) {
        to->arrived = from->arrived;
        to->source = from->source;
    }
    memmove(&m->piece[other], &m->piece[other + 1], (m->n - other - 1) * sizeof(*m->piece));
    m->n--;
}

/* "It goes on until no two pieces of the key can be joined." */
static void
step_one(struct model *m)
{
    bool joined;

    do {
        joined = false;
        for (size_t i = 0; i < m->n; i++) {
            size_t j = i + 1;
            while (j < m->n) {
                if (joins_in_step_one(m, &m->piece[i], &m->piece[j])) {
                    join(m, i, j);
                    joined = true;
                } else {
                    j++;
                }
            }
        }
    } while (joined);
}

/* ---- Which records join: step two ---- */

static int
by_key_and_start(const void *a, const void *b)
{
    const struct piece *x = a;
    const struct piece *y = b;
    int c = key_compare(&x->key, &y->key);

    return c != 0 ? c : (x->start > y->start) - (x->start < y->start);
}

static bool
has_side(const struct piece *f, int side)
{
    return f->side[side].packets > 0;
}

/* "Each has one direction only, not the same, and the gap between them is at most `I`." */
static bool
reverse(const struct model *m, const struct piece *a, const struct piece *b)
{
    bool one_each = has_side(a, FROM_LOW) != has_side(a, FROM_HIGH) &&
                    has_side(b, FROM_LOW) != has_side(b, FROM_HIGH) &&
                    has_side(a, FROM_LOW) == has_side(b, FROM_HIGH);

    return one_each && gap(a, b) <= m->options->inactive;
}

/* Of the neighbours that rule 4 or 3 joins "the one with the smallest gap is first, of equal ones the
 * earlier".  Pieces are sorted, so a neighbour is the next one in the list, if it has the same key.
 * Returns the place of the first of the two, m->n for none. */
static size_t
best_pair(const struct model *m)
{
    size_t best = m->n;

    for (size_t i = 0; i + 1 < m->n; i++) {
        const struct piece *a = &m->piece[i];
        const struct piece *b = &m->piece[i + 1];
        if (key_compare(&a->key, &b->key) != 0 || !(reverse(m, a, b) || continuation(m, a, b)))
            continue;
        if (best == m->n || gap(a, b) < gap(&m->piece[best], &m->piece[best + 1]))
            best = i;
    }
    return best;
}

static void
step_two(struct model *m)
{
    if (m->n > 0)
        qsort(m->piece, m->n, sizeof(*m->piece), by_key_and_start);
    for (size_t i = best_pair(m); i < m->n; i = best_pair(m)) {
        m->result->reverse += reverse(m, &m->piece[i], &m->piece[i + 1]);
        join(m, i, i + 1);
    }
}

/* ---- Which side is forward ---- */

/* "The side whose first packet is earlier.  On equal milliseconds the side with the higher port; on equal
 * ports the lower endpoint."  What has one side only is forward. */
static int
forward_side(const struct model *m, const struct piece *f)
{
    const struct side *low = &f->side[FROM_LOW];
    const struct side *high = &f->side[FROM_HIGH];

    if (m->options->arrival)
        return f->source;
    if (low->packets == 0)
        return FROM_HIGH;
    if (high->packets == 0)
        return FROM_LOW;
    if (low->first != high->first)
        return low->first < high->first ? FROM_LOW : FROM_HIGH;
    return f->key.high.port > f->key.low.port ? FROM_HIGH : FROM_LOW;
}

/* The row of a finished biflow, its times still absolute.  One "longer than 213 days, of shorter records:
 * cut there". */
static struct biflow
make_row(struct model *m, const struct piece *f)
{
    int forward = forward_side(m, f);
    const struct endpoint *src = forward == FROM_LOW ? &f->key.low : &f->key.high;
    const struct endpoint *dst = forward == FROM_LOW ? &f->key.high : &f->key.low;
    struct biflow b = {
        .start = f->start,
        .end = f->end,
        .packets = f->side[forward].packets,
        .bytes = f->side[forward].bytes,
        .packets_rev = f->side[!forward].packets,
        .bytes_rev = f->side[!forward].bytes,
        .src_port = src->port,
        .dst_port = dst->port,
        .proto = f->key.proto,
        .family = f->key.family,
    };

    if (since(b.end, b.start) > (uint64_t)BIFLOW_MAX_MS) {
        b.end = b.start + BIFLOW_MAX_MS;
        m->result->too_long_mended++;
    }
    return b;
}

static void
make_biflows(struct model *m)
{
    for (size_t i = 0; i < m->n + m->n_alone; i++) {
        struct biflow b = make_row(m, i < m->n ? &m->piece[i] : &m->alone[i - m->n]);
        rows_add(&m->result->biflows, &b);
    }
    rows_sort(&m->result->biflows);
}

/* ---- Time zero, and clocks that were not set ---- */

/* UTC days since 1970 before which a time lies on none. */
static int64_t
day_of(int64_t time)
{
    return time / DAY_MS - (time % DAY_MS < 0);
}

/* "The UTC day with the most records that no other rule leaves out, of equal ones the later." */
static int64_t
find_bulk(const struct model *m)
{
    int64_t bulk = 0;
    size_t most = 0;

    for (size_t i = 0; i < m->result->admitted; i++) {
        size_t records = 0;
        for (size_t j = 0; j < m->result->admitted; j++)
            records += day_of(m->start[j]) == day_of(m->start[i]);
        if (records > most || (records == most && day_of(m->start[i]) > bulk)) {
            bulk = day_of(m->start[i]);
            most = records;
        }
    }
    return bulk;
}

/* "The first record that is within 366 days of most of the first 256."  Returns whether there is one. */
static bool
find_first(const struct model *m, int64_t *start)
{
    size_t n = m->result->admitted < FIRST_RECORDS ? m->result->admitted : FIRST_RECORDS;

    for (size_t i = 0; i < n; i++) {
        size_t near = 0;
        for (size_t j = 0; j < n; j++)
            near += distance(m->start[i], m->start[j]) <= (uint64_t)(UNSET_DAYS * DAY_MS);
        if (2 * near > n) {
            *start = m->start[i];
            return true;
        }
    }
    return false;
}

/* The clock was set when the start is not too far from the bulk: by days where all has to be known before
 * the first row leaves, else by milliseconds. */
static bool
clock_was_set(const struct model *m, int64_t start, int64_t judge)
{
    if (m->options->zero == MODEL_EARLIEST)
        return distance(day_of(start), m->result->bulk) <= UNSET_DAYS;
    return distance(start, judge) <= (uint64_t)(UNSET_DAYS * DAY_MS);
}

/* Leaves out the biflows whose clock was not set, and makes the times of the others relative. */
static void
make_rows(struct model *m)
{
    struct model_result *result = m->result;
    int64_t zero = m->options->given_zero, judge = m->options->given_bulk;
    bool zero_known = m->options->zero != MODEL_EARLIEST;

    if (m->options->zero == MODEL_FIRST) {
        result->no_first = !find_first(m, &zero);
        judge = zero;
    }
    for (size_t i = 0; i < result->biflows.n; i++) {
        struct biflow b = result->biflows.row[i];
        if (!clock_was_set(m, b.start, judge)) {
            result->unset_clock++;
            continue;
        }
        if (!zero_known) /* biflows are sorted, so this is the earliest */
            zero = b.start;
        zero_known = true;
        b.start = (int64_t)since(b.start, zero);
        b.end = (int64_t)since(b.end, zero);
        rows_add(&result->rows, &b);
    }
    result->zero = zero;
}

static void
count_astray(struct model *m)
{
    for (size_t i = 0; i < m->result->admitted; i++) {
        uint64_t days = distance(day_of(m->start[i]), m->result->bulk);
        m->result->astray += days > 1 && days <= UNSET_DAYS;
    }
}

/* ---- Records that real exporters send ---- */

/* "One packet", in both directions together. */
static bool
is_one_packet(const struct flow *r)
{
    return (r->packets == 1 && r->packets_rev == 0) || (r->packets == 0 && r->packets_rev == 1);
}

/* The end of a record: one before the start, or of one packet, "becomes its start". */
static int64_t
end_of(const struct flow *r)
{
    return r->end < r->start || is_one_packet(r) ? r->start : r->end;
}

/* Which records are left out; the first reason counts. */
static bool
is_admitted(struct model *m, const struct flow *r)
{
    struct model_result *result = m->result;

    if (r->packets == 0 && r->packets_rev == 0) {
        result->no_packets++;
        return false;
    }
    if (r->bytes == 0 && r->bytes_rev == 0) {
        result->no_bytes++;
        return false;
    }
    if ((r->proto == PROTO_ICMP6 && r->family == 4) || (r->proto == PROTO_ICMP && r->family == 6)) {
        result->wrong_family++;
        return false;
    }
    if (since(end_of(r), r->start) > (uint64_t)BIFLOW_MAX_MS) {
        result->too_long++;
        return false;
    }
    return true;
}

/* A piece of this one record, the n-th that came. */
static struct piece
make_piece(const struct flow *r, size_t n)
{
    struct piece f = {.start = r->start, .end = end_of(r), .arrived = n};
    struct endpoint src = {.port = proto_has_ports(r->proto) ? r->src_port : 0};
    struct endpoint dst = {.port = proto_has_ports(r->proto) ? r->dst_port : 0};

    memcpy(src.address, r->src, sizeof(src.address));
    memcpy(dst.address, r->dst, sizeof(dst.address));
    f.source = endpoint_compare(&src, &dst) <= 0 ? FROM_LOW : FROM_HIGH;
    f.key.family = r->family;
    f.key.proto = r->proto;
    f.key.low = f.source == FROM_LOW ? src : dst;
    f.key.high = f.source == FROM_LOW ? dst : src;
    f.side[f.source] = (struct side){.packets = r->packets, .bytes = r->bytes, .first = f.start};
    f.side[!f.source] = (struct side){.packets = r->packets_rev, .bytes = r->bytes_rev, .first = f.start};
    f.has_single = is_one_packet(r);
    f.first_single = f.last_single = f.start;
    return f;
}

/* "A record longer than `2 A` and than a day has no believable times.  It joins nothing and becomes a
 * biflow alone." */
static void
put_record(struct model *m, const struct flow *r)
{
    struct model_result *result = m->result;

    if (!is_admitted(m, r))
        return;
    struct piece f = make_piece(r, result->admitted);
    m->start[result->admitted++] = f.start;
    result->end_before_start += r->end < r->start;
    result->one_packet_mended += r->end > f.end;

    uint64_t length = since(f.end, f.start);
    bool is_long =
        length / 2 > m->options->active || (length / 2 == m->options->active && length % 2 == 1);
    bool is_giant = is_long && length > (uint64_t)DAY_MS;
    result->long_records += is_long;
    result->giants += is_giant;
    if (is_giant)
        m->alone[m->n_alone++] = f;
    else
        m->piece[m->n++] = f;
}

void
model_run(const struct model_options *options, const struct flow *flows, size_t n,
          struct model_result *result)
{
    struct model m = {.options = options, .result = result};

    memset(result, 0, sizeof(*result));
    m.piece = must(calloc(n + 1, sizeof(*m.piece)));
    m.alone = must(calloc(n + 1, sizeof(*m.alone)));
    m.start = must(calloc(n + 1, sizeof(*m.start)));
    for (size_t i = 0; i < n; i++)
        put_record(&m, &flows[i]);
    step_one(&m);
    step_two(&m);
    make_biflows(&m);
    result->bulk = find_bulk(&m);
    count_astray(&m);
    make_rows(&m);
    free(m.piece);
    free(m.alone);
    free(m.start);
}

void
model_free(struct model_result *result)
{
    rows_free(&result->biflows);
    rows_free(&result->rows);
}
