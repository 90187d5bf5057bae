/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getopt_long(3) finds the options; its tables are made here of ours, and its messages are replaced, so
 * that all mistakes are told in the same way and in one line.
 */
#include "cli.h"

#include <ctype.h>
#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "text.h"

enum {
    FIRST_CODE = 256, /* what getopt returns for row 0, so that it is never a letter */
    NAME_BYTES = 80,
    LINE_COLUMNS = 79,
    HELP_COLUMN = 24 /* of the usage text, where what an option does begins */
};

static const struct cli_option check_row = {
    .name = "check",
    .help = "check the command line and exit",
};
static const struct cli_option help_row = {
    .letter = 'h',
    .name = "help",
    .help = "show this help and exit",
};
static const struct cli_option version_row = {
    .letter = 'V',
    .name = "version",
    .help = "show the version and exit",
};
static const struct cli_option quiet_row = {
    .letter = 'q',
    .name = "quiet",
    .help = "no progress, no warnings",
};
static const struct cli_option verbose_row = {
    .letter = 'v',
    .name = "verbose",
    .help = "print a summary at the end; twice: as one line of JSON",
};

/* All rows of a command line, in alphabetical order. */
struct rows {
    const struct cli_option *row[CLI_MAX_OPTIONS];
    int n;
};

static bool
is_same_option(const struct cli_option *a, const struct cli_option *b)
{
    return (a->letter != 0 && a->letter == b->letter) || strcmp(a->name, b->name) == 0;
}

/* Whether a comes before b: -F, -f, -g, ..., and at the end those without a letter. */
static bool
is_before(const struct cli_option *a, const struct cli_option *b)
{
    if (a->letter == 0 || b->letter == 0)
        return a->letter == b->letter ? strcmp(a->name, b->name) < 0 : b->letter == 0;
    int order = tolower(a->letter) - tolower(b->letter);
    return order != 0 ? order < 0 : a->letter < b->letter;
}

/* Adds a row in its place, unless one of the same option is there. */
static void
add_row(struct rows *rows, const struct cli_option *row)
{
    int i;

    for (i = 0; i < rows->n; i++)
        if (is_same_option(rows->row[i], row))
            return;
    if (rows->n == CLI_MAX_OPTIONS)
        return;
    for (i = rows->n++; i > 0 && is_before(row, rows->row[i - 1]); i--)
        rows->row[i] = rows->row[i - 1];
    rows->row[i] = row;
}

static void
collect_rows(const struct cli *c, struct rows *rows)
{
    rows->n = 0;
    for (int t = 0; t < CLI_TABLES && c->tables[t]; t++)
        for (const struct cli_option *row = c->tables[t]; row->name; row++)
            add_row(rows, row);
    if (!c->operands_end_options)
        add_row(rows, &check_row);
    add_row(rows, &help_row);
    add_row(rows, &version_row);
    if (c->common) {
        add_row(rows, &quiet_row);
        add_row(rows, &verbose_row);
    }
}

/* The option as messages name it: -a, or --verify. */
static const char *
option_name(const struct cli_option *row, char name[NAME_BYTES])
{
    if (row->letter != 0)
        (void)snprintf(name, NAME_BYTES, "-%c", row->letter);
    else
        (void)snprintf(name, NAME_BYTES, "--%s", row->name);
    return name;
}

/* "ftp-merge", or "ftp-read nffile". */
static const char *
command_name(const struct cli *c, char name[NAME_BYTES])
{
    (void)snprintf(name, NAME_BYTES, "%s%s%s", c->program, c->command ? " " : "",
                   c->command ? c->command : "");
    return name;
}

int
cli_number(const char *value, uint64_t min, uint64_t max, uint64_t *number, struct problem *p)
{
    if (text_get_u64(value, strlen(value), max, number) && *number >= min)
        return 0;
    return problem_set(p, "'%s' is not a number from %" PRIu64 " to %" PRIu64, value, min, max);
}

/* A unit that may follow a number, and what it stands for. */
struct unit {
    char letter;
    uint64_t factor;
};

/* Reads a number with an optional unit, of which the first is that of a number without.  Returns whether
 * it is one, from min to max. */
static bool
get_with_unit(const char *value, const struct unit *units, const struct cli_option *row, uint64_t *number)
{
    size_t n = strlen(value);
    uint64_t factor = units[0].factor;

    for (const struct unit *unit = units; n > 0 && unit->letter != '\0'; unit++) {
        if (value[n - 1] != unit->letter)
            continue;
        factor = unit->factor;
        n--;
        break;
    }
    if (!text_get_u64(value, n, row->max / factor, number))
        return false;
    *number *= factor;
    return *number >= row->min;
}

