/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chooses the output of nfdump that is exact and cheapest for its version, has it print the flows of the
 * interface, and believes none of it: the files are checked beforehand, every row is checked, and so
 * are its stderr and its end.
 */
#include "nffile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "binary.h"
#include "captures.h"
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
static const struct output output_list = {NFDUMP_FMT_LIST, &layout_fmt_list, true};

/* Whether a version writes its own records into a pipe, in the layout that we read. */
static bool
has_records(const struct nfdump_version *v)
{
    return nfdump_is_since(v, 1, 7, 0) && !nfdump_is_since(v, 1, 8, 0);
}

/* Chooses the text for a version.  Returns NULL when it has none such. */
static const struct output *
choose_text(const struct nffile_options *o, const struct nfdump_version *v)
{
    bool is_new = nfdump_is_since(v, 1, 7, 5);
    const struct output *pipe = nfdump_is_since(v, 1, 7, 0) ? &output_pipe : &output_pipe_16;

    if (o->format == FORMAT_BINARY)
        return NULL;
    if (o->biflow)
        return is_new ? &output_csv_biflow : &output_fmt_biflow;
    switch (o->format) {
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

static bool
is_of_interface(const struct interface *interface, const struct row *row)
{
    if (interface->any_id)
        return true;
    bool in = row->in_interface == interface->id, out = row->out_interface == interface->id;
    return (interface->side != SIDE_OUT && in) || (interface->side != SIDE_IN && out);
}

static enum run_result
take_flow(void *context, const struct row *row)
{
    struct selection *s = context;

    if (!is_of_interface(s->interface, row)) {
        s->run->counts.other_interface++;
        return RUN_OK;
    }
    if (!window_has(s->window, &row->flow))
        return RUN_OK;
    if (row->exporter_family != 0)
        origins_add(&s->origins, row);
    return run_put(s->run, &row->flow);
}

/* Writes the arguments for an output (NULL: the records) and a filter. */
static void
make_arguments(const struct nffile_options *o, const struct output *output, const char *filter,
               const char *window, const char *argv[MAX_ARGUMENTS])
{
    int n = 0;

    argv[n++] = o->program;
    argv[n++] = "-q";
    if (output && output->plain_numbers) {
        argv[n++] = "-N";
        argv[n++] = "-6";
    }
    argv[n++] = output ? "-o" : "-w";
    argv[n++] = output ? output->format : CHILD_PIPE_NAME;
    if (o->multidir) {
        argv[n++] = "-M";
        argv[n++] = o->multidir;
    }
    argv[n++] = "-R";
    argv[n++] = o->read;
    if (o->window.given) {
        argv[n++] = "-t";
        argv[n++] = window;
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

/* Whether every record of the files is asked for. */
static bool
asks_for_all(const struct nffile_options *o, const struct interface *interface, const struct run *run)
{
    return interface->any_exporter && interface->any_id && !o->filter && !o->window.given &&
           run->limit == 0;
}

/* Has nfdump hand over its records.  Where all are asked for, those that are not IP come as well, and
 * their number is compared with the one that the files promise. */
static enum run_result
read_records(const struct nffile_options *o, const struct captures *captures, bool all,
             const char *filter, struct run *run, struct binary *binary)
{
    const char *argv[MAX_ARGUMENTS];
    char window[WINDOW_TEXT_BYTES];

    if (o->window.given)
        window_for_nfdump(&o->window, window);
    make_arguments(o, NULL, all ? "any" : filter, window, argv);
    binary->argv = (char *const *)argv;
    binary->may_lack_files = o->window.given && captures->files > 0;
    binary->may_be_useless = o->format == FORMAT_AUTO;
    enum run_result result = binary_read(binary, run);
    if (result == RUN_OK && all && binary->flows < captures->flows)
        return run_fail(run,
                        "nfdump handed over %" PRIu64 " of the %" PRIu64
                        " flows that the files promise: a file is damaged (--verify tells which)",
                        binary->flows, captures->flows);
    return result;
}

/* Has nfdump print its records. */
static enum run_result
read_text(const struct nffile_options *o, const struct captures *captures, const struct output *output,
          const char *filter, struct run *run, rows_taker *take, void *context)
{
    bool may_lack_files = o->window.given && captures->files > 0;
    const char *argv[MAX_ARGUMENTS];
    char window[WINDOW_TEXT_BYTES];
    struct layout layout;
    struct program program = {.name = "nfdump",
                              .argv = (char *const *)argv,
                              .output = CHILD_STDOUT_BUFFERED,
                              .is_harmless = is_harmless,
                              .context = &may_lack_files};
    struct rows rows = {.header = output->layout == NULL,
                        .take = take,
                        .context = context,
                        .layout = &layout};

    if (output->layout)
        layout = *output->layout;
    if (o->window.given)
        window_for_nfdump(&o->window, window);
    make_arguments(o, output, filter, window, argv);
    enum run_result result = program_read(&program, &rows, run);
    if (result != RUN_FAILED && output->layout && layout.whole_seconds)
        run_note(run, "start times are whole seconds: nfdump before 1.7.5 has no more in its -o csv");
    return result;
}

/* What is read, and from which nfdump. */
struct source {
    struct nfdump_version version;
    struct captures captures;
    bool as_text; /* known after read_flows() */
};

/* Finds out which nfdump this is, and checks the files that it will read. */
static enum run_result
prepare(const struct nffile_options *o, struct run *run, struct source *source)
{
    *source = (struct source){.as_text = false};
    if (nfdump_find_version(o->program, &source->version, run->problem.text, sizeof run->problem.text) == -1)
        return RUN_FAILED;
    if (captures_check(&source->captures, o->program, o->multidir, o->read, o->verify, run->problem.text,
                       sizeof run->problem.text) == -1)
        return RUN_FAILED;
    return RUN_OK;
}

/* Reads the flows of an interface, from nfdump's records where it has them, otherwise from a text of it
 * (NULL: none will do). */
static enum run_result
read_flows(const struct nffile_options *o, struct source *source, const struct interface *interface,
           const struct output *text, struct run *run, rows_taker *take, void *context)
{
    const struct nfdump_version *v = &source->version;
    struct binary binary = {.take = take, .context = context};
    enum run_result result = RUN_USELESS;
    char *filter = nfdump_filter(interface, nfdump_is_since(v, 1, 7, 5), o->filter);

    if (!filter)
        return run_fail(run, "no memory");
    if ((o->format == FORMAT_AUTO || o->format == FORMAT_BINARY) && has_records(v)) {
        result =
            read_records(o, &source->captures, asks_for_all(o, interface, run), filter, run, &binary);
        if (result == RUN_USELESS)
            run_note(run, "text was read, since nfdump's own records could not be: %s", binary.why.text);
    }
    if (result == RUN_USELESS && !text) {
        result = run_fail(run, "nfdump %u.%u.%u has no such output: -f auto takes one that it has",
                          v->major, v->minor, v->patch);
    } else if (result == RUN_USELESS) {
        source->as_text = true;
        result = read_text(o, &source->captures, text, filter, run, take, context);
    }
    free(filter);
    return result;
}

/* Tells the user when the records have packets of a direction that was not read.  When all records of the
 * files came out, the sum of their packets costs nothing and shows it; -l shows it in any case. */
static void
notice_biflows(const struct captures *captures, const struct run *run)
{
    if (!run->quiet && run->counts.flows == captures->flows && run->counts.packets < captures->packets)
        run_say(run, "the capture has counters of both directions: -b reads them all");
}

enum run_result
nffile_read(const struct nffile_options *o, struct run *run)
{
    struct selection selection = {.interface = &o->interface, .window = &o->window, .run = run};
    struct source source;

    if (prepare(o, run, &source) == RUN_FAILED)
        return RUN_FAILED;
    run->span_first = source.captures.first;
    run->span_last = source.captures.last;
    enum run_result result = read_flows(o, &source, &o->interface, choose_text(o, &source.version), run,
                                        take_flow, &selection);
    if (result == RUN_OK && source.as_text && !o->biflow)
        notice_biflows(&source.captures, run);
    if (result != RUN_FAILED && !run->quiet)
        origins_warn(&selection.origins, run);
    return result;
}

enum run_result
nffile_list(const struct nffile_options *o, struct run *run)
{
    static const struct interface every = {.any_exporter = true, .any_id = true};
    struct interfaces table;
    struct source source;

    if (prepare(o, run, &source) == RUN_FAILED)
        return RUN_FAILED;
    interfaces_open(&table, run);
    enum run_result result =
        read_flows(o, &source, &every, o->format == FORMAT_BINARY ? NULL : &output_list, run,
                   interfaces_take, &table);
    if (result == RUN_OK && interfaces_print(&table) == -1)
        result = run_fail(run, "standard output: cannot write the list");
    interfaces_release(&table);
    return result;
}
