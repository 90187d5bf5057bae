/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of FDS files, which ipfixcol2 writes, by way of fdsdump. */
#ifndef FTP_FDSFILE_H
#define FTP_FDSFILE_H

#include <stddef.h>

#include "run.h"

struct fdsfile_options {
    const char *program;   /* fdsdump */
    const char *filter;    /* fdsdump -F, or NULL */
    const char **patterns; /* file names, with the wildcards of glob(7) */
    size_t pattern_count;
};

/* Reads the flows of all files.  A biflow record comes as two flows, as fdsdump prints it. */
enum run_result fdsfile_read(const struct fdsfile_options *o, struct run *run);

#endif
