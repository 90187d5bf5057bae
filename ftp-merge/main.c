/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-merge: a flow stream in, a biflow stream out.
 *
 * Here is only what talks to the user: options, messages, the exit status.  The order of life is parse,
 * open, run, close; whatever fails on the way ends the run without the trailer of the output, which
 * tells every program that follows.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "cli.h"
#include "days.h"
#include "io.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "stream.h"
#include "text.h"

enum { READ_BATCH = 256 };

enum zero { ZERO_EARLIEST, ZERO_FIRST, ZERO_GIVEN };

static struct options {
    uint64_t active;   /* s */
    uint64_t inactive; /* s */
    uint64_t memory;   /* MiB */
    int direction;
    enum zero zero;
    int64_t given_zero; /* ms since 1970 */
    int64_t given_bulk; /* likewise: rows must not start too far from it */
    bool has_bulk;      /* it was on the command line; otherwise it is given_zero */
    bool hold;
    struct cli_common common;
} options;

static cli_take take_zero;

static const struct cli_option rows[] = {
    {'a', "active", "SEC", "active timeout of the exporter", .preset = "300", .seconds = &options.active,
     .min = 1, .max = CLI_MAX_SECONDS},
    {'d', "direction", "initiator|arrival", "which side of a biflow is its source", .preset = "initiator",
     .choice = &options.direction},
    {'i', "inactive", "SEC", "inactive timeout of the exporter", .preset = "30",
     .seconds = &options.inactive, .max = CLI_MAX_SECONDS},
    {'m', "memory", "MIB", "memory for the flow cache, at most", .preset = "2048",
     .mebibytes = &options.memory, .min = 1, .max = SIZE_MAX >> 20},
    {'z', "zero", "first|earliest|EPOCH_MS[,BULK_MS]", "time zero of the profile", .preset = "earliest",
     .take = take_zero},
    {0, "hold", NULL, "hold what is old until its memory is needed, as with -z earliest",
     .flag = &options.hold},
    {0},
};

static const struct cli cli = {
    .program = "ftp-merge",
    .unexpected = "input is read from standard input",
    .about = "Merges a flow stream on standard input into a biflow stream on standard output.\n",
    .tables = {rows},
    .common = &options.common,
};

struct run {
    struct stream_reader in;
    struct output out;
    struct cache *cache;
    struct days days;
    bool ended;   /* all of the input is read */
    int64_t bulk; /* the day with the most records, once all are read */
    struct progress_rate rate;
};

/* The ms between two times. */
static uint64_t
distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* Reads EPOCH_MS[,BULK_MS].  Returns whether it is that. */
static bool
parse_given_zero(const char *text)
{
    const char *comma = strchrnul(text, ',');

    if (!text_get_i64(text, (size_t)(comma - text), &options.given_zero))
        return false;
    options.given_bulk = options.given_zero;
    options.has_bulk = *comma == ',';
    return *comma == '\0' || text_get_i64(comma + 1, strlen(comma + 1), &options.given_bulk);
}

static int
take_zero(const char *value, struct problem *p)
{
    options.zero = ZERO_GIVEN;
    if (strcmp(value, "first") == 0)
        options.zero = ZERO_FIRST;
    else if (strcmp(value, "earliest") == 0)
        options.zero = ZERO_EARLIEST;
    else if (!parse_given_zero(value))
        return problem_set(p,
                           "'%s' is neither first nor earliest nor EPOCH_MS[,BULK_MS], in ms since 1970",
                           value);
    /* A zero far from the bulk would give away the date. */
    if (options.zero == ZERO_GIVEN &&
        distance(options.given_zero, options.given_bulk) > (uint64_t)(OUTPUT_MAX_DISTANCE + DAYS_MS))
        return problem_set(p,
                           "'%s': the two times are more than 367 days apart, so the profile would tell "
                           "the date",
                           value);
    return 0;
}

