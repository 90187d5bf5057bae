/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading nfdump's own records from nfdump. */
#ifndef FTP_BINARY_H
#define FTP_BINARY_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"
#include "rows.h"
#include "run.h"

struct binary {
    char *const *argv;   /* nfdump -w CHILD_PIPE_NAME ... */
    bool may_lack_files; /* a period was given, and nfdump may find no file of it */
    rows_taker *take;
    void *context;

    uint64_t flows;  /* that came, counted as nfdump -I counts them, with those that are not IP */
    bool is_foreign; /* after RUN_FAILED: nothing was lost, but the records are of a format that we cannot
                      * read */
    struct problem why; /* that is so */
};

/* Has nfdump write its records into a pipe and reads them.  All of them have come after RUN_OK. */
enum run_result binary_read(struct binary *b, struct run *run);

#endif
