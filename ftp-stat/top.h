/* SPDX-License-Identifier: BSD-3-Clause */
/* The protocols or ports that most biflows have. */
#ifndef FTP_TOP_H
#define FTP_TOP_H

#include "totals.h"

/* Finds the numbers of up to `most` tallies of n that have the most biflows, the most first, of equal
 * ones the lower number; none without biflows.  Returns how many they are. */
int top_find(const struct tally *tallies, unsigned n, unsigned *numbers, int most);

#endif
