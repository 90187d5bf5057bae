/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One screen: totals, what happens over time, distributions, and who has the most.  With a reference,
 * each measure beside that of the reference.
 */
#include "as_text.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "names.h"
#include "numbers.h"
#include "problem.h"
#include "sides.h"
#include "top.h"

enum {
    COLUMNS = 80,
    TIME_COLUMNS = 60,  /* of a curve over time */
    SHAPE_COLUMNS = 10, /* of a curve of a distribution */
    TOP = 6             /* protocols and ports */
};

static const char *const distribution_names[DISTRIBUTIONS] = {
    [DISTRIBUTION_DURATION] = "duration",
    [DISTRIBUTION_PACKETS] = "packets",
    [DISTRIBUTION_BYTES] = "bytes",
    [DISTRIBUTION_PACKET_SIZE] = "packet size",
    [DISTRIBUTION_INTERARRIVAL] = "interarrival",
    [DISTRIBUTION_ASYMMETRY] = "asymmetry",
};

/* Of the quantiles of a distribution, these have a column. */
static const int shown_quantiles[] = {1, 2, 3, 4, 5};
enum { SHOWN_QUANTILES = sizeof shown_quantiles / sizeof shown_quantiles[0] };

static const char *const size_names[SIZE_CLASSES] = {"<= 128", "<= 512", "<= 1024", "> 1024"};

static const char *const unique_names[UNIQUE_KINDS] = {"protocol, ports and counters",
                                                       "protocol and counters"};

/* ---- curves ---- */

static bool
is_utf8_locale(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    bool is_utf8 = locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

    if (locale != (locale_t)0)
        freelocale(locale);
    return is_utf8;
}

/* Puts n values as a curve of n columns, the largest at full height; what is 0 is blank. */
static void
put_curve(FILE *out, const double *values, int n)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const characters[] = {".", ":", "-", "=", "+", "*", "#", "@"};
    enum { LEVELS = sizeof blocks / sizeof blocks[0] };
    const char *const *levels = is_utf8_locale() ? blocks : characters;
    double most = 0;

    for (int i = 0; i < n; i++)
        most = fmax(most, values[i]);
    for (int i = 0; i < n; i++) {
        int level = most > 0 ? (int)ceil(values[i] / most * LEVELS) - 1 : -1;
        (void)fputs(values[i] > 0 && level >= 0 ? levels[level] : " ", out);
    }
}

/* Puts a curve over so many seconds, in columns of equal length, each with the mean of its buckets. */
static void
put_time_curve(FILE *out, const char *name, const struct values *v, double seconds, double peak)
{
    double columns[TIME_COLUMNS] = {0}, buckets = seconds / v->seconds;
    char text[NUMBER_BYTES];

    for (int i = 0; i < TIME_COLUMNS; i++) {
        size_t first = (size_t)((double)i / TIME_COLUMNS * buckets);
        size_t after = (size_t)ceil((double)(i + 1) / TIME_COLUMNS * buckets);
        for (size_t j = first; j < after && j < v->n; j++)
            columns[i] += v->value[j] / (double)(after - first);
    }
    (void)fprintf(out, "%-10s", name);
    put_curve(out, columns, TIME_COLUMNS);
    (void)fprintf(out, " %6s\n", number_short(text, peak));
}

/* Puts the density of a distribution, over the logarithm of its values, or over the values themselves. */
static void
put_shape(FILE *out, const struct histogram *h, bool is_linear)
{
    double columns[SHAPE_COLUMNS] = {0};
    double low = is_linear ? (double)h->min : log1p((double)h->min);
    double high = is_linear ? (double)h->max : log1p((double)h->max);

    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS; bucket++) {
        if (h->count[bucket] == 0)
            continue;
        double value = fmax((double)histogram_lower(bucket), (double)h->min);
        double place = ((is_linear ? value : log1p(value)) - low) / (high - low);
        int column = high > low ? (int)(place * SHAPE_COLUMNS) : 0;
        columns[column < SHAPE_COLUMNS ? column : SHAPE_COLUMNS - 1] += (double)h->count[bucket];
    }
    put_curve(out, columns, SHAPE_COLUMNS);
}

/* ---- parts of both pages ---- */

