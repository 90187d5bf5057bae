/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump's ways, collected in one place.  Its exit status says little: 0 comes also after whole files
 * were lost.  What it says on stderr is the better witness, so every line there that is not on the list
 * of harmless ones counts as a loss.
 */
#include "nfdump.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"

enum { MAX_ARGUMENTS = 8 };

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

/* Whether an extension (nfdump's name for an element of a record) is one that we read: times and
 * counters, addresses, interfaces, reverse counters, the exporter. */
static bool
is_read(unsigned extension)
{
    return (extension >= 1 && extension <= 5) || extension == 12 || extension == 13;
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
    /* 1.7.1 reading a file of 1.7.5 or later. */
    if (sscanf(line, "Unknown extension '%u'%n", &number, &end) == 1 && end > 0)
        return !is_read(number) && line[end] == '\0';
    /* 1.7.4 without support for events of firewalls and NAT: 19 to 26, the translated addresses and
     * such. */
    if (begins_with(line, "Skip nsel extension: '") && strstr(line, "' - nsel options not compiled"))
        return true;
    /* 1.7.1 reading what 1.7.6 or later wrote of a record with both families: the pair that it crossed
     * out. */
    if (strcmp(line, "ExpandRecord_v3() Found unexpected NULL extension") == 0)
        return true;
    /* Of a program that stdbuf(1) has no library for. */
    if (begins_with(line, "ERROR: ld.so: object '") && strstr(line, "libstdbuf.so' from LD_PRELOAD"))
        return true;
    if (begins_with(line, "Number of workers should not be greater than number of cores"))
        return true;
    if (begins_with(line, "Using ") && strstr(line, " worker threads"))
        return true;
    return begins_with(line, "Record: ") && strstr(line, " Time error - last < first");
}

static void
keep_first(void *context, const char *line)
{
    struct problem *first = context;

    if (first->text[0] == '\0' && !nfdump_is_harmless(line))
        problem_set(first, "nfdump: %s", line);
}

/* Whether an answer is one that was expected, and not a complaint. */
static bool
is_expected(const char *answer, const char *begin)
{
    return !begin || begins_with(answer, begin) || begins_with(answer, "No matching flows\n");
}

int
nfdump_ask(const struct nfdump *nfdump, const char *const arguments[], const char *begin,
           char answer[NFDUMP_ANSWER_BYTES], struct problem *p)
{
    char *argv[MAX_ARGUMENTS + 2] = {(char *)nfdump->program};
    struct problem complaint = {""};
    struct child child;
    size_t used = 0;
    ssize_t got;

    answer[0] = '\0';
    for (int i = 0; i < MAX_ARGUMENTS && arguments[i]; i++)
        argv[i + 1] = (char *)arguments[i];
    if (child_start(&child, argv, CHILD_STDOUT, keep_first, &complaint) == -1)
        return problem_set(p, "%s%s", child.problem.text,
                           child.is_missing ? " (Debian has it in the package nfdump; -n names another)"
                                            : "");
    while ((got = child_read(&child, answer + used, NFDUMP_ANSWER_BYTES - 1 - used)) > 0) {
        used += (size_t)got;
        if (used == NFDUMP_ANSWER_BYTES - 1)
            break;
    }
    answer[used] = '\0';
    int result = used == NFDUMP_ANSWER_BYTES - 1 ? child_stop(&child) : child_finish(&child);
    if (complaint.text[0] != '\0')
        return problem_set(p, "%s", complaint.text);
    if (used > 0 && !is_expected(answer, begin))
        return problem_set(p, "nfdump: %.*s", (int)strcspn(answer, "\n"), answer);
    return got < 0 || result == -1 ? problem_set(p, "%s", child.problem.text) : 0;
}

int
nfdump_open(struct nfdump *nfdump, const char *program, struct problem *p)
{
    const char *const arguments[] = {"-V", NULL};
    struct nfdump_version *v = &nfdump->version;
    char answer[NFDUMP_ANSWER_BYTES];

    nfdump->program = program;
    int asked = nfdump_ask(nfdump, arguments, NULL, answer, p);
    /* nfdump: Version: NSEL-NEL1.7.1 */
    const char *number = strstr(answer, "Version: ");
    while (number && *number && !isdigit((unsigned char)*number))
        number++;
    if (number && sscanf(number, "%3u.%3u.%3u", &v->major, &v->minor, &v->patch) == 3)
        return 0;
    return asked == -1 ? -1 : problem_set(p, "%s -V tells no version: is it nfdump?", program);
}

int
nfdump_check_filter(const char *expression, struct problem *p)
{
    int depth = 0;

    for (const char *c = expression; *c && depth >= 0; c++) {
        if (*c == '#') {
            while (c[1] && c[1] != '\n')
                c++;
        } else if (*c == '"' || *c == '\'') {
            c = strchr(c + 1, *c);
            if (!c)
                return problem_set(p, "'%s' has a quotation mark without its partner", expression);
        } else if (*c == '@') {
            return problem_set(p, "'%s': @include is not supported: give the filter itself", expression);
        } else if (*c == '(') {
            depth++;
        } else if (*c == ')') {
            depth--;
        }
    }
    return depth == 0 ? 0 : problem_set(p, "'%s' has a parenthesis without its partner", expression);
}

int
nfdump_try_filter(const struct nfdump *nfdump, const char *expression, struct problem *p)
{
    const char *const arguments[] = {"-Z", expression, NULL};
    char answer[NFDUMP_ANSWER_BYTES];

    if (nfdump_ask(nfdump, arguments, NULL, answer, p) == 0)
        return 0;
    /* 1.7.5 to 1.7.8 say on standard output what is wrong. */
    if (strncmp(answer, "Line ", strlen("Line ")) == 0)
        return problem_set(p, "-F: nfdump: %.*s", (int)strcspn(answer, "\n"), answer);
    return problem_set(p, "-F: %s", p->text);
}

bool
nfdump_has_window_option(const struct nfdump *nfdump)
{
    return !nfdump_is_since(&nfdump->version, 1, 8, 0);
}

/* Writes the condition for an interface.  Records without one count as 0.  From 1.7.5 on a filter cannot
 * say so, so there id 0 is left to the columns of the rows. */
static void
put_interface(FILE *out, const struct nfdump *nfdump, const struct interface *i)
{
    if (i->any_id || (i->id == 0 && nfdump_is_since(&nfdump->version, 1, 7, 5)))
        return;
    if (i->side == SIDE_ANY && i->id != 0)
        (void)fprintf(out, " and (in if %" PRIu32 " or out if %" PRIu32 ")", i->id, i->id);
    else
        (void)fprintf(out, " and %s if %" PRIu32, i->side == SIDE_OUT ? "out" : "in", i->id);
}

char *
nfdump_filter(const struct nfdump *nfdump, const struct interface *interface, const struct window *window,
              const char *expression)
{
    char *filter = NULL;
    size_t size;
    FILE *out = open_memstream(&filter, &size);

    if (!out)
        return NULL;
    (void)fputs("(ipv4 or ipv6)", out);
    if (!interface->any_exporter)
        (void)fprintf(out, " and router ip %s", interface->exporter);
    put_interface(out, nfdump, interface);
    if (window->given && !nfdump_has_window_option(nfdump))
        window_put_filter(window, out);
    /* The newline ends a comment in the expression. */
    if (expression)
        (void)fprintf(out, " and (%s\n)", expression);
    if (fclose(out) == EOF) {
        free(filter);
        return NULL;
    }
    return filter;
}
