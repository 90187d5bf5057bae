/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-write: a record stream in, text out.
 *
 * The output is closed, and so put in its place, only after the reader has seen the trailer of the stream
 * and the end of the input; every other way out discards it.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "convert.h"
#include "io.h"
#include "out.h"
#include "progress.h"
#include "stream.h"
#include "text.h"

/*
 * A profile of 2.0 million biflows of the test exporter, 84.5 MB of text, on two cores:
 *
 *     level        1     2     3     4     5     6     7     8     9
 *     MB        36.1  34.8  33.1  30.6  29.6  29.0  28.8  28.6  28.6
 *     seconds   0.44  0.50  0.75  0.96   1.5   2.8   3.5   6.5   6.5
 *
 * Mostly all rows come at the end, when the earliest start is known, so that compressing adds its time to
 * that of the run.  2 is the last level that costs little of it; 4 is worth its double time for a profile
 * that is kept or sent; every level above takes half as long again or more for at most 3 % less.
 */
#define DEFAULT_LEVEL 2

enum { EXIT_USAGE = 2 };

struct options {
    enum stream_kind kind; /* what is read, and so what is written */
    const char *file;      /* NULL: standard output */
    int level;             /* OUT_PLAIN, or that of gzip */
    int verbose;           /* 1: a summary, 2: the same as JSON */
};

static void
print_help(void)
{
    printf("usage: ftp-write [-ghqVv] [-l LEVEL] [-o FILE] [-t profile|flows]\n"
           "\n"
           "Writes the record stream on standard input as text.\n"
           "\n"
           "  -g, --gzip            compress the text with gzip\n"
           "  -h, --help            show this help and exit\n"
           "  -l, --level LEVEL     how hard gzip tries, 1 (fast) to 9 (small) (default: %d)\n"
           "  -o, --output FILE     where the text goes, whole or not at all (default: -, standard\n"
           "                        output)\n"
           "  -q, --quiet           no summary, whatever -v said before\n"
           "  -t, --type profile|flows\n"
           "                        profile: of a biflow stream, from ftp-merge; flows: of a flow\n"
           "                        stream, from ftp-read (default: profile)\n"
           "  -V, --version         show the version and exit\n"
           "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n",
           DEFAULT_LEVEL);
}

/* Ends the program after -h or -V, whose text is output like any other. */
_Noreturn static void
exit_shown(void)
{
    if (ferror(stdout) || fclose(stdout) == EOF)
        err(EXIT_FAILURE, "standard output");
    exit(EXIT_SUCCESS);
}

static int
parse_level(const char *value)
{
    uint64_t level;

    if (!text_get_u64(value, strlen(value), GZIP_MAX_LEVEL, &level) || level < GZIP_MIN_LEVEL)
        errx(EXIT_USAGE, "-l: '%s' is not a number from %d to %d", value, GZIP_MIN_LEVEL, GZIP_MAX_LEVEL);
    return (int)level;
}

static enum stream_kind
parse_type(const char *value)
{
    if (strcmp(value, "profile") == 0)
        return STREAM_BIFLOW;
    if (strcmp(value, "flows") == 0)
        return STREAM_FLOW;
    errx(EXIT_USAGE, "-t: '%s' is neither profile nor flows", value);
}

static const char *
parse_file(const char *value)
{
    if (value[0] == '\0')
        errx(EXIT_USAGE, "-o: '' is not the name of a file");
    return value;
}

