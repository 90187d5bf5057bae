/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-write: a record stream in, text out.
 *
 * The output is closed, and so put in its place, only after the reader has seen the trailer of the stream
 * and the end of the input; every other way out discards it.
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "convert.h"
#include "io.h"
#include "out.h"
#include "progress.h"
#include "stream.h"
#include "summary.h"

/*
 * A profile of 2.0 million biflows of the test exporter, 84.5 MB of text, on two cores:
 *
 *     level        1     2     3     4     5     6     7     8     9
 *     MB        35.4  34.2  32.5  30.0  28.8  28.3  28.1  28.0  28.0
 *     seconds   0.53  0.52  0.87   1.1   1.6   3.2   4.2   7.9   8.0
 *
 * Mostly all rows come at the end, when the earliest start is known, so that compressing adds its time to
 * that of the run.  2 is the last level that costs little of it; 4 is worth its double time for a profile
 * that is kept or sent; every level above takes half as long again or more for at most 4 % less.
 */
#define DEFAULT_LEVEL "2"

static struct options {
    int type; /* TYPE_...: what is written, and so what is read */
    bool gzip;
    uint64_t level; /* of gzip */
    bool has_level;
    const char *file;
    struct cli_common common;
} options;

enum { TYPE_PROFILE, TYPE_FLOWS };

static const struct cli_option rows[] = {
    {'g', "gzip", NULL, "compress the text with gzip", .flag = &options.gzip},
    {'l', "level", "LEVEL", "how hard gzip tries, 1 (fast) to 9 (small)", .preset = DEFAULT_LEVEL,
     .number = &options.level, .min = GZIP_MIN_LEVEL, .max = GZIP_MAX_LEVEL, .given = &options.has_level},
    {'o', "output", "FILE", "where the text goes, whole or not at all", .preset = "-",
     .preset_meaning = "standard output", .file = &options.file},
    {'q', "quiet", NULL, "no summary, also with -v", .flag = &options.common.quiet},
    {'t', "type", "profile|flows",
     "profile: of a biflow stream, from ftp-merge; flows: of a flow stream, from ftp-read",
     .preset = "profile", .choice = &options.type},
    {0},
};

static cli_check check_options;

static const struct cli cli = {
    .program = "ftp-write",
    .unexpected = "input is read from standard input",
    .about = "Writes the record stream on standard input as text.\n",
    .tables = {rows},
    .common = &options.common,
    .check = check_options,
};

static int
level_of_output(void)
{
    return options.gzip ? (int)options.level : OUT_PLAIN;
}

static int
check_options(struct problem *p)
{
    return options.has_level && !options.gzip ? problem_set(p, "-l needs -g") : 0;
}

static void
open_input(struct stream_reader *in)
{
    bool is_profile = options.type == TYPE_PROFILE;

    cli_refuse_terminal(STDIN_FILENO, is_profile ? "pipe the output of ftp-merge into this program"
                                                 : "pipe the output of ftp-read into this program");
    (void)io_enlarge_pipe(STDIN_FILENO);
    if (stream_reader_open(in, STDIN_FILENO, is_profile ? STREAM_BIFLOW : STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "standard input");
}

static void
open_output(struct out *out)
{
    if (out_open(out, options.file, level_of_output()) == -1)
        errx(EXIT_FAILURE, "%s: %s", out->name, out->problem.text);
    if (options.gzip && out_is_terminal(out)) {
        out_discard(out);
        errx(EXIT_USAGE,
             "%s is a terminal, and gzip is not for reading: name a file with -o or leave out -g",
             out->name);
    }
}

/* What SIGUSR1 asks for; the progress line of a pipeline is that of ftp-read and ftp-merge. */
static void
describe(void *context, char *text, size_t size)
{
    const struct stream_reader *in = context;

    (void)snprintf(text, size, "%" PRIu64 " rows", in->total);
}

/* Converts all of the stream and closes the output.  On failure the output is discarded before the
 * message is printed, which may take as long as its reader likes. */
static void
run(struct stream_reader *in, struct out *out)
{
    enum convert_result result = convert(in, out);

    if (result == CONVERT_DONE) {
        if (out_close(out) == 0)
            return;
        result = CONVERT_BAD_OUTPUT;
    } else {
        out_discard(out);
    }
    if (result == CONVERT_BAD_INPUT)
        errx(EXIT_FAILURE, "standard input: %s", in->problem.text);
    errx(EXIT_FAILURE, "%s: %s", out->name, out->problem.text);
}

static void
summarise(const struct stream_reader *in, const struct out *out)
{
    const struct summary_row table[] = {
        {"type", NULL, .word = options.type == TYPE_PROFILE ? "profile" : "flows"},
        {"level", NULL, .count = (uint64_t)level_of_output()},
        {"rows", "rows", .count = in->total, .always = true, .singular = "row"},
        {"skipped", NULL, .count = in->skipped},
        {"text_bytes", "bytes of text", .count = out->text_bytes, .always = true},
        {"bytes", options.gzip ? "gzipped" : NULL, .count = out->bytes},
        {NULL, "rows had been skipped by ftp-read", .count = in->skipped, .joint = "; "},
    };

    if (options.common.verbose > 0 && !options.common.quiet)
        summary_write(stderr, "ftp-write", options.common.verbose == 1 ? SUMMARY_SENTENCE : SUMMARY_JSON,
                      table, sizeof table / sizeof table[0]);
}

int
main(int argc, char **argv)
{
    struct stream_reader in;
    struct out out;

    (void)cli_start(&cli, argc, argv);
    open_input(&in);
    open_output(&out);
    const struct progress progress = {.program = "ftp-write", .text = describe, .context = &in};
    if (progress_start(&progress, false, false) == -1)
        err(EXIT_FAILURE, "cannot take SIGUSR1");
    run(&in, &out);
    summarise(&in, &out);
    stream_reader_release(&in);
    return EXIT_SUCCESS;
}
