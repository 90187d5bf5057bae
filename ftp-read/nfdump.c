/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump's ways, collected in one place.  Its exit status says little: 0 comes also after whole files
 * were lost.  What it says on stderr is the better witness, so every line there that is not on the list
 * of harmless ones counts as a loss.
 */
#include "nfdump.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"

enum {
    MAX_ARGUMENTS = 5,
    FIRST_NEW_EXTENSION = 38 /* that nfdump 1.7.1 does not know; smaller ones it does */
};

bool
nfdump_is_since(const struct nfdump_version *v, unsigned major, unsigned minor, unsigned patch)
{
    if (v->major != major)
        return v->major > major;
    if (v->minor != minor)
        return v->minor > minor;
    return v->patch >= patch;
}

static bool
begins_with(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

bool
nfdump_is_harmless(const char *line)
{
    unsigned number;
    int end = 0;

    /* 1.7 reading a 1.6 file: statistics of exporters. */
    if (strcmp(line, "Skip unknown record type 9") == 0)
        return true;
    if (sscanf(line, "Skip unknown record: %u type 9%n", &number, &end) == 1 && end > 0)
        return line[end] == '\0';
    if (begins_with(line, "Exporter SysID: ") && strstr(line, " not found! - Skip stat record record"))
        return true;
    /* 1.7.1 reading a 1.7.5 file: an extension (38, 39) that we do not read either. */
    if (sscanf(line, "Unknown extension '%u'%n", &number, &end) == 1 && end > 0)
        return number >= FIRST_NEW_EXTENSION && line[end] == '\0';
    /* Of a program that stdbuf(1) has no library for. */
    if (begins_with(line, "ERROR: ld.so: object '") && strstr(line, "libstdbuf.so' from LD_PRELOAD"))
        return true;
    if (begins_with(line, "Number of workers should not be greater than number of cores"))
        return true;
    if (begins_with(line, "Using ") && strstr(line, " worker threads"))
        return true;
    return begins_with(line, "Record: ") && strstr(line, " Time error - last < first");
}

struct first_complaint {
    char line[160];
};

static void
keep_first(void *context, const char *line)
{
    struct first_complaint *first = context;

    if (first->line[0] == '\0' && !nfdump_is_harmless(line))
        (void)snprintf(first->line, sizeof first->line, "%s", line);
}

int
nfdump_ask(const char *program, const char *const arguments[], char *answer, size_t size, char *problem,
           size_t problem_size)
{
    char *argv[MAX_ARGUMENTS + 2] = {(char *)program};
    struct first_complaint first = {""};
    struct child child;
    size_t used = 0;
    ssize_t got;

    for (int i = 0; i < MAX_ARGUMENTS && arguments[i]; i++)
        argv[i + 1] = (char *)arguments[i];
    if (child_start(&child, argv, CHILD_STDOUT, keep_first, &first) == -1) {
        (void)snprintf(problem, problem_size, "%s", child.problem);
        return -1;
    }
    while ((got = child_read(&child, answer + used, size - 1 - used)) > 0) {
        used += (size_t)got;
        if (used == size - 1)
            break;
    }
    answer[used] = '\0';
    int result = used == size - 1 ? child_stop(&child) : child_finish(&child);
    if (first.line[0] != '\0') {
        (void)snprintf(problem, problem_size, "nfdump: %s", first.line);
        return -1;
    }
    if (got < 0 || result == -1) {
        (void)snprintf(problem, problem_size, "%s", child.problem);
        return -1;
    }
    return 0;
}

int
nfdump_find_version(const char *program, struct nfdump_version *version, char *problem,
                    size_t problem_size)
{
    const char *const arguments[] = {"-V", NULL};
    char answer[512] = "";
    char why[160];
    int asked = nfdump_ask(program, arguments, answer, sizeof answer, why, sizeof why);

    /* nfdump: Version: NSEL-NEL1.7.1 */
    const char *p = strstr(answer, "Version: ");
    while (p && *p && !isdigit((unsigned char)*p))
        p++;
    if (p && sscanf(p, "%3u.%3u.%3u", &version->major, &version->minor, &version->patch) == 3)
        return 0;
    if (asked == -1)
        (void)snprintf(problem, problem_size, "%s", why);
    else
        (void)snprintf(problem, problem_size, "%s -V tells no version: is it nfdump?", program);
    return -1;
}

bool
nfdump_filter_is_balanced(const char *expression)
{
    int depth = 0;

    for (const char *p = expression; *p; p++) {
        if (*p == '#') {
            while (p[1] && p[1] != '\n')
                p++;
        } else if (*p == '"' || *p == '\'') {
            p = strchr(p + 1, *p);
            if (!p)
                return false;
        } else if (*p == '(') {
            depth++;
        } else if (*p == ')' && --depth < 0) {
            return false;
        }
    }
    return depth == 0;
}

char *
nfdump_filter(const struct interface *interface, bool zero_by_column, const char *expression)
{
    const char *and_expression = expression ? expression : "";
    size_t size = 256 + strlen(and_expression);
    char *filter = malloc(size);
    char exporter[64] = "", id[64] = "";

    if (!filter)
        return NULL;
    if (!interface->any_exporter)
        (void)snprintf(exporter, sizeof exporter, " and router ip %s", interface->exporter);
    if (!interface->any_id && !(interface->id == 0 && zero_by_column)) {
        if (interface->side == SIDE_ANY)
            (void)snprintf(id, sizeof id, " and (in if %u or out if %u)", (unsigned)interface->id,
                           (unsigned)interface->id);
        else
            (void)snprintf(id, sizeof id, " and %s if %u", interface->side == SIDE_IN ? "in" : "out",
                           (unsigned)interface->id);
    }
    /* The newline ends a comment in the expression. */
    (void)snprintf(filter, size, "(ipv4 or ipv6)%s%s%s%s%s", exporter, id, expression ? " and (" : "",
                   and_expression, expression ? "\n)" : "");
    return filter;
}
