/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libcsv finds the cells, a line at a time, so that a stray quotation mark cannot swallow the lines after
 * it and messages have the right line.  Every cell is a whole number in the range of its column, or the
 * row is bad.
 *
 * What makes a text a profile is its header: the ten columns, in any order, and no other.  Empty lines
 * and lines that start with # are passed over, as ft-generator does.
 */
#include "csvrows.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "text.h"

enum column {
    COLUMN_START,
    COLUMN_END,
    COLUMN_FAMILY,
    COLUMN_PROTO,
    COLUMN_SRC_PORT,
    COLUMN_DST_PORT,
    COLUMN_PACKETS,
    COLUMN_BYTES,
    COLUMN_PACKETS_REV,
    COLUMN_BYTES_REV
};

#define HEADER                                                                                           \
    "START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV"

static const struct column_type {
    const char *name;
    uint64_t max; /* 0: a time, which can be negative */
} columns[CSVROWS_COLUMNS] = {
    [COLUMN_START] = {"START_TIME", 0},
    [COLUMN_END] = {"END_TIME", 0},
    [COLUMN_FAMILY] = {"L3_PROTO", UINT8_MAX},
    [COLUMN_PROTO] = {"L4_PROTO", UINT8_MAX},
    [COLUMN_SRC_PORT] = {"SRC_PORT", UINT16_MAX},
    [COLUMN_DST_PORT] = {"DST_PORT", UINT16_MAX},
    [COLUMN_PACKETS] = {"PACKETS", UINT64_MAX},
    [COLUMN_BYTES] = {"BYTES", UINT64_MAX},
    [COLUMN_PACKETS_REV] = {"PACKETS_REV", UINT64_MAX},
    [COLUMN_BYTES_REV] = {"BYTES_REV", UINT64_MAX},
};

int
csvrows_open(struct csvrows *c, lines_source *source, void *context)
{
    c->problem.text[0] = '\0';
    if (csv_init(&c->parser, 0) != 0) {
        errno = ENOMEM;
        return -1;
    }
    if (lines_open(&c->lines, source, context) == 0)
        return 0;
    csv_free(&c->parser);
    return -1;
}

void
csvrows_release(struct csvrows *c)
{
    csv_free(&c->parser);
    lines_release(&c->lines);
}

static bool
is_remark(const char *line, size_t length)
{
    return line[0] == '#' || line[0] == '\n' || (length == 2 && memcmp(line, "\r\n", 2) == 0);
}

static enum csvrows_result
fail_line(struct csvrows *c, const char *what)
{
    problem_set(&c->problem, "line %" PRIu64 "%s", c->lines.number, what);
    return CSVROWS_ERROR;
}

/* ---- the header ---- */

/* The column of a name of n bytes, -1 for none. */
static int
find_column(const char *name, size_t n)
{
    for (int i = 0; i < CSVROWS_COLUMNS; i++)
        if (strlen(columns[i].name) == n && memcmp(columns[i].name, name, n) == 0)
            return i;
    return -1;
}

/* Finds the place of each column.  Returns whether the line is the header of a profile. */
static bool
take_header(struct csvrows *c, const char *line, size_t length)
{
    const char *end = line + length;
    bool is_seen[CSVROWS_COLUMNS] = {false};
    int n = 0;

    while (end > line && (end[-1] == '\n' || end[-1] == '\r'))
        end--;
    for (const char *name = line; name <= end; n++) {
        const char *comma = memchr(name, ',', (size_t)(end - name));
        const char *stop = comma ? comma : end;
        int column = find_column(name, (size_t)(stop - name));
        if (column == -1 || is_seen[column])
            return false;
        is_seen[column] = true;
        c->place[n] = (uint8_t)column;
        name = stop + 1;
    }
    return n == CSVROWS_COLUMNS;
}

/* Whether a line is the header of flow text, which may start with a # (ftp-write -t flows). */
static bool
is_flow_text(const char *line, size_t length)
{
    return memmem(line, length, "START_TIME", 10) && memmem(line, length, "DURATION", 8) &&
           memmem(line, length, "SRC_IP", 6);
}

enum csvrows_result
csvrows_header(struct csvrows *c)
{
    char quoted[PROBLEM_QUOTED_BYTES];
    const char *line;
    size_t length;
    enum lines_result result;

    while ((result = lines_next(&c->lines, &line, &length)) == LINES_LINE) {
        if (take_header(c, line, length))
            return line[length - 1] == '\n' ? CSVROWS_ROW : fail_line(c, ": the header is cut off");
        if (is_flow_text(line, length)) {
            problem_set(&c->problem, "flow text, but a profile is needed: ftp-read csvfile and ftp-merge "
                                     "are missing in between");
            return CSVROWS_ERROR;
        }
        if (is_remark(line, length))
            continue;
        problem_quote(quoted, line, strcspn(line, "\r\n"));
        problem_set(&c->problem,
                    "line %" PRIu64 ": %s is neither the header of a profile (" HEADER
                    ") nor the beginning of a biflow stream",
                    c->lines.number, quoted);
        return CSVROWS_ERROR;
    }
    if (result == LINES_END)
        problem_set(&c->problem,
                    "no input: not even a header line, so the program before this one failed");
    else if (c->lines.too_long)
        problem_set(&c->problem, "neither a profile nor a biflow stream");
    return CSVROWS_ERROR;
}

