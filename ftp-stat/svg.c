/* SPDX-License-Identifier: BSD-3-Clause */
/* Text from outside, such as the name of a file, goes through svg_text(), which cleans and escapes it. */
#include "svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "problem.h"

static const char *const curve_classes[SVG_CURVES] = {"p", "r"};

/* Of Okabe and Ito's colours, which colour-blind people tell apart: blue and vermillion. */
static const char *const curve_colours[SVG_CURVES] = {"#0072b2", "#d55e00"};

void
svg_text(FILE *out, const char *text)
{
    char clean[4096];

    (void)snprintf(clean, sizeof clean, "%s", text);
    problem_clean(clean, strlen(clean));
    for (const char *c = clean; *c; c++) {
        if (*c == '&')
            (void)fputs("&amp;", out);
        else if (*c == '<')
            (void)fputs("&lt;", out);
        else if (*c == '>')
            (void)fputs("&gt;", out);
        else if (*c == '"')
            (void)fputs("&quot;", out);
        else
            (void)fputc(*c, out);
    }
}

void
svg_begin(FILE *out, const char *title)
{
    (void)fprintf(out, "<svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"",
                  SVG_WIDTH, SVG_HEIGHT, SVG_WIDTH, SVG_HEIGHT);
    svg_text(out, title);
    (void)fputs("\" font-family=\"sans-serif\" font-size=\"11\" fill=\"none\">\n", out);
}

void
svg_end(FILE *out)
{
    (void)fputs("</svg>\n", out);
}

/* A coordinate with at most one digit after the point. */
static void
put_place(FILE *out, double place)
{
    double tenths = round(place * 10);

    if (fmod(tenths, 10) == 0)
        (void)fprintf(out, "%.0f", tenths / 10);
    else
        (void)fprintf(out, "%.1f", tenths / 10);
}

static void
put_label(FILE *out, double x, double y, const char *anchor, const char *label)
{
    (void)fputs("<text x=\"", out);
    put_place(out, x);
    (void)fputs("\" y=\"", out);
    put_place(out, y);
    (void)fprintf(out, "\" text-anchor=\"%s\">", anchor);
    svg_text(out, label);
    (void)fputs("</text>", out);
}

void
svg_axes(FILE *out, const struct axis *x, const struct axis *y)
{
    enum { TICK = 4, LABEL_GAP = 6, LABEL_DOWN = 18, LABEL_MIDDLE = 4, LETTER = 7 };

    (void)fputs("<path class=\"g\" stroke=\"#e4e8ec\" d=\"", out);
    for (int i = 0; i < y->count; i++) {
        (void)fprintf(out, "M%d ", SVG_LEFT);
        put_place(out, y->marks[i].place);
        (void)fprintf(out, "H%d", SVG_RIGHT);
    }
    (void)fputs("\"/>\n<path class=\"a\" stroke=\"#8b949e\" d=\"", out);
    (void)fprintf(out, "M%d %dH%d", SVG_LEFT, SVG_BOTTOM, SVG_RIGHT);
    for (int i = 0; i < x->count; i++) {
        (void)fputc('M', out);
        put_place(out, x->marks[i].place);
        (void)fprintf(out, " %dv%d", SVG_BOTTOM, TICK);
    }
    (void)fputs("\"/>\n<g class=\"t\" fill=\"#59636e\">", out);
    for (int i = 0; i < y->count; i++)
        put_label(out, SVG_LEFT - LABEL_GAP, y->marks[i].place + LABEL_MIDDLE, "end", y->marks[i].label);
    for (int i = 0; i < x->count; i++) {
        const struct axis_mark *mark = &x->marks[i];
        double farthest = SVG_WIDTH - (double)strlen(mark->label) * LETTER / 2;
        put_label(out, fmin(mark->place, farthest), SVG_BOTTOM + LABEL_DOWN, "middle", mark->label);
    }
    (void)fputs("</g>\n", out);
}

/* Whether two places are the same when drawn. */
static bool
is_same(double a, double b)
{
    return round(a * 10) == round(b * 10);
}

/* Puts the steps of a curve, after the point where it begins; equal ones are one. */
static void
put_steps(FILE *out, const struct svg_point *points, size_t n)
{
    double y = points[0].y;

    for (size_t i = 1; i < n; i++) {
        if (i + 1 < n && is_same(points[i].y, y))
            continue;
        (void)fputc('H', out);
        put_place(out, points[i].x);
        if (i + 1 == n)
            break;
        y = points[i].y;
        (void)fputc('V', out);
        put_place(out, y);
    }
}

void
svg_steps(FILE *out, enum svg_curve curve, const struct svg_point *points, size_t n, double base,
          bool is_filled)
{
    if (n < 2)
        return;
    for (int is_area = is_filled; is_area >= 0; is_area--) {
        if (is_area)
            (void)fprintf(out, "<path class=\"%sa\" fill=\"%s\" fill-opacity=\".18\" d=\"M",
                          curve_classes[curve], curve_colours[curve]);
        else
            (void)fprintf(out, "<path class=\"%s\" stroke=\"%s\" stroke-width=\"1.5\"%s d=\"M",
                          curve_classes[curve], curve_colours[curve],
                          curve == SVG_REFERENCE ? " stroke-dasharray=\"4 2\"" : "");
        put_place(out, points[0].x);
        (void)fputc(' ', out);
        if (is_area) {
            put_place(out, base);
            (void)fputc('V', out);
        }
        put_place(out, points[0].y);
        put_steps(out, points, n);
        if (is_area) {
            (void)fputc('V', out);
            put_place(out, base);
            (void)fputc('Z', out);
        }
        (void)fputs("\"/>\n", out);
    }
}

void
svg_line(FILE *out, double y)
{
    (void)fprintf(out, "<path class=\"a\" stroke=\"#8b949e\" d=\"M%d ", SVG_LEFT);
    put_place(out, y);
    (void)fprintf(out, "H%d\"/>\n", SVG_RIGHT);
}

void
svg_bar(FILE *out, enum svg_curve curve, double share)
{
    (void)fputs("<svg class=\"bar\" viewBox=\"0 0 100 6\" width=\"60\" height=\"6\" "
                "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
                out);
    (void)fprintf(out, "<rect class=\"%sf\" fill=\"%s\" width=\"%.2f\" height=\"6\"/></svg>",
                  curve_classes[curve], curve_colours[curve], 100 * fmin(share, 1));
}
