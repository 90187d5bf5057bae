/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Most of what is measured does not depend on the order of rows.  What happens over time does, but
 * profiles are mostly in the order of START_TIME, so the timeline takes rows as they come, until one
 * comes that starts before the one before it.  From there on rows are kept for an external merge sort;
 * those before that point, which were in order, are read from the file a second time.  What cannot be
 * read twice, a pipe, is kept from its first row on, for the case that it is needed.
 */
#include "profile.h"

#include <errno.h>
#include <string.h>

#include "progress.h"
#include "runs.h"

/* A profile that is being read. */
struct reading {
    struct profile *profile;
    struct source *source;
    struct stream_writer *copy;
    struct problem *problem;
    struct runs runs;  /* rows that are kept to be sorted */
    bool in_order;     /* so far */
    uint64_t ordered;  /* rows that came in order, before the first one that did not */
    bool are_all_kept; /* they are in runs too */
    int why_not;       /* errno, when a row of a pipe could not be kept */
};

static int
fail_memory(struct reading *r)
{
    return problem_set(r->problem, "no memory");
}

static int
fail_keeping(struct reading *r, int why)
{
    errno = why;
    return problem_set_errno(r->problem, "%s: its rows have to be sorted: temporary file",
                             r->source->name);
}

static int
keep(struct reading *r, const struct biflow *b)
{
    return runs_add(&r->runs, b) == -1 ? fail_keeping(r, errno) : 0;
}

/* Keeps a row of a pipe that may never be needed: without room for it, the run goes on. */
static void
keep_in_case(struct reading *r, const struct biflow *b)
{
    if (!r->are_all_kept || runs_add(&r->runs, b) == 0)
        return;
    r->why_not = errno;
    r->are_all_kept = false;
    runs_close(&r->runs);
}

/* A row that starts before the one before it: from now on rows are kept. */
static int
leave_order(struct reading *r)
{
    r->in_order = false;
    r->profile->is_sorted = true;
    return r->why_not != 0 ? fail_keeping(r, r->why_not) : 0;
}

/* Has the timeline take a row, or keeps it to be sorted. */
static int
add_in_time(struct reading *r, const struct biflow *b)
{
    struct timeline *timeline = &r->profile->timeline;

    if (r->in_order && !timeline_is_next(timeline, b) && leave_order(r) == -1)
        return -1;
    if (!r->in_order)
        return keep(r, b);
    keep_in_case(r, b);
    r->ordered++;
    return timeline_add(timeline, b) == -1 ? fail_memory(r) : 0;
}

static int
add_row(struct reading *r, const struct biflow *b)
{
    struct profile *p = r->profile;
    const char *impossible = totals_add(&p->totals, b);

    if (impossible) {
        source_refuse(r->source, impossible);
        return problem_set(r->problem, "%s", r->source->problem.text);
    }
    if (r->copy && stream_put_biflow(r->copy, b) == -1)
        return problem_set_errno(r->problem, "standard output");
    if (p->options.uniqueness && unique_add(&p->unique, b) == -1)
        return problem_set(r->problem, "no memory for -u, which needs 16 bytes for each row");
    return add_in_time(r, b);
}

static int
read_all(struct reading *r)
{
    enum source_result result;
    struct biflow b;

    while ((result = source_next(r->source, &b)) == SOURCE_ROW) {
        if (add_row(r, &b) == -1)
            return -1;
        progress_poll();
    }
    r->profile->skipped = source_skipped(r->source);
    return result == SOURCE_END ? 0 : problem_set(r->problem, "%s", r->source->problem.text);
}

/* Reads the rows again that came in order, to keep them too. */
static int
keep_ordered(struct reading *r)
{
    struct biflow b;

    if (source_rewind(r->source) == -1)
        return problem_set(r->problem, "%s", r->source->problem.text);
    for (uint64_t i = 0; i < r->ordered; i++) {
        enum source_result result = source_next(r->source, &b);
        if (result == SOURCE_ERROR)
            return problem_set(r->problem, "%s", r->source->problem.text);
        if (result == SOURCE_END)
            return problem_set(r->problem, "%s: changed while it was read", r->source->name);
        if (keep(r, &b) == -1)
            return -1;
        progress_poll();
    }
    return 0;
}

/* Makes the timeline anew, of all rows in order. */
static int
sort_all(struct reading *r)
{
    struct timeline *timeline = &r->profile->timeline;
    const struct profile_options *options = &r->profile->options;
    const struct biflow *next;

    timeline_release(timeline);
    timeline_open(timeline, options->inactive, options->window);
    if (!r->are_all_kept && keep_ordered(r) == -1)
        return -1;
    if (runs_complete(&r->runs) == -1)
        return fail_keeping(r, errno);
    while ((next = runs_next(&r->runs)) != NULL) {
        if (timeline_add(timeline, next) == -1)
            return fail_memory(r);
        if (runs_take(&r->runs) == -1)
            return fail_keeping(r, errno);
        progress_poll();
    }
    return 0;
}

static int
open_profile(struct profile *p, const struct profile_options *options, const char *name)
{
    memset(p, 0, sizeof *p);
    p->name = name;
    p->options = *options;
    timeline_open(&p->timeline, options->inactive, options->window);
    if (totals_open(&p->totals) == -1)
        return -1;
    return options->uniqueness ? unique_open(&p->unique) : 0;
}

int
profile_read(struct profile *p, const struct profile_options *options, struct source *s,
             struct stream_writer *copy, struct problem *problem)
{
    struct reading reading = {.profile = p,
                              .source = s,
                              .copy = copy,
                              .problem = problem,
                              .in_order = true,
                              .are_all_kept = s->begin == -1};

    runs_open(&reading.runs);
    int result = open_profile(p, options, s->name);
    if (result == -1)
        problem_set_errno(problem, "cannot start");
    if (result == 0)
        result = read_all(&reading);
    if (result == 0 && !reading.in_order)
        result = sort_all(&reading);
    runs_close(&reading.runs);
    return result;
}

void
profile_release(struct profile *p)
{
    totals_release(&p->totals);
    timeline_release(&p->timeline);
    unique_release(&p->unique);
}
