/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The merge rules as a plain list of open biflows: no hash, no budget, every record compared with every
 * biflow.  It is to be read beside ftp-merge(1), MERGE RULES, which it follows from top to bottom.  A
 * record is first made into a biflow of one record, so that each rule is a question about two biflows.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

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

/* The side of a biflow that has the packets from key.low to key.high, and the other one.  With equal
 * endpoints a record is on the first of them, and only what it reports as reverse on the other. */
enum { FROM_LOW = 0, FROM_HIGH = 1 };

struct side {
    uint64_t packets; /* 0: there is no record in this direction */
    uint64_t bytes;
    int64_t first; /* smallest start of the records with packets in this direction */
};

struct open {
    struct key key;
    int64_t start;
    int64_t end;
    struct side side[2];
    int source; /* the side of the source of the record that opened it */
};

/* The open biflows, in the order in which they were opened. */
struct model {
    const struct model_options *options;
    struct model_result *result;
    struct open *open;
    size_t n;
};

static int
endpoint_compare(const struct endpoint *a, const struct endpoint *b)
{
    int c = memcmp(a->address, b->address, sizeof(a->address));
    return c != 0 ? c : (a->port > b->port) - (a->port < b->port);
}

static bool
key_equal(const struct key *a, const struct key *b)
{
    return a->family == b->family && a->proto == b->proto && endpoint_compare(&a->low, &b->low) == 0 &&
           endpoint_compare(&a->high, &b->high) == 0;
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

/* Between the time spans of two biflows; 0 when they overlap or touch. */
static uint64_t
gap(const struct open *a, const struct open *b)
{
    if (a->start > b->end)
        return since(a->start, b->end);
    if (b->start > a->end)
        return since(b->start, a->end);
    return 0;
}

/* "`f` has no record in `r`'s direction yet, and the gap is at most `I`."  A record with packets both
 * ways has no direction of its own and never joins by this rule. */
static bool
joins_reverse(const struct model *m, const struct open *f, const struct open *r)
{
    bool low = r->side[FROM_LOW].packets > 0;
    bool high = r->side[FROM_HIGH].packets > 0;

    if (low && high)
        return false;
    if (f->side[low ? FROM_LOW : FROM_HIGH].packets > 0)
        return false;
    return gap(f, r) <= m->options->inactive;
}

/* One packet in both directions together.  As records without packets are left out, it is one record. */
static bool
is_one_packet(const struct open *f)
{
    uint64_t low = f->side[FROM_LOW].packets;
    uint64_t high = f->side[FROM_HIGH].packets;

    return (low == 1 && high == 0) || (low == 0 && high == 1);
}

/* "One of the two is a single record of one packet, and the gap is at most `I`." */
static bool
joins_stray(const struct model *m, const struct open *f, const struct open *r)
{
    return (is_one_packet(f) || is_one_packet(r)) && gap(f, r) <= m->options->inactive;
}

/* Lasted at least `A - I`, which is true of all when I > A. */
static bool
lasted_long(const struct model *m, const struct open *f)
{
    if (m->options->inactive >= m->options->active)
        return true;
    return since(f->end, f->start) >= m->options->active - m->options->inactive;
}

/* "The earlier of the two lasted at least `A - I`, and the gap is at most `I`."  When both start at once,
 * either is the earlier one. */
static bool
joins_continuation(const struct model *m, const struct open *f, const struct open *r)
{
    bool cut = (f->start <= r->start && lasted_long(m, f)) || (r->start <= f->start && lasted_long(m, r));

    return cut && gap(f, r) <= m->options->inactive;
}

static bool
joins(const struct model *m, const struct open *f, const struct open *r)
{
    return key_equal(&f->key, &r->key) &&
           (joins_reverse(m, f, r) || joins_stray(m, f, r) || joins_continuation(m, f, r));
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
side_add(struct model *m, struct side *side, uint64_t packets, uint64_t bytes, int64_t first)
{
    if (packets > 0 && (side->packets == 0 || first < side->first))
        side->first = first;
    add(m, &side->packets, packets);
    add(m, &side->bytes, bytes);
}

/* "Joining takes the smaller start, the larger end, and adds packets and bytes to the side."  The older
 * of two biflows takes in the younger one and stays what it is: as old, and of the same first record. */
static void
join(struct model *m, struct open *older, const struct open *younger)
{
    if (younger->start < older->start)
        older->start = younger->start;
    if (younger->end > older->end)
        older->end = younger->end;
    for (int i = 0; i < 2; i++) {
        const struct side *s = &younger->side[i];
        side_add(m, &older->side[i], s->packets, s->bytes, s->first);
    }
}

/* "A record joins the nearest of those it can join: smallest gap, then smallest difference between the
 * starts, then the one opened first."  Returns its place, or m->n when there is none. */
static size_t
nearest(const struct model *m, const struct open *r)
{
    size_t best = m->n;

    for (size_t i = 0; i < m->n; i++) {
        const struct open *f = &m->open[i];
        if (!joins(m, f, r))
            continue;
        if (best == m->n) {
            best = i;
            continue;
        }
        const struct open *b = &m->open[best];
        if (gap(f, r) != gap(b, r)) {
            if (gap(f, r) < gap(b, r))
                best = i;
        } else if (distance(f->start, r->start) < distance(b->start, r->start)) {
            best = i;
        }
    }
    return best;
}

static void
remove_open(struct model *m, size_t i)
{
    memmove(&m->open[i], &m->open[i + 1], (m->n - i - 1) * sizeof(*m->open));
    m->n--;
}

/* "When a join makes two open biflows of one key joinable by rule 3, they become one."  And again, until
 * nothing changes. */
static void
coalesce(struct model *m, size_t changed)
{
    size_t i = 0;

    while (i < m->n) {
        const struct open *f = &m->open[changed];
        const struct open *other = &m->open[i];
        if (i == changed || !key_equal(&f->key, &other->key) || !joins_continuation(m, f, other)) {
            i++;
            continue;
        }
        size_t older = i < changed ? i : changed;
        size_t younger = i < changed ? changed : i;
        join(m, &m->open[older], &m->open[younger]);
        remove_open(m, younger);
        m->result->coalesced++;
        changed = older;
        i = 0;
    }
}

static void
put(struct model *m, const struct open *r)
{
    size_t i = nearest(m, r);

    if (i == m->n) {
        m->open[m->n++] = *r;
        m->result->opened++;
        return;
    }
    join(m, &m->open[i], r);
    m->result->joined++;
    coalesce(m, i);
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
    return true;
}

/* A biflow of this one record. */
static struct open
make_open(struct model *m, const struct flow *r)
{
    struct open f;
    struct endpoint src, dst;

    memset(&f, 0, sizeof(f));
    memcpy(src.address, r->src, sizeof(src.address));
    memcpy(dst.address, r->dst, sizeof(dst.address));
    src.port = proto_has_ports(r->proto) ? r->src_port : 0;
    dst.port = proto_has_ports(r->proto) ? r->dst_port : 0;

    int order = endpoint_compare(&src, &dst);
    f.key.family = r->family;
    f.key.proto = r->proto;
    f.key.low = order <= 0 ? src : dst;
    f.key.high = order <= 0 ? dst : src;

    f.start = r->start;
    f.end = r->end < r->start ? r->start : r->end;

    f.source = order <= 0 ? FROM_LOW : FROM_HIGH;
    int back = f.source == FROM_LOW ? FROM_HIGH : FROM_LOW;
    side_add(m, &f.side[f.source], r->packets, r->bytes, f.start);
    side_add(m, &f.side[back], r->packets_rev, r->bytes_rev, f.start);
    return f;
}

static void
put_record(struct model *m, const struct flow *r)
{
    if (!is_admitted(m, r))
        return;

    struct open f = make_open(m, r);
    struct model_result *result = m->result;
    bool first = result->opened == 0;
    if (r->end < r->start)
        result->end_before_start++;
    if (first || f.start < result->earliest)
        result->earliest = f.start;
    if (first || f.end > result->latest)
        result->latest = f.end;
    put(m, &f);
}

/* "The side whose first packet is earlier.  On equal milliseconds the side with the higher port; on equal
 * ports the record that came first."  What has one side only is forward. */
static int
forward_side(const struct model *m, const struct open *f)
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
    if (f->key.low.port != f->key.high.port)
        return f->key.low.port > f->key.high.port ? FROM_LOW : FROM_HIGH;
    return f->source;
}

static struct biflow
finish(const struct model *m, const struct open *f)
{
    int forward = forward_side(m, f);
    int reverse = forward == FROM_LOW ? FROM_HIGH : FROM_LOW;
    const struct endpoint *src = forward == FROM_LOW ? &f->key.low : &f->key.high;
    const struct endpoint *dst = forward == FROM_LOW ? &f->key.high : &f->key.low;
    struct model_result *result = m->result;
    struct biflow b = {
        .start = f->start,
        .end = f->end,
        .packets = f->side[forward].packets,
        .bytes = f->side[forward].bytes,
        .packets_rev = f->side[reverse].packets,
        .bytes_rev = f->side[reverse].bytes,
        .src_port = src->port,
        .dst_port = dst->port,
        .proto = f->key.proto,
        .family = f->key.family,
    };

    if (b.packets > 0 && b.packets_rev > 0)
        result->two_sided++;
    if (is_one_packet(f) && b.end > b.start) {
        b.end = b.start;
        result->one_packet_mended++;
    }
    if (since(b.end, b.start) > (uint64_t)BIFLOW_MAX_MS) {
        b.end = b.start + BIFLOW_MAX_MS;
        result->too_long_mended++;
    }
    return b;
}

static void *
must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

void
model_run(const struct model_options *options, const struct flow *flows, size_t n,
          struct model_result *result)
{
    struct model m = {.options = options, .result = result};

    memset(result, 0, sizeof(*result));
    m.open = must(calloc(n + 1, sizeof(*m.open)));
    for (size_t i = 0; i < n && !result->overflow; i++)
        put_record(&m, &flows[i]);
    for (size_t i = 0; i < m.n; i++) {
        struct biflow b = finish(&m, &m.open[i]);
        rows_add(&result->rows, &b);
    }
    rows_sort(&result->rows);
    free(m.open);
}

void
rows_add(struct rows *rows, const struct biflow *b)
{
    if (rows->n == rows->room) {
        rows->room = rows->room == 0 ? 64 : 2 * rows->room;
        rows->row = must(realloc(rows->row, rows->room * sizeof(*rows->row)));
    }
    rows->row[rows->n++] = *b;
}

#define COMPARE(field)                                                                                   \
    if (x->field != y->field)                                                                            \
    return x->field < y->field ? -1 : 1

static int
row_compare(const void *a, const void *b)
{
    const struct biflow *x = a;
    const struct biflow *y = b;

    COMPARE(start);
    COMPARE(end);
    COMPARE(family);
    COMPARE(proto);
    COMPARE(src_port);
    COMPARE(dst_port);
    COMPARE(packets);
    COMPARE(bytes);
    COMPARE(packets_rev);
    COMPARE(bytes_rev);
    return 0;
}

void
rows_sort(struct rows *rows)
{
    if (rows->n > 0)
        qsort(rows->row, rows->n, sizeof(*rows->row), row_compare);
}

bool
rows_equal(const struct rows *a, const struct rows *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (row_compare(&a->row[i], &b->row[i]) != 0)
            return false;
    return true;
}

void
rows_print(FILE *out, const char *prefix, const struct rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct biflow *b = &rows->row[i];
        fprintf(out, "%s%lld,%lld,%u,%u,%u,%u,%llu,%llu,%llu,%llu\n", prefix, (long long)b->start,
                (long long)b->end, b->family, b->proto, b->src_port, b->dst_port,
                (unsigned long long)b->packets, (unsigned long long)b->bytes,
                (unsigned long long)b->packets_rev, (unsigned long long)b->bytes_rev);
    }
}

void
rows_free(struct rows *rows)
{
    free(rows->row);
    memset(rows, 0, sizeof(*rows));
}
