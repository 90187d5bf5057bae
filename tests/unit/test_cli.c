/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The command line: every kind of value with its limits, every mistake with its message, defaults, and
 * the usage text as a whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { MAX_WORDS = 16 };

static struct {
    uint64_t active, count, memory;
    int direction, format;
    bool gzip, count_given, verify;
    const char *file, *filter;
    const char *read[4];
    int reads;
} values;

static struct cli_common common;

static int
take_read(const char *value, struct problem *p)
{
    if (strcmp(value, "bad") == 0)
        return problem_set(p, "'%s' cannot be read", value);
    values.read[values.reads++] = value;
    return 0;
}

static const struct cli_option rows[] = {
    {'a', "active", "SEC", "active timeout of the exporter", .preset = "300", .seconds = &values.active,
     .min = 1, .max = CLI_MAX_SECONDS},
    {0, "verify", NULL, "count the records first", .flag = &values.verify},
    {'c', "count", "COUNT", "read at most COUNT records", .preset = "0", .preset_meaning = "all of them",
     .number = &values.count, .min = 0, .max = 1000, .given = &values.count_given},
    {'d', "direction", "initiator|arrival", "which side of a biflow is its source", .preset = "initiator",
     .choice = &values.direction},
    {'F', "filter", "EXPR", "a further filter, which may be empty", .text = &values.filter},
    {'f', "format", "auto|csv|csv-fast", "what is read", .preset = "auto", .choice = &values.format},
    {'m', "memory", "MIB", "at most so much memory", .preset = "2G", .mebibytes = &values.memory,
     .min = 1, .max = SIZE_MAX >> 20},
    {'o', "output", "FILE", "where it goes", .preset = "-", .file = &values.file},
    {0},
};

static const struct cli_option more_rows[] = {
    {'g', "gzip", NULL, "compress the text", .flag = &values.gzip},
    {0},
};

static const struct cli cli = {
    .program = "ftp-test",
    .unexpected = "input is read from standard input",
    .about = "Does nothing.\n",
    .tables = {rows, more_rows},
    .common = &common,
};

static const struct cli_option reader_rows[] = {
    {'R', "read", "FILES", "what is read", .missing = "nothing to read", .may_repeat = true,
     .take = take_read},
    {'q', "quiet", NULL, "nothing at all", .flag = &values.gzip},
    {0},
};

static const struct cli reader = {
    .program = "ftp-test",
    .command = "files",
    .operands = "[A [B]]",
    .max_operands = 2,
    .about = "Reads.\n",
    .tables = {reader_rows},
    .common = &common,
};

static const struct cli front = {
    .program = "ftp-test",
    .operands = "READER [reader options]",
    .operands_end_options = true,
    .about = "Has readers.\n\nreaders:\n  files\n",
};

static struct problem problem;
static char *words[MAX_WORDS + 2];

/* Reads the command line that a text is, words separated by one blank. */
static enum cli_result
read_line(const struct cli *c, const char *line)
{
    static char copy[256], name[] = "program";
    int n = 1;

    (void)snprintf(copy, sizeof copy, "%s", line);
    words[0] = name;
    memset(&values, 0xff, sizeof values);
    values.reads = 0;
    memset(&common, 0xff, sizeof common);
    problem.text[0] = '\0';
    for (char *p = copy; *line && p && n < MAX_WORDS;) {
        words[n++] = p;
        p = strchr(p, ' ');
        if (p)
            *p++ = '\0';
    }
    words[n] = NULL;
    return cli_read(c, n, words, &problem);
}

static void
accept(const struct cli *c, const char *line)
{
    enum cli_result result = read_line(c, line);

    assert_string_equal(problem.text, "");
    assert_int_equal(result, CLI_RUN);
}

static void
refuse(const struct cli *c, const char *line, const char *message)
{
    assert_int_equal(read_line(c, line), CLI_WRONG);
    assert_string_equal(problem.text, message);
}

