/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One file without scripts, pictures or fonts from elsewhere.  Numbers are in tables and in the captions
 * of the plots, so that the page is worth reading where plots or styles are not shown, as in some mails.
 */
#include "as_html.h"

#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "numbers.h"
#include "plots.h"
#include "sides.h"
#include "source.h"
#include "svg.h"
#include "top.h"

enum { TOP = 10 /* protocols and ports */ };

#define NARROW_SPACE "&#8239;" /* between groups of digits */

/* Colours of Okabe and Ito; on a dark ground the lighter two of the same pairs. */
static const char style[] =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--mute:#57606a;--line:#d5dbe1;--grid:#e6eaee;"
    "--tile:#f5f7f9;--p:#0072b2;--r:#d55e00}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#11161c;--fg:#e4e9ee;--mute:#9ba7b3;--line:#37414c;"
    "--grid:#262f39;--tile:#19212a;--p:#56b4e9;--r:#e69f00}}\n"
    "@media print{:root{color-scheme:light;--bg:#fff;--fg:#000;--mute:#444;--line:#bbb;--grid:#ddd;"
    "--tile:#fff;--p:#0072b2;--r:#d55e00}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;padding:28px 16px 40px;max-width:1560px;background:var(--bg);color:var(--fg);"
    "font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
    "font-variant-numeric:tabular-nums}\n"
    "@media(min-width:700px){body{padding:40px 40px 56px}}\n"
    "h1{margin:0;font-size:26px;line-height:1.2;font-weight:650;overflow-wrap:anywhere}\n"
    "h2{margin:44px 0 4px;font-size:19px;font-weight:650}\n"
    "p{margin:0 0 14px;color:var(--mute)}\n"
    "h2,section>p{break-after:avoid}\n"
    "header p{margin:6px 0 0;overflow-wrap:anywhere}\n"
    "i{display:inline-block;width:18px;height:0;margin:0 7px 4px 0;border-top:3px solid var(--p)}\n"
    "i.kr{border-top:3px dashed var(--r)}\n"
    ".tiles{display:grid;grid-template-columns:1fr 1fr;gap:12px;margin-top:24px}\n"
    "@media(min-width:600px){.tiles{grid-template-columns:repeat(3,1fr)}}\n"
    "@media(min-width:1100px){.tiles{grid-template-columns:repeat(6,1fr)}}\n"
    ".tile{padding:12px 14px;background:var(--tile);border:1px solid var(--line);border-radius:6px}\n"
    ".tile span{display:block;color:var(--mute);font-size:13px}\n"
    ".tile b{display:block;font-size:21px;line-height:1.35;font-weight:600}\n"
    ".plots{display:grid;gap:28px 32px;grid-template-columns:minmax(0,1fr)}\n"
    ".wide{grid-column:1/-1;min-width:0;overflow-x:auto;align-self:end}\n"
    "@media(min-width:700px){.plots{grid-template-columns:repeat(2,minmax(0,1fr))}}\n"
    "@media(min-width:1100px){.many{grid-template-columns:repeat(3,minmax(0,1fr))}}\n"
    "@media(min-width:1300px){.plots{grid-template-columns:repeat(4,minmax(0,1fr))}.wide{grid-column:"
    "span 2}}\n"
    ".tables{display:grid;gap:0 56px;grid-template-columns:repeat(auto-fit,minmax(min(100%,360px),1fr));"
    "align-items:start}\n"
    ".sides{columns:360px;column-gap:56px}\n"
    ".tile .r2{color:var(--r);font-size:15px}\n"
    "@media(max-width:560px){.wide table{font-size:12px}.wide th{font-size:11px}"
    ".wide th,.wide td{padding-left:6px}}\n"
    "figure{margin:0;min-width:0;break-inside:avoid}\n"
    "figcaption{min-height:44px}\n"
    "figcaption b{display:block;font-weight:600}\n"
    "figcaption span{display:block;color:var(--mute);font-size:13px}\n"
    "figure svg{display:block;width:100%;height:auto}\n"
    ".t{fill:var(--mute)}.g{stroke:var(--grid)}.a{stroke:var(--line)}\n"
    ".p{stroke:var(--p)}.r{stroke:var(--r)}.pa,.pf{fill:var(--p)}.ra,.rf{fill:var(--r)}\n"
    "table{border-collapse:collapse;width:100%;margin:8px 0 4px;font-size:14px}\n"
    "th{padding:5px 0 5px 12px;font-weight:500;color:var(--mute);font-size:13px;text-align:right;"
    "vertical-align:bottom;border-bottom:1px solid var(--line)}\n"
    "td{padding:5px 0 5px 12px;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}\n"
    "th:first-child,td:first-child{padding-left:0;text-align:left}\n"
    "td:first-child{white-space:normal}\n"
    "tr{break-inside:avoid}\n"
    ".bar{display:block;width:100%;min-width:44px;height:5px;margin-top:3px;background:var(--grid);"
    "border-radius:2px}\n"
    ".m{color:var(--mute)}\n"
    ".p2{color:var(--p)}.r2{color:var(--r)}\n"
    "@media(max-width:560px){td .p2,td .r2{display:block}td .p2+br{display:none}"
    ".sides table{font-size:12px}.sides th+th,.sides td+td{padding-left:8px}}\n"
    "footer{margin-top:44px;color:var(--mute);font-size:13px}\n";

