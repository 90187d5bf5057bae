/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as a page for the terminal, 80 columns wide. */
#ifndef FTP_AS_TEXT_H
#define FTP_AS_TEXT_H

#include <stdio.h>

#include "compare.h"
#include "measures.h"

/* Writes the measures of a profile, or beside those of a reference with what differs (both NULL:
 * without). Small curves are drawn in UTF-8 where that is the encoding of the locale (LC_CTYPE), else in
 * ASCII. */
void as_text(FILE *out, const struct measures *m, const struct measures *reference,
             const struct comparison *c);

#endif
