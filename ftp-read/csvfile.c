/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of text files: flow text, or what nfdump printed at some other time.  common/gunzip looks
 * through compression.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gunzip.h"
#include "reader.h"
#include "rows.h"

static const char *file; /* "-" for standard input */

static const struct cli_option rows[] = {
    {'f', "file", "FILE", "the file, plain or gzipped; - is standard input", .file = &file,
     .missing = "no file given (- is standard input)"},
    {0},
};

static bool
is_standard_input(void)
{
    return strcmp(file, "-") == 0;
}

static int
check(struct problem *p)
{
    if (is_standard_input() && isatty(STDIN_FILENO))
        return problem_set(p, "-f: standard input is a terminal: pipe text into this program");
    return 0;
}

static const struct cli cli = {
    .program = "ftp-read",
    .command = "csvfile",
    .unexpected = "the file is given with -f",
    .about =
        "Reads text with a header line: flow text, as ftp-write -t flows writes it, or the CSV of any\n"
        "nfdump.\n",
    .tables = {rows, reader_rows},
    .common = &reader_options.common,
    .check = check,
};

static const char *
place(void)
{
    return is_standard_input() ? "standard input" : file;
}

static enum run_result
take(void *context, const struct row *row)
{
    return run_put(context, &row->flow);
}

static enum run_result
read_text(int fd, struct run *run)
{
    struct gunzip source;
    struct layout layout;
    struct rows text = {.place = place(),
                        .source_problem = source.problem.text,
                        .is_edited = true,
                        .header = true,
                        .take = take,
                        .context = run,
                        .layout = &layout};

    if (gunzip_open(&source, fd) == -1)
        return run_fail(run, "no memory");
    enum run_result result = rows_read(&text, run, gunzip_read, &source);
    if (result == RUN_OK && text.is_empty)
        result = run_fail(run, "%s: no header line, the file is empty", place());
    gunzip_release(&source);
    if (result != RUN_FAILED && layout.whole_seconds)
        run_note(run, "start times are whole seconds, of no known time zone (read as UTC)");
    return result;
}

static enum run_result
read_file(struct run *run)
{
    int fd = is_standard_input() ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);

    if (fd == -1) {
        problem_set_errno(&run->problem, "%s", place());
        return RUN_FAILED;
    }
    enum run_result result = read_text(fd, run);
    (void)close(fd);
    return result;
}

static void
describe_nothing(struct problem *p)
{
    problem_set(p, "%s: no flow records in it", place());
}

const struct reader csvfile_reader = {
    .cli = &cli,
    .read = read_file,
    .describe_nothing = describe_nothing,
};
