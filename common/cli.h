/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line of a program.
 *
 * A program states each of its options once, as a row of a table: its names, its default, what the usage
 * text says, and where its value goes.  getopt(3)'s options, the usage text, the defaults and the checks
 * of values come from there.  -h and -V, --check where the whole command line is ours, and -q and -v are
 * the same in all programs and need no row.
 *
 *     static struct options {
 *         uint64_t active;
 *         int direction;
 *         bool gzip;
 *     } options;
 *
 *     static const struct cli_option rows[] = {
 *         {'a', "active", "SEC", "active timeout of the exporter",
 *          .preset = "300", .seconds = &options.active, .min = 1, .max = CLI_MAX_SECONDS},
 *         {'d', "direction", "initiator|arrival", "which side of a biflow is its source",
 *          .preset = "initiator", .choice = &options.direction},
 *         {'g', "gzip", NULL, "compress the text", .flag = &options.gzip},
 *         {0},
 *     };
 *
 * Every mistake on the command line is told in one message that names the option and its value, and the
 * exit status is 2.
 */
#ifndef FTP_CLI_H
#define FTP_CLI_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "problem.h"

enum {
    EXIT_USAGE = 2,              /* exit status: the command line is wrong */
    CLI_MAX_OPTIONS = 64,        /* of one command line */
    CLI_TABLES = 2,              /* that a command line is made of */
    CLI_MAX_SECONDS = 1000000000 /* enough for any timeout, and in ms it does not overflow */
};

/* Takes the value of an option (NULL when it has none).  Returns 0, or -1 with a problem that quotes the
 * value, without the name of the option: "'x' is neither an IP address nor any". */
typedef int cli_take(const char *value, struct problem *p);

/* Checks what one row cannot check, such as an option that needs another one, after all values are in
 * their places.  Returns 0, or -1 with the problem. */
typedef int cli_check(struct problem *p);

/* An option.  letter 0: it has only a long name. */
struct cli_option {
    int letter;
    const char *name;     /* the long name, without dashes */
    const char *argument; /* what its value is called in the usage text, NULL when it takes none */
    const char *help;     /* a phrase for the usage text, which adds the default */

    const char *preset;         /* the default, as it would be typed, or NULL: it is read like a value */
    const char *preset_meaning; /* what the usage text says after the default, or NULL */
    const char *missing;        /* the option has to be given; this says why it is missed.  Or NULL */
    bool may_repeat;            /* several of it make sense: the usage line says so */

    /* Where the value goes: one of these. */
    bool *flag;          /* true when the option was given */
    uint64_t *number;    /* from min to max */
    uint64_t *seconds;   /* from min to max, with an optional unit: 90, 90s, 5m, 1h */
    uint64_t *mebibytes; /* from min to max, with an optional unit: 512, 512M, 2G */
    int *choice;         /* which of the words of argument, "this|that", it is: 0, 1, ... */
    const char **file;   /* any text but "" */
    const char **text;   /* any text */
    cli_take *take;      /* whatever else */
    uint64_t min, max;   /* what a number may be */
    bool *given;         /* if not NULL: whether it was on the command line */
};

/* What the options do that most programs have. */
struct cli_common {
    bool quiet;  /* -q: no progress, no warnings */
    int verbose; /* how many -v: 1 a summary, 2 as JSON */
};

/* A command line.  A program with several of them (ftp-read and its readers) has one for what stands
 * before the command, where operands_end_options is true, and one for each command. */
struct cli {
    const char *program;
    const char *command;  /* as "nffile", or NULL */
    const char *operands; /* what follows the options in the usage line, or NULL */
    int max_operands;
    const char *unexpected;    /* what to know when there are more, or NULL */
    bool operands_end_options; /* nothing after the first operand is an option, and any number may follow
                                */
    const char *about; /* what the program does: whole lines, between the usage line and the options */

    /* Rows, ended by an empty one; of two with the same letter or the same name, the
     * first counts, also before the common ones.  The order of rows means nothing else. */
    const struct cli_option *tables[CLI_TABLES];
    struct cli_common *common; /* for -q and -v; NULL: it has neither */

    cli_check *check; /* NULL: there is nothing to check that one row cannot check */
};

enum cli_result {
    CLI_WRONG = -1,  /* the problem says what */
    CLI_RUN = 0,     /* optind is where the operands begin */
    CLI_HELP = 1,    /* -h; each option has been checked nevertheless */
    CLI_VERSION = 2, /* -V */
    CLI_CHECKED = 3, /* --check, and the whole command line is right */
};

/* Sets all defaults and reads a command line; argv[0] is not looked at. */
enum cli_result cli_read(const struct cli *c, int argc, char **argv, struct problem *p);

/* Writes the usage text: usage line, what the program does, and the options in alphabetical order. */
void cli_print_usage(const struct cli *c, FILE *out);

/* What main() calls first: prepares the process (io_start()), reads the command line, and ends the
 * program if that was wrong, or after --check, -h and -V.  Returns the index of the first operand. */
int cli_start(const struct cli *c, int argc, char **argv);

/* Ends the program with EXIT_USAGE if fd, which is standard input or output, is a terminal; the hint says
 * what to do instead. */
void cli_refuse_terminal(int fd, const char *hint);

/* For a cli_take: reads a whole number from min to max, without sign, blank or unit.  Returns 0, or -1
 * with the problem. */
int cli_number(const char *value, uint64_t min, uint64_t max, uint64_t *number, struct problem *p);

/* For a cli_take: reads one of the words of "this|that" as its index, from 0.  Returns 0, or -1 with the
 * problem. */
int cli_choice(const char *value, const char *words, int *index, struct problem *p);

#endif
