/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Marks are at round numbers: 1, 2 and 5 times a power of ten, and of times at those that clocks have.
 * As many are set as fit, with their labels, without touching each other.
 */
#include "axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "numbers.h"

enum { ZERO_GAP = 34 /* pixels between the place of 0 and the rest of a logarithmic axis */ };

static const struct unit {
    double ms;
    const char *name;
} units[] = {{1, "ms"}, {1000, "s"}, {60e3, "min"}, {3600e3, "h"}, {86400e3, "d"}};

enum { UNITS = sizeof units / sizeof units[0], DAY = UNITS - 1 };

/* The unit in which a time is a number of at least 1. */
static const struct unit *
unit_of(double ms)
{
    int i = UNITS - 1;

    while (i > 0 && ms < units[i].ms * 0.999)
        i--;
    return &units[i];
}

/* A round number of at most six characters, with an SI prefix: 1.5 M, 200, 0.05. */
static void
label_count(char label[AXIS_LABEL_BYTES], double value)
{
    char prefix = number_prefix(&value);

    if (prefix)
        (void)snprintf(label, AXIS_LABEL_BYTES, "%.3g %c", value, prefix);
    else
        (void)snprintf(label, AXIS_LABEL_BYTES, "%.3g", value);
}

/* step: what the marks are apart, so that all have the same unit; 0 for a unit of its own. */
static void
make_label(char label[AXIS_LABEL_BYTES], enum axis_kind kind, double value, double step)
{
    double ms = kind == AXIS_TIME ? value * 1000 : value;

    if (kind == AXIS_SHARE) {
        (void)snprintf(label, AXIS_LABEL_BYTES, "%.4g %%", value * 100);
    } else if (kind == AXIS_COUNT || kind == AXIS_WHOLE || value == 0) {
        label_count(label, value);
    } else {
        const struct unit *unit = unit_of(step == 0 ? ms : kind == AXIS_TIME ? step * 1000 : step);
        (void)snprintf(label, AXIS_LABEL_BYTES, "%.6g %s", ms / unit->ms, unit->name);
    }
}

static void
add_mark(struct axis *a, double value, double step)
{
    if (a->count == AXIS_MAX_MARKS)
        return;
    struct axis_mark *mark = &a->marks[a->count++];
    mark->place = axis_place(a, value);
    make_label(mark->label, a->kind, value, step);
}

/* The next round number: of 1, 2 and 5 times a power of ten. */
static double
next_round(double step)
{
    double power = pow(10, floor(log10(step) + 1e-9)), first = step / power;

    return first < 1.5 ? 2 * power : first < 3 ? 5 * power : 10 * power;
}

/* The next round time in seconds. */
static double
next_round_time(double step)
{
    static const double clock[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                   600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};

    for (size_t i = 0; i < sizeof clock / sizeof clock[0]; i++)
        if (clock[i] > step * 1.001)
            return clock[i];
    return 86400 * next_round(step / 86400);
}

/* Whether no two labels are nearer to each other than is good for reading. */
static bool
do_labels_fit(const struct axis *a)
{
    enum { LETTER = 7, BETWEEN = 12, LINE = 30 };

    for (int i = 1; i < a->count; i++) {
        const struct axis_mark *m = &a->marks[i - 1], *next = &a->marks[i];
        double letters = (double)(strlen(m->label) + strlen(next->label)) / 2;
        if (fabs(next->place - m->place) < (a->is_upright ? LINE : letters * LETTER + BETWEEN))
            return false;
    }
    return true;
}

/* Sets a mark at each step, with as few steps as there are room for. */
static void
make_linear(struct axis *a, double largest, bool is_rounded)
{
    double step = a->kind == AXIS_TIME ? 1 : pow(10, floor(log10(largest)) - 1);

    for (;; step = a->kind == AXIS_TIME ? next_round_time(step) : next_round(step)) {
        if (largest / step >= AXIS_MAX_MARKS - 1 || (a->kind == AXIS_WHOLE && step < 1))
            continue;
        a->high = is_rounded ? step * ceil(largest / step - 1e-9) : largest;
        a->count = 0;
        for (int i = 0; step * i <= a->high * (1 + 1e-9); i++)
            add_mark(a, step * i, step);
        if (do_labels_fit(a))
            return;
    }
}

void
axis_make_linear(struct axis *a, enum axis_kind kind, double largest, double begin, double end,
                 bool is_upright)
{
    *a = (struct axis){.kind = kind, .begin = begin, .end = end, .is_upright = is_upright};
    make_linear(a, largest > 0 ? largest : 1, true);
}

void
axis_make_exact(struct axis *a, enum axis_kind kind, double largest, double begin, double end)
{
    *a = (struct axis){.kind = kind, .begin = begin, .end = end};
    make_linear(a, largest > 0 ? largest : 1, false);
}

/* ---- logarithmic ---- */

