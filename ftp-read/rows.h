/* SPDX-License-Identifier: BSD-3-Clause */
/* A text of rows, from a program or a file, row by row. */
#ifndef FTP_ROWS_H
#define FTP_ROWS_H

#include "lines.h"
#include "parse.h"
#include "run.h"

/* What becomes of a row that is an IP flow. */
typedef enum run_result row_handler(void *context, const struct row *row);

struct rows {
    const char *place;          /* the name of the input in messages */
    const char *source_problem; /* says why the source failed, after it has */
    bool is_edited;             /* somebody may have edited it: blank lines and those that start with #
                                 * are skipped, and the last line may lack its newline.  A header of flow
                                 * text that starts with # promises an end line: see rows_read() */
    bool header;                /* the first line is a header that tells the layout */
    row_handler *take;
    void *context;

    /* Hears of lines of a program that are not rows, since they begin with a letter: nfdump 1.8
     * complains on standard output.  NULL: every line has to be a row. */
    void (*hear)(void *hear_context, const char *line);
    void *hear_context;

    struct layout *layout; /* given, or found in the header */

    bool is_empty; /* after rows_read(): there was no header where one was expected, or not one line */
};

/* Reads the text to its end, or until the taker has enough.
 *
 * ftp-write -t flows writes a header that starts with '#', and "# end N" after the last row when all went
 * well.  Where the first header is such a one, the run fails unless that line follows the last row,
 * before the next such header (of a further text, in whatever order its columns are) or the end of the
 * text.  So a failure before a filter of text is not lost in it. */
enum run_result rows_read(struct rows *rows, struct run *run, lines_source *source, void *source_context);

#endif