static int
take_seconds(const struct cli_option *row, const char *value, struct problem *p)
{
    static const struct unit units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {0}};

    if (get_with_unit(value, units, row, row->seconds))
        return 0;
    return problem_set(p,
                       "'%s' is not a time from %" PRIu64 " to %" PRIu64 " seconds, as 90, 90s, 5m or 1h",
                       value, row->min, row->max);
}

static int
take_mebibytes(const struct cli_option *row, const char *value, struct problem *p)
{
    static const struct unit units[] = {{'M', 1}, {'G', 1024}, {0}};

    if (get_with_unit(value, units, row, row->mebibytes))
        return 0;
    return problem_set(p, "'%s' is not a size from %" PRIu64 " to %" PRIu64 " MiB, as 512, 512M or 2G",
                       value, row->min, row->max);
}

/* Names the words "a|b|c" as "a, b, c". */
static void
list_words(const char *words, char *list, size_t size)
{
    size_t used = 0;

    for (const char *w = words; *w && used + 3 < size; w++) {
        list[used++] = *w == '|' ? ',' : *w;
        if (*w == '|')
            list[used++] = ' ';
    }
    list[used] = '\0';
}

int
cli_choice(const char *value, const char *words, int *index, struct problem *p)
{
    char list[PROBLEM_BYTES];
    int i = 0;

    for (const char *word = words;; i++) {
        size_t n = strcspn(word, "|");
        if (strlen(value) == n && memcmp(word, value, n) == 0) {
            *index = i;
            return 0;
        }
        if (word[n] == '\0')
            break;
        word += n + 1;
    }
    list_words(words, list, sizeof list);
    if (i == 1) {
        char *comma = strchr(list, ',');
        return problem_set(p, "'%s' is neither %.*s nor %s", value, (int)(comma - list), list, comma + 2);
    }
    return problem_set(p, "'%s' is not one of %s", value, list);
}

static int
take_file(const struct cli_option *row, const char *value, struct problem *p)
{
    char what[NAME_BYTES];
    size_t n = 0;

    *row->file = value;
    if (value[0] != '\0')
        return 0;
    for (; row->argument[n] != '\0' && n < sizeof what - 1; n++)
        what[n] = (char)tolower((unsigned char)row->argument[n]);
    what[n] = '\0';
    return problem_set(p, "'' is not the name of a %s", what);
}

/* Puts a value where it belongs. */
static int
store(const struct cli_option *row, const char *value, struct problem *p)
{
    if (row->flag)
        *row->flag = true;
    if (row->text)
        *row->text = value;
    if (row->number)
        return cli_number(value, row->min, row->max, row->number, p);
    if (row->seconds)
        return take_seconds(row, value, p);
    if (row->mebibytes)
        return take_mebibytes(row, value, p);
    if (row->choice)
        return cli_choice(value, row->argument, row->choice, p);
    if (row->file)
        return take_file(row, value, p);
    return row->take ? row->take(value, p) : 0;
}

/* Takes an option, wherever it comes from; a problem gets its name. */
static int
take(const struct cli_option *row, const char *value, struct problem *p)
{
    char name[NAME_BYTES];

    if (store(row, value, p) == 0)
        return 0;
    return problem_set(p, "%s: %s", option_name(row, name), p->text);
}

/* getopt's two forms of the rows. */
struct getopt_tables {
    char letters[2 * CLI_MAX_OPTIONS + 3];
    struct option names[CLI_MAX_OPTIONS + 1];
};

static void
make_getopt_tables(const struct cli *c, const struct rows *rows, struct getopt_tables *t)
{
    char *letter = t->letters;

    if (c->operands_end_options)
        *letter++ = '+';
    *letter++ = ':';
    for (int i = 0; i < rows->n; i++) {
        const struct cli_option *row = rows->row[i];
        t->names[i] = (struct option){.name = row->name,
                                      .has_arg = row->argument ? required_argument : no_argument,
                                      .val = FIRST_CODE + i};
        if (row->letter == 0)
            continue;
        *letter++ = (char)row->letter;
        if (row->argument)
            *letter++ = ':';
    }
    *letter = '\0';
    t->names[rows->n] = (struct option){0};
}

/* The row that getopt means: by its letter, or by the number of its long name.  -1 for none. */
static int
find_row(const struct rows *rows, int code)
{
    if (code >= FIRST_CODE)
        return code - FIRST_CODE < rows->n ? code - FIRST_CODE : -1;
    for (int i = 0; i < rows->n; i++)
        if (code != 0 && rows->row[i]->letter == code)
            return i;
    return -1;
}