/* ---- small parts ---- */

static void
begin_section(FILE *out, const char *title)
{
    (void)fprintf(out, "<section>\n<h2>%s</h2>\n", title);
}

static void
end_section(FILE *out)
{
    (void)fputs("</section>\n", out);
}

static void
begin_table(FILE *out, const char *const *heads, int n)
{
    (void)fputs("<table>\n<thead><tr>", out);
    for (int i = 0; i < n; i++)
        (void)fprintf(out, "<th scope=\"col\">%s</th>", heads[i]);
    (void)fputs("</tr></thead>\n<tbody>\n", out);
}

static void
end_table(FILE *out)
{
    (void)fputs("</tbody>\n</table>\n", out);
}

static double
share_of(uint64_t part, uint64_t all)
{
    return all > 0 ? (double)part / (double)all : 0;
}

/* The part of a path after its last slash. */
static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] != '\0' ? slash + 1 : path;
}

/* A number that stands out; the reference, if there is one, has its own (else NULL). */
static void
put_tile(FILE *out, const char *title, const char *value, const char *reference, const char *note)
{
    (void)fprintf(out, "<div class=\"tile\"><span>%s</span> <b>%s</b>", title, value);
    if (reference)
        (void)fprintf(out, " <span class=\"r2\">%s</span>", reference);
    (void)fprintf(out, " <span>%s</span></div>\n", note);
}

/* ---- head ---- */

static bool
is_named(const struct measures *m)
{
    return strcmp(m->profile->name, SOURCE_STANDARD) != 0;
}

static void
put_head(FILE *out, const struct measures *m, const struct measures *r)
{
    const char *title = is_named(m) ? base_name(m->profile->name) : "Traffic profile";

    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
                out);
    svg_text(out, title);
    (void)fprintf(out, "%s</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>",
                  is_named(m) ? " - traffic profile" : "", style);
    svg_text(out, title);
    (void)fputs("</h1>\n", out);
    if (r) {
        (void)fputs("<p><i class=\"kp\"></i>profile ", out);
        svg_text(out, m->profile->name);
        (void)fputs("</p>\n<p><i class=\"kr\"></i>reference ", out);
        svg_text(out, r->profile->name);
        (void)fputs("</p>\n", out);
    } else if (is_named(m)) {
        (void)fputs("<p>Traffic profile</p>\n", out);
    }
    (void)fputs("</header>\n", out);
}

/* The texts of a tile that have a number in them. */
struct tile {
    char value[NUMBER_BYTES];
    char reference[NUMBER_BYTES];
    char note[3 * NUMBER_BYTES];
};