static void
test_defaults(void **state)
{
    (void)state;
    values.filter = NULL;
    accept(&cli, "");
    assert_int_equal(values.active, 300);
    assert_int_equal(values.count, 0);
    assert_int_equal(values.memory, 2048);
    assert_int_equal(values.direction, 0);
    assert_string_equal(values.file, "-");
    assert_false(values.gzip || values.verify || values.count_given || common.quiet);
    assert_int_equal(common.verbose, 0);
    /* What has no default is left alone. */
    assert_true(values.filter == (const char *)UINTPTR_MAX);
}

static void
test_forms(void **state)
{
    (void)state;
    accept(&cli, "-a 90 --count=7 --direction arrival -gvF x --verify -f csv-fast -vo- -m512");
    assert_int_equal(values.active, 90);
    assert_int_equal(values.count, 7);
    assert_true(values.count_given && values.gzip && values.verify);
    assert_int_equal(values.direction, 1);
    assert_int_equal(values.format, 2);
    assert_string_equal(values.filter, "x");
    assert_string_equal(values.file, "-");
    assert_int_equal(values.memory, 512);
    assert_int_equal(common.verbose, 2);
    /* The last one counts, and the default is not added to it. */
    accept(&cli, "--act=1 -a 2 --quiet -F ");
    assert_int_equal(values.active, 2);
    assert_string_equal(values.filter, "");
    assert_true(common.quiet);
    assert_false(values.count_given);
}

static void
test_seconds(void **state)
{
    static const struct {
        const char *text;
        uint64_t seconds;
    } good[] = {{"1", 1},
                {"90", 90},
                {"90s", 90},
                {"5m", 300},
                {"1h", 3600},
                {"016m", 960},
                {"1000000000", CLI_MAX_SECONDS},
                {"277777h", 999997200},
                {"1000000000s", CLI_MAX_SECONDS}};
    static const char *const bad[] = {
        "",
        "0",
        "0h",
        "-1",
        "+1",
        "3x",
        "3.5",
        "s",
        "5M",
        "1d",
        "1ms",
        "5mm",
        "1h30m",
        "0x10",
        "1e3",
        "1000000001",
        "h1",
        "277778h",
        "16666667m",
        "99999999999999999999",
        "5124095576030432h",
    };
    char line[64], message[128];

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(line, sizeof line, "-a %s", good[i].text);
        accept(&cli, line);
        assert_int_equal(values.active, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(line, sizeof line, "--active=%s", bad[i]);
        (void)snprintf(message, sizeof message,
                       "-a: '%s' is not a time from 1 to 1000000000 seconds, as 90, 90s, 5m or 1h",
                       bad[i]);
        refuse(&cli, line, message);
    }
}

static void
test_mebibytes(void **state)
{
    static const char *const bad[] = {"0",
                                      "-1",
                                      "512MB",
                                      "512m",
                                      "1T",
                                      "G",
                                      "",
                                      "1.5G",
                                      "99999999999999999999",
                                      "17592186044416",
                                      "17179869184G"};
    char limits[64], line[64];

    (void)state;
    accept(&cli, "-m 512");
    assert_int_equal(values.memory, 512);
    accept(&cli, "-m 512M");
    assert_int_equal(values.memory, 512);
    accept(&cli, "-m 3G");
    assert_int_equal(values.memory, 3072);
    (void)snprintf(line, sizeof line, "-m %zu", SIZE_MAX >> 20);
    accept(&cli, line);
    assert_int_equal(values.memory, SIZE_MAX >> 20);
    (void)snprintf(limits, sizeof limits, " is not a size from 1 to %zu MiB", SIZE_MAX >> 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(line, sizeof line, "-m %s", bad[i]);
        assert_int_equal(read_line(&cli, line), CLI_WRONG);
        assert_non_null(strstr(problem.text, limits));
    }
}

