/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump writes its records into a pipe as it would into a file.  At the end it wants to go back to fill
 * in the header and to add its statistics, and says in three lines that it cannot.  These lines show that
 * it wrote all that it had to write, so they have to come, and nothing after them.
 */
#include "binary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nfdump.h"
#include "program.h"
#include "progress.h"
#include "records.h"

enum { LAST_LINES = 3 };

struct reading {
    struct binary *binary;
    bool is_readable; /* the records began as they have to */
    bool lacks_files; /* nfdump said that there is none to read */
    int last_lines;   /* of the three that have come */
};

/* Whether a line is "lseek() error in nffile.c line 414: Illegal seek", with any path and number. */
static bool
says_no_seek(const char *line)
{
    static const char begin[] = "lseek() error in ", place[] = "nffile.c line ";
    const char *number = strstr(line, place);
    int end = 0;

    if (strncmp(line, begin, sizeof begin - 1) != 0 || !number)
        return false;
    number += sizeof place - 1;
    (void)sscanf(number, "%*u: %n", &end);
    return end > 0 && strcmp(number + end, strerror(ESPIPE)) == 0;
}

static bool
is_next_of_last(const struct reading *reading, const char *line)
{
    switch (reading->last_lines) {
    case 0:
    case 2:
        return says_no_seek(line);
    case 1:
        return strcmp(line, "Failed to write appendix") == 0;
    default:
        return false;
    }
}

/* Judges a line that nfdump wrote to stderr or stdout. */
static bool
is_harmless(void *context, const char *line)
{
    struct reading *reading = context;

    if (is_next_of_last(reading, line)) {
        reading->last_lines++;
        return true;
    }
    if (strcmp(line, "No matching flows") == 0)
        return true;
    if (reading->binary->may_lack_files && strcmp(line, "Empty file list. No files to process") == 0) {
        reading->lacks_files = true;
        return true;
    }
    return reading->last_lines == 0 && nfdump_is_harmless(line);
}

/* Whether the records are of no use so far. */
static bool
is_useless(void *context)
{
    const struct reading *reading = context;

    return reading->binary->may_be_useless && !reading->is_readable && !reading->lacks_files;
}

/* Takes records until something else comes, which is returned, or until they are not wanted any more. */
static enum records_result
take_records(struct reading *reading, struct records *r, struct run *run, enum run_result *result)
{
    const struct binary *b = reading->binary;
    enum records_result got;

    *result = RUN_OK;
    while (*result == RUN_OK && ((got = records_next(r)) == RECORDS_FLOW || got == RECORDS_NOT_IP)) {
        progress_poll();
        reading->is_readable = true;
        run->counts.rows++;
        if (got == RECORDS_FLOW)
            *result = b->take(b->context, &r->row);
        else
            run->counts.not_ip++;
    }
    return got;
}

static enum run_result
read_records(void *context, struct child *child, struct run *run)
{
    struct reading *reading = context;
    struct binary *b = reading->binary;
    enum run_result result;
    struct records r;

    if (records_open(&r, child_read, child) == -1)
        return run_fail(run, "no memory");
    enum records_result got = take_records(reading, &r, run, &result);
    b->flows = r.flows;
    b->why = r.problem;
    reading->is_readable = got != RECORDS_FOREIGN && got != RECORDS_NOTHING;
    run->is_damaged |= got == RECORDS_ERROR;
    if (got == RECORDS_FOREIGN || got == RECORDS_ERROR)
        result =
            run_fail(run, "nfdump's records: %s", r.source_failed ? child->problem.text : r.problem.text);
    records_release(&r);
    return result;
}

enum run_result
binary_read(struct binary *b, struct run *run)
{
    struct reading reading = {.binary = b};
    const struct program program = {.name = "nfdump",
                                    .argv = b->argv,
                                    .output = CHILD_PIPE,
                                    .is_harmless = is_harmless,
                                    .is_useless = is_useless,
                                    .context = &reading};
    enum run_result result = program_run(&program, read_records, &reading, run);

    if (result != RUN_OK)
        return result;
    if (!reading.is_readable)
        return reading.lacks_files ? RUN_OK : run_fail(run, "nfdump's records: %s", b->why.text);
    run->is_damaged |= reading.last_lines != LAST_LINES;
    if (reading.last_lines != LAST_LINES)
        return run_fail(run, "nfdump did not get to the end of its output, so records may be missing");
    return RUN_OK;
}