static void
put_counts(FILE *out, const struct measures *m, const struct measures *r)
{
    const struct totals *t = &m->profile->totals, *other = r ? &r->profile->totals : t;
    char a[NUMBER_BYTES], b[NUMBER_BYTES];
    struct tile tile;

    number_grouped(tile.reference, other->biflows, NARROW_SPACE);
    (void)snprintf(tile.note, sizeof tile.note, "%s two-sided",
                   number_percent(a, share_of(t->two_sided, t->biflows)));
    put_tile(out, "biflows", number_grouped(tile.value, t->biflows, NARROW_SPACE),
             r ? tile.reference : NULL, tile.note);
    number_unit(tile.reference, (double)other->packets, "");
    (void)snprintf(tile.note, sizeof tile.note, "%s forward",
                   number_percent(a, share_of(t->packets_forward, t->packets)));
    put_tile(out, "packets", number_unit(tile.value, (double)t->packets, ""), r ? tile.reference : NULL,
             tile.note);
    number_unit(tile.reference, (double)other->bytes, "B");
    (void)snprintf(tile.note, sizeof tile.note, "%s forward",
                   number_percent(a, share_of(t->bytes_forward, t->bytes)));
    put_tile(out, "bytes", number_unit(tile.value, (double)t->bytes, "B"), r ? tile.reference : NULL,
             tile.note);
    (void)snprintf(tile.note, sizeof tile.note, "%s IPv4, %s IPv6", number_percent(a, m->ipv4),
                   number_percent(b, m->ipv6));
    put_tile(out, "time", number_span(tile.value, m->seconds),
             r ? number_span(tile.reference, r->seconds) : NULL, tile.note);
}

static void
put_mean(FILE *out, const char *title, const char *unit, double mean, double peak,
         const double *reference)
{
    char a[NUMBER_BYTES];
    struct tile tile;

    (void)snprintf(tile.note, sizeof tile.note, "peak %s", number_unit(a, peak, unit));
    put_tile(out, title, number_unit(tile.value, mean, unit),
             reference ? number_unit(tile.reference, *reference, unit) : NULL, tile.note);
}

static void
put_tiles(FILE *out, const struct measures *m, const struct measures *r)
{
    (void)fputs("<div class=\"tiles\">\n", out);
    put_counts(out, m, r);
    if (m->seconds > 0) {
        put_mean(out, "bits a second", "bit/s", m->mean.bits, m->peak.bits, r ? &r->mean.bits : NULL);
        put_mean(out, "packets a second", "", m->mean.packets, m->peak.packets,
                 r ? &r->mean.packets : NULL);
    }
    (void)fputs("</div>\n", out);
}

/* ---- tables ---- */

/* A share as a number, and as a bar below it; with a reference both of both. */
static void
put_share_cell(FILE *out, double share, const double *reference)
{
    char text[NUMBER_BYTES];

    (void)fputs("<td>", out);
    if (reference)
        (void)fputs("<span class=\"p2\">", out);
    (void)fputs(number_percent(text, share), out);
    if (reference)
        (void)fprintf(out, "</span> <span class=\"r2\">%s</span>", number_percent(text, *reference));
    svg_bar(out, SVG_PROFILE, share);
    if (reference)
        svg_bar(out, SVG_REFERENCE, *reference);
    (void)fputs("</td>", out);
}

static void
put_tally_row(FILE *out, unsigned number, const char *name, const struct tally *tally,
              const struct totals *t, const struct tally *other, const struct totals *r)
{
    const uint64_t parts[] = {tally->biflows, tally->packets, tally->bytes};
    const uint64_t all[] = {t->biflows, t->packets, t->bytes};

    (void)fprintf(out, "<tr><td>%u <span class=\"m\">%s</span></td>", number, name);
    for (int i = 0; i < 3; i++) {
        double reference = 0;
        if (r)
            reference = share_of((const uint64_t[]){other->biflows, other->packets, other->bytes}[i],
                                 (const uint64_t[]){r->biflows, r->packets, r->bytes}[i]);
        put_share_cell(out, share_of(parts[i], all[i]), r ? &reference : NULL);
    }
    (void)fputs("</tr>\n", out);
}

