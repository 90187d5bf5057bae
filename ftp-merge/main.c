/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-merge: a flow stream in, a biflow stream out.
 *
 * Here is only what talks to the user: options, messages, the exit status.  The order of life is parse,
 * open, run, close; whatever fails on the way ends the run without the trailer of the output, which
 * tells everybody behind us.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "days.h"
#include "io.h"
#include "output.h"
#include "progress.h"
#include "stream.h"
#include "summary.h"
#include "text.h"

enum { EXIT_USAGE = 2, READ_BATCH = 256, MAX_SECONDS = 1000000000 };

/* A time zero further than this (ms) from the records would give away the date. */
#define MAX_ZERO_DISTANCE (UINT64_C(366) * 24 * 3600 * 1000)

enum zero { ZERO_EARLIEST, ZERO_FIRST, ZERO_GIVEN };

struct options {
    uint64_t active;   /* s */
    uint64_t inactive; /* s */
    uint64_t memory;   /* MiB */
    bool arrival;
    enum zero zero;
    int64_t given_zero; /* ms since 1970 */
    int verbose;
    bool quiet;
};

struct run {
    const struct options *options;
    struct stream_reader in;
    struct output out;
    struct cache *cache;
    struct days days;
    struct progress_rate rate;
};

static const char usage_text[] =
    "usage: ftp-merge [-hqVv] [-a SEC] [-d initiator|arrival] [-i SEC] [-m MIB]\n"
    "                 [-z first|earliest|EPOCH_MS]\n"
    "\n"
    "Merges a flow stream on standard input into a biflow stream on standard output.\n"
    "\n"
    "  -a, --active SEC      active timeout of the exporter (default: 300)\n"
    "  -d, --direction initiator|arrival\n"
    "                        which side of a biflow is its source (default: initiator)\n"
    "  -h, --help            show this help and exit\n"
    "  -i, --inactive SEC    inactive timeout of the exporter (default: 30)\n"
    "  -m, --memory MIB      most memory that the flow cache may use (default: 2048)\n"
    "  -q, --quiet           no progress, no warnings\n"
    "  -V, --version         show the version and exit\n"
    "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n"
    "  -z, --zero first|earliest|EPOCH_MS\n"
    "                        time zero of the profile (default: earliest)\n";

/* Prints to stdout and ends the program. */
_Noreturn static void
show(const char *text)
{
    (void)fputs(text, stdout);
    if (fflush(stdout) != 0)
        err(EXIT_FAILURE, "standard output");
    exit(EXIT_SUCCESS);
}

/* Reads the number of an option; what is none ends the program. */
static uint64_t
number(const char *option, const char *text, uint64_t min, uint64_t max)
{
    uint64_t value;

    if (!text_get_u64(text, strlen(text), max, &value) || value < min)
        errx(EXIT_USAGE, "%s: '%s' is not a number from %" PRIu64 " to %" PRIu64, option, text, min, max);
    return value;
}

static bool
parse_direction(const char *text)
{
    if (strcmp(text, "arrival") != 0 && strcmp(text, "initiator") != 0)
        errx(EXIT_USAGE, "-d: '%s' is neither initiator nor arrival", text);
    return strcmp(text, "arrival") == 0;
}

static void
parse_zero(const char *text, struct options *o)
{
    o->zero = ZERO_GIVEN;
    if (strcmp(text, "first") == 0)
        o->zero = ZERO_FIRST;
    else if (strcmp(text, "earliest") == 0)
        o->zero = ZERO_EARLIEST;
    else if (!text_get_i64(text, strlen(text), &o->given_zero))
        errx(EXIT_USAGE, "-z: '%s' is neither first nor earliest nor ms since 1970", text);
}

static struct options
parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"active", required_argument, NULL, 'a'}, {"direction", required_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},         {"inactive", required_argument, NULL, 'i'},
        {"memory", required_argument, NULL, 'm'}, {"quiet", no_argument, NULL, 'q'},
        {"version", no_argument, NULL, 'V'},      {"verbose", no_argument, NULL, 'v'},
        {"zero", required_argument, NULL, 'z'},   {NULL, 0, NULL, 0},
    };
    struct options o = {.active = 300, .inactive = 30, .memory = 2048};
    bool help = false;
    int option;

    while ((option = getopt_long(argc, argv, "a:d:hi:m:qVvz:", names, NULL)) != -1) {
        switch (option) {
        case 'a':
            o.active = number("-a", optarg, 1, MAX_SECONDS);
            break;
        case 'd':
            o.arrival = parse_direction(optarg);
            break;
        case 'h':
            help = true;
            break;
        case 'i':
            o.inactive = number("-i", optarg, 0, MAX_SECONDS);
            break;
        case 'm':
            o.memory = number("-m", optarg, 1, SIZE_MAX >> 20);
            break;
        case 'q':
            o.quiet = true;
            break;
        case 'V':
            show("ftp-merge " VERSION "\n");
        case 'v':
            o.verbose++;
            break;
        case 'z':
            parse_zero(optarg, &o);
            break;
        default:
            (void)fputs("try 'ftp-merge -h'\n", stderr);
            exit(EXIT_USAGE);
        }
    }
    if (help)
        show(usage_text);
    if (optind < argc)
        errx(EXIT_USAGE, "unexpected argument '%s': input is read from standard input", argv[optind]);
    return o;
}

