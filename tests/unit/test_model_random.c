/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random sets of records, each in several orders, against the model: the same rows must come out whatever
 * the order (with -d arrival: what the model says for this order), byte for byte and in order where they
 * are sorted.
 *
 * The sets go through the parts of ftp-merge, with more than enough memory and with very little; and some
 * through the program.  With little memory the rows must be the same as long as the records come in time
 * and nothing is said to have left early; in any case no packet may be lost, the counts must add up, and
 * no time may tell the date.  When something is wrong, records are dropped as long as it is, and what is
 * left is printed in the form that -r reads.
 *
 *     test_model_random [NUMBER [SEED]]     default 800 sets, seed 1
 *     test_model_random -r FILE             the set in FILE
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cache.h"
#include "days.h"
#include "output.h"
#include "pool.h"
#include "random.h"
#include "rows.h"
#include "sets.h"
#include "stream.h"
#include "table.h"

enum { SHUFFLES = 5, LARGE = 1000, PROGRAM_EVERY = 10 };

/* The cache makes room for eight records at a time, each of which may need two slots; it does not use the
 * first. */
enum { MIN_SLOTS = 17 };

static void *
must(void *p)
{
    if (p == NULL) {
        perror("test_model_random");
        exit(1);
    }
    return p;
}

static void
must_work(bool works, const char *what)
{
    if (!works) {
        fprintf(stderr, "test_model_random: %s: %s\n", what, strerror(errno));
        exit(1);
    }
}

/* What became of a set. */
struct outcome {
    enum cache_result result;
    bool whole;          /* there is a stream of rows, with its end */
    struct rows biflows; /* as they left the cache, times absolute */
    struct rows rows;    /* of the stream, in its order */
    struct cache_stats stats;
    struct output_counts counts;
    int64_t bulk;
    uint64_t astray;
    uint64_t before_end; /* biflows that left the cache before all records were read */
    size_t memory;
    struct output out;
};

static void
outcome_free(struct outcome *o)
{
    rows_free(&o->biflows);
    rows_free(&o->rows);
}

static void
read_stream(int fd, struct outcome *o)
{
    struct stream_reader reader;
    struct biflow b;
    enum stream_result result;

    must_work(lseek(fd, 0, SEEK_SET) == 0, "memory file");
    must_work(stream_reader_open(&reader, fd, STREAM_BIFLOW) == 0, "stream");
    while ((result = stream_get_biflow(&reader, &b)) == STREAM_RECORD)
        rows_add(&o->rows, &b);
    o->whole = result == STREAM_END;
    stream_reader_release(&reader);
}

/* ---- through the parts ---- */

static int
sink(void *context, struct biflow *b)
{
    struct outcome *o = context;

    rows_add(&o->biflows, b);
    return output_put(&o->out, b);
}

/* Puts the records in batches whose sizes follow from a seed. */
static enum cache_result
put_all(struct cache *c, const struct set *s)
{
    static const uint64_t most[] = {1, 2, 3, 8, 64, 1000};
    uint64_t rng = s->batches;
    uint64_t at_most = most[random_below(&rng, sizeof(most) / sizeof(most[0]))];
    enum cache_result result = CACHE_OK;
    size_t done = 0;

    if (s->batches == 0)
        return cache_put(c, s->flow, s->n);
    while (done < s->n && result == CACHE_OK) {
        size_t batch = random_below(&rng, at_most + 1);
        if (batch > s->n - done)
            batch = s->n - done;
        result = cache_put(c, s->flow + done, batch);
        done += batch;
    }
    return result;
}

static size_t
memory_of(const struct set *s)
{
    if (s->slots == 0)
        return (size_t)64 << 20;
    return table_bytes(TABLE_MIN_BITS) + s->slots * pool_slot_bytes(s->options.arrival);
}

/* Has the output judge as the model does: how -z first finds its record is main.c's. */
static void
set_zero(struct output *out, const struct set *s, const struct model_result *model)
{
    if (s->options.zero == MODEL_EARLIEST)
        output_set_sorted(out);
    else if (s->options.zero == MODEL_FIRST)
        output_set_zero(out, model->zero, model->zero);
    else
        output_set_zero(out, s->options.given_zero, s->options.given_bulk);
}

