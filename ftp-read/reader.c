/* SPDX-License-Identifier: BSD-3-Clause */
/* The options that all readers have. */
#include "reader.h"

struct reader_options reader_options;

const struct cli_option reader_rows[] = {
    {'k', "keep-going", NULL, "skip rows that cannot be read", .flag = &reader_options.keep_going},
    {0},
};
