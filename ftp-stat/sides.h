/* SPDX-License-Identifier: BSD-3-Clause */
/* A profile and a reference side by side: the rows that both pages have. */
#ifndef FTP_SIDES_H
#define FTP_SIDES_H

#include "compare.h"
#include "measures.h"

enum sides_group { SIDES_TOTALS, SIDES_RATIOS, SIDES_PROTOCOLS, SIDES_PORTS };

struct sides_row {
    enum sides_group group;
    const char *name;
    const char *value; /* as text, likewise the reference */
    const char *reference;
    double percent; /* how much they differ */
};

typedef void sides_put(void *context, const struct sides_row *row);

/* Hands over all rows but those of distributions, group by group: totals and rates, and what the sampler
 * compares. */
void sides_each(const struct measures *m, const struct measures *reference, const struct comparison *c,
                sides_put *put, void *context);

#endif
