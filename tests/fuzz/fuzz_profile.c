/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text of profiles, as ftp-stat reads it.  The first byte says whether the text has a header of its own,
 * and whether reports are made too.  What is taken for a row has to be one, has to survive being written
 * and read again, and must not depend on the pieces in which the text came.  Reports have to be made of
 * any rows, and may not become long.
 */
#include <math.h>
#include <string.h>

#include "as_html.h"
#include "as_json.h"
#include "as_text.h"
#include "csvrows.h"
#include "format.h"
#include "input.h"

enum { OWN_HEADER = 1, REPORTS = 2, MAX_TEXT_BYTES = 1 << 18, LONGEST_REPORT = 300000 };

struct text {
    const char *next;
    size_t left;
    size_t piece; /* most bytes at a time */
};

/* What came out. */
struct taken {
    uint64_t rows;
    uint64_t sum;     /* of all that was taken, in its order */
    bool is_overflow; /* it is no profile that can be reported on */
    char problem[PROBLEM_BYTES];
};

static ssize_t
read_text(void *context, void *buf, size_t n)
{
    struct text *t = context;
    size_t some = t->left < t->piece ? t->left : t->piece;

    if (some > n)
        some = n;
    if (some > 0)
        memcpy(buf, t->next, some);
    t->next += some;
    t->left -= some;
    return (ssize_t)some;
}

static bool
is_equal(const struct biflow *a, const struct biflow *b)
{
    return a->start == b->start && a->end == b->end && a->packets == b->packets && a->bytes == b->bytes &&
           a->packets_rev == b->packets_rev && a->bytes_rev == b->bytes_rev &&
           a->src_port == b->src_port && a->dst_port == b->dst_port && a->proto == b->proto &&
           a->family == b->family;
}

/* A row has to come back from the text that ftp-write makes of it. */
static void
check_row(const struct biflow *b)
{
    char text[2 * FORMAT_MAX_ROW_BYTES] = FORMAT_PROFILE_HEADER;
    struct text source = {.next = text, .piece = 9};
    struct csvrows rows;
    struct biflow again;

    CHECK(biflow_problem(b) == NULL && (b->family == 4 || b->family == 6));
    source.left = (size_t)(format_biflow(text + strlen(text), b) - text);
    CHECK(csvrows_open(&rows, read_text, &source) == 0);
    CHECK(csvrows_header(&rows) == CSVROWS_ROW);
    CHECK(csvrows_next(&rows, &again) == CSVROWS_ROW && is_equal(b, &again));
    CHECK(csvrows_next(&rows, &again) == CSVROWS_END);
    csvrows_release(&rows);
}

/* Reads all rows; each also goes to the profile, if there is one. */
static void
read_all(const char *text, size_t n, size_t piece, struct taken *t, struct profile *p)
{
    struct text source = {text, n, piece};
    struct csvrows rows;
    enum csvrows_result result;
    struct biflow b;

    *t = (struct taken){0};
    CHECK(csvrows_open(&rows, read_text, &source) == 0);
    result = csvrows_header(&rows);
    while (result == CSVROWS_ROW && (result = csvrows_next(&rows, &b)) == CSVROWS_ROW) {
        t->rows++;
        t->sum =
            t->sum * 31 + (uint64_t)b.start + 7 * (uint64_t)b.end + b.packets + 3 * b.bytes + b.src_port;
        check_row(&b);
        if (!p || !timeline_is_next(&p->timeline, &b))
            continue;
        t->is_overflow = t->is_overflow || totals_add(&p->totals, &b) != NULL;
        CHECK(timeline_add(&p->timeline, &b) == 0 && unique_add(&p->unique, &b) == 0);
    }
    CHECK((result == CSVROWS_ERROR) == (rows.problem.text[0] != '\0'));
    memcpy(t->problem, rows.problem.text, sizeof t->problem);
    csvrows_release(&rows);
}

static double
sum_of(const double *values, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum;
}