static void
run_parts(const struct set *s, const struct model_result *model, struct outcome *o)
{
    struct days days;
    int fd = memfd_create("rows", MFD_CLOEXEC);

    *o = (struct outcome){.memory = memory_of(s)};
    const struct cache_options options = {
        .active = s->options.active,
        .inactive = s->options.inactive,
        .memory = o->memory,
        .prompt = s->prompt,
        .arrival = s->options.arrival,
        .seed = {s->batches, ~s->options.active},
        .sink = sink,
        .context = o,
        .days = &days,
    };
    struct cache *c = must(cache_open(&options));
    must_work(fd != -1 && days_open(&days) == 0 && output_open(&o->out, fd) == 0, "memory");
    set_zero(&o->out, s, model);
    o->result = put_all(c, s);
    o->before_end = o->biflows.n;
    if (o->result == CACHE_OK) {
        (void)days_bulk(&days, &o->bulk);
        o->astray = days_astray(&days, o->bulk);
        must_work(output_complete(&o->out, o->bulk) == 0, "output");
        o->result = cache_flush(c, days_earliest(&days, o->bulk));
    }
    must_work(o->result != CACHE_FAILED, "cache");
    if (o->result == CACHE_OK) {
        must_work(output_drain(&o->out) == 0 && output_finish(&o->out, 0) == 0, "output");
        read_stream(fd, o);
    }
    o->stats = *cache_stats(c);
    o->counts = o->out.counts;
    output_release(&o->out);
    cache_release(c);
    days_close(&days);
    close(fd);
}

/* ---- what must hold ---- */

/* What is wrong, as printf() takes it; NULL when all is well. */
static const char *
wrong(const char *format, ...)
{
    static char text[256];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    return text;
}

struct count {
    const char *name;
    uint64_t got;
    uint64_t wanted;
};

static const char *
compare_counts(const struct count *counts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (counts[i].got != counts[i].wanted)
            return wrong("%s is %" PRIu64 ", not %" PRIu64, counts[i].name, counts[i].got,
                         counts[i].wanted);
    return NULL;
}

#define COMPARE_COUNTS(counts) compare_counts(counts, sizeof(counts) / sizeof((counts)[0]))

/* What can be counted whatever the order, and whatever leaves early. */
static const char *
check_counts(const struct set *s, const struct outcome *o, const struct model_result *m)
{
    const struct cache_stats *c = &o->stats;
    uint64_t joined = c->joined_overlap + c->joined_stray + c->joined_continuation + c->joined_reverse;
    uint64_t left_out = c->no_packets + c->no_bytes + c->wrong_family + c->too_long;
    const struct count counts[] = {
        {"records", c->records, s->n},
        {"records", c->records, c->opened + joined + left_out},
        {"no_packets", c->no_packets, m->no_packets},
        {"no_bytes", c->no_bytes, m->no_bytes},
        {"wrong_family", c->wrong_family, m->wrong_family},
        {"too_long", c->too_long, m->too_long},
        {"end_before_start", c->mended.end_before_start, m->end_before_start},
        {"one_packet", c->mended.one_packet, m->one_packet_mended},
        {"long_records", c->long_records, m->long_records},
        {"giants", c->giants, m->giants},
        {"written", c->written, c->opened - c->coalesced},
        {"written", c->written, o->biflows.n},
        {"live", c->live, 0},
        {"bulk", (uint64_t)o->bulk, m->admitted > 0 ? (uint64_t)m->bulk : 0},
        {"astray", o->astray, m->astray},
        {"rows", o->counts.rows, o->rows.n},
        {"rows", o->counts.rows, c->written - o->counts.unset_clock},
    };

    if (c->memory > o->memory || c->early > c->written)
        return wrong("memory %" PRIu64 " of %zu, early %" PRIu64 " of %" PRIu64, c->memory, o->memory,
                     c->early, c->written);
    return COMPARE_COUNTS(counts);
}

/* What the counts are when nothing left early. */
static const char *
check_exact_counts(const struct outcome *o, const struct model_result *m)
{
    const struct count counts[] = {
        {"early", o->stats.early, 0},
        {"joined_reverse", o->stats.joined_reverse, m->reverse},
        {"too_long_mended", o->stats.too_long_mended, m->too_long_mended},
        {"unset_clock", o->counts.unset_clock, m->unset_clock},
    };

    return COMPARE_COUNTS(counts);
}

struct totals {
    uint64_t packets; /* these wrap; what matters is that none is lost */
    uint64_t bytes;
};

static struct totals
totals_of_rows(const struct rows *rows)
{
    struct totals t = {0, 0};

    for (size_t i = 0; i < rows->n; i++) {
        t.packets += rows->row[i].packets + rows->row[i].packets_rev;
        t.bytes += rows->row[i].bytes + rows->row[i].bytes_rev;
    }
    return t;
}

