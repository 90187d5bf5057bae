/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chooses the output of nfdump that is exact and cheapest for its version, has it select the flows of the
 * interface, and believes none of it: the files are checked beforehand, every row is checked, and so
 * are its stderr and its end.
 */
#include "nfdump_flows.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "binary.h"
#include "interfaces.h"
#include "origins.h"
#include "program.h"

enum { MAX_ARGUMENTS = 16 };

/* One way to have nfdump print, and to read that. */
struct output {
    const char *format;          /* of -o */
    const struct layout *layout; /* NULL: a header line tells */
    bool plain_numbers;          /* needs -N and -6 to print numbers and addresses whole */
};

static const struct output output_csv_fast = {"csv-fast", NULL, false};
static const struct output output_csv_biflow = {NFDUMP_CSV_BIFLOW, NULL, false};
static const struct output output_pipe = {"pipe", &layout_pipe, false};
static const struct output output_pipe_16 = {"pipe", &layout_pipe_16, false};
static const struct output output_classic = {"csv", &layout_classic, false};
static const struct output output_fmt_biflow = {NFDUMP_FMT_BIFLOW, &layout_fmt_biflow, true};
static const struct output output_fmt_list = {NFDUMP_FMT_LIST, &layout_fmt_list, true};
static const struct output output_csv_list = {NFDUMP_CSV_LIST, NULL, false};

/* Whether a version writes its own records into a pipe, in the layout that we read. */
static bool
has_records(const struct nfdump_version *v)
{
    return nfdump_is_since(v, 1, 7, 0) && !nfdump_is_since(v, 1, 8, 0);
}

/* Chooses the text for a version.  Returns NULL when it has none such. */
static const struct output *
choose_text(const struct nfdump_request *q, const struct nfdump_version *v)
{
    bool is_new = nfdump_is_since(v, 1, 7, 5);
    const struct output *pipe = nfdump_is_since(v, 1, 7, 0) ? &output_pipe : &output_pipe_16;

    if (q->format == FORMAT_BINARY)
        return NULL;
    if (q->biflow)
        return is_new ? &output_csv_biflow : &output_fmt_biflow;
    switch (q->format) {
    case FORMAT_AUTO:
        return is_new ? &output_csv_fast : pipe;
    case FORMAT_CSV:
        return is_new ? &output_csv_biflow : &output_classic;
    case FORMAT_CSV_FAST:
        return is_new ? &output_csv_fast : NULL;
    case FORMAT_PIPE:
        return is_new ? NULL : pipe;
    default:
        return NULL;
    }
}

/* What happens to rows on the way into the stream. */
struct selection {
    const struct interface *interface;
    const struct window *window;
    struct run *run;
    struct origins origins; /* of the flows, where the output tells them */
};

/* Whether a row is of an interface.  Id 0 means "unknown", and many records do not tell by which
 * interface they leave, so of both sides only the input counts there. */
static bool
is_of_interface(const struct interface *interface, const struct row *row)
{
    if (interface->any_id)
        return true;
    bool in = row->in_interface == interface->id, out = row->out_interface == interface->id;
    if (interface->side == SIDE_ANY)
        return in || (out && interface->id != 0);
    return interface->side == SIDE_IN ? in : out;
}

static enum run_result
take_flow(void *context, const struct row *row)
{
    struct selection *s = context;

    if (!is_of_interface(s->interface, row)) {
        s->run->counts.other_interface++;
        return RUN_OK;
    }
    if (!window_has(s->window, &row->flow)) {
        s->run->counts.other_time++;
        return RUN_OK;
    }
    if (row->exporter_family != 0)
        origins_add(&s->origins, row);
    return run_put(s->run, &row->flow);
}

/* What happens to rows on the way into a list. */
struct listing {
    const struct window *window;
    struct interfaces table;
};

static enum run_result
list_flow(void *context, const struct row *row)
{
    struct listing *l = context;

    return window_has(l->window, &row->flow) ? interfaces_take(&l->table, row) : RUN_OK;
}

/* What is read, by which nfdump. */
struct source {
    const struct nfdump_request *request;
    const struct interface *interface;
    struct nfdump nfdump;
    struct captures captures;
    char *filter;
    char window[WINDOW_TEXT_BYTES];
    const struct output *text; /* NULL: no text will do */
    row_handler *take;
    void *context;

    /* Found out on the way. */
    uint64_t flows; /* that nfdump handed over as records, counted as -I counts them */
    bool as_text;   /* some was read from text */
};

/* Whether every record of the files is asked for. */
static bool
asks_for_all(const struct source *s, const struct run *run)
{
    return s->interface->any_exporter && s->interface->any_id && !s->request->filter &&
           !s->request->window.given && run->limit == 0;
}