/* Shares are shares of all. */
static void
check_measures(const struct measures *m)
{
    CHECK(m->windows.n <= SERIES_MAX_BUCKETS && m->packets.n <= SERIES_MAX_BUCKETS);
    if (m->biflows == 0)
        return;
    CHECK(fabs(sum_of(m->windows.value, m->windows.n) - 1) < 1e-6);
    CHECK(fabs(sum_of(m->protocols, TOTALS_PROTOCOLS) - 1) < 1e-9);
    CHECK(fabs(sum_of(m->ports, TOTALS_PORTS) - 1) < 1e-9);
    CHECK(fabs(sum_of(m->packet_size, SIZE_CLASSES) - 1) < 1e-9);
    CHECK(m->top_1_percent <= 1 + 1e-9 && m->top_100 <= 1);
    for (int i = 0; i < DISTRIBUTIONS; i++)
        for (int q = 0; q < MEASURES_QUANTILES; q++)
            CHECK(!m->distributions[i].exists ||
                  (m->distributions[i].quantile[q] >= m->distributions[i].min &&
                   m->distributions[i].quantile[q] <= m->distributions[i].max));
}

static void
check_report(void (*write)(FILE *, const struct measures *, const struct measures *,
                           const struct comparison *),
             const struct measures *m, const struct measures *r, const struct comparison *c,
             size_t longest)
{
    char *report = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&report, &size);

    CHECK(out);
    write(out, m, r, c);
    CHECK(fclose(out) == 0 && size > 0 && size < longest);
    CHECK(memmem(report, size, "nan", 3) == NULL);
    free(report);
}

/* All reports of a profile, also compared with an empty one and with itself. */
static void
check_reports(struct profile *p)
{
    static struct profile none;
    static struct measures m, same, empty;
    static struct comparison c;
    struct measures *references[] = {&same, &empty};

    none = (struct profile){.name = "none", .options = p->options};
    timeline_open(&none.timeline, p->options.inactive, p->options.window);
    CHECK(totals_open(&none.totals) == 0);
    CHECK(measures_make(&m, p) == 0 && measures_make(&same, p) == 0 && measures_make(&empty, &none) == 0);
    check_measures(&m);
    check_report(as_text, &m, NULL, &c, LONGEST_REPORT);
    check_report(as_html, &m, NULL, &c, LONGEST_REPORT);
    check_report(as_json, &m, NULL, &c, SIZE_MAX);
    for (int i = 0; i < 2; i++) {
        CHECK(compare(&c, &m, references[i]) == 0);
        CHECK(i == 1 || (c.largest == 0 && c.largest_windows == 0));
        check_report(as_text, &m, references[i], &c, LONGEST_REPORT);
        check_report(as_html, references[i], &m, &c, LONGEST_REPORT);
        check_report(as_json, &m, references[i], &c, SIZE_MAX);
        compare_release(&c);
    }
    measures_release(&m);
    measures_release(&same);
    measures_release(&empty);
    profile_release(&none);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[MAX_TEXT_BYTES];
    static struct profile profile;
    struct input in = {data, size};
    unsigned flags = input_byte(&in);
    struct taken whole, pieces;
    size_t n = 0;

    if (in.left > sizeof text / 2)
        return 0;
    if (!(flags & OWN_HEADER)) {
        n = strlen(FORMAT_PROFILE_HEADER);
        memcpy(text, FORMAT_PROFILE_HEADER, n);
    }
    size_t left = in.left;
    input_take(&in, text + n, left);
    n += left;
    read_all(text, n, sizeof text, &whole, NULL);
    read_all(text, n, 7, &pieces, NULL);
    CHECK(whole.rows == pieces.rows && whole.sum == pieces.sum);
    CHECK(strcmp(whole.problem, pieces.problem) == 0);
    if (!(flags & REPORTS))
        return 0;
    profile = (struct profile){.name = "text", .options = {30, 5, true}};
    timeline_open(&profile.timeline, profile.options.inactive, profile.options.window);
    CHECK(totals_open(&profile.totals) == 0 && unique_open(&profile.unique) == 0);
    read_all(text, n, sizeof text, &whole, &profile);
    if (!whole.is_overflow)
        check_reports(&profile);
    profile_release(&profile);
    return 0;
}
