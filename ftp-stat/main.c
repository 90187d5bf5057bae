/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-stat: what is in a profile, and how alike two are.
 *
 * Here is only what talks to the user.  The order of life is parse, open, read, measure, write; the
 * report is put in its place only when all of it is known.  With -c the stream that is read is passed on,
 * and its trailer follows when the report is in place: whoever reads it learns in the end whether there
 * is one.
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "as_html.h"
#include "as_json.h"
#include "as_text.h"
#include "cli.h"
#include "compare.h"
#include "io.h"
#include "measures.h"
#include "profile.h"
#include "progress.h"
#include "source.h"
#include "summary.h"
#include "target.h"

enum { EXIT_DEVIATION = 3 }; /* exit status: a measure differs by more than -d */

enum { PROFILE, REFERENCE, MAX_PROFILES };

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_HTML };

static struct options {
    bool copy;
    bool has_deviation;
    double deviation; /* percent */
    int format;
    const char *file; /* of the report, - for standard output */
    struct profile_options profile;
    struct cli_common common;
} options;

static cli_take take_deviation;

static const struct cli_option rows[] = {
    {'c', "copy", NULL,
     "pass the biflow stream on to standard output; it ends only when the report (-o FILE) is in place",
     .flag = &options.copy},
    {'d', "deviation", "PERCENT",
     "exit with status 3 when a metric differs from that of REFERENCE by more", .take = take_deviation,
     .given = &options.has_deviation},
    {'f', "format", "text|json|html",
     "a page for the terminal, one JSON object, or one self-contained HTML file", .preset = "text",
     .choice = &options.format},
    {'i', "inactive", "SEC", "a biflow occupies a flow cache from its start to this long after its end",
     .preset = "30", .seconds = &options.profile.inactive, .max = CLI_MAX_SECONDS},
    {'o', "output", "FILE", "where the report goes, whole or not at all", .preset = "-",
     .preset_meaning = "standard output", .file = &options.file},
    {'u', "uniqueness", NULL, "also: how many rows are one of a kind (16 bytes of memory a row)",
     .flag = &options.profile.uniqueness},
    {'w', "window", "SEC", "length of the windows that are compared", .preset = "5",
     .seconds = &options.profile.window, .min = 1, .max = CLI_MAX_SECONDS},
    {0},
};

static cli_check check_options;

static const struct cli cli = {
    .program = "ftp-stat",
    .operands = "[PROFILE [REFERENCE]]",
    .max_operands = MAX_PROFILES,
    .unexpected = "one profile is described, or compared with one reference",
    .about =
        "Tells what is in a profile, and how alike two profiles are.  A profile is a biflow stream or\n"
        "CSV, plain or gzipped; without PROFILE, or with -, it is read from standard input.\n",
    .tables = {rows},
    .common = &options.common,
    .check = check_options,
};

struct run {
    int profiles; /* one, or two with a reference */
    const char *file[MAX_PROFILES];
    struct source source[MAX_PROFILES];
    struct profile profile[MAX_PROFILES];
    struct measures measures[MAX_PROFILES];
    struct comparison comparison;
    struct stream_writer copy;
    bool is_copying; /* the stream has begun */
    struct target target;
    const char *target_name;
    uint64_t report_bytes;
    uint64_t rows; /* read so far */
    struct progress_rate rate;
};

static int
take_deviation(const char *value, struct problem *p)
{
    char *end = NULL;

    if (value[0] != '\0' && strspn(value, "0123456789.") == strlen(value))
        options.deviation = strtod(value, &end);
    if (end && end != value && *end == '\0')
        return 0;
    return problem_set(p, "'%s' is not a number of percent, as 0.5 or 10", value);
}

/* Ends the program, the report undone.  The message comes last: nobody may be there to read it. */
__attribute__((noreturn)) static void
fail(struct run *run, const struct problem *p)
{
    target_discard(&run->target);
    progress_end();
    errx(EXIT_FAILURE, "%s", p->text);
}

__attribute__((noreturn)) static void
fail_errno(struct run *run, const char *what)
{
    struct problem problem;

    problem_set_errno(&problem, "%s", what);
    fail(run, &problem);
}

