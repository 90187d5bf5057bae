/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of FDS files, which ipfixcol2 writes, by way of fdsdump.
 *
 * fdsdump reads what it can, says nothing of files that are not there, and exits with status 0.  So the
 * patterns are resolved here, every file is checked, and fdsdump is given them one by one.  A biflow
 * record comes as two flows, as fdsdump prints it.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program.h"
#include "reader.h"

#ifndef GLOB_BRACE
#define GLOB_BRACE 0
#endif
#ifndef GLOB_TILDE
#define GLOB_TILDE 0
#endif

static struct options {
    uint64_t count;
    const char *program;   /* fdsdump */
    const char *filter;    /* fdsdump -F, or NULL */
    const char **patterns; /* file names, with the wildcards of glob(7) */
    size_t pattern_count;
} options;

static int
take_pattern(const char *value, struct problem *p)
{
    const char **patterns = reallocarray(options.patterns, options.pattern_count + 1, sizeof *patterns);

    if (!patterns)
        return problem_set(p, "no memory");
    options.patterns = patterns;
    options.patterns[options.pattern_count++] = value;
    return 0;
}

static const struct cli_option rows[] = {
    {'c', "count", "COUNT", "read at most COUNT records", .preset = "0", .preset_meaning = "all",
     .number = &options.count, .max = UINT64_MAX},
    {'F', "filter", "EXPR", "a filter of fdsdump", .text = &options.filter},
    {'n', "fdsdump", "PROGRAM", "the fdsdump to run", .preset = "fdsdump", .file = &options.program},
    {'R', "read", "FILES", "a file, or a pattern as in glob(7)", .take = take_pattern, .may_repeat = true,
     .missing = "nothing to read: give a file or a pattern"},
    {0},
};

static const struct cli cli = {
    .program = "ftp-read",
    .command = "fdsfile",
    .unexpected = "files are given with -R",
    .about = "Reads FDS files of ipfixcol2 by way of fdsdump.\n",
    .tables = {rows, reader_rows},
    .common = &reader_options.common,
};

static bool
nothing_is_harmless(void *context, const char *line)
{
    (void)context;
    (void)line;
    return false;
}

static enum run_result
take(void *context, const struct row *row)
{
    return run_put(context, &row->flow);
}

/* A name as a pattern that matches nothing else.  The caller frees it; NULL when there is no memory. */
static char *
quote_pattern(const char *name)
{
    char *pattern = malloc(2 * strlen(name) + 1);
    char *p = pattern;

    if (!pattern)
        return NULL;
    for (; *name; name++) {
        if (strchr("*?[]{}~\\", *name))
            *p++ = '\\';
        *p++ = *name;
    }
    *p = '\0';
    return pattern;
}

/* Checks that a file can be read and is not empty. */
static enum run_result
check_file(struct run *run, const char *path)
{
    struct stat st;

    if (stat(path, &st) == -1 || access(path, R_OK) == -1)
        return run_fail(run, "%s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return run_fail(run, "%s: is a directory: give the files in it", path);
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return run_fail(run, "%s: the file is empty", path);
    return RUN_OK;
}

/* Finds the files of all patterns, in the order of fdsdump: sorted within a pattern. */
static enum run_result
find_files(struct run *run, glob_t *found)
{
    for (size_t i = 0; i < options.pattern_count; i++) {
        const char *pattern = options.patterns[i];
        struct stat st;
        int flags = GLOB_BRACE | GLOB_TILDE | (i > 0 ? GLOB_APPEND : 0);
        /* A name that is there is that file, even if it has brackets in it. */
        char *quoted = stat(pattern, &st) == 0 ? quote_pattern(pattern) : NULL;
        int failed = glob(quoted ? quoted : pattern, quoted ? flags & GLOB_APPEND : flags, NULL, found);
        free(quoted);
        if (failed == GLOB_NOMATCH)
            return run_fail(run, "-R: %s: no such file", pattern);
        if (failed)
            return run_fail(run, "-R: %s: %s", pattern, strerror(errno));
    }
    for (size_t i = 0; i < found->gl_pathc; i++)
        if (check_file(run, found->gl_pathv[i]) == RUN_FAILED)
            return RUN_FAILED;
    return RUN_OK;
}

/* The command line of fdsdump. */
struct command {
    char **argv;
    size_t first_name; /* a name stands here and at every second place after it */
};

static void
free_command(struct command *command)
{
    size_t i = command->first_name;

    while (command->argv && command->argv[i - 1] && command->argv[i]) {
        free(command->argv[i]);
        i += 2;
    }
    free(command->argv);
}

/* Makes the command line.  Returns false when there is no memory; it has to be freed in any case. */
static bool
make_command(const glob_t *files, struct command *command)
{
    static char output[] = "csv:flowstart,flowend,proto,srcip,dstip,srcport,dstport,packets,bytes;"
                           "timestamp=unix";
    size_t n = 0;

    command->argv = calloc(2 * files->gl_pathc + 6, sizeof *command->argv);
    if (!command->argv)
        return false;
    command->argv[n++] = (char *)options.program;
    command->argv[n++] = "-o";
    command->argv[n++] = output;
    if (options.filter) {
        command->argv[n++] = "-F";
        command->argv[n++] = (char *)options.filter;
    }
    command->first_name = n + 1;
    for (size_t i = 0; i < files->gl_pathc; i++) {
        command->argv[n++] = "-r";
        command->argv[n] = quote_pattern(files->gl_pathv[i]);
        if (!command->argv[n++])
            return false;
    }
    return true;
}

static enum run_result
read_files(struct run *run)
{
    glob_t files = {.gl_pathc = 0};
    struct command command = {.argv = NULL, .first_name = 1};
    struct layout layout;
    struct rows text = {.header = true, .take = take, .context = run, .layout = &layout};
    struct program program = {.name = "fdsdump", .is_harmless = nothing_is_harmless};
    enum run_result result = find_files(run, &files);

    run->limit = options.count;
    if (result == RUN_OK && !make_command(&files, &command))
        result = run_fail(run, "no memory");
    program.argv = command.argv;
    if (result == RUN_OK)
        result = program_read(&program, &text, run);
    free_command(&command);
    globfree(&files);
    return result;
}

static void
describe_nothing(struct problem *p)
{
    problem_set(p, "the files of -R: no flow records in them");
}

const struct reader fdsfile_reader = {
    .cli = &cli,
    .read = read_files,
    .describe_nothing = describe_nothing,
};
