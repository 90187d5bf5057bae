/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow records out of nfcapd files, by way of nfdump. */
#ifndef FTP_NFDUMP_FLOWS_H
#define FTP_NFDUMP_FLOWS_H

#include <stdbool.h>

#include "captures.h"
#include "nfdump.h"
#include "run.h"
#include "window.h"

enum nfdump_format {
    FORMAT_AUTO,   /* the cheapest that is exact */
    FORMAT_BINARY, /* its own records */
    FORMAT_CSV,
    FORMAT_CSV_FAST,
    FORMAT_PIPE
};

/* What is asked for. */
struct nfdump_request {
    const char *program; /* nfdump */
    struct captures_selection selection;
    struct window window;
    const char *filter; /* a further nfdump filter, or NULL */
    struct interface interface;
    enum nfdump_format format;
    bool biflow; /* read the counters of the other direction as well, as FORMAT_BINARY does anyway */
    bool verify; /* have nfdump read all files beforehand */
};

/* Puts the flows of an interface into the stream of a run.  Whatever nfdump does wrong, or says that went
 * wrong, fails the run. */
enum run_result nfdump_flows_read(const struct nfdump_request *q, struct run *run);

/* Prints a table of the exporters and interfaces in the files to standard output, as interfaces_print()
 * does for verbose. */
enum run_result nfdump_flows_list(const struct nfdump_request *q, int verbose, struct run *run);

/* Prints the names of the files to standard output, one a line, after they were checked. */
enum run_result nfdump_flows_print_files(const struct nfdump_request *q, struct run *run);

#endif
