/* SPDX-License-Identifier: BSD-3-Clause */
/* An axis of a plot: where a value is, and which values are marked. */
#ifndef FTP_AXIS_H
#define FTP_AXIS_H

#include <stdbool.h>

enum axis_kind {
    AXIS_COUNT, /* plain numbers, with SI prefixes */
    AXIS_WHOLE, /* the same, and only whole ones */
    AXIS_TIME,  /* seconds */
    AXIS_MS,    /* milliseconds */
    AXIS_SHARE  /* 0 to 1, shown as percent */
};

enum { AXIS_MAX_MARKS = 24, AXIS_LABEL_BYTES = 24 };

struct axis_mark {
    double place;
    char label[AXIS_LABEL_BYTES]; /* "" for a mark without */
};

struct axis {
    enum axis_kind kind;
    bool is_log;
    bool has_zero;     /* of a logarithmic axis: 0 has a place of its own before the rest */
    double low, high;  /* values at the two ends; of a logarithmic axis both above 0 */
    bool is_upright;   /* labels are above each other */
    double begin, end; /* places of the two, in pixels; begin may be the larger one */
    struct axis_mark marks[AXIS_MAX_MARKS];
    int count;
};

/* Makes a linear axis from 0 to a round number that is at least the largest value. */
void axis_make_linear(struct axis *a, enum axis_kind kind, double largest, double begin, double end,
                      bool is_upright);

/* Makes a linear axis that ends where the values do: for time, which is not rounded. */
void axis_make_exact(struct axis *a, enum axis_kind kind, double largest, double begin, double end);

/* Makes a logarithmic axis from the smallest value above 0 (or 1, where there is none) to the largest.
 * has_zero says that some values are 0. */
void axis_make_log(struct axis *a, enum axis_kind kind, double smallest, double largest, bool has_zero,
                   double begin, double end);

/* The place of a value; outside of the axis, that of the nearer end. */
double axis_place(const struct axis *a, double value);

#endif
