/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records as rows of text: the profile (biflows) and its counterpart with addresses (flows).
 *
 * Flow text is what people put filters of theirs into, and such a filter ends well whatever the program
 * before it did.  So the header of flow text starts with '#', which promises a last line that ftp-read
 * csvfile then insists on.
 */
#ifndef FTP_FORMAT_H
#define FTP_FORMAT_H

#include <inttypes.h>

#include "flow.h"

#define FORMAT_PROFILE_HEADER                                                                            \
    "START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV\n"
#define FORMAT_FLOWS_HEADER                                                                              \
    "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV\n"

enum {
    FORMAT_MAX_ROW_BYTES = 256 /* room for any row and for the headers */
};

/* The first line of flow text promises the last one, which says that all went well, with the number of
 * rows. */
#define FORMAT_FLOWS_START "#" FORMAT_FLOWS_HEADER
#define FORMAT_FLOWS_END "# end %" PRIu64 "\n"

/* These write a row, its newline included, at p, where there are FORMAT_MAX_ROW_BYTES, and return its
 * end; nothing is terminated, and what comes after that end is undefined.  Times of a biflow are
 * milliseconds; those of a flow become seconds with three digits after the point, the duration below zero
 * where the flow ends before it starts. */
char *format_biflow(char *p, const struct biflow *b);
char *format_flow(char *p, const struct flow *f);

#endif