static void
test_number(void **state)
{
    static const char *const bad[] = {"-1", "1001", "3x", "0x3", "+3", "", "99999999999999999999", "1.0"};
    char line[64], message[128];

    (void)state;
    accept(&cli, "-c 1000");
    assert_int_equal(values.count, 1000);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(line, sizeof line, "-c %s", bad[i]);
        (void)snprintf(message, sizeof message, "-c: '%s' is not a number from 0 to 1000", bad[i]);
        refuse(&cli, line, message);
    }
}

static void
test_words(void **state)
{
    (void)state;
    refuse(&cli, "-d a", "-d: 'a' is neither initiator nor arrival");
    refuse(&cli, "-d initiator|arrival", "-d: 'initiator|arrival' is neither initiator nor arrival");
    refuse(&cli, "-d ", "-d: '' is neither initiator nor arrival");
    refuse(&cli, "-f csv-", "-f: 'csv-' is not one of auto, csv, csv-fast");
    refuse(&cli, "-o ", "-o: '' is not the name of a file");
}

static void
test_mistakes(void **state)
{
    (void)state;
    refuse(&cli, "-x", "unknown option '-x' (try 'ftp-test -h')");
    refuse(&cli, "-gx", "unknown option '-x' (try 'ftp-test -h')");
    refuse(&cli, "--no-such=3", "unknown option '--no-such=3' (try 'ftp-test -h')");
    refuse(&cli, "--ver", "ambiguous option '--ver' (try 'ftp-test -h')");
    refuse(&cli, "-c", "-c: needs a value (try 'ftp-test -h')");
    refuse(&cli, "--count", "-c: needs a value (try 'ftp-test -h')");
    refuse(&cli, "--gzip=9", "--gzip=9: takes no value (try 'ftp-test -h')");
    refuse(&cli, "--verify=9", "--verify=9: takes no value (try 'ftp-test -h')");
    refuse(&cli, "-g file -v", "unexpected argument 'file': input is read from standard input");
    refuse(&cli, "-- -g", "unexpected argument '-g': input is read from standard input");
    /* Also where getopt has moved operands out of the way. */
    refuse(&reader, "file --no-such", "unknown option '--no-such' (try 'ftp-test files -h')");
    refuse(&reader, "file -R a b c", "unexpected argument 'c'");
    refuse(&reader, "a b", "-R: nothing to read");
    refuse(&reader, "-R bad", "-R: 'bad' cannot be read");
    /* Nothing that is typed, or pasted, controls the terminal. */
    refuse(&cli, "-c \033[2J", "-c: '?[2J' is not a number from 0 to 1000");
    refuse(&cli, "--\033[2J", "unknown option '--?[2J' (try 'ftp-test -h')");
}

static void
test_common(void **state)
{
    (void)state;
    assert_int_equal(read_line(&cli, "-h"), CLI_HELP);
    assert_int_equal(read_line(&cli, "-V -c x"), CLI_VERSION);
    /* -h does not need a whole command line, but looks at all of it. */
    assert_int_equal(read_line(&reader, "-h"), CLI_HELP);
    refuse(&cli, "-h -c x", "-c: 'x' is not a number from 0 to 1000");
    refuse(&cli, "-c x -h", "-c: 'x' is not a number from 0 to 1000");
    refuse(&front, "-q", "unknown option '-q' (try 'ftp-test -h')");
    assert_int_equal(read_line(&front, "-h"), CLI_HELP);
    /* A program can have a common option do something else. */
    accept(&reader, "-q -R x");
    assert_true(values.gzip);
    assert_false(common.quiet);
}

static void
test_commands(void **state)
{
    (void)state;
    accept(&front, "files -R one -v --read=two operand");
    assert_int_equal(optind, 1);
    assert_int_equal(cli_read(&reader, 5, words + 1, &problem), CLI_RUN);
    assert_int_equal(values.reads, 2);
    assert_string_equal(values.read[0], "one");
    assert_string_equal(values.read[1], "two");
    assert_string_equal(words[1 + optind], "operand");
    assert_int_equal(common.verbose, 1);
    accept(&front, "");
    assert_int_equal(optind, 1);
}