/* How many long names begin with what was typed, up to its '='. */
static int
count_names(const struct rows *rows, const char *typed)
{
    size_t n = strcspn(typed, "=");
    int count = 0;

    for (int i = 0; i < rows->n; i++)
        count += strncmp(rows->row[i]->name, typed, n) == 0;
    return count;
}

/* getopt does not take an option: says why. */
static int
refuse_option(const struct cli *c, const struct rows *rows, int code, const char *typed,
              struct problem *p)
{
    char name[NAME_BYTES], command[NAME_BYTES];
    int i = find_row(rows, optopt);

    if (code == ':' && i != -1)
        problem_set(p, "%s: needs a value", option_name(rows->row[i], name));
    else if (i != -1 && optopt >= FIRST_CODE)
        problem_set(p, "%s: takes no value", typed);
    else if (optopt != 0)
        problem_set(p, "unknown option '-%c'", optopt);
    else if (count_names(rows, typed + 2) > 1)
        problem_set(p, "ambiguous option '%s'", typed);
    else
        problem_set(p, "unknown option '%s'", typed);
    return problem_set(p, "%s (try '%s -h')", p->text, command_name(c, command));
}

static int
set_defaults(const struct cli *c, const struct rows *rows, struct problem *p)
{
    if (c->common)
        *c->common = (struct cli_common){0};
    for (int i = 0; i < rows->n; i++) {
        const struct cli_option *row = rows->row[i];
        if (row->flag)
            *row->flag = false;
        if (row->given)
            *row->given = false;
        if (row->preset && take(row, row->preset, p) == -1)
            return -1;
    }
    return 0;
}

/* What is wrong with the command line as a whole, all of its options being right. */
static int
check_whole(const struct cli *c, const struct rows *rows, const bool *is_seen, int argc, char **argv,
            struct problem *p)
{
    char name[NAME_BYTES];

    if (!c->operands_end_options && argc - optind > c->max_operands)
        return problem_set(p, "unexpected argument '%s'%s%s", argv[optind + c->max_operands],
                           c->unexpected ? ": " : "", c->unexpected ? c->unexpected : "");
    for (int i = 0; i < rows->n; i++)
        if (rows->row[i]->missing && !is_seen[i])
            return problem_set(p, "%s: %s", option_name(rows->row[i], name), rows->row[i]->missing);
    return c->check ? c->check(p) : 0;
}

enum cli_result
cli_read(const struct cli *c, int argc, char **argv, struct problem *p)
{
    struct getopt_tables tables;
    struct rows rows;
    bool is_seen[CLI_MAX_OPTIONS] = {false};
    bool is_help = false, is_check = false;
    int code;

    collect_rows(c, &rows);
    make_getopt_tables(c, &rows, &tables);
    if (set_defaults(c, &rows, p) == -1)
        return CLI_WRONG;
    opterr = 0;
    optind = 0; /* getopt of glibc starts anew, also within what it had permuted */
    while ((code = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
        int i = find_row(&rows, code);
        if (i == -1) /* '?' or ':' */
            return refuse_option(c, &rows, code, argv[optind - 1], p);
        const struct cli_option *row = rows.row[i];
        if (row == &version_row)
            return CLI_VERSION;
        is_help |= row == &help_row;
        is_check |= row == &check_row;
        if (row == &quiet_row)
            c->common->quiet = true;
        if (row == &verbose_row)
            c->common->verbose++;
        if (take(row, optarg, p) == -1)
            return CLI_WRONG;
        if (row->given)
            *row->given = true;
        is_seen[i] = true;
    }
    if (is_help)
        return CLI_HELP;
    if (check_whole(c, &rows, is_seen, argc, argv, p) == -1)
        return CLI_WRONG;
    return is_check ? CLI_CHECKED : CLI_RUN;
}

/* Text that is put out word by word, in lines of at most LINE_COLUMNS that begin at a column. */
struct paragraph {
    FILE *out;
    int indent;
    int column;
};

static void
new_line(struct paragraph *p)
{
    (void)fprintf(p->out, "\n%*s", p->indent, "");
    p->column = p->indent;
}

/* Puts a word of n bytes, which is not split, although it may hold blanks. */
static void
put_word(struct paragraph *p, const char *word, size_t n)
{
    if (p->column > p->indent && (size_t)p->column + 1 + n > LINE_COLUMNS)
        new_line(p);
    p->column += fprintf(p->out, "%s%.*s", p->column > p->indent ? " " : "", (int)n, word);
}

/* Puts all words of a text. */
static void
put_text(struct paragraph *p, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        put_word(p, text, n);
        text += n + (text[n] == ' ');
    }
}

