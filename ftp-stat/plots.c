/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plot has two pixels for each step in time, and less than a pixel for the shortest steps of a
 * distribution: what could not be seen is not in the file, so that its size does not depend on the
 * profile.
 */
#include "plots.h"

#include <math.h>

#include "axis.h"
#include "numbers.h"
#include "svg.h"

enum {
    TIME_STEPS = (SVG_RIGHT - SVG_LEFT) / 2, /* of the longest profile, at most */
    MAX_STEPS = 2 * TIME_STEPS,              /* of the longest plot: the flow cache is used for longer */
    MAX_POINTS = 2 * (SVG_RIGHT - SVG_LEFT) + 4
};

/* ---- captions ---- */

static void
begin_figure(FILE *out, const char *title)
{
    (void)fprintf(out, "<figure><figcaption><b>%s</b>", title);
}

/* A line of the caption that is about one of the curves; with a reference, it shows which one. */
static void
put_note(FILE *out, enum svg_curve curve, const struct measures *reference, const char *note)
{
    (void)fputs(" <span>", out);
    if (reference)
        (void)fprintf(out, "<i class=\"%s\"></i>", curve == SVG_PROFILE ? "kp" : "kr");
    (void)fprintf(out, "%s</span>", note);
}

static void
end_caption(FILE *out)
{
    (void)fputs("</figcaption>\n", out);
}

static void
end_figure(FILE *out)
{
    svg_end(out);
    (void)fputs("</figure>\n", out);
}

/* ---- over time ---- */

/* How time is cut into steps, for all plots of a report. */
struct steps {
    double seconds; /* of a step */
    double end;     /* of the longest profile */
};

static double
length(const struct values *v)
{
    return (double)v->n * v->seconds;
}

static struct steps
make_steps(const struct measures *m, const struct measures *r)
{
    double bucket = m->packets.seconds, end = fmax(length(&m->packets), 1);

    if (r) {
        bucket = fmax(bucket, r->packets.seconds);
        end = fmax(end, length(&r->packets));
    }
    return (struct steps){.seconds = bucket * ceil(end / bucket / TIME_STEPS), .end = end};
}

/* How biflows are counted: a second has a whole number of them, means need not be whole. */
static enum axis_kind
biflow_kind(const struct steps *steps)
{
    return steps->seconds > 1 ? AXIS_COUNT : AXIS_WHOLE;
}

/* How many buckets of a series are a step: one, where buckets are longer than that. */
static size_t
buckets_of_step(const struct values *v, const struct steps *steps)
{
    return v->seconds < steps->seconds ? (size_t)(steps->seconds / v->seconds) : 1;
}

/* The means of a series over the steps. */
static size_t
average(const struct values *v, const struct steps *steps, double means[MAX_STEPS])
{
    size_t per_step = buckets_of_step(v, steps), n = 0;

    for (size_t i = 0; i < v->n && n < MAX_STEPS; i += per_step) {
        double sum = 0;
        size_t after = i + per_step < v->n ? i + per_step : v->n;
        for (size_t j = i; j < after; j++)
            sum += v->value[j];
        means[n++] = sum / (double)(after - i);
    }
    return n;
}

static double
largest_mean(const struct values *v, const struct steps *steps)
{
    double means[MAX_STEPS], most = 0;
    size_t n = average(v, steps, means);

    for (size_t i = 0; i < n; i++)
        most = fmax(most, means[i]);
    return most;
}

/* Draws a series, up or down from the place of 0 on the axis y. */
static void
draw_series(FILE *out, enum svg_curve curve, const struct values *v, const struct steps *steps,
            const struct axis *x, const struct axis *y, bool is_filled)
{
    double means[MAX_STEPS], step = (double)buckets_of_step(v, steps) * v->seconds;
    struct svg_point points[MAX_STEPS + 1];
    size_t n = average(v, steps, means);

    /* What is after the end of the axis is not drawn. */
    while (n > 0 && (double)(n - 1) * step >= x->high)
        n--;
    for (size_t i = 0; i < n; i++)
        points[i] = (struct svg_point){axis_place(x, (double)i * step), axis_place(y, means[i])};
    points[n] = (struct svg_point){axis_place(x, fmin((double)n * step, length(v))), y->begin};
    svg_steps(out, curve, points, n + 1, y->begin, is_filled);
}

static void
put_rate_note(FILE *out, enum svg_curve curve, const struct measures *reference, bool has_mean,
              double mean, double peak, const char *unit)
{
    char a[NUMBER_BYTES], b[NUMBER_BYTES], note[3 * NUMBER_BYTES];

    if (has_mean)
        (void)snprintf(note, sizeof note, "mean %s, peak %s", number_unit(a, mean, unit),
                       number_unit(b, peak, unit));
    else
        (void)snprintf(note, sizeof note, "peak %s", number_unit(b, peak, unit));
    put_note(out, curve, reference, note);
}

