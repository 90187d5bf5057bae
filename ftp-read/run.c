/* SPDX-License-Identifier: BSD-3-Clause */
/* What all readers do with a flow, and how they fail. */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Rows reported one by one; more of them are only counted. */
enum { REPORTED_ROWS = 10 };

enum run_result
run_fail(struct run *r, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)problem_vset(&r->problem, format, ap);
    va_end(ap);
    return RUN_FAILED;
}

void
run_note(struct run *r, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)problem_vset(&r->note, format, ap);
    va_end(ap);
}

void
run_say(const struct run *r, const char *format, ...)
{
    struct problem message;
    va_list ap;

    va_start(ap, format);
    (void)problem_vset(&message, format, ap);
    va_end(ap);
    r->say(message.text);
}

enum run_result
run_put(struct run *r, const struct flow *f)
{
    struct counts *c = &r->counts;

    if (stream_put_flow(&r->stream, f) == -1)
        return run_fail(r, "standard output: %s", strerror(errno));
    if (c->flows == 0 || f->start < c->first)
        c->first = f->start;
    if (c->flows == 0 || f->end > c->last)
        c->last = f->end;
    c->packets += f->packets + f->packets_rev;
    c->flows++;
    return c->flows == r->limit ? RUN_ENOUGH : RUN_OK;
}

enum run_result
run_bad_row(struct run *r, const char *place, uint64_t line, const char *why)
{
    if (!r->keep_going)
        return run_fail(r, "%s: line %" PRIu64 ": %s (-k skips such rows)", place, line, why);
    r->counts.skipped++;
    if (r->counts.skipped <= REPORTED_ROWS)
        run_say(r, "%s: line %" PRIu64 ": %s: skipped", place, line, why);
    return RUN_OK;
}
