/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as one HTML file that needs no other. */
#ifndef FTP_AS_HTML_H
#define FTP_AS_HTML_H

#include <stdio.h>

#include "compare.h"
#include "measures.h"

/* Writes the measures of a profile, or beside those of a reference with what differs (both NULL:
 * without). */
void as_html(FILE *out, const struct measures *m, const struct measures *reference,
             const struct comparison *c);

#endif