/* A plot of one quantity; the caller has begun the figure. */
static void
plot_series(FILE *out, const char *title, enum axis_kind kind, const struct values *v,
            const struct values *reference, const struct steps *steps)
{
    struct axis x, y;
    double most = largest_mean(v, steps), end = fmax(steps->end, length(v));

    if (reference) {
        most = fmax(most, largest_mean(reference, steps));
        end = fmax(end, length(reference));
    }
    axis_make_exact(&x, AXIS_TIME, fmin(end, 2 * steps->end), SVG_LEFT, SVG_RIGHT);
    axis_make_linear(&y, kind, most, SVG_BOTTOM, SVG_TOP, true);
    end_caption(out);
    svg_begin(out, title);
    svg_axes(out, &x, &y);
    if (reference)
        draw_series(out, SVG_REFERENCE, reference, steps, &x, &y, false);
    draw_series(out, SVG_PROFILE, v, steps, &x, &y, true);
    end_figure(out);
}

/* Starts above the middle, and ends below it. */
static void
plot_events(FILE *out, const char *title, const struct measures *m, const struct measures *r,
            const struct steps *steps)
{
    const double middle = (SVG_TOP + SVG_BOTTOM) / 2.0;
    struct axis x, up, down, both;
    double most = fmax(largest_mean(&m->starts, steps), largest_mean(&m->ends, steps));

    if (r)
        most = fmax(most, fmax(largest_mean(&r->starts, steps), largest_mean(&r->ends, steps)));
    axis_make_exact(&x, AXIS_TIME, steps->end, SVG_LEFT, SVG_RIGHT);
    axis_make_linear(&up, biflow_kind(steps), most, middle, SVG_TOP, true);
    axis_make_linear(&down, biflow_kind(steps), most, middle, SVG_BOTTOM, true);
    both = up;
    for (int i = 1; i < down.count && both.count < AXIS_MAX_MARKS; i++)
        both.marks[both.count++] = down.marks[i];
    end_caption(out);
    svg_begin(out, title);
    svg_axes(out, &x, &both);
    if (r) {
        draw_series(out, SVG_REFERENCE, &r->starts, steps, &x, &up, false);
        draw_series(out, SVG_REFERENCE, &r->ends, steps, &x, &down, false);
    }
    draw_series(out, SVG_PROFILE, &m->starts, steps, &x, &up, true);
    draw_series(out, SVG_PROFILE, &m->ends, steps, &x, &down, true);
    svg_line(out, middle);
    end_figure(out);
}

void
plots_over_time(FILE *out, const struct measures *m, const struct measures *r)
{
    const struct steps steps = make_steps(m, r);
    char span[NUMBER_BYTES];

    (void)fprintf(out, "<p>A step is the mean of %s.</p>\n<div class=\"plots\">\n",
                  number_span(span, steps.seconds));
    begin_figure(out, "Packets a second");
    put_rate_note(out, SVG_PROFILE, r, m->seconds > 0, m->mean.packets, m->peak.packets, "");
    if (r)
        put_rate_note(out, SVG_REFERENCE, r, r->seconds > 0, r->mean.packets, r->peak.packets, "");
    plot_series(out, "Packets a second, over time", AXIS_COUNT, &m->packets, r ? &r->packets : NULL,
                &steps);
    begin_figure(out, "Bits a second");
    put_rate_note(out, SVG_PROFILE, r, m->seconds > 0, m->mean.bits, m->peak.bits, "bit/s");
    if (r)
        put_rate_note(out, SVG_REFERENCE, r, r->seconds > 0, r->mean.bits, r->peak.bits, "bit/s");
    plot_series(out, "Bits a second, over time", AXIS_COUNT, &m->bits, r ? &r->bits : NULL, &steps);
    begin_figure(out, "Biflows in a flow cache");
    put_rate_note(out, SVG_PROFILE, r, false, 0, m->peak_active, "");
    if (r)
        put_rate_note(out, SVG_REFERENCE, r, false, 0, r->peak_active, "");
    plot_series(out, "Biflows in a flow cache, over time", biflow_kind(&steps), &m->active,
                r ? &r->active : NULL, &steps);
    begin_figure(out, "Starts ↑ and ends ↓ a second");
    put_rate_note(out, SVG_PROFILE, r, m->seconds > 0, m->mean.biflows, m->peak.biflows, "");
    if (r)
        put_rate_note(out, SVG_REFERENCE, r, r->seconds > 0, r->mean.biflows, r->peak.biflows, "");
    plot_events(out, "Starts and ends of biflows a second, over time", m, r, &steps);
    (void)fputs("</div>\n", out);
}

/* ---- distributions ---- */

static const struct plot_type {
    const char *title;
    const char *unit;
    enum axis_kind kind;
    bool is_linear;
} plot_types[DISTRIBUTIONS] = {
    [DISTRIBUTION_DURATION] = {"Duration", "", AXIS_MS, false},
    [DISTRIBUTION_PACKETS] = {"Packets of a biflow", "", AXIS_COUNT, false},
    [DISTRIBUTION_BYTES] = {"Bytes of a biflow", "B", AXIS_COUNT, false},
    [DISTRIBUTION_PACKET_SIZE] = {"Mean packet size of a biflow", "B", AXIS_COUNT, false},
    [DISTRIBUTION_INTERARRIVAL] = {"Time between starts", "", AXIS_MS, false},
    [DISTRIBUTION_ASYMMETRY] = {"Forward bytes / all bytes of a biflow", "", AXIS_SHARE, true},
};

