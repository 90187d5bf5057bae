/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of nfcapd files, by way of nfdump. */
#ifndef FTP_NFFILE_H
#define FTP_NFFILE_H

#include <stdbool.h>

#include "nfdump.h"
#include "run.h"
#include "window.h"

enum nffile_format {
    FORMAT_AUTO,   /* the cheapest that is exact */
    FORMAT_BINARY, /* its own records */
    FORMAT_CSV,
    FORMAT_CSV_FAST,
    FORMAT_PIPE
};

struct nffile_options {
    const char *program;  /* nfdump */
    const char *multidir; /* nfdump -M, or NULL */
    const char *read;     /* nfdump -R */
    struct window window; /* nfdump -t */
    const char *filter;   /* a further nfdump filter, or NULL */
    struct interface interface;
    enum nffile_format format;
    bool biflow; /* read the counters of the other direction as well, as FORMAT_BINARY does anyway */
    bool verify; /* decompress all blocks of all files beforehand, and count */
};

/* Reads the flows of an interface.  Whatever nfdump does wrong, or says that went wrong, fails the run.
 */
enum run_result nffile_read(const struct nffile_options *o, struct run *run);

/* Prints a table of the exporters and interfaces in the capture to stdout. */
enum run_result nffile_list(const struct nffile_options *o, struct run *run);

#endif