/* Writes the arguments for an output (NULL: the records), a -R and a filter. */
static void
make_arguments(const struct source *s, const struct output *output, const char *read, const char *filter,
               const char *argv[MAX_ARGUMENTS])
{
    int n = 0;

    argv[n++] = s->nfdump.program;
    argv[n++] = "-q";
    if (output && output->plain_numbers) {
        argv[n++] = "-N";
        argv[n++] = "-6";
    }
    argv[n++] = output ? "-o" : "-w";
    argv[n++] = output ? output->format : CHILD_PIPE_NAME;
    if (s->request->selection.multidir) {
        argv[n++] = "-M";
        argv[n++] = s->request->selection.multidir;
    }
    argv[n++] = "-R";
    argv[n++] = read;
    if (s->window[0] != '\0') {
        argv[n++] = "-t";
        argv[n++] = s->window;
    }
    argv[n++] = filter;
    argv[n] = NULL;
}

/* For a period none of the files is of, nfdump 1.7.4 says that it has none. */
static bool
is_harmless(void *context, const char *line)
{
    const bool *may_lack_files = context;

    return nfdump_is_harmless(line) ||
           (*may_lack_files && strcmp(line, "Empty file list. No files to process") == 0);
}

/* Has nfdump hand over the records of a -R.  Where all are asked for, those that are not IP come as
 * well. */
static enum run_result
read_records(struct source *s, const char *read, struct run *run)
{
    const char *argv[MAX_ARGUMENTS];
    struct binary binary = {.argv = (char *const *)argv,
                            .may_lack_files = s->request->window.given,
                            .may_be_useless = s->request->format == FORMAT_AUTO,
                            .take = s->take,
                            .context = s->context};

    make_arguments(s, NULL, read, asks_for_all(s, run) ? "any" : s->filter, argv);
    enum run_result result = binary_read(&binary, run);
    s->flows += binary.flows;
    if (result == RUN_USELESS)
        run_note(run, "text was read, since nfdump's own records could not be: %s", binary.why.text);
    return result;
}

/* From 1.7.0 on nfdump prints a header, or that nothing matched, or rows.  1.6 prints nothing for what
 * has no records, and the promise is that of all -R together. */
static bool
prints_something(const struct source *s, const struct run *run)
{
    return nfdump_is_since(&s->nfdump.version, 1, 7, 0) ||
           (asks_for_all(s, run) && s->request->selection.read_count == 1);
}

/* Has nfdump print the records of a -R. */
static enum run_result
read_text(struct source *s, const char *read, struct run *run)
{
    const struct output *output = s->text;
    bool may_lack_files = s->request->window.given;
    const char *argv[MAX_ARGUMENTS];
    struct layout layout;
    struct program program = {.name = "nfdump",
                              .argv = (char *const *)argv,
                              .output = CHILD_STDOUT_BUFFERED,
                              .is_harmless = is_harmless,
                              .context = &may_lack_files};
    struct rows rows = {.header = output->layout == NULL,
                        .take = s->take,
                        .context = s->context,
                        .layout = &layout};

    s->as_text = true;
    if (output->layout)
        layout = *output->layout;
    make_arguments(s, output, read, s->filter, argv);
    enum run_result result = program_read(&program, &rows, run);
    if (result == RUN_OK && rows.is_empty && s->captures.flows > 0 && prints_something(s, run))
        return run_fail(run,
                        "nfdump printed nothing at all, although the files promise %" PRIu64 " flows",
                        s->captures.flows);
    if (result != RUN_FAILED && output->layout && layout.whole_seconds)
        run_note(run, "start times are whole seconds: nfdump before 1.7.5 has no more in its -o csv");
    return result;
}

/* Reads a -R, from nfdump's records where it has them, otherwise from text. */
static enum run_result
read_one(struct source *s, const char *read, struct run *run)
{
    const enum nfdump_format format = s->request->format;
    const struct nfdump_version *v = &s->nfdump.version;
    bool wants_records = format == FORMAT_AUTO || format == FORMAT_BINARY;
    enum run_result result = RUN_USELESS;

    if (wants_records && has_records(v) && !s->as_text)
        result = read_records(s, read, run);
    if (result != RUN_USELESS)
        return result;
    if (!s->text)
        return run_fail(run, "nfdump %u.%u.%u has no such output: -f auto takes one that it has",
                        v->major, v->minor, v->patch);
    return read_text(s, read, run);
}

/* When the run failed for what nfdump said of its input: names the file that it is about. */
static void
name_damaged_file(const struct source *s, struct run *run)
{
    struct problem p;

    if (run->is_damaged && !s->request->verify && captures_verify(&s->captures, &p) == -1)
        run->problem = p;
}

