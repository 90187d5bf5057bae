/* SPDX-License-Identifier: BSD-3-Clause */
/* A record stream in, its rows out. */
#ifndef FTP_CONVERT_H
#define FTP_CONVERT_H

#include "out.h"
#include "stream.h"

enum convert_result {
    CONVERT_DONE,      /* all rows up to the trailer of the stream were put; the output is still open */
    CONVERT_BAD_INPUT, /* in->problem says why */
    CONVERT_BAD_OUTPUT /* out->problem says why */
};

/* Puts the header line and a row for each record of the stream, which is of the kind that in was opened
 * for: a profile of biflows, each of which is held against biflow_problem(), or a list of flows, which
 * ends with a line that tells so. */
enum convert_result convert(struct stream_reader *in, struct out *out);

#endif