/* Puts an option into the usage line. */
static void
put_option(struct paragraph *p, const struct cli_option *row)
{
    char name[NAME_BYTES], word[2 * NAME_BYTES];
    const char *blank = row->argument ? " " : "", *argument = row->argument ? row->argument : "";

    option_name(row, name);
    if (row->missing) {
        (void)snprintf(word, sizeof word, "%s%s%s", name, blank, argument);
        put_word(p, word, strlen(word));
    }
    if (row->missing && !row->may_repeat)
        return;
    (void)snprintf(word, sizeof word, "[%s%s%s%s]", name, blank, argument, row->may_repeat ? " ..." : "");
    put_word(p, word, strlen(word));
}

/* [-hqVv] [-a SEC] [--verify] -R FILES OPERANDS */
static void
print_usage_line(const struct cli *c, const struct rows *rows, FILE *out)
{
    char name[NAME_BYTES], flags[CLI_MAX_OPTIONS + 4] = "[-";
    size_t n = strlen(flags);
    struct paragraph p = {.out = out};

    p.indent = p.column = fprintf(out, "usage: %s ", command_name(c, name));
    for (int i = 0; i < rows->n; i++)
        if (rows->row[i]->letter != 0 && !rows->row[i]->argument)
            flags[n++] = (char)rows->row[i]->letter;
    flags[n++] = ']';
    put_word(&p, flags, n);
    for (int i = 0; i < rows->n; i++)
        if (!rows->row[i]->missing && (rows->row[i]->letter == 0 || rows->row[i]->argument))
            put_option(&p, rows->row[i]);
    for (int i = 0; i < rows->n; i++)
        if (rows->row[i]->missing)
            put_option(&p, rows->row[i]);
    if (c->operands)
        put_word(&p, c->operands, strlen(c->operands));
    (void)fputc('\n', out);
}

/* Puts "(default: 30)" or "(default: 0, all)"; not split before the value. */
static void
put_default(struct paragraph *p, const struct cli_option *row)
{
    char phrase[PROBLEM_BYTES];
    const char *meaning = row->preset_meaning;

    (void)snprintf(phrase, sizeof phrase, "(default: %s%s", row->preset, meaning ? "," : ")");
    put_word(p, phrase, strlen(phrase));
    if (!meaning)
        return;
    (void)snprintf(phrase, sizeof phrase, "%s)", meaning);
    put_text(p, phrase);
}

/* What an option does, beside its names, or below them when they are long. */
static void
print_option(const struct cli_option *row, FILE *out)
{
    struct paragraph p = {.out = out, .indent = HELP_COLUMN};
    const char *blank = row->argument ? " " : "", *argument = row->argument ? row->argument : "";

    if (row->letter != 0)
        p.column = fprintf(out, "  -%c, --%s%s%s", row->letter, row->name, blank, argument);
    else
        p.column = fprintf(out, "      --%s%s%s", row->name, blank, argument);
    if (p.column < HELP_COLUMN)
        p.column += fprintf(out, "%*s", HELP_COLUMN - p.column, "");
    else
        new_line(&p);
    put_text(&p, row->help);
    if (row->preset)
        put_default(&p, row);
    (void)fputc('\n', out);
}

void
cli_print_usage(const struct cli *c, FILE *out)
{
    struct rows rows;

    collect_rows(c, &rows);
    print_usage_line(c, &rows, out);
    (void)fprintf(out, "\n%s\n", c->about);
    for (int i = 0; i < rows.n; i++)
        print_option(rows.row[i], out);
}

int
cli_start(const struct cli *c, int argc, char **argv)
{
    struct problem problem;

    if (io_start() == -1)
        err(EXIT_FAILURE, "cannot start");
    switch (cli_read(c, argc, argv, &problem)) {
    case CLI_WRONG:
        errx(EXIT_USAGE, "%s", problem.text);
    case CLI_HELP:
        cli_print_usage(c, stdout);
        break;
    case CLI_VERSION:
        (void)printf("%s %s\n", c->program, VERSION);
        break;
    case CLI_CHECKED:
        break;
    case CLI_RUN:
        return optind;
    }
    if (ferror(stdout) || fclose(stdout) == EOF)
        err(EXIT_FAILURE, "standard output");
    exit(EXIT_SUCCESS);
}

void
cli_refuse_terminal(int fd, const char *hint)
{
    if (isatty(fd))
        errx(EXIT_USAGE, "standard %s is a terminal: %s", fd == STDIN_FILENO ? "input" : "output", hint);
}