/* Finds out which nfdump this is, and which files it will read, and checks them. */
static enum run_result
open_source(struct source *s, const struct nfdump_request *q, const struct interface *interface,
            struct run *run)
{
    *s = (struct source){.request = q, .interface = interface};
    if (nfdump_open(&s->nfdump, q->program, &run->problem) == -1)
        return RUN_FAILED;
    if (q->filter && nfdump_try_filter(&s->nfdump, q->filter, &run->problem) == -1)
        return RUN_FAILED;
    if (captures_open(&s->captures, &s->nfdump, &q->selection, q->verify, &run->problem) == -1)
        return RUN_FAILED;
    if (q->window.given && nfdump_has_window_option(&s->nfdump))
        window_put_option(&q->window, s->window);
    s->filter = nfdump_filter(&s->nfdump, interface, &q->window, q->filter);
    return s->filter ? RUN_OK : run_fail(run, "no memory");
}

static void
close_source(struct source *s)
{
    captures_release(&s->captures);
    free(s->filter);
}

/* Reads all that was selected. */
static enum run_result
read_all(struct source *s, struct run *run)
{
    const struct captures_selection *selection = &s->request->selection;
    enum run_result result = RUN_OK;

    for (size_t i = 0; i < selection->read_count && result == RUN_OK; i++)
        result = read_one(s, selection->reads[i], run);
    if (result == RUN_OK && !s->as_text && asks_for_all(s, run) && s->flows < s->captures.flows) {
        run->is_damaged = true;
        result = run_fail(run,
                          "nfdump handed over %" PRIu64 " of the %" PRIu64
                          " flows that the files promise: a file is damaged",
                          s->flows, s->captures.flows);
    }
    if (result == RUN_FAILED)
        name_damaged_file(s, run);
    return result;
}

/* Warns of what a text can lack without a trace in it.  When all records of the files came out, the sum
 * of their packets costs nothing and shows whether a direction is missing; -l shows it in any case. */
static void
notice_losses(const struct source *s, const struct run *run)
{
    const struct captures *c = &s->captures;

    if (asks_for_all(s, run) && run->counts.rows < c->flows)
        run_say(run,
                "nfdump printed %" PRIu64 " records of the %" PRIu64
                " flows that the files promise: a file may be damaged (--verify tells), or its records "
                "count several flows",
                run->counts.rows, c->flows);
    if (!s->request->biflow && run->counts.flows == c->flows && run->counts.packets < c->packets)
        run_say(run, "the capture has counters of both directions: -b reads them all");
}

enum run_result
nfdump_flows_read(const struct nfdump_request *q, struct run *run)
{
    struct selection selection = {.interface = &q->interface, .window = &q->window, .run = run};
    struct source source;
    enum run_result result = open_source(&source, q, &q->interface, run);

    if (result == RUN_OK) {
        run->span_first = source.captures.first;
        run->span_last = source.captures.last;
        source.text = choose_text(q, &source.nfdump.version);
        source.take = take_flow;
        source.context = &selection;
        result = read_all(&source, run);
    }
    if (result == RUN_OK && source.as_text && !run->quiet)
        notice_losses(&source, run);
    if (result != RUN_FAILED && !run->quiet)
        origins_warn(&selection.origins, run);
    close_source(&source);
    return result;
}

enum run_result
nfdump_flows_list(const struct nfdump_request *q, int verbose, struct run *run)
{
    static const struct interface every = {.any_exporter = true, .any_id = true};
    struct listing listing = {.window = &q->window};
    struct source source;
    enum run_result result = open_source(&source, q, &every, run);

    interfaces_open(&listing.table, run);
    if (result == RUN_OK) {
        bool is_new = nfdump_is_since(&source.nfdump.version, 1, 7, 5);
        source.text = is_new ? &output_csv_list : &output_fmt_list;
        if (q->format == FORMAT_BINARY)
            source.text = NULL;
        source.take = list_flow;
        source.context = &listing;
        result = read_all(&source, run);
    }
    if (result == RUN_OK && interfaces_print(&listing.table, verbose) == -1)
        result = run_fail(run, "standard output: %s", strerror(errno));
    interfaces_release(&listing.table);
    close_source(&source);
    return result;
}

enum run_result
nfdump_flows_print_files(const struct nfdump_request *q, struct run *run)
{
    struct source source;
    enum run_result result = open_source(&source, q, &q->interface, run);

    for (size_t i = 0; result == RUN_OK && i < source.captures.files.count; i++)
        (void)puts(source.captures.files.file[i].path);
    if (result == RUN_OK && (fflush(stdout) == EOF || ferror(stdout)))
        result = run_fail(run, "standard output: %s", strerror(errno));
    close_source(&source);
    return result;
}
