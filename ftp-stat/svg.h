/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plot as inline SVG: a frame with two axes, and curves in it.
 *
 * Colours are those of the page, by class; what is also an attribute is for readers of mail that take the
 * style sheet away.  A plot is as wide as a telephone, so that its letters are never scaled down.
 */
#ifndef FTP_SVG_H
#define FTP_SVG_H

#include <stddef.h>
#include <stdio.h>

#include "axis.h"

/* In pixels of the plot itself. */
enum {
    SVG_WIDTH = 360,
    SVG_HEIGHT = 212,
    SVG_LEFT = 46,
    SVG_RIGHT = 338,
    SVG_TOP = 10,
    SVG_BOTTOM = 184
};

/* Which curve it is; decides on its colour. */
enum svg_curve {
    SVG_PROFILE,
    SVG_REFERENCE, /* dashed */
    SVG_CURVES
};

struct svg_point {
    double x, y; /* places */
};

/* Begins a plot.  The title is for those who cannot see it; it is escaped. */
void svg_begin(FILE *out, const char *title);

/* Draws the lines of the grid, and both axes with their marks. */
void svg_axes(FILE *out, const struct axis *x, const struct axis *y);

/* Draws a curve of steps: each point's y holds from its x to that of the next point, of which there is
 * one more than there are steps.  The area between it and base (a place) is filled when is_filled. */
void svg_steps(FILE *out, enum svg_curve curve, const struct svg_point *points, size_t n, double base,
               bool is_filled);

/* Draws a horizontal line over the whole plot. */
void svg_line(FILE *out, double y);

void svg_end(FILE *out);

/* A share, 0 to 1, as a bar for a cell of a table. */
void svg_bar(FILE *out, enum svg_curve curve, double share);

/* Puts text with what is special in HTML escaped, and what is not printable replaced. */
void svg_text(FILE *out, const char *text);

#endif