static int
refuse_gzip_of_csv(struct problem *p)
{
    return values.gzip && values.format == 1 ? problem_set(p, "-g: not with -f csv") : 0;
}

/* --check, and what one option cannot know of another. */
static void
test_check(void **state)
{
    struct cli checked = cli;

    (void)state;
    checked.check = refuse_gzip_of_csv;
    assert_int_equal(read_line(&cli, "--check -g"), CLI_CHECKED);
    assert_int_equal(read_line(&checked, "--check -g"), CLI_CHECKED);
    assert_int_equal(read_line(&checked, "-g"), CLI_RUN);
    assert_int_equal(read_line(&checked, "-g -f csv"), CLI_WRONG);
    assert_string_equal(problem.text, "-g: not with -f csv");
    assert_int_equal(read_line(&checked, "-g -f csv --check"), CLI_WRONG);
    assert_int_equal(read_line(&checked, "--check -a x"), CLI_WRONG);
    assert_int_equal(read_line(&checked, "--check file"), CLI_WRONG);
    /* After the operand it is an option of somebody else. */
    assert_int_equal(read_line(&front, "--check"), CLI_WRONG);
    assert_int_equal(read_line(&front, "reader --check"), CLI_RUN);
}

static void
expect_usage(const struct cli *c, const char *expected)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    cli_print_usage(c, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void
test_usage(void **state)
{
    (void)state;
    expect_usage(&cli, "usage: ftp-test [-ghqVv] [-a SEC] [-c COUNT] [-d initiator|arrival] [-F EXPR]\n"
                       "                [-f auto|csv|csv-fast] [-m MIB] [-o FILE] [--check] [--verify]\n"
                       "\n"
                       "Does nothing.\n"
                       "\n"
                       "  -a, --active SEC      active timeout of the exporter (default: 300)\n"
                       "  -c, --count COUNT     read at most COUNT records (default: 0, all of them)\n"
                       "  -d, --direction initiator|arrival\n"
                       "                        which side of a biflow is its source\n"
                       "                        (default: initiator)\n"
                       "  -F, --filter EXPR     a further filter, which may be empty\n"
                       "  -f, --format auto|csv|csv-fast\n"
                       "                        what is read (default: auto)\n"
                       "  -g, --gzip            compress the text\n"
                       "  -h, --help            show this help and exit\n"
                       "  -m, --memory MIB      at most so much memory (default: 2G)\n"
                       "  -o, --output FILE     where it goes (default: -)\n"
                       "  -q, --quiet           no progress, no warnings\n"
                       "  -V, --version         show the version and exit\n"
                       "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n"
                       "      --check           check the command line and exit\n"
                       "      --verify          count the records first\n");
    expect_usage(&reader,
                 "usage: ftp-test files [-hqVv] [--check] -R FILES [-R FILES ...] [A [B]]\n"
                 "\n"
                 "Reads.\n"
                 "\n"
                 "  -h, --help            show this help and exit\n"
                 "  -q, --quiet           nothing at all\n"
                 "  -R, --read FILES      what is read\n"
                 "  -V, --version         show the version and exit\n"
                 "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n"
                 "      --check           check the command line and exit\n");
    expect_usage(&front, "usage: ftp-test [-hV] READER [reader options]\n"
                         "\n"
                         "Has readers.\n\nreaders:\n  files\n"
                         "\n"
                         "  -h, --help            show this help and exit\n"
                         "  -V, --version         show the version and exit\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),  cmocka_unit_test(test_forms),  cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_mebibytes), cmocka_unit_test(test_number), cmocka_unit_test(test_words),
        cmocka_unit_test(test_mistakes),  cmocka_unit_test(test_common), cmocka_unit_test(test_commands),
        cmocka_unit_test(test_check),     cmocka_unit_test(test_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
