/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers as people read them, and as programs do.  All of them write text that ends with a NUL and
 * return it; the point is a point in every locale that leaves LC_NUMERIC alone. */
#ifndef FTP_NUMBERS_H
#define FTP_NUMBERS_H

#include <stdint.h>

enum { NUMBER_BYTES = 48 };

/* A decimal number that is read back as the same double, as JSON takes it, without needless digits. */
const char *number_exact(char text[NUMBER_BYTES], double value);

/* The SI prefix by which a value has at most three digits before its point, '\0' for none.  Divides the
 * value by it. */
char number_prefix(double *value);

/* Three significant digits and an SI prefix, in at most 6 characters: 0, 0.012, 12.3, 999, 1.23k,
 * 45.6M. */
const char *number_short(char text[NUMBER_BYTES], double value);

/* The same with a blank before the prefix, and a unit: 4.15 G, 2.32 Gbit/s, 40 B. */
const char *number_unit(char text[NUMBER_BYTES], double value, const char *unit);

/* A count with its digits in groups of three, with a separator: 1 234 567. */
const char *number_grouped(char text[NUMBER_BYTES], uint64_t value, const char *separator);

/* A share of 0 to 1 as "12.3 %", "100 %", "0.01 %". */
const char *number_percent(char text[NUMBER_BYTES], double share);

/* A time in ms, with three significant digits and its unit, in at most 6 characters: 12ms, 1.23s, 45.6m,
 * 12h, 3.4d. */
const char *number_time(char text[NUMBER_BYTES], double ms);

/* The same with a gap before the unit, and minutes as min. */
const char *number_time_unit(char text[NUMBER_BYTES], double ms, const char *gap);

/* A time in seconds in two units: "12.345 s", "5 min 03 s", "1 h 00 min", "3 d 04 h". */
const char *number_span(char text[NUMBER_BYTES], double seconds);

#endif