/* Times in ms that are round for people; from a day on they are so many days. */
static const double round_times[] = {1,      2,      5,      10,         20,          50,
                                     100,    200,    500,    1e3,        2e3,         5e3,
                                     10e3,   30e3,   60e3,   120e3,      300e3,       600e3,
                                     1800e3, 3600e3, 7200e3, 6 * 3600e3, 12 * 3600e3, 86400e3};
enum { ROUND_TIMES = sizeof round_times / sizeof round_times[0] };

/* Of those, the ones that are enough where not all fit. */
static bool
is_main_time(double ms)
{
    static const double main_times[] = {1, 10, 100, 1e3, 10e3, 60e3, 600e3, 3600e3, 86400e3};

    for (size_t i = 0; i < sizeof main_times / sizeof main_times[0]; i++)
        if (main_times[i] == ms)
            return true;
    return false;
}

/* The largest of 1, 2, 5, 10, 20, ... up to a value. */
static double
round_down(double value)
{
    double power = pow(10, floor(log10(value) + 1e-9)), first = value / power + 1e-9;

    return first >= 5 ? 5 * power : first >= 2 ? 2 * power : power;
}

/* The next round value of a logarithmic axis. */
static double
next_log(enum axis_kind kind, double value)
{
    const double day = round_times[ROUND_TIMES - 1];

    if (kind == AXIS_MS && value < day * 0.999) {
        int i = 0;
        while (round_times[i] <= value * 1.001)
            i++;
        return round_times[i];
    }
    return kind == AXIS_MS ? day * next_round(value / day) : next_round(value);
}

/* The largest round value up to one. */
static double
round_log(enum axis_kind kind, double value)
{
    const double day = round_times[ROUND_TIMES - 1];

    if (kind == AXIS_MS && value < day * 0.999) {
        int i = ROUND_TIMES - 1;
        while (i > 0 && round_times[i] > value * 1.001)
            i--;
        return round_times[i];
    }
    return kind == AXIS_MS ? day * round_down(value / day) : round_down(value);
}

/* Whether a round value is a power of ten, or what is the same for times. */
static bool
is_main(enum axis_kind kind, double value)
{
    const double day = round_times[ROUND_TIMES - 1];

    if (kind == AXIS_MS && value < day * 1.001)
        return is_main_time(value);
    double number = kind == AXIS_MS ? value / day : value;
    return fabs(log10(number) - round(log10(number))) < 1e-6;
}

/* Finds the round values from the low to the high end: all of them (every is 0), or each n-th of the main
 * ones.  Returns how many, at most max. */
static int
find_log_marks(const struct axis *a, double *values, int max, int every)
{
    int count = 0, main_ones = 0;

    for (double value = a->low; value <= a->high * 1.001 && count < max;
         value = next_log(a->kind, value)) {
        if (every == 0 || (is_main(a->kind, value) && main_ones++ % every == 0))
            values[count++] = value;
    }
    return count;
}

/* Sets marks at some values, and before them at 0 where that has a place. */
static void
set_log_marks(struct axis *a, const double *values, int n)
{
    a->count = 0;
    if (a->has_zero)
        add_mark(a, 0, 0);
    for (int i = 0; i < n; i++) {
        add_mark(a, values[i], 0);
        if (a->count == 2 && a->has_zero && !do_labels_fit(a))
            a->count--; /* too near to 0 */
    }
}

/* Sets all round numbers as marks, or as many as there is room for, but at least the two ends. */
static void
make_log_marks(struct axis *a)
{
    enum { MAX_VALUES = 128 }; /* more than 64 bits have */
    double values[MAX_VALUES];

    for (int every = 0;; every++) {
        int n = find_log_marks(a, values, MAX_VALUES, every);
        if (n < 2) {
            set_log_marks(a, (const double[]){a->low, a->high}, 2);
            return;
        }
        set_log_marks(a, values, n);
        if (n < AXIS_MAX_MARKS && do_labels_fit(a))
            return;
    }
}

void
axis_make_log(struct axis *a, enum axis_kind kind, double smallest, double largest, bool has_zero,
              double begin, double end)
{
    *a = (struct axis){.kind = kind, .is_log = true, .has_zero = has_zero, .begin = begin, .end = end};
    a->low = round_log(kind, smallest > 0 ? smallest : 1);
    a->high = a->low;
    do
        a->high = next_log(kind, a->high);
    while (a->high < largest * 0.999);
    make_log_marks(a);
}

double
axis_place(const struct axis *a, double value)
{
    double share, begin = a->begin;

    if (a->is_log) {
        if (value <= 0)
            return begin;
        share = log(value / a->low) / log(a->high / a->low);
        if (a->has_zero)
            begin += a->end > a->begin ? ZERO_GAP : -ZERO_GAP;
    } else {
        share = (value - a->low) / (a->high - a->low);
    }
    share = fmin(fmax(share, 0), 1);
    return begin + share * (a->end - begin);
}
