/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as one JSON object on one line. */
#ifndef FTP_AS_JSON_H
#define FTP_AS_JSON_H

#include <stdio.h>

#include "compare.h"
#include "measures.h"

/* Writes the measures of a profile; with a reference also its measures, and the comparison of the two.
 * Both NULL: without. */
void as_json(FILE *out, const struct measures *m, const struct measures *reference,
             const struct comparison *c);

#endif
