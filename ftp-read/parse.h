/* SPDX-License-Identifier: BSD-3-Clause */
/* One row of text into one flow record. */
#ifndef FTP_PARSE_H
#define FTP_PARSE_H

#include <csv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow.h"
#include "layout.h"
#include "problem.h"

enum parse_result {
    PARSE_BAD = -1,   /* not a row of this layout */
    PARSE_NOT_IP = 0, /* a row to leave out: ARP and the like, or the outer header of a tunnel */
    PARSE_FLOW = 1
};

/* Where a flow was metered (flowDirection, IANA element 61). */
enum direction { DIRECTION_UNTOLD, DIRECTION_INGRESS, DIRECTION_EGRESS, DIRECTION_OTHER };

/* What a row says.  Columns that the layout lacks are 0. */
struct row {
    struct flow flow;
    uint32_t in_interface;
    uint32_t out_interface;
    uint8_t exporter[16];
    int exporter_family; /* 4, 6 */
    enum direction direction;
};

struct duration {
    uint64_t ms;
    bool negative;
    bool wrapped; /* too long to be one */
};

struct parser {
    struct csv_parser csv;
    const struct layout *layout;
    bool has[ROLES];   /* the layout has a column of the role */
    int column;        /* that comes next */
    int taken_columns; /* cells from here on are not looked at */
    bool row_ended;
    bool bad;
    bool garbage;      /* the row says that it is not IP, and may have anything in its addresses */
    enum role missing; /* a column other than of addresses and ports whose cell is empty */
    uint64_t
        numbers[ROLES]; /* cells that are numbers; times of any form are in ROLE_START_MS, ROLE_END_MS */
    struct duration duration;
    int src_family; /* 4, 6; 0 when the cell is empty */
    int dst_family;
    struct row row;
    struct problem problem; /* why the last row is PARSE_BAD */
};

/* Prepares to read rows of a layout, which has to outlive the parser.  Returns 0, or -1 when there is
 * no memory. */
int parser_open(struct parser *p, const struct layout *layout);

/* Reads one row; the line may end with a newline.  After PARSE_FLOW, p->row has the flow and what else
 * the layout knows (interfaces, exporter). */
enum parse_result parser_row(struct parser *p, const char *line, size_t length);

/* Frees the memory of a parser. */
void parser_release(struct parser *p);

#endif