/* ---- rows ---- */

/* Notes what is wrong with a cell, unless the row is bad already. */
static void
refuse_cell(struct csvrows *c, int cell, enum column column, const char *s, size_t n)
{
    char quoted[PROBLEM_QUOTED_BYTES];

    if (c->is_bad)
        return;
    c->is_bad = true;
    problem_quote(quoted, s, n);
    if (columns[column].max == 0)
        problem_set(&c->problem, "line %" PRIu64 ": column %d (%s): %s is not a time of 64 bits",
                    c->lines.number, cell + 1, columns[column].name, quoted);
    else
        problem_set(&c->problem,
                    "line %" PRIu64 ": column %d (%s): %s is not a number from 0 to %" PRIu64,
                    c->lines.number, cell + 1, columns[column].name, quoted, columns[column].max);
}

static void
on_cell(void *text, size_t n, void *context)
{
    struct csvrows *c = context;
    int cell = c->cells++;

    /* A carriage return ends a row, so that one in the middle makes two of a line. */
    if (c->ended && !c->is_bad) {
        c->is_bad = true;
        (void)fail_line(c, ": a carriage return inside the row");
    }
    if (cell >= CSVROWS_COLUMNS)
        return;
    enum column column = c->place[cell];
    uint64_t max = columns[column].max;
    if (max == 0) {
        int64_t time;
        if (text_get_i64(text, n, &time)) {
            c->numbers[column] = (uint64_t)time;
            return;
        }
    } else if (text_get_u64(text, n, max, &c->numbers[column])) {
        return;
    }
    refuse_cell(c, cell, column, text, n);
}

static void
on_row_end(int terminator, void *context)
{
    struct csvrows *c = context;

    (void)terminator;
    c->ended = true;
}

static void
make_biflow(const struct csvrows *c, struct biflow *b)
{
    const uint64_t *n = c->numbers;

    *b = (struct biflow){.start = (int64_t)n[COLUMN_START],
                         .end = (int64_t)n[COLUMN_END],
                         .family = (uint8_t)n[COLUMN_FAMILY],
                         .proto = (uint8_t)n[COLUMN_PROTO],
                         .src_port = (uint16_t)n[COLUMN_SRC_PORT],
                         .dst_port = (uint16_t)n[COLUMN_DST_PORT],
                         .packets = n[COLUMN_PACKETS],
                         .bytes = n[COLUMN_BYTES],
                         .packets_rev = n[COLUMN_PACKETS_REV],
                         .bytes_rev = n[COLUMN_BYTES_REV]};
}

static enum csvrows_result
take_row(struct csvrows *c, const char *line, size_t length, struct biflow *b)
{
    c->cells = 0;
    c->is_bad = c->ended = false;
    if (line[length - 1] != '\n')
        return fail_line(c, ": the row is cut off, the last one too has to end with a newline");
    if (csv_parse(&c->parser, line, length, on_cell, on_row_end, c) != length) {
        errno = ENOMEM;
        problem_set_errno(&c->problem, "line %" PRIu64, c->lines.number);
        return CSVROWS_ERROR;
    }
    if (!c->ended && memchr(line, '"', length))
        return fail_line(c, ": a quotation mark without its partner");
    if (c->is_bad)
        return CSVROWS_ERROR;
    if (c->cells != CSVROWS_COLUMNS) {
        problem_set(&c->problem, "line %" PRIu64 ": %d columns, but a row of a profile has %d",
                    c->lines.number, c->cells, CSVROWS_COLUMNS);
        return CSVROWS_ERROR;
    }
    make_biflow(c, b);
    return CSVROWS_ROW;
}

/* What is wrong with the row as a whole, NULL when nothing is. */
static const char *
row_problem(const struct biflow *b)
{
    return b->family != 4 && b->family != 6 ? "its L3_PROTO is neither 4 nor 6" : biflow_problem(b);
}

enum csvrows_result
csvrows_next(struct csvrows *c, struct biflow *b)
{
    const char *line;
    size_t length;

    for (;;) {
        enum lines_result result = lines_next(&c->lines, &line, &length);
        if (result == LINES_END)
            return CSVROWS_END;
        if (result == LINES_ERROR)
            return c->lines.too_long ? fail_line(c, " is too long to be a row") : CSVROWS_ERROR;
        if (is_remark(line, length))
            continue;
        if (take_row(c, line, length, b) == CSVROWS_ERROR)
            return CSVROWS_ERROR;
        const char *problem = row_problem(b);
        if (!problem)
            return CSVROWS_ROW;
        problem_set(&c->problem, "line %" PRIu64 " is not a row of a profile: %s", c->lines.number,
                    problem);
        return CSVROWS_ERROR;
    }
}
