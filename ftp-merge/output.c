/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No absolute time may leave this program.  A row leaves with its times counted from the time zero, and
 * only when it starts within 366 days of the bulk of the records, as the zero does.  So the largest time
 * in a profile tells how long it is, and never which year it was, whatever clocks the exporters had.
 *
 * With the earliest start as time zero no row can leave before the last record is read.  Then the rows
 * that waited, and those that the cache still had, are in order and are merged.
 */
#include "output.h"

#include "days.h"

int
output_open(struct output *o, int fd)
{
    *o = (struct output){.failed = "standard output"};
    runs_open(&o->waiting);
    return stream_writer_open(&o->stream, fd, STREAM_BIFLOW);
}

static int64_t
saturated_sub(int64_t time, int64_t ms)
{
    return time < INT64_MIN + ms ? INT64_MIN : time - ms;
}

static int64_t
saturated_add(int64_t time, int64_t ms)
{
    return time > INT64_MAX - ms ? INT64_MAX : time + ms;
}

void
output_set_zero(struct output *o, int64_t zero, int64_t bulk)
{
    o->zero = zero;
    o->zero_known = true;
    o->first_start = saturated_sub(bulk, OUTPUT_MAX_DISTANCE);
    o->last_start = saturated_add(bulk, OUTPUT_MAX_DISTANCE);
}

void
output_set_sorted(struct output *o)
{
    o->sorted = true;
}

static uint64_t
saturated_sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void
count(struct output_counts *c, const struct biflow *b)
{
    bool two_sided = b->packets != 0 && b->packets_rev != 0;

    if (c->rows == 0 || b->start < c->first)
        c->first = b->start;
    if (c->rows == 0 || b->end > c->last)
        c->last = b->end;
    c->rows++;
    c->two_sided += two_sided;
    c->tcp += b->proto == PROTO_TCP;
    c->tcp_two_sided += b->proto == PROTO_TCP && two_sided;
    c->packets = saturated_sum(c->packets, saturated_sum(b->packets, b->packets_rev));
    c->bytes = saturated_sum(c->bytes, saturated_sum(b->bytes, b->bytes_rev));
}

/* Sends a row, its times made relative, unless its clock was not set. */
static int
send_row(struct output *o, struct biflow *b)
{
    if (b->start < o->first_start || b->start > o->last_start) {
        o->counts.unset_clock++;
        return 0;
    }
    if (!o->zero_known) {
        o->zero = b->start;
        o->zero_known = true;
    }
    b->start -= o->zero;
    b->end -= o->zero;
    count(&o->counts, b);
    o->failed = "standard output";
    return stream_put_biflow(&o->stream, b);
}

/* Sends the waiting rows that belong before one, or all of them. */
static int
send_waiting(struct output *o, const struct biflow *before)
{
    const struct biflow *next;

    while ((next = runs_next(&o->waiting)) != NULL && (!before || sort_compare(next, before) < 0)) {
        struct biflow b = *next;
        if (send_row(o, &b) == -1)
            return -1;
        o->failed = "temporary file";
        if (runs_take(&o->waiting) == -1)
            return -1;
    }
    return 0;
}

int
output_put(void *output, struct biflow *b)
{
    struct output *o = output;

    if (!o->sorted)
        return send_row(o, b);
    if (o->complete) {
        if (runs_next(&o->waiting) != NULL && send_waiting(o, b) == -1)
            return -1;
        return send_row(o, b);
    }
    o->failed = "temporary file";
    return runs_add(&o->waiting, b);
}

int
output_complete(struct output *o, int64_t bulk)
{
    if (!o->sorted)
        return 0;
    days_bounds(bulk, &o->first_start, &o->last_start);
    o->complete = true;
    o->failed = "temporary file";
    return runs_complete(&o->waiting);
}

int
output_drain(struct output *o)
{
    return send_waiting(o, NULL);
}

int
output_finish(struct output *o, uint64_t skipped)
{
    o->failed = "standard output";
    return stream_writer_finish(&o->stream, skipped);
}

void
output_release(struct output *o)
{
    stream_writer_release(&o->stream);
    runs_close(&o->waiting);
}
