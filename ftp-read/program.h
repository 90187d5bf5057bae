/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading the rows that another program prints, and judging whether it printed all of them. */
#ifndef FTP_PROGRAM_H
#define FTP_PROGRAM_H

#include <stdbool.h>

#include "rows.h"

struct program {
    const char *name; /* for messages */
    char *const *argv;
    bool (*is_harmless)(const char *line); /* of its stderr: any other line means that something was lost,
                                            * and fails the run like an exit status other than 0 does */
    bool buffered;                         /* as for child_start() */
};

/* Runs the program and reads its rows.  rows->place and rows->source_problem are set here. */
enum run_result program_read(const struct program *program, struct rows *rows, struct run *run);

#endif
