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

enum parse_result {
    PARSE_BAD = -1,   /* not a row of this layout */
    PARSE_NOT_IP = 0, /* a row to leave out: ARP and the like, or the outer header of a tunnel */
    PARSE_FLOW = 1
};

/* A row as its cells say, before they are put together. */
struct row {
    struct flow flow;
    uint64_t duration; /* ms */
    bool duration_negative;
    bool duration_wrapped; /* too long to be one */
    bool end_known;        /* flow.end came from a cell */
    bool duration_known;
    int src_family; /* 4, 6; 0 when the cell is empty or addresses come as words */
    int dst_family;
    uint32_t src_words[4];
    uint32_t dst_words[4];
    uint32_t in_interface;
    uint32_t out_interface;
    uint32_t address_family; /* 2 or 10 */
    uint8_t exporter[16];
    int exporter_family;
};

struct parser {
    struct csv_parser csv;
    const struct layout *layout;
    bool has_family;    /* the layout has a column for it */
    bool has_words;     /* the layout has addresses as words */
    bool has_addresses; /* the layout has addresses at all */
    int column;         /* that comes next */
    bool row_ended;
    bool bad;
    bool family_known; /* its cell was read */
    enum role missing; /* a column other than of addresses and ports whose cell is empty */
    struct row row;
    char problem[160]; /* why the last row is PARSE_BAD */
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