static void
open_all(struct run *run)
{
    const struct options *o = run->options;
    struct cache_options cache = {.active = o->active * 1000,
                                  .inactive = o->inactive * 1000,
                                  .memory = (size_t)o->memory << 20,
                                  .prompt = o->zero != ZERO_EARLIEST,
                                  .arrival = o->arrival,
                                  .sink = output_put,
                                  .context = &run->out};

    if (isatty(STDIN_FILENO))
        errx(EXIT_USAGE, "standard input is a terminal: pipe the output of ftp-read into this program");
    if (isatty(STDOUT_FILENO))
        errx(EXIT_USAGE, "standard output is a terminal: pipe it into ftp-write");
    io_enlarge_pipe(STDIN_FILENO);
    if (getentropy(cache.seed, sizeof cache.seed) == -1)
        err(EXIT_FAILURE, "cannot get random numbers");
    if (stream_reader_open(&run->in, STDIN_FILENO, STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "no memory");
    run->cache = cache_open(&cache);
    if (!run->cache)
        err(EXIT_FAILURE, "cannot reserve %" PRIu64 " MiB of memory (-m takes less)", o->memory);
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
    if (result == CACHE_FAILED && errno == EOVERFLOW)
        errx(EXIT_FAILURE, "standard input: a time does not fit 64 bits once the time zero is taken "
                           "away (ftp-read nffile -t takes a period)");
    if (result == CACHE_FAILED)
        err(EXIT_FAILURE, "%s", run->out.failed);
}

static enum cache_result
set_zero(struct run *run, int64_t zero)
{
    return output_set_zero(&run->out, zero) == -1 ? CACHE_FAILED : CACHE_OK;
}

/* Whether a time zero is far from most of some records; one of them may have a wrong clock. */
static bool
is_far(int64_t zero, const struct flow *flows, size_t n)
{
    size_t far = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t start = flows[i].start;
        uint64_t distance =
            zero > start ? (uint64_t)zero - (uint64_t)start : (uint64_t)start - (uint64_t)zero;
        far += distance > MAX_ZERO_DISTANCE;
    }
    return far > n / 2;
}

/* Fixes the time zero when the first records have come, if it does not depend on the others. */
static void
see_first(struct run *run, const struct flow *flows, size_t n)
{
    const struct options *o = run->options;

    if (o->zero == ZERO_EARLIEST || run->out.zero_known || n == 0)
        return;
    if (o->zero == ZERO_GIVEN && is_far(o->given_zero, flows, n))
        errx(EXIT_FAILURE,
             "-z: %" PRId64 " is more than a year from the first records: the times of the profile would "
             "tell the date; take a time near the capture",
             o->given_zero);
    check(run, set_zero(run, o->zero == ZERO_FIRST ? flows[0].start : o->given_zero));
}

/* Puts the records of a batch into the cache. */
static void
put_batch(struct run *run, const struct flow *flows, size_t n)
{
    see_first(run, flows, n);
    check(run, cache_put(run->cache, flows, n));
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
                   100 * (double)s->memory / ((double)run->options->memory * 1048576),
                   progress_number(s->written, out), progress_number(run->in.total, records),
                   progress_number(progress_rate(&run->rate, run->in.total), rate));
}

/* Reads all records into the cache and writes all biflows. */
static void
merge(struct run *run)
{
    struct flow flows[READ_BATCH];
    enum stream_result result;
    size_t n = 0;

    while ((result = stream_get_flow(&run->in, &flows[n])) == STREAM_RECORD) {
        days_see(&run->days, flows[n].start);
        if (++n < READ_BATCH)
            continue;
        put_batch(run, flows, n);
        progress_poll();
        n = 0;
    }
    if (result == STREAM_ERROR)
        errx(EXIT_FAILURE, "standard input: %s", run->in.problem);
    put_batch(run, flows, n);
    if (run->options->zero == ZERO_EARLIEST)
        check(run, set_zero(run, cache_stats(run->cache)->earliest));
    check(run, cache_flush(run->cache));
    progress_end();
    if (output_finish(&run->out, run->in.skipped) == -1 || close(STDOUT_FILENO) == -1)
        err(EXIT_FAILURE, "standard output");
}

static void
report(struct run *run)
{
    const struct cache_stats *stats = cache_stats(run->cache);
    struct summary summary = {.stats = stats,
                              .skipped = run->in.skipped,
                              .far = days_far(&run->days),
                              .memory_limit = run->options->memory << 20};

    if (stats->early > 0 && !run->options->quiet)
        warnx("%" PRIu64 " of %" PRIu64 " biflows were written early for want of memory, so their later "
              "parts became biflows of their own (-m takes more)",
              stats->early, stats->written);
    if (run->options->verbose == 1)
        summary_print(stderr, &summary);
    if (run->options->verbose > 1)
        summary_print_json(stderr, &summary);
}

int
main(int argc, char **argv)
{
    static struct run run;

    if (io_start() == -1)
        err(EXIT_FAILURE, "cannot start");
    const struct options options = parse_options(argc, argv);
    run.options = &options;
    open_all(&run);
    const struct progress progress = {.program = "ftp-merge",
                                      .column = 45,
                                      .text = describe,
                                      .context = &run};
    if (progress_start(&progress, !options.quiet, false) == -1)
        err(EXIT_FAILURE, "cannot start the progress line");
    merge(&run);
    report(&run);
    output_release(&run.out);
    cache_release(run.cache);
    stream_reader_release(&run.in);
    return EXIT_SUCCESS;
}
