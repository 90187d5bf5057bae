/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * printf(3) rounds.  What is decided here is the number of digits, at limits where rounding would give
 * one too many: 9.995 is 10.0 and not 10.00.
 */
#include "numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
number_exact(char text[NUMBER_BYTES], double value)
{
    enum { SAFE_DIGITS = 15, ALL_DIGITS = 17 }; /* of a double */

    for (int digits = SAFE_DIGITS; digits <= ALL_DIGITS; digits++) {
        (void)snprintf(text, NUMBER_BYTES, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return text;
}

/* How many digits after the point make three significant ones. */
static int
decimals(double value)
{
    return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

char
number_prefix(double *value)
{
    static const char prefixes[] = "kMGTPEZY";
    const char *next = prefixes;

    while (*value >= 999.5 && *next != '\0') {
        *value /= 1000;
        next++;
    }
    return next > prefixes ? next[-1] : '\0';
}

/* Three significant digits and an SI prefix, with a gap before the prefix. */
static const char *
put_short(char text[NUMBER_BYTES], double value, const char *gap, const char *unit)
{
    char prefix = number_prefix(&value);

    if (prefix)
        (void)snprintf(text, NUMBER_BYTES, "%.*f%s%c%s", decimals(value), value, gap, prefix, unit);
    else if (value == floor(value))
        (void)snprintf(text, NUMBER_BYTES, "%.0f%s%s", value, unit[0] ? gap : "", unit);
    else
        (void)snprintf(text, NUMBER_BYTES, "%.*f%s%s",
                       value < 0.00095  ? 6
                       : value < 0.0995 ? 4
                                        : decimals(value),
                       value, unit[0] ? gap : "", unit);
    return text;
}

const char *
number_short(char text[NUMBER_BYTES], double value)
{
    return put_short(text, value, "", "");
}

const char *
number_unit(char text[NUMBER_BYTES], double value, const char *unit)
{
    return put_short(text, value, " ", unit);
}

const char *
number_grouped(char text[NUMBER_BYTES], uint64_t value, const char *separator)
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    size_t used = 0, gap = strlen(separator);

    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) {
            memcpy(text + used, separator, gap);
            used += gap;
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

const char *
number_percent(char text[NUMBER_BYTES], double share)
{
    double percent = 100 * share;

    if (percent == 0)
        (void)snprintf(text, NUMBER_BYTES, "0 %%");
    else if (percent < 0.005)
        (void)snprintf(text, NUMBER_BYTES, "<0.01 %%");
    else if (percent >= 999999.5)
        (void)snprintf(text, NUMBER_BYTES, "%.1e %%", percent);
    else if (percent > 100 - 1e-9)
        (void)snprintf(text, NUMBER_BYTES, "%.0f %%", percent);
    else /* 100 % is all, and nothing less */
        (void)snprintf(text, NUMBER_BYTES, "%.*f %%", percent < 0.995 ? 2 : 1, fmin(percent, 99.9));
    return text;
}

static const char *
put_time(char text[NUMBER_BYTES], double ms, const char *gap, const char *minute)
{
    const struct {
        double ms;
        const char *name;
    } units[] = {{1, "ms"}, {1000, "s"}, {60000, minute}, {3600000, "h"}, {86400000, "d"}};
    size_t unit = 0;

    if (ms < 0.005)
        return strcpy(text, "0");
    while (unit + 1 < sizeof units / sizeof units[0] && ms >= units[unit + 1].ms * 0.9995)
        unit++;
    double value = ms / units[unit].ms;
    if (value >= 99999.5)
        (void)snprintf(text, NUMBER_BYTES, "%.0e%s%s", value, gap, units[unit].name);
    else
        (void)snprintf(text, NUMBER_BYTES, "%.*f%s%s", value == floor(value) ? 0 : decimals(value), value,
                       gap, units[unit].name);
    return text;
}

const char *
number_time(char text[NUMBER_BYTES], double ms)
{
    return put_time(text, ms, "", "m");
}

const char *
number_time_unit(char text[NUMBER_BYTES], double ms, const char *gap)
{
    return put_time(text, ms, gap, "min");
}

const char *
number_span(char text[NUMBER_BYTES], double seconds)
{
    double minutes = floor(seconds / 60), hours = floor(seconds / 3600), days = floor(seconds / 86400);

    if (seconds < 60)
        (void)snprintf(text, NUMBER_BYTES, "%.*f s", seconds == floor(seconds) ? 0 : 3, seconds);
    else if (hours < 1)
        (void)snprintf(text, NUMBER_BYTES, "%.0f min %02.0f s", minutes, floor(seconds - 60 * minutes));
    else if (days < 1)
        (void)snprintf(text, NUMBER_BYTES, "%.0f h %02.0f min", hours, minutes - 60 * hours);
    else if (days < 1e6)
        (void)snprintf(text, NUMBER_BYTES, "%.0f d %02.0f h", days, hours - 24 * days);
    else
        (void)snprintf(text, NUMBER_BYTES, "%.2e d", days);
    return text;
}
