/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A reader of ftp-read: one kind of input, with its own command line.
 *
 * Each reader is a file of its own, which defines one struct reader, and a line in the list of main.c.
 * What stands here is all that main.c and the readers know of each other.
 */
#ifndef FTP_READER_H
#define FTP_READER_H

#include <stdbool.h>

#include "cli.h"
#include "run.h"

struct reader {
    const struct cli *cli; /* its name is the command; its tables end with reader_rows */

    /* Reads all flows that the command line asks for into the stream of the run. */
    enum run_result (*read)(struct run *run);

    /* Says, after a run without a flow, what was looked for in vain, and what to do. */
    void (*describe_nothing)(struct problem *p);

    /* Does what the command line asks for in place of a stream, such as a list on standard output.
     * Returns RUN_USELESS when it asks for no such thing.  NULL: there is no such option. */
    enum run_result (*print)(struct run *run);
};

extern const struct reader nffile_reader, csvfile_reader, fdsfile_reader;

/* What the options of all readers say, and their rows. */
struct reader_options {
    bool keep_going; /* -k */
    struct cli_common common;
};
extern struct reader_options reader_options;
extern const struct cli_option reader_rows[];

#endif