/* No packet is lost or made, and a program that replays profiles takes every row. */
static const char *
check_biflows(const struct outcome *o, const struct model_result *m)
{
    struct totals got = totals_of_rows(&o->biflows), wanted = totals_of_rows(&m->biflows);

    for (size_t i = 0; i < o->biflows.n; i++)
        if (biflow_problem(&o->biflows.row[i]) != NULL)
            return wrong("a row is no good: %s", biflow_problem(&o->biflows.row[i]));
    if (got.packets != wanted.packets || got.bytes != wanted.bytes)
        return wrong("packets or bytes got lost");
    return NULL;
}

/* "No absolute time may leave": a start is at most 366 days from that by which it is judged, where this
 * is not further than 366 days from zero itself; and rows that have to be sorted are. */
static const char *
check_rows(const struct set *s, const struct outcome *o)
{
    const int64_t year = INT64_C(366) * DAYS_MS;
    bool earliest = s->options.zero == MODEL_EARLIEST;
    int64_t first = earliest ? 0 : s->options.zero == MODEL_FIRST ? -year : -2 * year - DAYS_MS;
    int64_t last = s->options.zero == MODEL_FIRST ? year : 2 * year + DAYS_MS;

    for (size_t i = 0; i < o->rows.n; i++) {
        const struct biflow *b = &o->rows.row[i];
        if (b->start < first || b->start > last || b->end - b->start > BIFLOW_MAX_MS)
            return wrong("a row starts at %" PRId64 " and ends at %" PRId64, b->start, b->end);
        if (earliest && i > 0 && rows_compare(b - 1, b) > 0)
            return wrong("row %zu is not in order", i);
    }
    if (earliest && o->rows.n > 0 && o->rows.row[0].start != 0)
        return wrong("the earliest start is %" PRId64, o->rows.row[0].start);
    return NULL;
}

/* The same rows; with -z earliest also in the same order. */
static const char *
check_equal(const struct set *s, struct outcome *o, const struct model_result *m)
{
    rows_sort(&o->biflows);
    if (s->options.zero != MODEL_EARLIEST)
        rows_sort(&o->rows);
    if (!rows_equal(&o->biflows, &m->biflows))
        return wrong("biflows differ");
    if (!rows_equal(&o->rows, &m->rows))
        return wrong("rows differ");
    return NULL;
}

/* Says what is wrong, NULL when all is well; prints what came out when asked to.  Tells in *exact whether
 * all rows had to be those of the model although some left the cache before the end. */
static const char *
check_parts(const struct set *s, const struct model_result *m, bool *exact, bool print)
{
    struct outcome o;
    const char *problem = NULL;

    run_parts(s, m, &o);
    bool all_known = s->slots == 0 || (o.stats.early == 0 && set_is_in_time(s));
    if (o.result == CACHE_OVERFLOW ? !m->overflow : all_known && m->overflow)
        problem = wrong(m->overflow ? "only the model overflows" : "only the cache overflows");
    if (!problem && o.result == CACHE_OK && !m->overflow && !m->no_first) {
        problem = check_counts(s, &o, m);
        if (!problem)
            problem = check_biflows(&o, m);
        if (!problem && !o.whole)
            problem = wrong("the stream has no end");
        if (!problem)
            problem = check_rows(s, &o);
        if (!problem && all_known)
            problem = check_equal(s, &o, m);
        if (!problem && all_known)
            problem = check_exact_counts(&o, m);
        *exact |= all_known && o.before_end > 0;
    }
    if (print) {
        rows_print(stderr, "# cache ", &o.biflows);
        rows_print(stderr, "# model ", &m->biflows);
        rows_print(stderr, "# rows  ", &o.rows);
        rows_print(stderr, "# model ", &m->rows);
    }
    outcome_free(&o);
    return problem;
}

/* ---- through the program ---- */