static int
check_options(struct problem *p)
{
    if (options.copy && strcmp(options.file, "-") == 0)
        return problem_set(p, "-c: standard output takes the stream, so -o has to name a file for the "
                              "report");
    return 0;
}

/* What the operands have to be. */
static void
take_operands(struct run *run, int n, char **operands)
{
    run->file[PROFILE] = n > 0 ? operands[0] : "-";
    run->file[REFERENCE] = n > 1 ? operands[1] : NULL;
    run->profiles = n > 1 ? 2 : 1;
    bool is_stdin = strcmp(run->file[PROFILE], "-") == 0;
    bool is_stdin_too = n > 1 && strcmp(run->file[REFERENCE], "-") == 0;

    if (is_stdin && is_stdin_too)
        errx(EXIT_USAGE, "'-': standard input can be PROFILE or REFERENCE, but not both");
    if (options.has_deviation && n < 2)
        errx(EXIT_USAGE, "-d: there is no REFERENCE to differ from");
    if (is_stdin || is_stdin_too)
        cli_refuse_terminal(STDIN_FILENO,
                            "name a profile, or pipe the output of ftp-merge into this program");
    if (options.copy)
        cli_refuse_terminal(STDOUT_FILENO, "pipe it into ftp-write");
}

static void
open_target(struct run *run)
{
    bool is_standard = strcmp(options.file, "-") == 0;

    run->target_name = is_standard ? "standard output" : options.file;
    if (target_open(&run->target, options.file) == -1)
        errx(EXIT_FAILURE, "%s: %s", run->target_name, run->target.problem.text);
    if (options.copy && run->target.fd == STDOUT_FILENO)
        errx(EXIT_USAGE, "-o: '%s' is standard output, which takes the stream with -c", options.file);
}

static void
describe(void *context, char *text, size_t size)
{
    struct run *run = context;
    char rows_read[16], rate[16];
    uint64_t n = run->source[PROFILE].rows + run->source[REFERENCE].rows;

    (void)snprintf(text, size, "%s rows %s/s", progress_number(n, rows_read),
                   progress_number(progress_rate(&run->rate, n), rate));
}

/* The progress line is for work on files: in a pipeline, ftp-read and ftp-merge have theirs. */
static void
start_progress(struct run *run)
{
    const struct progress progress = {.program = "ftp-stat",
                                      .column = 1,
                                      .text = describe,
                                      .context = run};
    struct stat st;
    bool is_file =
        strcmp(run->file[PROFILE], "-") != 0 || (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode));

    if (progress_start(&progress, is_file && !options.common.quiet && !options.copy, false) == -1)
        fail_errno(run, "cannot start the progress line");
}

/* Reads a profile, and passes it on if it is the one that is to be. */
static void
read_profile(struct run *run, int which)
{
    struct source *s = &run->source[which];
    struct problem problem;
    bool copies = options.copy && which == PROFILE;

    if (source_open(s, run->file[which]) == -1)
        fail(run, &s->problem);
    if (copies && s->kind != SOURCE_STREAM) {
        problem_set(&problem, "%s: CSV, but -c passes on a biflow stream", s->name);
        fail(run, &problem);
    }
    if (copies && stream_writer_open(&run->copy, STDOUT_FILENO, STREAM_BIFLOW) == -1)
        fail_errno(run, "standard output");
    if (profile_read(&run->profile[which], &options.profile, s, copies ? &run->copy : NULL, &problem) ==
        -1)
        fail(run, &problem);
    if (copies && stream_writer_flush(&run->copy) == -1)
        fail_errno(run, "standard output");
    source_close(s);
    if (measures_make(&run->measures[which], &run->profile[which]) == -1)
        fail_errno(run, "cannot measure");
}

