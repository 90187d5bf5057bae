/* SPDX-License-Identifier: BSD-3-Clause */
/* The plots of the HTML report, each a figure with a caption. */
#ifndef FTP_PLOTS_H
#define FTP_PLOTS_H

#include <stdio.h>

#include "compare.h"
#include "measures.h"

/* What happens over time: the four plots of FlowTest's visualizer.  The reference can be NULL. */
void plots_over_time(FILE *out, const struct measures *m, const struct measures *reference);

/* A figure with a cumulative curve for each distribution. */
void plots_of_distributions(FILE *out, const struct measures *m, const struct measures *reference,
                            const struct comparison *c);

#endif