/* The protocols or ports that most biflows have; of a reference the same ones. */
static void
put_top_table(FILE *out, const char *what, const char *(*name_of)(unsigned), unsigned n,
              const struct tally *tallies, const struct totals *t, const struct tally *others,
              const struct totals *r)
{
    const char *const heads[] = {what, "biflows", "packets", "bytes"};
    unsigned numbers[TOP];
    int count = top_find(t->biflows > 0 ? tallies : others, n, numbers, TOP);

    begin_table(out, heads, 4);
    for (int i = 0; i < count; i++)
        put_tally_row(out, numbers[i], name_of(numbers[i]), &tallies[numbers[i]], t,
                      others ? &others[numbers[i]] : NULL, r);
    end_table(out);
}

static void
put_top(FILE *out, const struct measures *m, const struct measures *r)
{
    const struct totals *t = &m->profile->totals, *other = r ? &r->profile->totals : NULL;

    begin_section(out, "Protocols and ports");
    (void)fputs("<p>Those that most biflows have, with their shares of all. A port counts on either "
                "side.</p>\n"
                "<div class=\"tables\">\n",
                out);
    put_top_table(out, "protocol", name_of_protocol, TOTALS_PROTOCOLS, t->protocols, t,
                  other ? other->protocols : NULL, other);
    put_top_table(out, "port", name_of_port, TOTALS_PORTS, t->ports, t, other ? other->ports : NULL,
                  other);
    (void)fputs("</div>\n", out);
    end_section(out);
}

static const char *const distribution_names[DISTRIBUTIONS] = {
    [DISTRIBUTION_DURATION] = "duration",
    [DISTRIBUTION_PACKETS] = "packets",
    [DISTRIBUTION_BYTES] = "bytes",
    [DISTRIBUTION_PACKET_SIZE] = "packet size",
    [DISTRIBUTION_INTERARRIVAL] = "between starts",
    [DISTRIBUTION_ASYMMETRY] = "forward share",
};

/* The lines of the table of distributions: min, the quantiles, max, and mean. */
enum { ROW_MIN, ROW_QUANTILES, ROW_MAX = ROW_QUANTILES + MEASURES_QUANTILES, ROW_MEAN, ROWS };

static double
line_value(const struct distribution_measures *d, int line)
{
    if (line == ROW_MEAN)
        return d->mean;
    return measures_value(d, line == ROW_MIN   ? d->min
                             : line == ROW_MAX ? d->max
                                               : d->quantile[line - ROW_QUANTILES]);
}

static void
put_distribution_value(FILE *out, int which, const struct distribution_measures *d, int line)
{
    char text[NUMBER_BYTES];
    double value = line_value(d, line);

    if (!d->exists)
        (void)fputs("-", out);
    else if (which == DISTRIBUTION_DURATION || which == DISTRIBUTION_INTERARRIVAL)
        (void)fputs(number_time_unit(text, value, NARROW_SPACE), out);
    else if (which == DISTRIBUTION_ASYMMETRY)
        (void)fprintf(out, "%.2f", value);
    else
        (void)fputs(number_unit(text, value, ""), out);
}

static void
put_distribution_line(FILE *out, const struct measures *m, const struct measures *r, int line)
{
    if (line == ROW_MIN || line == ROW_MAX || line == ROW_MEAN)
        (void)fprintf(out, "<tr><td>%s</td>", line == ROW_MIN ? "min" : line == ROW_MAX ? "max" : "mean");
    else
        (void)fprintf(out, "<tr><td>%u %%</td>", measures_quantiles[line - ROW_QUANTILES]);
    for (int i = 0; i < DISTRIBUTIONS; i++) {
        (void)fputs(r ? "<td><span class=\"p2\">" : "<td>", out);
        put_distribution_value(out, i, &m->distributions[i], line);
        if (r) {
            (void)fputs("</span><br><span class=\"r2\">", out);
            put_distribution_value(out, i, &r->distributions[i], line);
            (void)fputs("</span>", out);
        }
        (void)fputs("</td>", out);
    }
    (void)fputs("</tr>\n", out);
}