/* Puts a name of a file, printable and cut to so many columns (at least 4). */
static void
put_name(FILE *out, const char *name, int columns)
{
    char text[4096];
    int n = 0;

    (void)snprintf(text, sizeof text, "%s", name);
    problem_clean(text, strlen(text));
    for (char *c = text; *c; c++) {
        bool continues = ((unsigned char)*c & 0xc0) == 0x80;
        if (!continues && ++n > columns) {
            while (n > columns - 3)
                n -= ((unsigned char)*--c & 0xc0) != 0x80;
            (void)strcpy(c, "...");
            break;
        }
    }
    (void)fputs(text, out);
}

/* Puts a count, exact if it fits so many columns. */
static void
put_count(FILE *out, uint64_t count, int columns)
{
    char text[NUMBER_BYTES];

    number_grouped(text, count, " ");
    if (strlen(text) > (size_t)columns)
        number_short(text, (double)count);
    (void)fprintf(out, "%*s", columns, text);
}

/* Puts a value of a distribution, in at most 6 characters. */
static void
put_value(FILE *out, int which, double value)
{
    bool is_time = which == DISTRIBUTION_DURATION || which == DISTRIBUTION_INTERARRIVAL;
    char text[NUMBER_BYTES];

    if (which == DISTRIBUTION_ASYMMETRY)
        (void)fprintf(out, "%7.3f", value);
    else
        (void)fprintf(out, "%7s", is_time ? number_time(text, value) : number_short(text, value));
}

static void
put_distribution_heading(FILE *out)
{
    (void)fprintf(out, "%-13s%7s", "", "min");
    for (int i = 0; i < SHOWN_QUANTILES; i++)
        (void)fprintf(out, "%5u %%", measures_quantiles[shown_quantiles[i]]);
    (void)fprintf(out, "%7s%7s", "max", "mean");
}

static void
put_distribution(FILE *out, int which, const struct distribution_measures *d)
{
    put_value(out, which, measures_value(d, d->min));
    for (int i = 0; i < SHOWN_QUANTILES; i++)
        put_value(out, which, measures_value(d, d->quantile[shown_quantiles[i]]));
    put_value(out, which, measures_value(d, d->max));
    put_value(out, which, d->mean);
}

/* ---- one profile ---- */

static void
put_head(FILE *out, const struct measures *m)
{
    const struct totals *t = &m->profile->totals;
    char count[NUMBER_BYTES], span[NUMBER_BYTES], sided[NUMBER_BYTES], ipv4[NUMBER_BYTES];

    put_name(out, m->profile->name, COLUMNS - 1);
    (void)fprintf(out, "\n%s biflows", number_grouped(count, t->biflows, " "));
    if (t->biflows > 0)
        (void)fprintf(out, " in %s, %s two-sided, %s IPv4", number_span(span, m->seconds),
                      number_percent(sided, (double)t->two_sided / (double)t->biflows),
                      number_percent(ipv4, m->ipv4));
    (void)fputc('\n', out);
}

/* A row of the table of totals. */
static void
put_total(FILE *out, const struct measures *m, const char *name, uint64_t all, uint64_t forward,
          double mean, double peak)
{
    char text[NUMBER_BYTES];

    (void)fprintf(out, "%-8s", name);
    put_count(out, all, 20);
    put_count(out, forward, 20);
    (void)fprintf(out, "%16s", m->seconds > 0 ? number_short(text, mean) : "-");
    (void)fprintf(out, "%16s\n", number_short(text, peak));
}

static void
put_totals(FILE *out, const struct measures *m)
{
    const struct totals *t = &m->profile->totals;
    char text[NUMBER_BYTES];

    (void)fprintf(out, "\n%-8s%20s%20s%16s%16s\n", "", "total", "forward", "mean a second",
                  "peak a second");
    put_total(out, m, "packets", t->packets, t->packets_forward, m->mean.packets, m->peak.packets);
    put_total(out, m, "bytes", t->bytes, t->bytes_forward, m->mean.bits / 8, m->peak.bits / 8);
    (void)fprintf(out, "%-8s%40s%16s", "bits", "",
                  m->seconds > 0 ? number_short(text, m->mean.bits) : "-");
    (void)fprintf(out, "%16s\n", number_short(text, m->peak.bits));
    (void)fprintf(out, "%-8s%40s%16s", "biflows", "",
                  m->seconds > 0 ? number_short(text, m->mean.biflows) : "-");
    (void)fprintf(out, "%16s\n", number_short(text, m->peak.biflows));
}