/* The smallest value above 0, or 0 where there is none. */
static double
smallest_above_zero(const struct distribution_measures *d)
{
    for (unsigned bucket = 1; bucket < HISTOGRAM_BUCKETS; bucket++)
        if (d->histogram->count[bucket] > 0)
            return measures_value(d, histogram_lower(bucket) > d->min ? histogram_lower(bucket) : d->min);
    return 0;
}

static void
make_x_axis(struct axis *x, const struct plot_type *type, const struct distribution_measures *a,
            const struct distribution_measures *b)
{
    double smallest = smallest_above_zero(a), largest = measures_value(a, a->max);
    bool has_zero = a->min == 0;

    if (b) {
        double other = smallest_above_zero(b);
        if (smallest == 0 || (other > 0 && other < smallest))
            smallest = other;
        largest = fmax(largest, measures_value(b, b->max));
        has_zero = has_zero || b->min == 0;
    }
    if (type->is_linear)
        axis_make_linear(x, type->kind, 1, SVG_LEFT, SVG_RIGHT, false);
    else
        axis_make_log(x, type->kind, smallest, largest, has_zero, SVG_LEFT, SVG_RIGHT);
}

/* Draws the cumulative curve. */
static void
draw_distribution(FILE *out, enum svg_curve curve, const struct distribution_measures *d,
                  const struct axis *x, const struct axis *y)
{
    const struct histogram *h = d->histogram;
    struct svg_point points[MAX_POINTS] = {{x->begin, y->begin}};
    size_t n = 1;
    uint64_t below = 0;

    for (unsigned bucket = 0; bucket < HISTOGRAM_BUCKETS && n + 1 < MAX_POINTS; bucket++) {
        if (h->count[bucket] == 0)
            continue;
        below += h->count[bucket];
        uint64_t upper = histogram_upper(bucket) < d->max ? histogram_upper(bucket) : d->max;
        double place = axis_place(x, measures_value(d, upper));
        if (place - points[n - 1].x >= 0.5)
            points[n++].x = place;
        points[n - 1].y = axis_place(y, (double)below / (double)h->n);
    }
    points[n++] = (struct svg_point){x->end, 0};
    svg_steps(out, curve, points, n, y->begin, false);
}

static const char *
value_text(char text[NUMBER_BYTES], const struct plot_type *type, double value)
{
    if (type->kind == AXIS_MS)
        return number_time_unit(text, value, " ");
    if (type->kind == AXIS_SHARE)
        return number_percent(text, value);
    return number_unit(text, value, type->unit);
}

static void
put_distribution_note(FILE *out, enum svg_curve curve, const struct measures *reference,
                      const struct plot_type *type, const struct distribution_measures *d)
{
    enum { MEDIAN = 3, P95 = 5 };
    char a[NUMBER_BYTES], b[NUMBER_BYTES], note[3 * NUMBER_BYTES];

    (void)snprintf(note, sizeof note, "median %s, 95 %% up to %s",
                   value_text(a, type, measures_value(d, d->quantile[MEDIAN])),
                   value_text(b, type, measures_value(d, d->quantile[P95])));
    put_note(out, curve, reference, note);
}

static void
plot_distribution(FILE *out, const struct plot_type *type, const struct distribution_measures *d,
                  const struct distribution_measures *other, const struct measures *r,
                  const struct optional *distance)
{
    struct axis x, y;

    begin_figure(out, type->title);
    put_distribution_note(out, SVG_PROFILE, r, type, d);
    if (other)
        put_distribution_note(out, SVG_REFERENCE, r, type, other);
    if (distance->exists)
        (void)fprintf(out, " <span>distance %.4f</span>", distance->value);
    end_caption(out);
    make_x_axis(&x, type, d, other);
    axis_make_linear(&y, AXIS_SHARE, 1, SVG_BOTTOM, SVG_TOP, true);
    svg_begin(out, type->title);
    svg_axes(out, &x, &y);
    if (other)
        draw_distribution(out, SVG_REFERENCE, other, &x, &y);
    draw_distribution(out, SVG_PROFILE, d, &x, &y);
    end_figure(out);
}

void
plots_of_distributions(FILE *out, const struct measures *m, const struct measures *r,
                       const struct comparison *c)
{
    for (int i = 0; i < DISTRIBUTIONS; i++) {
        const struct distribution_measures *d = &m->distributions[i];
        const struct distribution_measures *other =
            r && r->distributions[i].exists ? &r->distributions[i] : NULL;
        if (d->exists)
            plot_distribution(out, &plot_types[i], d, other, r, &c->distance[i]);
    }
}
