/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-read: flow records from somewhere, a flow stream out.
 *
 * Here is only what all readers share: which of them there are, messages, the exit status.  The trailer
 * of the stream is written here as well, after the reader has said that nothing was lost.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "progress.h"
#include "reader.h"
#include "summary.h"

static const struct reader *const readers[] = {&nffile_reader, &csvfile_reader, &fdsfile_reader};

enum { READERS = sizeof readers / sizeof readers[0] };

/* The command line up to the name of the reader. */
static const struct cli cli = {
    .program = "ftp-read",
    .operands = "READER [reader options]",
    .operands_end_options = true,
    .about = "Reads flow records and writes them to standard output as a flow stream.\n"
             "\n"
             "readers:\n"
             "  nffile    nfcapd files, by way of nfdump\n"
             "  csvfile   text: flow text, or the CSV of any nfdump\n"
             "  fdsfile   FDS files of ipfixcol2, by way of fdsdump\n"
             "\n"
             "'ftp-read READER -h' shows the options of a reader.\n",
};

static const struct reader *
find_reader(const char *name)
{
    if (!name)
        errx(EXIT_USAGE, "no reader given: nffile, csvfile or fdsfile");
    for (size_t i = 0; i < READERS; i++)
        if (strcmp(name, readers[i]->cli->command) == 0)
            return readers[i];
    errx(EXIT_USAGE, "unknown reader '%s': it is not one of nffile, csvfile, fdsfile", name);
}

static void
say(const char *message)
{
    warnx("%s", message);
}

static void
warn_nothing(const struct reader *reader)
{
    struct problem p;

    reader->describe_nothing(&p);
    warnx("%s", p.text);
}

static void
summarise(const struct run *run)
{
    const struct counts *c = &run->counts;
    uint64_t span = c->flows > 0 ? (uint64_t)c->last - (uint64_t)c->first : 0;
    const bool has_note = run->note.text[0] != '\0';
    const struct summary_row table[] = {
        {"rows", "rows read", .count = c->rows, .always = true},
        {"flows", "flow records out", .count = c->flows, .always = true},
        {"not_ip", "left out: not IP (ARP, outer headers of tunnels)", .count = c->not_ip},
        {"other_interface", "left out: of another interface", .count = c->other_interface},
        {"other_time", "left out: not wholly inside the period", .count = c->other_time},
        {"skipped", "skipped: not readable", .count = c->skipped},
        {"first_ms", NULL, .count = (uint64_t)c->first, .is_signed = true},
        {"last_ms", NULL, .count = (uint64_t)c->last, .is_signed = true},
        {NULL, "ms from the first to the last packet", .count = span, .always = true},
        {NULL, has_note ? run->note.text : NULL, .word = ""},
    };

    if (reader_options.common.verbose > 0)
        summary_write(stderr, "ftp-read",
                      reader_options.common.verbose == 1 ? SUMMARY_LINES : SUMMARY_JSON, table,
                      sizeof table / sizeof table[0]);
}

/* How much of the time that the capture spans has been read, 0 to 1. */
static double
share_of(const struct run *run)
{
    double share = ((double)run->counts.last - (double)run->span_first) /
                   ((double)run->span_last - (double)run->span_first);

    return share < 1 ? share : 1;
}

/* The progress line. */
static void
describe(void *context, char *text, size_t size)
{
    static struct progress_rate rate;
    const struct run *run = context;
    const struct counts *c = &run->counts;
    char share[8] = "", date[24] = "", rows[16], per_second[16];
    time_t seconds = (time_t)(c->last / 1000);
    struct tm tm;

    if (c->flows > 0 && run->span_last > run->span_first && c->last >= run->span_first)
        (void)snprintf(share, sizeof share, "%.0f%% ", 100 * share_of(run));
    if (c->flows > 0 && gmtime_r(&seconds, &tm))
        (void)strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S ", &tm);
    (void)snprintf(text, size, "%s%s%s rows %s/s", share, date, progress_number(c->rows, rows),
                   progress_number(progress_rate(&rate, c->rows), per_second));
}

/* Does what the options ask for in place of a stream.  Returns whether they do. */
static bool
print(const struct reader *reader)
{
    struct run run = {.keep_going = reader_options.keep_going, .say = say};
    enum run_result result = reader->print ? reader->print(&run) : RUN_USELESS;

    if (result == RUN_FAILED)
        errx(EXIT_FAILURE, "%s", run.problem.text);
    return result != RUN_USELESS;
}

static void
open_stream(struct run *run)
{
    cli_refuse_terminal(STDOUT_FILENO, "pipe it into ftp-merge");
    (void)io_enlarge_pipe(STDOUT_FILENO);
    if (stream_writer_open(&run->stream, STDOUT_FILENO, STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "standard output");
}

static void
close_stream(struct run *run)
{
    if (stream_writer_finish(&run->stream, run->counts.skipped) == -1 || close(STDOUT_FILENO) == -1)
        err(EXIT_FAILURE, "standard output");
    stream_writer_release(&run->stream);
}

/* Runs the reader and ends the stream. */
static void
run_reader(const struct reader *reader)
{
    const bool quiet = reader_options.common.quiet;
    struct run run = {.keep_going = reader_options.keep_going,
                      .quiet = quiet,
                      .span_last = INT64_MIN,
                      .say = say};
    const struct progress progress = {.program = "ftp-read",
                                      .column = 1,
                                      .width = PROGRESS_RIGHT_COLUMN - 2,
                                      .text = describe,
                                      .context = &run};

    open_stream(&run);
    if (progress_start(&progress, !quiet, true) == -1)
        err(EXIT_FAILURE, "cannot start the progress line");
    enum run_result result = reader->read(&run);
    progress_end();
    if (result == RUN_FAILED)
        errx(EXIT_FAILURE, "%s", run.problem.text);
    close_stream(&run);
    if (run.counts.skipped > 0)
        warnx("%" PRIu64 " row%s could not be read and %s skipped", run.counts.skipped,
              run.counts.skipped == 1 ? "" : "s", run.counts.skipped == 1 ? "was" : "were");
    if (run.counts.flows == 0 && !quiet)
        warn_nothing(reader);
    summarise(&run);
}

int
main(int argc, char **argv)
{
    int at = cli_start(&cli, argc, argv);
    const struct reader *reader = find_reader(argv[at]);

    (void)cli_start(reader->cli, argc - at, argv + at);
    if (!print(reader))
        run_reader(reader);
    return EXIT_SUCCESS;
}