static void
put_time(FILE *out, const struct measures *m)
{
    char span[NUMBER_BYTES];
    double seconds = (double)m->packets.n * m->packets.seconds;

    (void)fprintf(out, "\n%-10s%-*s%7s\n", "over time", TIME_COLUMNS, "", "peak");
    put_time_curve(out, "packets", &m->packets, seconds, m->peak.packets);
    put_time_curve(out, "bits", &m->bits, seconds, m->peak.bits);
    put_time_curve(out, "starts", &m->starts, seconds, m->peak.biflows);
    put_time_curve(out, "in cache", &m->active, seconds, m->peak_active);
    (void)fprintf(out, "%-10sa column is %s", "", number_span(span, seconds / TIME_COLUMNS));
    if (m->packets.seconds > 1)
        (void)fprintf(out, ", a peak the mean of %.0f s", m->packets.seconds);
    (void)fputc('\n', out);
}

static void
put_distributions(FILE *out, const struct measures *m)
{
    (void)fputc('\n', out);
    put_distribution_heading(out);
    (void)fputc('\n', out);
    for (int i = 0; i < DISTRIBUTIONS; i++) {
        const struct distribution_measures *d = &m->distributions[i];
        if (!d->exists)
            continue;
        (void)fprintf(out, "%-13s", distribution_names[i]);
        put_distribution(out, i, d);
        (void)fputc(' ', out);
        put_shape(out, d->histogram, i == DISTRIBUTION_ASYMMETRY);
        (void)fputc('\n', out);
    }
}

/* Half a line of the table of protocols and ports: number, name, and the shares of a tally. */
static void
put_tally(FILE *out, unsigned number, const char *name, int columns, const struct tally *tally,
          const struct totals *t)
{
    char title[64], text[NUMBER_BYTES];

    (void)snprintf(title, sizeof title, "%u %s", number, name);
    (void)fprintf(out, "%-*.*s", columns, columns, title);
    (void)fprintf(out, "%8s", number_percent(text, (double)tally->biflows / (double)t->biflows));
    (void)fprintf(out, "%8s", number_percent(text, (double)tally->packets / (double)t->packets));
    (void)fprintf(out, "%8s", number_percent(text, (double)tally->bytes / (double)t->bytes));
}

static void
put_top(FILE *out, const struct measures *m)
{
    enum { PROTOCOL_COLUMNS = 11, PORT_COLUMNS = 17 };
    const struct totals *t = &m->profile->totals;
    unsigned protocols[TOP], ports[TOP];
    int protocol_count = top_find(t->protocols, TOTALS_PROTOCOLS, protocols, TOP);
    int port_count = top_find(t->ports, TOTALS_PORTS, ports, TOP);

    (void)fprintf(out, "\n%-*s%8s%8s%8s   %-*s%8s%8s%8s\n", PROTOCOL_COLUMNS, "protocol", "biflows",
                  "packets", "bytes", PORT_COLUMNS, "port", "biflows", "packets", "bytes");
    for (int i = 0; i < protocol_count || i < port_count; i++) {
        if (i < protocol_count)
            put_tally(out, protocols[i], name_of_protocol(protocols[i]), PROTOCOL_COLUMNS,
                      &t->protocols[protocols[i]], t);
        else
            (void)fprintf(out, "%*s", PROTOCOL_COLUMNS + 3 * 8, "");
        if (i < port_count) {
            (void)fputs("   ", out);
            put_tally(out, ports[i], name_of_port(ports[i]), PORT_COLUMNS, &t->ports[ports[i]], t);
        }
        (void)fputc('\n', out);
    }
}

static void
put_uniqueness(FILE *out, const struct measures *m)
{
    char count[NUMBER_BYTES], share[NUMBER_BYTES];

    for (int kind = 0; m->profile->options.uniqueness && kind < UNIQUE_KINDS; kind++) {
        const struct unique_result *u = &m->unique[kind];
        (void)fprintf(out, "%-13s%s rows (%s) by %s; k = %" PRIu64 "\n", kind == 0 ? "unique" : "",
                      number_grouped(count, u->unique, " "),
                      number_percent(share, (double)u->unique / (double)m->biflows), unique_names[kind],
                      u->smallest);
    }
}

