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
    bool may_be_useless; /* there is another way: otherwise RUN_USELESS is RUN_FAILED */
    row_handler *take;
    void *context;

    uint64_t flows;     /* that came, counted as nfdump -I counts them, with those that are not IP */
    struct problem why; /* after RUN_USELESS: what is wrong with the records */
};

/* Has nfdump write its records into a pipe and reads them.  All of them have come after RUN_OK; after
 * RUN_USELESS they are of a format that we cannot read, or nfdump could not write them at all. */
enum run_result binary_read(struct binary *b, struct run *run);

#endif