static void
parse_options(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"gzip", no_argument, NULL, 'g'},
        {"help", no_argument, NULL, 'h'},
        {"level", required_argument, NULL, 'l'},
        {"output", required_argument, NULL, 'o'},
        {"quiet", no_argument, NULL, 'q'},
        {"type", required_argument, NULL, 't'},
        {"version", no_argument, NULL, 'V'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    bool gzip = false;
    bool help = false;
    int option;

    *o = (struct options){.kind = STREAM_BIFLOW};
    while ((option = getopt_long(argc, argv, "ghl:o:qt:Vv", longs, NULL)) != -1) {
        switch (option) {
        case 'g':
            gzip = true;
            break;
        case 'h':
            help = true;
            break;
        case 'l':
            o->level = parse_level(optarg);
            break;
        case 'o':
            o->file = parse_file(optarg);
            break;
        case 'q':
            o->verbose = 0;
            break;
        case 't':
            o->kind = parse_type(optarg);
            break;
        case 'V':
            puts("ftp-write " VERSION);
            exit_shown();
        case 'v':
            o->verbose++;
            break;
        default:
            fputs("try 'ftp-write -h'\n", stderr);
            exit(EXIT_USAGE);
        }
    }
    if (help) {
        print_help();
        exit_shown();
    }
    if (optind < argc)
        errx(EXIT_USAGE, "unexpected argument '%s': input is read from standard input", argv[optind]);
    if (o->level != OUT_PLAIN && !gzip)
        errx(EXIT_USAGE, "-l: '%d' is of no use without -g", o->level);
    if (gzip && o->level == OUT_PLAIN)
        o->level = DEFAULT_LEVEL;
}

static void
open_input(struct stream_reader *in, enum stream_kind kind)
{
    if (isatty(STDIN_FILENO))
        errx(EXIT_USAGE, "standard input is a terminal: pipe the output of %s into this program",
             kind == STREAM_BIFLOW ? "ftp-merge" : "ftp-read");
    io_enlarge_pipe(STDIN_FILENO);
    if (stream_reader_open(in, STDIN_FILENO, kind) == -1)
        err(EXIT_FAILURE, "standard input");
}

static void
open_output(struct out *out, const struct options *options)
{
    if (out_open(out, options->file, options->level) == -1)
        errx(EXIT_FAILURE, "%s: %s", out->name, out->problem);
    if (options->level != OUT_PLAIN && out_is_terminal(out)) {
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
        errx(EXIT_FAILURE, "standard input: %s", in->problem);
    errx(EXIT_FAILURE, "%s: %s", out->name, out->problem);
}

static void
print_summary(const struct options *options, const struct stream_reader *in, const struct out *out)
{
    if (options->verbose > 1) {
        fprintf(stderr,
                "{\"program\":\"ftp-write\",\"type\":\"%s\",\"level\":%d,\"rows\":%" PRIu64
                ",\"skipped\":%" PRIu64 ",\"text_bytes\":%" PRIu64 ",\"bytes\":%" PRIu64 "}\n",
                options->kind == STREAM_BIFLOW ? "profile" : "flows", options->level, in->total,
                in->skipped, out->text_bytes, out->bytes);
        return;
    }
    fprintf(stderr, "ftp-write: %" PRIu64 " rows, %" PRIu64 " bytes of text", in->total, out->text_bytes);
    if (options->level != OUT_PLAIN)
        fprintf(stderr, ", %" PRIu64 " gzipped", out->bytes);
    if (in->skipped > 0)
        fprintf(stderr, "; %" PRIu64 " rows had been skipped by ftp-read", in->skipped);
    fputc('\n', stderr);
}

int
main(int argc, char **argv)
{
    struct options options;
    struct stream_reader in;
    struct out out;

    if (io_start() == -1)
        err(EXIT_FAILURE, "cannot start");
    argv[0] = program_invocation_short_name;
    parse_options(&options, argc, argv);
    open_input(&in, options.kind);
    open_output(&out, &options);
    const struct progress progress = {.program = "ftp-write", .text = describe, .context = &in};
    if (progress_start(&progress, false, false) == -1)
        err(EXIT_FAILURE, "cannot take SIGUSR1");
    run(&in, &out);
    if (options.verbose > 0)
        print_summary(&options, &in, &out);
    stream_reader_release(&in);
    return EXIT_SUCCESS;
}
