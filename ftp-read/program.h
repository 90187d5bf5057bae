/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading the rows that another program prints, and judging whether it printed all of them. */
#ifndef FTP_PROGRAM_H
#define FTP_PROGRAM_H

#include <stdbool.h>

#include "rows.h"

/* Runs argv[0] and reads its rows.  name is what messages call it; a line on its stderr that is not
 * harmless means that something was lost, and fails the run like an exit status other than 0 does.
 * rows->place and rows->source_problem are set here. */
enum run_result program_read(const char *name, char *const argv[], bool (*is_harmless)(const char *line),
                             struct rows *rows, struct run *run);

#endif