/* Writes the report to where it goes, and puts it in its place. */
static void
write_report(struct run *run)
{
    static void (*const writers[])(FILE *, const struct measures *, const struct measures *,
                                   const struct comparison *) =
        {[FORMAT_TEXT] = as_text, [FORMAT_JSON] = as_json, [FORMAT_HTML] = as_html};
    const struct measures *reference = run->profiles == 2 ? &run->measures[REFERENCE] : NULL;
    struct problem problem;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        fail_errno(run, "cannot make the report");
    writers[options.format](out, &run->measures[PROFILE], reference, &run->comparison);
    if (ferror(out) || fclose(out) == EOF)
        fail_errno(run, "cannot make the report");
    if (io_write_full(run->target.fd, text, size) == -1)
        fail_errno(run, run->target_name);
    free(text);
    run->report_bytes = size;
    if (target_commit(&run->target) == -1) {
        problem_set(&problem, "%s: %s", run->target_name, run->target.problem.text);
        fail(run, &problem);
    }
}

/* Ends the stream that was passed on.  Signals were blocked when the report was put in place, but this
 * may wait for whoever reads the stream. */
static void
end_copy(struct run *run, const sigset_t *signals)
{
    (void)sigprocmask(SIG_SETMASK, signals, NULL);
    if (stream_writer_finish(&run->copy, run->profile[PROFILE].skipped) == -1 ||
        close(STDOUT_FILENO) == -1)
        err(EXIT_FAILURE, "standard output");
    stream_writer_release(&run->copy);
}

/* Says what a user ought to know even without -v. */
static void
warn_user(const struct run *run)
{
    const struct values *windows = &run->measures[PROFILE].windows;

    if (windows->seconds > (double)options.profile.window)
        warnx("%s: too long for windows of %" PRIu64 " s, they are %.0f s long (-w takes more)",
              run->file[PROFILE], options.profile.window, windows->seconds);
    if (options.has_deviation && run->comparison.largest > options.deviation)
        warnx("%s: %s differs by %.3g %%, which is more than %g %%", run->file[PROFILE],
              run->comparison.largest_name, run->comparison.largest, options.deviation);
}

static void
print_summary(const struct run *run)
{
    const struct profile *p = &run->profile[PROFILE], *r = &run->profile[REFERENCE];
    const bool has_reference = run->profiles == 2;
    const struct summary_row table[] = {
        {"rows", "rows", .count = p->totals.biflows, .always = true},
        {"skipped", "rows had been skipped by ftp-read", .count = p->skipped},
        {"sorted", p->is_sorted ? "rows had to be sorted" : NULL,
         .count = p->is_sorted ? p->totals.biflows : 0},
        {"reference_rows", has_reference ? "rows of the reference" : NULL, .count = r->totals.biflows,
         .always = true},
        {"reference_sorted", "rows of the reference had to be sorted",
         .count = r->is_sorted ? r->totals.biflows : 0},
        {"bytes", "bytes of report", .count = run->report_bytes, .always = true},
        {"memory_peak", "bytes of memory at most", .count = summary_peak_memory(), .always = true},
    };

    if (options.common.verbose > 0)
        summary_write(stderr, "ftp-stat", options.common.verbose > 1 ? SUMMARY_JSON : SUMMARY_LINES,
                      table, sizeof table / sizeof table[0]);
}

static void
release(struct run *run)
{
    for (int i = 0; i < run->profiles; i++) {
        measures_release(&run->measures[i]);
        profile_release(&run->profile[i]);
    }
    compare_release(&run->comparison);
}

int
main(int argc, char **argv)
{
    static struct run run = {.target = {.fd = -1}};
    sigset_t signals;

    int first = cli_start(&cli, argc, argv);
    take_operands(&run, argc - first, argv + first);
    open_target(&run);
    start_progress(&run);
    for (int i = 0; i < run.profiles; i++)
        read_profile(&run, i);
    if (run.profiles == 2 &&
        compare(&run.comparison, &run.measures[PROFILE], &run.measures[REFERENCE]) == -1)
        fail_errno(&run, "cannot compare");
    progress_end();
    (void)sigprocmask(SIG_SETMASK, NULL, &signals);
    write_report(&run);
    if (options.copy)
        end_copy(&run, &signals);
    if (!options.common.quiet)
        warn_user(&run);
    print_summary(&run);
    bool deviates = options.has_deviation && run.comparison.largest > options.deviation;
    release(&run);
    return deviates ? EXIT_DEVIATION : EXIT_SUCCESS;
}
