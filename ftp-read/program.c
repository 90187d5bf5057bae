/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump and fdsdump exit with status 0 after they lost whole files, and say so on stderr only.  So the
 * end of such a program is good only if all of these are: all of its output could be read, it exited with
 * status 0, and it complained of nothing that matters.
 */
#include "program.h"

#include <inttypes.h>
#include <stdio.h>

/* Complaints shown one by one; more of them are only counted. */
enum { SHOWN_COMPLAINTS = 10 };

struct listener {
    const struct program *program;
    struct run *run;
    uint64_t complaints;
    uint64_t told; /* of them */
    char lines[SHOWN_COMPLAINTS][sizeof((struct child *)0)->line];
};

static bool
is_useless(const struct listener *l)
{
    return l->program->is_useless && l->program->is_useless(l->program->context);
}

/* Tells the complaints that were kept back. */
static void
tell(struct listener *l)
{
    for (; l->told < l->complaints; l->told++)
        if (l->told < SHOWN_COMPLAINTS)
            run_say(l->run, "%s: %s", l->program->name, l->lines[l->told]);
}

static void
hear(void *context, const char *line)
{
    struct listener *l = context;

    if (l->program->is_harmless(l->program->context, line))
        return;
    if (l->complaints < SHOWN_COMPLAINTS)
        (void)snprintf(l->lines[l->complaints], sizeof l->lines[0], "%s", line);
    l->complaints++;
    if (!is_useless(l))
        tell(l);
}

/* Judges the end of a child whose output was read with some result. */
static enum run_result
judge(struct listener *l, struct child *child, enum run_result result)
{
    struct run *run = l->run;
    int ended = result == RUN_OK ? child_finish(child) : child_stop(child);
    const char *name = l->program->name;

    if (is_useless(l))
        return child->was_killed ? run_fail(run, "%s", child->problem.text) : RUN_USELESS;
    tell(l);
    if (l->complaints > SHOWN_COMPLAINTS)
        run_say(run, "%s: and %" PRIu64 " more such lines", name, l->complaints - SHOWN_COMPLAINTS);
    /* What was killed leaves a row cut off, which is not what is wrong. */
    if (child->was_killed)
        return run_fail(run, "%s", child->problem.text);
    run->is_damaged |= l->complaints > 0 || ended == -1;
    if (result == RUN_FAILED)
        return RUN_FAILED;
    if (ended == -1)
        return run_fail(run, "%s", child->problem.text);
    if (l->complaints > 0)
        return run_fail(run, "%s reported a problem, so records may be missing", name);
    return result;
}

enum run_result
program_run(const struct program *program, program_reader *read, void *context, struct run *run)
{
    struct listener listener = {.program = program, .run = run};
    struct child child;

    if (child_start(&child, program->argv, program->output, hear, &listener) == -1)
        return run_fail(run, "%s", child.problem.text);
    return judge(&listener, &child, read(context, &child, run));
}

static enum run_result
read_rows(void *context, struct child *child, struct run *run)
{
    struct rows *rows = context;

    rows->source_problem = child->problem.text;
    rows->hear = child->complaint;
    rows->hear_context = child->context;
    return rows_read(rows, run, child_read, child);
}

enum run_result
program_read(const struct program *program, struct rows *rows, struct run *run)
{
    char place[64];

    (void)snprintf(place, sizeof place, "output of %s", program->name);
    rows->place = place;
    return program_run(program, read_rows, rows, run);
}
