/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop that all readers share: from lines to rows, and from rows to whoever takes them. */
#include "rows.h"

#include <string.h>

#include "progress.h"

static bool
begins_with(const char *line, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

/* Lines that nfdump prints among its rows and that are none: that there are no rows, and (without -q) the
 * three lines of a summary behind them. */
static bool
is_noise(const char *line, size_t length, int *summary_left)
{
    if (begins_with(line, length, "Summary\n"))
        *summary_left = 3;
    else if (*summary_left == 2 && !begins_with(line, length, "flows,"))
        *summary_left = 0;
    if (*summary_left > 0)
        return (*summary_left)-- > 0;
    return begins_with(line, length, "No matching flows\n") ||
           begins_with(line, length, "No matched flows\n");
}

/* Whether a line is there for people only. */
static bool
is_remark(const char *line, size_t length)
{
    return line[0] == '#' || begins_with(line, length, "\n") || begins_with(line, length, "\r\n");
}

/* Finds the header line, the first one that is no comment.  Returns RUN_ENOUGH when there is no line. */
static enum run_result
read_header(const struct rows *rows, struct run *run, struct lines *lines)
{
    const char *line, *problem;
    size_t length;

    for (;;) {
        enum lines_result result = lines_next(lines, &line, &length);
        if (result == LINES_ERROR)
            return run_fail(run, "%s: %s", rows->place,
                            lines->too_long ? "the first line is too long" : rows->source_problem);
        if (result == LINES_END)
            return RUN_ENOUGH;
        if (rows->by_hand && is_remark(line, length))
            continue;
        if (layout_from_header(line, length, rows->layout, &problem) == -1)
            return run_fail(run, "%s: line %llu: %s", rows->place, (unsigned long long)lines->number,
                            problem);
        return RUN_OK;
    }
}

static enum run_result
take_line(const struct rows *rows, struct run *run, struct parser *parser, const char *line,
          size_t length, uint64_t number)
{
    if (!rows->by_hand && line[length - 1] != '\n')
        return run_bad_row(run, rows->place, number, "the row is cut off");
    run->counts.rows++;
    switch (parser_row(parser, line, length)) {
    case PARSE_FLOW:
        return rows->take(rows->context, &parser->row);
    case PARSE_NOT_IP:
        run->counts.not_ip++;
        return RUN_OK;
    case PARSE_BAD:
        break;
    }
    return run_bad_row(run, rows->place, number, parser->problem);
}

static enum run_result
read_rows(const struct rows *rows, struct run *run, struct lines *lines)
{
    struct parser parser;
    const char *line;
    size_t length;
    int summary_left = 0;
    enum lines_result got;
    enum run_result result = RUN_OK;

    if (parser_open(&parser, rows->layout) == -1)
        return run_fail(run, "no memory");
    while (result == RUN_OK && (got = lines_next(lines, &line, &length)) != LINES_END) {
        progress_poll();
        if (got == LINES_LINE) {
            if ((rows->by_hand && is_remark(line, length)) ||
                (rows->layout->from_nfdump && is_noise(line, length, &summary_left)))
                continue;
            result = take_line(rows, run, &parser, line, length, lines->number);
        } else if (lines->too_long)
            result = run_fail(run, "%s: line %llu is too long to be a row", rows->place,
                              (unsigned long long)lines->number);
        else
            result = run_fail(run, "%s: %s", rows->place, rows->source_problem);
    }
    parser_release(&parser);
    return result;
}

enum run_result
rows_read(const struct rows *rows, struct run *run, lines_source *source, void *source_context)
{
    struct lines lines;
    enum run_result result = RUN_OK;

    if (lines_open(&lines, source, source_context) == -1)
        return run_fail(run, "no memory");
    if (rows->header)
        result = read_header(rows, run, &lines);
    if (result == RUN_OK)
        result = read_rows(rows, run, &lines);
    lines_release(&lines);
    return result;
}