static void
put_distributions(FILE *out, const struct measures *m, const struct measures *r,
                  const struct comparison *c)
{
    const char *heads[DISTRIBUTIONS + 1] = {""};

    begin_section(out, "Distributions");
    (void)fprintf(out,
                  "<p>Curves: the share of the biflows with at most this value.%s</p>\n"
                  "<div class=\"plots many\">\n",
                  r ? " Distance: the largest gap between the two curves (Kolmogorov, Smirnov)." : "");
    plots_of_distributions(out, m, r, c);
    for (int i = 0; i < DISTRIBUTIONS; i++)
        heads[i + 1] = distribution_names[i];
    (void)fputs("<div class=\"wide\">\n", out);
    begin_table(out, heads, DISTRIBUTIONS + 1);
    for (int line = 0; line < ROWS; line++)
        put_distribution_line(out, m, r, line);
    if (r) {
        (void)fputs("<tr><td>distance</td>", out);
        for (int i = 0; i < DISTRIBUTIONS; i++) {
            if (c->distance[i].exists)
                (void)fprintf(out, "<td>%.4f</td>", c->distance[i].value);
            else
                (void)fputs("<td>-</td>", out);
        }
        (void)fputs("</tr>\n", out);
    }
    end_table(out);
    (void)fputs("</div>\n</div>\n", out);
    end_section(out);
}

static void
put_share_row(FILE *out, const char *name, double share, const double *reference)
{
    (void)fprintf(out, "<tr><td>%s</td>", name);
    put_share_cell(out, share, reference);
    (void)fputs("</tr>\n", out);
}

static void
put_sizes(FILE *out, const struct measures *m, const struct measures *r)
{
    static const char *const names[SIZE_CLASSES] = {"up to 128 bytes", "up to 512", "up to 1024",
                                                    "above"};

    begin_table(out, (const char *const[]){"mean packet size", "biflows"}, 2);
    for (int i = 0; i < SIZE_CLASSES; i++)
        put_share_row(out, names[i], m->packet_size[i], r ? &r->packet_size[i] : NULL);
    end_table(out);
}

static void
put_tail(FILE *out, const struct measures *m, const struct measures *r)
{
    begin_table(out, (const char *const[]){"heavy tail", "bytes"}, 2);
    put_share_row(out, "in the largest 1 % of the biflows", m->top_1_percent,
                  r ? &r->top_1_percent : NULL);
    put_share_row(out, "in the 100 largest", m->top_100, r ? &r->top_100 : NULL);
    end_table(out);
    if (m->has_hurst)
        (void)fprintf(out, "<p>Hurst parameter of the packets a second: %.2f", m->hurst);
    if (m->has_hurst && r && r->has_hurst)
        (void)fprintf(out, " (reference: %.2f)", r->hurst);
    if (m->has_hurst)
        (void)fputs(".</p>\n", out);
}

static void
put_uniqueness(FILE *out, const struct measures *m, const struct measures *r)
{
    static const char *const names[UNIQUE_KINDS] = {[UNIQUE_PROTOCOL_PORTS_COUNTERS] =
                                                        "by protocol, ports and counters",
                                                    [UNIQUE_PROTOCOL_COUNTERS] =
                                                        "by protocol and counters"};
    char name[160], text[NUMBER_BYTES];

    begin_section(out, "Uniqueness");
    (void)fputs("<p>A row that is one of a kind can be recognised by whoever saw that one conversation. "
                "k is the size of the smallest group of equal rows.</p>\n<div class=\"tables\">\n",
                out);
    begin_table(out, (const char *const[]){"rows that are one of a kind", "biflows"}, 2);
    for (int kind = 0; kind < UNIQUE_KINDS; kind++) {
        const struct unique_result *u = &m->unique[kind];
        double reference = r ? share_of(r->unique[kind].unique, r->biflows) : 0;
        (void)snprintf(name, sizeof name, "%s<br><span class=\"m\">%s rows, k = %" PRIu64 "</span>",
                       names[kind], number_grouped(text, u->unique, NARROW_SPACE), u->smallest);
        put_share_row(out, name, share_of(u->unique, m->biflows), r ? &reference : NULL);
    }
    end_table(out);
    (void)fputs("<div></div>\n</div>\n", out);
    end_section(out);
}

/* ---- two profiles ---- */

