/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-split: a flow stream in, N flow streams out, each with all records of some keys.
 *
 * Merging is by key, so what is split by key can be merged apart, on several processors or machines.  The
 * one thing that merging has to know of all shards is when the profile begins; the file of -d tells what
 * it takes to find that out.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "days.h"
#include "fileset.h"
#include "io.h"
#include "progress.h"
#include "shards.h"
#include "stream.h"
#include "summary.h"

static struct options {
    uint64_t shards;
    const char *prefix;
    const char *days;
    bool has_days;
    bool no_sync;
    struct cli_common common;
} options;

static const struct cli_option rows[] = {
    {'d', "days", "FILE", "also write how many records start on each day, for ftp-merge -z",
     .file = &options.days, .given = &options.has_days},
    {'n', "shards", "N", "how many shards, 1 to 1024", .missing = "no number of shards given, 1 to 1024",
     .number = &options.shards, .min = 1, .max = SHARD_MAX},
    {'o', "output", "PREFIX", "what the names of the shards begin with", .preset = "shard.",
     .file = &options.prefix},
    {0, "no-sync", NULL, "do not wait until the shards are on disk", .flag = &options.no_sync},
    {0},
};

static const struct cli cli = {
    .program = "ftp-split",
    .unexpected = "input is read from standard input",
    .about = "Splits the flow stream on standard input into files PREFIX0, PREFIX1, ..., so that all\n"
             "records of a conversation are in the same one.\n",
    .tables = {rows},
    .common = &options.common,
};

struct run {
    struct stream_reader in;
    struct fileset files;
    struct shards shards;
    struct days days;
    int days_fd; /* -1 without -d */
    uint64_t left_out;
    struct progress_rate rate;
};

/* Ends the program.  What was made is removed first, since a message that nobody reads any more can end
 * the program as well (SIGPIPE). */
_Noreturn static void
die(struct run *run, const char *where, const char *why)
{
    fileset_discard(&run->files);
    progress_end();
    errx(EXIT_FAILURE, "%s%s", where, why);
}

static void
open_all(struct run *run)
{
    struct problem problem;

    cli_refuse_terminal(STDIN_FILENO, "pipe the output of ftp-read into this program");
    (void)io_enlarge_pipe(STDIN_FILENO);
    if (stream_reader_open(&run->in, STDIN_FILENO, STREAM_FLOW) == -1 || days_open(&run->days) == -1)
        err(EXIT_FAILURE, "no memory");
    if (fileset_open(&run->files, (size_t)options.shards + 1, &problem) == -1)
        errx(EXIT_FAILURE, "%s", problem.text);
    if (shards_open(&run->shards, &run->files, options.prefix, (unsigned)options.shards) == -1)
        die(run, "", run->shards.problem.text);
    run->days_fd = options.has_days ? fileset_add(&run->files, options.days, &problem) : -1;
    if (options.has_days && run->days_fd == -1)
        die(run, "", problem.text);
}

/* The progress line: right of that of ftp-read. */
static void
describe(void *context, char *text, size_t size)
{
    struct run *run = context;
    char records[16], rate[16];

    (void)snprintf(text, size, "%s records %s/s", progress_number(run->in.total, records),
                   progress_number(progress_rate(&run->rate, run->in.total), rate));
}

/* Splits all records, and counts those that are no surprise to ftp-merge by their days. */
static void
split(struct run *run)
{
    enum stream_result result;
    struct flow f;

    while ((result = stream_get_flow(&run->in, &f)) == STREAM_RECORD) {
        if (shards_put(&run->shards, &f) == -1)
            die(run, "", run->shards.problem.text);
        if (flow_fault(&f) == FLOW_GOOD)
            days_see(&run->days, f.start);
        else
            run->left_out++;
        progress_poll();
    }
    if (result == STREAM_ERROR)
        die(run, "standard input: ", run->in.problem.text);
    if (shards_finish(&run->shards, run->in.skipped) == -1)
        die(run, "", run->shards.problem.text);
}

/* Writes the records by day: a line for each, with its number since 1970, how many records start on it,
 * and the earliest of these starts.  Returns 0, or -1 with errno set. */
static int
write_days(const struct days *d, int fd)
{
    char *text = NULL;
    size_t size = 0;
    struct day day;
    FILE *lines = open_memstream(&text, &size);

    if (!lines)
        return -1;
    for (int place = 0; days_at(d, place, &day); place++)
        if (day.records > 0)
            (void)fprintf(lines, "%" PRId64 " %" PRIu64 " %" PRId64 "\n", day.number, day.records,
                          day.earliest);
    if (d->outside.records > 0)
        (void)fprintf(lines, "other %" PRIu64 "\n", d->outside.records);
    int result = fclose(lines) == 0 ? io_write_full(fd, text, size) : -1;
    free(text);
    return result;
}

static void
put_in_place(struct run *run)
{
    struct problem problem;

    if (run->days_fd != -1 && write_days(&run->days, run->days_fd) == -1) {
        problem_set_errno(&problem, "%s", options.days);
        die(run, "", problem.text);
    }
    if (fileset_commit(&run->files, !options.no_sync, &problem) == -1)
        die(run, "", problem.text);
    progress_end();
}

static void
summarise(const struct run *run)
{
    const struct shards *s = &run->shards;
    uint64_t counts[SHARD_MAX], smallest = UINT64_MAX, largest = 0;

    for (unsigned i = 0; i < s->n; i++) {
        counts[i] = s->streams[i].records;
        smallest = counts[i] < smallest ? counts[i] : smallest;
        largest = counts[i] > largest ? counts[i] : largest;
    }
    const struct summary_row table[] = {
        {"records", "records in", .count = run->in.total, .always = true},
        {"skipped", "rows skipped by ftp-read", .count = run->in.skipped},
        {"left_out", "of them such that ftp-merge leaves them out", .count = run->left_out},
        {"smallest", "records in the smallest shard", .count = smallest, .always = true},
        {"largest", "records in the largest shard", .count = largest, .always = true},
        {"shards", NULL, .list = counts, .count = s->n},
    };

    if (options.common.verbose > 0)
        summary_write(stderr, "ftp-split", options.common.verbose == 1 ? SUMMARY_LINES : SUMMARY_JSON,
                      table, sizeof table / sizeof table[0]);
}

int
main(int argc, char **argv)
{
    static struct run run;

    cli_start(&cli, argc, argv);
    const struct progress progress = {.program = "ftp-split",
                                      .column = PROGRESS_RIGHT_COLUMN,
                                      .text = describe,
                                      .context = &run};
    /* First, since until then SIGUSR1 kills. */
    if (progress_start(&progress, !options.common.quiet, false) == -1)
        err(EXIT_FAILURE, "cannot start the progress line");
    open_all(&run);
    split(&run);
    put_in_place(&run);
    summarise(&run);
    shards_release(&run.shards);
    days_close(&run.days);
    stream_reader_release(&run.in);
    return EXIT_SUCCESS;
}
