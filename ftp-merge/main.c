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

/* Fewer TCP biflows than this, or a larger share of two-sided ones (percent), are no reason to warn. */
enum { ONE_SIDED_MIN = 100, ONE_SIDED_PERCENT = 5 };

enum zero { ZERO_EARLIEST, ZERO_FIRST, ZERO_GIVEN };

struct options {
    uint64_t active;   /* s */
    uint64_t inactive; /* s */
    uint64_t memory;   /* MiB */
    bool arrival;
    enum zero zero;
    int64_t given_zero; /* ms since 1970 */
    int64_t given_bulk; /* likewise: rows must not start too far from it */
    int verbose;
    bool quiet;
};

struct run {
    const struct options *options;
    struct stream_reader in;
    struct output out;
    struct cache *cache;
    struct days days;
    bool ended;   /* all of the input is read */
    int64_t bulk; /* the day with the most records, once all are read */
    struct progress_rate rate;
};

static const char usage_text[] =
    "usage: ftp-merge [-hqVv] [-a SEC] [-d initiator|arrival] [-i SEC] [-m MIB]\n"
    "                 [-z first|earliest|EPOCH_MS[,BULK_MS]]\n"
    "\n"
    "Merges a flow stream on standard input into a biflow stream on standard output.\n"
    "\n"
    "  -a, --active SEC      active timeout of the exporter (default: 300)\n"
    "  -d, --direction initiator|arrival\n"
    "                        which side of a biflow is its source (default: initiator)\n"
    "  -h, --help            show this help and exit\n"
    "  -i, --inactive SEC    inactive timeout of the exporter (default: 30)\n"
    "  -m, --memory MIB      memory for the flow cache, at most (default: 2048)\n"
    "  -q, --quiet           no progress, no warnings\n"
    "  -V, --version         show the version and exit\n"
    "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n"
    "  -z, --zero first|earliest|EPOCH_MS[,BULK_MS]\n"
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

/* Reads EPOCH_MS[,BULK_MS].  A zero far from the bulk would give away the date. */
static bool
parse_given_zero(const char *text, struct options *o)
{
    const char *comma = strchrnul(text, ',');
    uint64_t distance;

    if (!text_get_i64(text, (size_t)(comma - text), &o->given_zero))
        return false;
    o->given_bulk = o->given_zero;
    if (*comma == ',' && !text_get_i64(comma + 1, strlen(comma + 1), &o->given_bulk))
        return false;
    distance = o->given_zero > o->given_bulk ? (uint64_t)o->given_zero - (uint64_t)o->given_bulk
                                             : (uint64_t)o->given_bulk - (uint64_t)o->given_zero;
    if (distance > (uint64_t)(OUTPUT_MAX_DISTANCE + DAYS_MS))
        errx(EXIT_USAGE,
             "-z: '%s': the two times are more than 367 days apart, so the profile would tell the date",
             text);
    return true;
}

static void
parse_zero(const char *text, struct options *o)
{
    if (strcmp(text, "first") == 0)
        o->zero = ZERO_FIRST;
    else if (strcmp(text, "earliest") == 0)
        o->zero = ZERO_EARLIEST;
    else if (parse_given_zero(text, o))
        o->zero = ZERO_GIVEN;
    else
        errx(EXIT_USAGE, "-z: '%s' is neither first nor earliest nor EPOCH_MS[,BULK_MS], in ms since 1970",
             text);
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
                                  .context = &run->out,
                                  .days = &run->days};

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
        errx(EXIT_FAILURE, "standard input: %s", run->in.problem);
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

    for (size_t i = 0; i < n; i++) {
        uint64_t distance = start > flows[i].start ? (uint64_t)start - (uint64_t)flows[i].start
                                                   : (uint64_t)flows[i].start - (uint64_t)start;
        near += distance <= (uint64_t)OUTPUT_MAX_DISTANCE;
    }
    return near > n / 2;
}

/* Fixes -z first: reads the first records that are not left out, and takes the start of the first one whose
 * clock was set. */
static void
find_first(struct run *run)
{
    struct flow flows[READ_BATCH];
    size_t n = 0, first = 0;

    while (n < READ_BATCH && get_flow(run, &flows[n])) {
        if (admission_judge(&flows[n]) == ADMITTED)
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
    const struct options *o = run->options;

    if (o->zero == ZERO_EARLIEST)
        output_set_sorted(&run->out);
    else if (o->zero == ZERO_GIVEN)
        output_set_zero(&run->out, o->given_zero, o->given_bulk);
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
                   100 * (double)s->memory / ((double)run->options->memory * 1048576),
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

/* A profile without a row, although there were records, would be one of nothing but the wrong zero. */
static void
check_zero(const struct run *run)
{
    const struct output_counts *out = &run->out.counts;

    if (run->options->zero == ZERO_GIVEN && out->rows == 0 && out->unset_clock > 0)
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

/* Says what a user ought to know about the profile, even without -v. */
static void
warn_user(const struct run *run)
{
    const struct cache_stats *s = cache_stats(run->cache);
    const struct output_counts *out = &run->out.counts;

    if (s->early > 0)
        warnx("%" PRIu64 " of %" PRIu64 " biflows were written early because memory was full, so their "
              "later parts became biflows of their own (-m takes more)",
              s->early, s->written);
    if (s->too_long + out->unset_clock > 0)
        warnx("%" PRIu64 " records and %" PRIu64 " biflows were left out because their clock was not set: "
              "they last longer than 213 days, or start more than 366 days from most others",
              s->too_long, out->unset_clock);
    if (s->long_records > 0)
        warnx("%" PRIu64 " records last longer than twice the active timeout of %" PRIu64 " s (-a takes "
              "that of the exporter)",
              s->long_records, run->options->active);
    if (out->tcp >= ONE_SIDED_MIN && out->tcp_two_sided * 100 < out->tcp * ONE_SIDED_PERCENT)
        warnx("only %" PRIu64 " of %" PRIu64 " TCP biflows have packets both ways, so the other direction "
              "may pass another interface or be filtered out (ftp-read nffile -s any, -i any, or -l to "
              "list interfaces)",
              out->tcp_two_sided, out->tcp);
}

static void
report(const struct run *run)
{
    struct summary summary = {.stats = cache_stats(run->cache),
                              .out = &run->out.counts,
                              .skipped = run->in.skipped,
                              .astray = days_astray(&run->days, run->bulk),
                              .memory_limit = run->options->memory << 20};

    if (!run->options->quiet)
        warn_user(run);
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
    days_close(&run.days);
    stream_reader_release(&run.in);
    return EXIT_SUCCESS;
}