/* The tables of a comparison, one after the other. */
struct side_tables {
    FILE *out;
    int group; /* of the table that has begun, -1 for none */
};

static void
put_side(void *context, const struct sides_row *row)
{
    static const char *const titles[] = {[SIDES_TOTALS] = "totals and rates",
                                         [SIDES_RATIOS] = "ratios and sizes",
                                         [SIDES_PROTOCOLS] = "shares of protocols",
                                         [SIDES_PORTS] = "shares of ports"};
    struct side_tables *tables = context;
    FILE *out = tables->out;
    char text[NUMBER_BYTES];

    if ((int)row->group != tables->group) {
        if (tables->group != -1)
            end_table(out);
        begin_table(out, (const char *const[]){titles[row->group], "profile", "reference", "difference"},
                    4);
        tables->group = (int)row->group;
    }
    (void)fputs("<tr><td>", out);
    svg_text(out, row->name);
    (void)fprintf(out, "</td><td>%s</td><td>%s</td><td>%s</td></tr>\n", row->value, row->reference,
                  number_percent(text, row->percent / 100));
}

static void
put_sides(FILE *out, const struct measures *m, const struct measures *r, const struct comparison *c)
{
    struct side_tables tables = {.out = out, .group = -1};

    begin_section(out, "Side by side");
    (void)fputs("<p>Compared are the protocols and ports that have at least 0.5 % in the reference.</p>\n"
                "<div class=\"sides\">\n",
                out);
    sides_each(m, r, c, put_side, &tables);
    end_table(out);
    (void)fputs("</div>\n", out);
    end_section(out);
}

static void
put_optional(FILE *out, const char *title, const char *note, struct optional value)
{
    char text[NUMBER_BYTES];

    if (!value.exists)
        return;
    (void)snprintf(text, sizeof text, "%.4f", value.value);
    put_tile(out, title, text, NULL, note);
}

/* How alike the two are, in six numbers. */
static void
put_verdict(FILE *out, const struct comparison *c)
{
    char percent[NUMBER_BYTES], note[NUMBER_BYTES];

    begin_section(out, "How alike they are");
    (void)fputs("<div class=\"tiles\">\n", out);
    put_tile(out, "largest difference", number_percent(percent, c->largest / 100), NULL,
             c->largest > 0 ? c->largest_name : "of all metrics");
    (void)snprintf(note, sizeof note, "in %.0f s", c->windows.seconds);
    put_tile(out, "largest of a window", number_percent(percent, c->largest_windows / 100), NULL, note);
    put_optional(out, "divergence of protocols", "0 is best, 1 is worst", c->protocols_divergence);
    put_optional(out, "divergence of ports", "0 is best, 1 is worst", c->ports_divergence);
    put_optional(out, "correlation of packets", "in time; 1 is best", c->packets_correlation);
    put_optional(out, "correlation of bits", "in time; 1 is best", c->bits_correlation);
    (void)fputs("</div>\n", out);
    end_section(out);
}

void
as_html(FILE *out, const struct measures *m, const struct measures *r, const struct comparison *c)
{
    bool is_empty = m->biflows == 0 && (!r || r->biflows == 0);

    put_head(out, m, r);
    if (!is_empty)
        put_tiles(out, m, r);
    if (is_empty) {
        (void)fputs("<p>The profile has no biflows.</p>\n", out);
    } else {
        if (r)
            put_verdict(out, c);
        begin_section(out, "Over time");
        plots_over_time(out, m, r);
        end_section(out);
        put_distributions(out, m, r, c);
        put_top(out, m, r);
        begin_section(out, "Sizes");
        (void)fputs("<div class=\"tables\">\n<div>", out);
        put_sizes(out, m, r);
        (void)fputs("</div><div>", out);
        put_tail(out, m, r);
        (void)fputs("</div></div>\n", out);
        end_section(out);
        if (m->profile->options.uniqueness)
            put_uniqueness(out, m, r);
        if (r)
            put_sides(out, m, r, c);
    }
    (void)fputs("<footer>Made by ftp-stat " VERSION
                ". What the numbers mean, and their formulas: ftp-stat(1).</footer>\n</body>\n</html>\n",
                out);
}
