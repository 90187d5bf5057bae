/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading what another program puts out, and judging whether that is all of it. */
#ifndef FTP_PROGRAM_H
#define FTP_PROGRAM_H

#include <stdbool.h>

#include "child.h"
#include "rows.h"

struct program {
    const char *name; /* for messages */
    char *const *argv;
    enum child_output output;
    /* Whether a line of its stderr means no loss: any other fails the run, as an exit status other than 0
     * does.  It is called once for each line. */
    bool (*is_harmless)(void *context, const char *line);
    /* If not NULL: whether its output is not known to be of use, or not yet.  Until it is, complaints are
     * kept back, and if it never is, neither they nor the exit status matter. */
    bool (*is_useless)(void *context);
    void *context; /* of both */
};

/* Reads the output of a child.  Returns RUN_OK at its end, and RUN_ENOUGH or RUN_FAILED before. */
typedef enum run_result program_reader(void *context, struct child *child, struct run *run);

/* Runs the program and has its output read.  Returns RUN_USELESS when it was useless. */
enum run_result program_run(const struct program *program, program_reader *read, void *context,
                            struct run *run);

/* Runs the program and reads the rows that it prints.  rows->place and rows->source_problem are set
 * here. */
enum run_result program_read(const struct program *program, struct rows *rows, struct run *run);

#endif