static int
write_flows(const struct set *s)
{
    struct stream_writer w;
    int fd = memfd_create("flows", MFD_CLOEXEC);

    must_work(fd != -1 && stream_writer_open(&w, fd, STREAM_FLOW) == 0, "memory");
    for (size_t i = 0; i < s->n; i++)
        must_work(stream_put_flow(&w, &s->flow[i]) == 0, "stream");
    must_work(stream_writer_finish(&w, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0, "stream");
    stream_writer_release(&w);
    return fd;
}

/* Runs ftp-merge.  Returns its exit status. */
static int
run_program(const char *program, const struct set *s, int in, int out)
{
    char active[32], inactive[32], zero[64];
    int status;
    pid_t pid;

    (void)snprintf(active, sizeof(active), "-a%" PRIu64, s->options.active / 1000);
    (void)snprintf(inactive, sizeof(inactive), "-i%" PRIu64, s->options.inactive / 1000);
    int n = snprintf(zero, sizeof(zero), "%" PRId64, s->options.given_zero);
    if (s->options.given_bulk != s->options.given_zero)
        (void)snprintf(zero + n, sizeof(zero) - (size_t)n, ",%" PRId64, s->options.given_bulk);
    const char *const zeros[] = {"earliest", "first", zero};
    pid = fork();
    must_work(pid != -1, "fork");
    if (pid == 0) {
        (void)dup2(in, STDIN_FILENO);
        (void)dup2(out, STDOUT_FILENO);
        (void)dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        (void)execl(program, program, "-q", "-m1", active, inactive, "-z", zeros[s->options.zero], "-d",
                    s->options.arrival ? "arrival" : "initiator", (char *)NULL);
        _exit(127);
    }
    must_work(waitpid(pid, &status, 0) == pid, "wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* 1 MiB is more than enough for these sets. */
static const char *
check_program(const char *program, const struct set *s, const struct model_result *m)
{
    struct outcome o = {.result = CACHE_OK};
    int in = write_flows(s), out = memfd_create("rows", MFD_CLOEXEC);
    const char *problem = NULL;

    must_work(out != -1, "memory");
    int status = run_program(program, s, in, out);
    /* Where the bulk is given as well, the records may be one shard of many. */
    bool nothing = s->options.zero == MODEL_GIVEN && s->options.given_bulk == s->options.given_zero &&
                   m->rows.n == 0 && m->unset_clock > 0;
    int wanted = m->overflow || nothing ? 1 : 0;
    if (status != wanted)
        problem = wrong("ftp-merge ends with status %d, not %d", status, wanted);
    if (!problem && status == 0) {
        read_stream(out, &o);
        problem = o.whole ? check_rows(s, &o) : wrong("the stream has no end");
        if (s->options.zero != MODEL_EARLIEST)
            rows_sort(&o.rows);
        if (!problem && !m->no_first && !rows_equal(&o.rows, &m->rows))
            problem = wrong("the rows of ftp-merge differ");
    }
    close(in);
    close(out);
    outcome_free(&o);
    return problem;
}

/* ---- a set in one order ---- */

/* What a set goes through: the parts, or the program where it has a name. */
struct trial {
    const char *program;
    bool exact; /* see check_parts() */
};

static const char *
check(struct trial *trial, const struct set *s, bool print)
{
    struct model_result model;
    const char *problem;

    model_run(&s->options, s->flow, s->n, &model);
    problem = trial->program ? check_program(trial->program, s, &model)
                             : check_parts(s, &model, &trial->exact, print);
    model_free(&model);
    return problem;
}

static void
drop(struct set *s, size_t at, size_t n)
{
    memmove(&s->flow[at], &s->flow[at + n], (s->n - at - n) * sizeof(*s->flow));
    s->n -= n;
}

/* Drops records as long as something is wrong, first many at once, until each one that is left is
 * needed. */
static void
shrink(struct trial *trial, struct set *s)
{
    struct flow *kept = must(calloc(s->n + 1, sizeof(*kept)));
    uint64_t batches = s->batches;
    size_t chunk = s->n / 2;
    bool dropped = false;

    s->batches = 0;
    if (!check(trial, s, false))
        s->batches = batches;
    while (chunk > 0) {
        for (size_t at = 0; at < s->n;) {
            size_t n = s->n - at < chunk ? s->n - at : chunk;
            size_t before = s->n;
            memcpy(kept, s->flow, s->n * sizeof(*kept));
            drop(s, at, n);
            if (check(trial, s, false)) {
                dropped = true;
                continue;
            }
            memcpy(s->flow, kept, before * sizeof(*kept));
            s->n = before;
            at += n;
        }
        if (chunk > 1 || !dropped)
            chunk /= 2;
        dropped = false;
    }
    free(kept);
}

/* Returns whether all is well with a set in its order; else says what is not. */
static bool
try_set(struct trial *trial, struct set *s)
{
    const char *problem = check(trial, s, false);

    if (!problem)
        return true;
    fprintf(stderr, "# %s%s, with %zu records\n", trial->program ? "the program: " : "", problem, s->n);
    shrink(trial, s);
    set_print(stderr, s);
    fprintf(stderr, "# %s\n", check(trial, s, true));
    return false;
}

/* ---- a set in all orders ---- */

/* A copy of a set, in an order. */
static struct set
arranged(const struct set *s, enum set_order order, uint64_t *random)
{
    struct set copy = *s;

    copy.flow = must(calloc(s->n + 1, sizeof(*copy.flow)));
    memcpy(copy.flow, s->flow, s->n * sizeof(*copy.flow));
    set_arrange(&copy, order, random);
    return copy;
}

/* With enough memory, then with little. */
static bool
try_order(struct trial *trial, const struct set *s, enum set_order order, uint64_t *random)
{
    struct set copy = arranged(s, order, random);
    bool good = try_set(trial, &copy);

    set_free(&copy);
    if (!good || trial->program)
        return good;
    copy = arranged(s, order, random);
    copy.slots = (uint32_t)(MIN_SLOTS + random_below(random, random_percent(random, 50) ? 8 : 80));
    good = try_set(trial, &copy);
    set_free(&copy);
    return good;
}

static bool
try_all_orders(struct trial *trial, uint64_t seed, uint64_t nr)
{
    uint64_t random = seed + nr;
    struct set s;
    bool good = true;

    set_draw(&s, seed, nr, trial->program != NULL);
    int shuffles = s.n >= LARGE ? 1 : SHUFFLES;
    for (enum set_order order = SET_AS_DRAWN; good && order < SET_SHUFFLED; order++)
        good = try_order(trial, &s, order, &random);
    for (int i = 0; good && i < shuffles; i++)
        good = try_order(trial, &s, SET_SHUFFLED, &random);
    if (!good)
        fprintf(stderr, "# seed %" PRIu64 ", set %" PRIu64 "\n", seed, nr);
    set_free(&s);
    return good;
}

/* The model itself must not depend on the order; only with -d arrival it may, and with -z first, which
 * has absolute times left. */
static bool
try_model(uint64_t seed, uint64_t nr)
{
    uint64_t random = seed + nr;
    struct set s;
    struct model_result first, other;
    bool good = true;

    set_draw(&s, seed, nr, false);
    s.options.arrival = false;
    model_run(&s.options, s.flow, s.n, &first);
    for (int i = 0; good && s.n < LARGE && i < SHUFFLES; i++) {
        set_arrange(&s, SET_SHUFFLED, &random);
        model_run(&s.options, s.flow, s.n, &other);
        good = first.overflow == other.overflow &&
               (first.overflow || rows_equal(&first.biflows, &other.biflows));
        model_free(&other);
    }
    if (!good)
        fprintf(stderr, "# seed %" PRIu64 ", set %" PRIu64 "\n", seed, nr);
    model_free(&first);
    set_free(&s);
    return good;
}

/* ---- */

static int
replay(const char *path)
{
    struct trial trial = {NULL, false};
    struct set s;
    FILE *in = fopen(path, "r");

    if (in == NULL || !set_read(in, &s)) {
        fprintf(stderr, "test_model_random: %s: %s\n", path, in == NULL ? strerror(errno) : "no set");
        return 2;
    }
    fclose(in);
    const char *problem = check(&trial, &s, true);
    fprintf(stderr, "# %s\n", problem ? problem : "all is well");
    set_free(&s);
    return problem != NULL;
}

static int
run(uint64_t number, uint64_t seed)
{
    const char *build = getenv("BUILD");
    char program[4096];
    struct trial parts = {NULL, false}, whole = {program, false};
    uint64_t exact = 0;
    bool same = true, agree = true, programs_agree = true;

    (void)snprintf(program, sizeof(program), "%s/ftp-merge", build ? build : "build");
    printf("1..3\n");
    for (uint64_t nr = 0; same && nr < number; nr++)
        same = try_model(seed, nr);
    printf("%s 1 - the model gives the same biflows in any order: %" PRIu64 " sets, seed %" PRIu64 "\n",
           same ? "ok" : "not ok", number, seed);
    for (uint64_t nr = 0; agree && nr < number; nr++) {
        parts.exact = false;
        agree = try_all_orders(&parts, seed, nr);
        exact += parts.exact;
    }
    printf("%s 2 - model and cache agree on %" PRIu64 " sets, %" PRIu64 " with little memory\n",
           agree ? "ok" : "not ok", number, exact);
    for (uint64_t nr = 0; programs_agree && nr < number; nr += PROGRAM_EVERY)
        programs_agree = try_all_orders(&whole, seed, nr);
    printf("%s 3 - model and ftp-merge agree on every %d-th\n", programs_agree ? "ok" : "not ok",
           PROGRAM_EVERY);
    return same && agree && programs_agree ? 0 : 1;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "-r") == 0)
        return replay(argv[2]);

    uint64_t number = argc > 1 ? strtoull(argv[1], NULL, 10) : 800;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (number == 0 || argc > 3) {
        fprintf(stderr, "usage: test_model_random [NUMBER [SEED]]\n       test_model_random -r FILE\n");
        return 2;
    }
    return run(number, seed);
}
