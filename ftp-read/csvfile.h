/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of text files: flow text, or what nfdump printed at some other time. */
#ifndef FTP_CSVFILE_H
#define FTP_CSVFILE_H

#include "run.h"

/* Reads a file, plain or gzipped, "-" for standard input. */
enum run_result csvfile_read(const char *file, struct run *run);

#endif