static void
put_rest(FILE *out, const struct measures *m)
{
    char text[NUMBER_BYTES];

    (void)fprintf(out, "\n%-13s", "packet size");
    for (int i = 0; i < SIZE_CLASSES; i++)
        (void)fprintf(out, "%s%s: %s", i > 0 ? ", " : "", size_names[i],
                      number_percent(text, m->packet_size[i]));
    (void)fprintf(out, "\n%-13slargest 1 %% of the biflows: %s of the bytes; ", "heavy tail",
                  number_percent(text, m->top_1_percent));
    (void)fprintf(out, "largest %d: %s\n", TOTALS_LARGEST, number_percent(text, m->top_100));
    if (m->has_hurst)
        (void)fprintf(out, "%-13s%.2f, by the variance of packets a second\n", "Hurst", m->hurst);
    put_uniqueness(out, m);
}

static void
put_one(FILE *out, const struct measures *m)
{
    put_head(out, m);
    if (m->biflows == 0)
        return;
    put_totals(out, m);
    put_time(out, m);
    put_distributions(out, m);
    put_top(out, m);
    put_rest(out, m);
}

/* ---- a profile and a reference ---- */

static void
put_side(void *context, const struct sides_row *row)
{
    char text[NUMBER_BYTES];

    (void)fprintf(context, "%-29.29s%17s%17s%16s\n", row->name, row->value, row->reference,
                  number_percent(text, row->percent / 100));
}

static void
put_distribution_pairs(FILE *out, const struct measures *m, const struct measures *r,
                       const struct comparison *c)
{
    (void)fputc('\n', out);
    put_distribution_heading(out);
    (void)fputs("       KS\n", out);
    for (int i = 0; i < DISTRIBUTIONS; i++) {
        const struct distribution_measures *a = &m->distributions[i], *b = &r->distributions[i];
        if (a->exists) {
            (void)fprintf(out, "%-13s", distribution_names[i]);
            put_distribution(out, i, a);
            if (c->distance[i].exists)
                (void)fprintf(out, "%9.4f", c->distance[i].value);
            (void)fputc('\n', out);
        }
        if (b->exists) {
            (void)fprintf(out, "%-13s", a->exists ? "  reference" : distribution_names[i]);
            put_distribution(out, i, b);
            (void)fputc('\n', out);
        }
    }
}

/* "name 0.1234", or that it does not exist. */
static void
put_optional(FILE *out, const char *name, struct optional value)
{
    if (value.exists)
        (void)fprintf(out, "%s %.4f", name, value.value);
    else
        (void)fprintf(out, "%s -", name);
}

static void
put_verdict(FILE *out, const struct comparison *c)
{
    char text[NUMBER_BYTES];

    put_optional(out, "\ndivergence of protocols", c->protocols_divergence);
    put_optional(out, ", of ports", c->ports_divergence);
    put_optional(out, "\ncorrelation of packets a window", c->packets_correlation);
    put_optional(out, ", of bits", c->bits_correlation);
    (void)fprintf(out, "\nlargest difference %s%s%s%s", number_percent(text, c->largest / 100),
                  c->largest > 0 ? " (" : "", c->largest_name, c->largest > 0 ? ")" : "");
    (void)fprintf(out, ", of a window of %.0f s %s\n", c->windows.seconds,
                  number_percent(text, c->largest_windows / 100));
}

static void
put_two(FILE *out, const struct measures *m, const struct measures *r, const struct comparison *c)
{
    (void)fputs("profile    ", out);
    put_name(out, m->profile->name, COLUMNS - 12);
    (void)fputs("\nreference  ", out);
    put_name(out, r->profile->name, COLUMNS - 12);
    (void)fprintf(out, "\n\n%29s%17s%17s%16s\n", "", "profile", "reference", "difference");
    sides_each(m, r, c, put_side, out);
    put_distribution_pairs(out, m, r, c);
    put_verdict(out, c);
}

void
as_text(FILE *out, const struct measures *m, const struct measures *reference, const struct comparison *c)
{
    if (reference)
        put_two(out, m, reference, c);
    else
        put_one(out, m);
}
