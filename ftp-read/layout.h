/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the columns of a text mean: each of the formats that we read is a list of column roles, told
 * apart by its header line, or given by whoever asked a program for it.
 */
#ifndef FTP_LAYOUT_H
#define FTP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

#include "problem.h"

enum role {
    ROLE_NONE, /* a column we have no use for */
    ROLE_START_MS,
    ROLE_END_MS,
    ROLE_START_WHOLE_SECONDS, /* the start without its ms, which are in ROLE_START_FRACTION */
    ROLE_START_FRACTION,
    ROLE_END_WHOLE_SECONDS,
    ROLE_END_FRACTION,
    ROLE_START_SECONDS, /* with a fraction */
    ROLE_END_SECONDS,
    ROLE_START_DATE, /* 2023-11-14 22:13:20[.123], UTC */
    ROLE_END_DATE,
    ROLE_DURATION, /* seconds with a fraction */
    ROLE_PROTO,    /* a number, or a name as nfdump has them */
    ROLE_SRC_ADDRESS,
    ROLE_DST_ADDRESS,
    ROLE_SRC_WORD0, /* addresses as four 32-bit numbers, IPv4 in the last */
    ROLE_SRC_WORD1,
    ROLE_SRC_WORD2,
    ROLE_SRC_WORD3,
    ROLE_DST_WORD0,
    ROLE_DST_WORD1,
    ROLE_DST_WORD2,
    ROLE_DST_WORD3,
    ROLE_SRC_PORT,
    ROLE_DST_PORT, /* or TYPE.CODE of ICMP */
    ROLE_PACKETS,
    ROLE_BYTES,
    ROLE_PACKETS_REV,
    ROLE_BYTES_REV,
    ROLE_IN_INTERFACE,
    ROLE_OUT_INTERFACE,
    ROLE_EXPORTER,
    ROLE_ADDRESS_FAMILY, /* 2 or 10; 0 for what is not IP */
    ROLES
};

enum { LAYOUT_MAX_COLUMNS = 64 };

struct layout {
    const char *name; /* for messages */
    char delimiter;
    bool whole_seconds; /* start times have no ms */
    bool has_empty;     /* cells may be empty (fdsdump): ports are 0 then */
    bool from_nfdump;   /* with its ways to print what is not IP, and what ends before it starts */
    int columns;
    unsigned char roles[LAYOUT_MAX_COLUMNS];
};

/* The layouts of nfdump outputs that have no header line. */
extern const struct layout layout_pipe;    /* -o pipe of 1.7.0 to 1.7.4 */
extern const struct layout layout_pipe_16; /* -o pipe of 1.6 */
extern const struct layout layout_classic; /* -q -o csv before 1.7.5 */

/* Outputs that nfdump prints as it is told to, and the layouts of these.  The duration takes the place of
 * the end, which 1.7.1 prints wrong. */
#define NFDUMP_FMT_BIFLOW "fmt:%tsr,%td,%pr,%sa,%da,%sp,%dp,%ipkt,%ibyt,%opkt,%obyt,%in,%out"
#define NFDUMP_FMT_LIST "fmt:%tsr,%td,%ra,%in,%out,%ipkt,%ibyt,%opkt,%obyt"
#define NFDUMP_CSV_LIST "csv:%tsr,%ter,%ra,%in,%out,%ipkt,%ibyt,%opkt,%obyt"
#define NFDUMP_CSV_BIFLOW "csv:%tsr,%ter,%pr,%sa,%da,%sp,%dp,%ipkt,%ibyt,%opkt,%obyt,%in,%out"
extern const struct layout layout_fmt_biflow;
extern const struct layout layout_fmt_list;

/* Recognises a header line (with or without its newline).  Returns 0 with the layout, or -1 with the
 * problem. */
int layout_from_header(const char *line, size_t length, struct layout *layout, struct problem *problem);

/* Recognises a header line of flow text that has one '#' before it, and so promises an end line.  Returns
 * whether the line is one, with the layout. */
bool layout_from_promise(const char *line, size_t length, struct layout *layout);

/* Whether a line (with its newline, without which it may be cut off) is the end line "# end N". */
bool layout_is_end_line(const char *line, size_t length);

/* The name of a role in messages. */
const char *role_name(enum role role);

#endif