static void
open_all(struct run *run)
{
    struct cache_options cache = {.active = options.active * 1000,
                                  .inactive = options.inactive * 1000,
                                  .memory = (size_t)options.memory << 20,
                                  .prompt = options.zero != ZERO_EARLIEST && !options.hold,
                                  .arrival = options.direction == 1,
                                  .sink = output_put,
                                  .context = &run->out,
                                  .days = &run->days};

    cli_refuse_terminal(STDIN_FILENO, "pipe the output of ftp-read into this program");
    cli_refuse_terminal(STDOUT_FILENO, "pipe it into ftp-write");
    (void)io_enlarge_pipe(STDIN_FILENO);
    if (getentropy(cache.seed, sizeof cache.seed) == -1)
        err(EXIT_FAILURE, "cannot get random numbers");
    if (stream_reader_open(&run->in, STDIN_FILENO, STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "no memory");
    run->cache = cache_open(&cache);
    if (!run->cache)
        err(EXIT_FAILURE, "cannot reserve %" PRIu64 " MiB of memory (-m takes less)", options.memory);
    if (days_open(&run->days) == -1)
        err(EXIT_FAILURE, "no memory");
    if (output_open(&run->out, STDOUT_FILENO) == -1)
        err(EXIT_FAILURE, "standard output");
}

/* Ends the program if the cache, or the output that it writes to, failed. */
static void
check(const struct run *run, enum cache_result result)
{
    if (result == CACHE_OVERFLOW)
        errx(EXIT_FAILURE,
             "standard input: the packets or bytes of a biflow do not fit 64 bits (near record %" PRIu64
             ")",
             run->in.total);
    if (result == CACHE_FAILED)
        err(EXIT_FAILURE, "%s", run->out.failed);
}

static void
check_output(const struct run *run, int result)
{
    if (result == -1)
        err(EXIT_FAILURE, "%s", run->out.failed);
}

/* Reads a record.  Returns false at the end of the input. */
static bool
get_flow(struct run *run, struct flow *f)
{
    enum stream_result result = run->ended ? STREAM_END : stream_get_flow(&run->in, f);

    if (result == STREAM_ERROR)
        errx(EXIT_FAILURE, "standard input: %s", run->in.problem.text);
    run->ended = result == STREAM_END;
    return result == STREAM_RECORD;
}

static void
put(struct run *run, const struct flow *flows, size_t n)
{
    check(run, cache_put(run->cache, flows, n));
    progress_poll();
}

/* Whether a start is within 366 days of those of most of some records. */
static bool
is_near_most(int64_t start, const struct flow *flows, size_t n)
{
    size_t near = 0;

    for (size_t i = 0; i < n; i++)
        near += distance(start, flows[i].start) <= (uint64_t)OUTPUT_MAX_DISTANCE;
    return near > n / 2;
}

/* Fixes -z first: reads the first records that are not left out, and takes the start of the first one
 * whose clock was set. */
static void
find_first(struct run *run)
{
    struct flow flows[READ_BATCH];
    size_t n = 0, first = 0;

    while (n < READ_BATCH && get_flow(run, &flows[n])) {
        if (flow_fault(&flows[n]) == FLOW_GOOD)
            n++;
        else
            put(run, &flows[n], 1);
    }
    while (first < n && !is_near_most(flows[first].start, flows, n))
        first++;
    if (n > 0) {
        int64_t zero = flows[first < n ? first : 0].start;
        output_set_zero(&run->out, zero, zero);
    }
    put(run, flows, n);
}

static void
set_zero(struct run *run)
{
    if (options.zero == ZERO_EARLIEST)
        output_set_sorted(&run->out);
    else if (options.zero == ZERO_GIVEN)
        output_set_zero(&run->out, options.given_zero, options.given_bulk);
    else
        find_first(run);
}

/* The progress line: right of that of ftp-read, which has the records too, so they come last here and may
 * be cut. */
static void
describe(void *context, char *text, size_t size)
{
    struct run *run = context;
    const struct cache_stats *s = cache_stats(run->cache);
    char records[16], rate[16], live[16], out[16];

    (void)snprintf(text, size, "cache %s (%.0f%%), %s out, %s records %s/s",
                   progress_number(s->live, live),
                   100 * (double)s->memory / ((double)options.memory * 1048576),
                   progress_number(s->written, out), progress_number(run->in.total, records),
                   progress_number(progress_rate(&run->rate, run->in.total), rate));
}

static void
read_all(struct run *run)
{
    struct flow flows[READ_BATCH];
    size_t n;

    do {
        for (n = 0; n < READ_BATCH && get_flow(run, &flows[n]);)
            n++;
        put(run, flows, n);
    } while (n == READ_BATCH);
}

/* Writes what the cache still has, and what had to wait. */
static void
write_rest(struct run *run)
{
    (void)days_bulk(&run->days, &run->bulk);
    check_output(run, output_complete(&run->out, run->bulk));
    check(run, cache_flush(run->cache, days_earliest(&run->days, run->bulk)));
    check_output(run, output_drain(&run->out));
}

/* A profile without a row, although there were records, mostly means that the zero is not in ms.  Where
 * the bulk is given as well, the records may be a part of others that are near it. */
static void
check_zero(const struct run *run)
{
    const struct output_counts *out = &run->out.counts;

    if (options.zero == ZERO_GIVEN && !options.has_bulk && out->rows == 0 && out->unset_clock > 0)
        errx(EXIT_FAILURE,
             "-z: no record starts within 366 days of the given time (without -z the earliest start is "
             "found)");
}

static void
merge(struct run *run)
{
    set_zero(run);
    read_all(run);
    write_rest(run);
    check_zero(run);
    progress_end();
    check_output(run, output_finish(&run->out, run->in.skipped));
    if (close(STDOUT_FILENO) == -1)
        err(EXIT_FAILURE, "standard output");
}

static void
report(const struct run *run)
{
    const struct report report = {.stats = cache_stats(run->cache),
                                  .out = &run->out.counts,
                                  .skipped = run->in.skipped,
                                  .astray = days_astray(&run->days, run->bulk),
                                  .active = options.active,
                                  .memory_limit = options.memory << 20};

    if (!options.common.quiet) {
        if (options.inactive > options.active)
            warnx("-i %" PRIu64 " is larger than -a %" PRIu64 ": are the timeouts swapped?",
                  options.inactive, options.active);
        report_warn(&report);
    }
    report_write(&report, options.common.verbose);
}

int
main(int argc, char **argv)
{
    static struct run run;

    (void)cli_start(&cli, argc, argv);
    open_all(&run);
    const struct progress progress = {.program = "ftp-merge",
                                      .column = PROGRESS_RIGHT_COLUMN,
                                      .text = describe,
                                      .context = &run};
    if (progress_start(&progress, !options.common.quiet, false) == -1)
        err(EXIT_FAILURE, "cannot start the progress line");
    merge(&run);
    report(&run);
    output_release(&run.out);
    cache_release(run.cache);
    days_close(&run.days);
    stream_reader_release(&run.in);
    return EXIT_SUCCESS;
}
