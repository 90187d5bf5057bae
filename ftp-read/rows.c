/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop that all readers share: from lines to rows, and from rows to whoever takes them. */
#include "rows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "progress.h"

static bool
begins_with(const char *line, size_t length, const char *prefix)
{
    return length >= strlen(prefix) && memcmp(line, prefix, strlen(prefix)) == 0;
}

/* How far the summary has come that nfdump (without -q) prints after its rows. */
enum summary { SUMMARY_NONE, SUMMARY_TITLE, SUMMARY_NAMES };

/* Whether a line has nothing but digits and commas. */
static bool
is_numbers(const char *line, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        if (line[i] != ',' && (line[i] < '0' || line[i] > '9'))
            return false;
    return true;
}

/* Whether a line is the next one of a summary: its title, the names of its numbers, or the numbers. */
static bool
is_of_summary(const char *line, size_t length, enum summary *summary)
{
    enum summary before = *summary;

    *summary = SUMMARY_NONE;
    if (before == SUMMARY_NAMES && is_numbers(line, length))
        return true;
    if (before == SUMMARY_TITLE && begins_with(line, length, "flows,bytes,packets,"))
        *summary = SUMMARY_NAMES;
    else if (begins_with(line, length, "Summary\n"))
        *summary = SUMMARY_TITLE;
    return *summary != SUMMARY_NONE;
}

/* Whether a line is one that nfdump prints among its rows and that is not a row. */
static bool
is_noise(const char *line, size_t length, enum summary *summary)
{
    return is_of_summary(line, length, summary) || begins_with(line, length, "No matching flows\n") ||
           begins_with(line, length, "No matched flows\n");
}

/* Whether a line is a message of the program, which then is passed on.  A row has some commas. */
static bool
is_message(const struct rows *rows, const char *line, size_t length)
{
    enum { FEW_COMMAS = 4 };
    char text[PROBLEM_BYTES];
    int commas = 0;

    if (!rows->hear || !isalpha((unsigned char)line[0]))
        return false;
    for (size_t i = 0; i < length; i++)
        commas += line[i] == ',' || line[i] == '|';
    if (commas > FEW_COMMAS)
        return false;
    (void)snprintf(text, sizeof text, "%.*s", (int)(length - (line[length - 1] == '\n')), line);
    rows->hear(rows->hear_context, text);
    return true;
}

/* Whether a line is there for people only. */
static bool
is_remark(const char *line, size_t length)
{
    return line[0] == '#' || begins_with(line, length, "\n") || begins_with(line, length, "\r\n");
}

/* A text that is being read. */
struct reading {
    const struct rows *rows;
    struct run *run;
    struct lines lines;
    struct parser parser;
    bool promised; /* the header in use promises an end line */
    bool ended;    /* there was one, and no row after it */
};

/* Passes over the mark that editors of Windows put before the first line. */
static void
skip_byte_order_mark(const struct rows *rows, uint64_t number, const char **line, size_t *length)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (!rows->is_edited || number != 1 || !begins_with(*line, *length, mark))
        return;
    *line += sizeof mark - 1;
    *length -= sizeof mark - 1;
}

/* Finds the header line, the first one that is not a comment.  Returns RUN_ENOUGH when there is none. */
static enum run_result
read_header(struct reading *r)
{
    const struct rows *rows = r->rows;
    struct lines *lines = &r->lines;
    struct problem problem;
    const char *line;
    size_t length;

    for (;;) {
        enum lines_result result = lines_next(lines, &line, &length);
        if (result == LINES_ERROR)
            return run_fail(r->run, "%s: %s", rows->place,
                            lines->too_long ? "the first line is too long" : rows->source_problem);
        if (result == LINES_END)
            return RUN_ENOUGH;
        skip_byte_order_mark(rows, lines->number, &line, &length);
        if (rows->is_edited && is_remark(line, length)) {
            r->promised = layout_from_promise(line, length, rows->layout);
            if (r->promised)
                return RUN_OK;
            continue;
        }
        if (is_message(rows, line, length))
            continue;
        if (layout_from_header(line, length, rows->layout, &problem) == -1)
            return run_fail(r->run, "%s: line %llu: %s", rows->place, (unsigned long long)lines->number,
                            problem.text);
        return RUN_OK;
    }
}

/* Fails the run if the rows read so far were promised an end line that has not come. */
static enum run_result
check_promise(struct reading *r)
{
    if (!r->promised || r->ended)
        return RUN_OK;
    return run_fail(r->run,
                    "%s: line %llu: the rows are not followed by the end line ('# end N') that their "
                    "header promises: the program before failed, or a filter left the line out; "
                    "let lines that start with # pass, or drop the promise with sed '1s/^#//'",
                    r->rows->place, (unsigned long long)r->lines.number);
}

/* Takes a line that is there for people only, unless the text began with a promise: then it may be the
 * end line, or the header of a further text. */
static enum run_result
take_remark(struct reading *r, const char *line, size_t length)
{
    struct layout layout;

    if (!r->promised)
        return RUN_OK;
    if (layout_is_end_line(line, length)) {
        r->ended = true;
        return RUN_OK;
    }
    if (!layout_from_promise(line, length, &layout))
        return RUN_OK;
    enum run_result result = check_promise(r);
    *r->rows->layout = layout;
    r->ended = false;
    parser_release(&r->parser);
    if (parser_open(&r->parser, r->rows->layout) == -1)
        return run_fail(r->run, "no memory");
    return result;
}

static enum run_result
take_line(const struct rows *rows, struct run *run, struct parser *parser, const char *line,
          size_t length, uint64_t number)
{
    if (!rows->is_edited && line[length - 1] != '\n')
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
    return run_bad_row(run, rows->place, number, parser->problem.text);
}

static enum run_result
read_rows(struct reading *r)
{
    const struct rows *rows = r->rows;
    const char *line;
    size_t length;
    enum summary summary = SUMMARY_NONE;
    enum lines_result got;
    enum run_result result = RUN_OK;

    if (parser_open(&r->parser, rows->layout) == -1)
        return run_fail(r->run, "no memory");
    while (result == RUN_OK && (got = lines_next(&r->lines, &line, &length)) != LINES_END) {
        progress_poll();
        if (got == LINES_ERROR)
            result = r->lines.too_long ? run_fail(r->run, "%s: line %llu is too long to be a row",
                                                  rows->place, (unsigned long long)r->lines.number)
                                       : run_fail(r->run, "%s: %s", rows->place, rows->source_problem);
        else if (rows->is_edited && is_remark(line, length))
            result = take_remark(r, line, length);
        else if (rows->layout->from_nfdump && is_noise(line, length, &summary))
            continue;
        else if (!is_message(rows, line, length)) {
            r->ended = false;
            result = take_line(rows, r->run, &r->parser, line, length, r->lines.number);
        }
    }
    parser_release(&r->parser);
    return result == RUN_OK ? check_promise(r) : result;
}

enum run_result
rows_read(struct rows *rows, struct run *run, lines_source *source, void *source_context)
{
    struct reading reading = {.rows = rows, .run = run};
    enum run_result result = RUN_OK;

    if (lines_open(&reading.lines, source, source_context) == -1)
        return run_fail(run, "no memory");
    if (rows->header)
        result = read_header(&reading);
    rows->is_empty = result == RUN_ENOUGH;
    if (rows->is_empty)
        result = RUN_OK;
    else if (result == RUN_OK)
        result = read_rows(&reading);
    rows->is_empty |= reading.lines.number == 0;
    lines_release(&reading.lines);
    return result;
}
