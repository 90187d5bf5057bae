/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump skips what it cannot read, and with it all files that come later, and exits with status 0.  So
 * the files are looked up here by nfdump's own rules, and nfdump is asked about all of them beforehand
 * (-I reads only headers).  If it complains it is asked about each alone, and what it cannot read has a
 * name and a reason; to ask for each in any case would take longer than to read small files.
 *
 * Where versions of nfdump differ in what they select, the files that all of them select are checked; the
 * others are left to what nfdump says while it reads.
 */
#include "captures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "nfdump.h"

enum { MAX_PATH = 4096 };

struct check {
    const char *program;
    bool each; /* ask nfdump about each file */
    bool verify;
    struct captures *captures;
    char *problem;
    size_t problem_size;
};

__attribute__((format(printf, 2, 3))) static int
fail(const struct check *c, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(c->problem, c->problem_size, format, ap);
    va_end(ap);
    return -1;
}

/* Joins a directory and a name.  Returns 0, or -1 when that is too long. */
static int
join(const struct check *c, char path[MAX_PATH], const char *directory, const char *name)
{
    int n = snprintf(path, MAX_PATH, "%s/%s", directory, name);

    return n > 0 && n < MAX_PATH ? 0 : fail(c, "%s/%s: %s", directory, name, strerror(ENAMETOOLONG));
}

/* Finds the number behind a label in what nfdump printed. */
static bool
find_number(const char *text, const char *label, uint64_t *number)
{
    const char *p = strstr(text, label);

    return p && sscanf(p + strlen(label), "%" SCNu64, number) == 1;
}

/* Has nfdump read a whole file and print no record, and compares how many it found with the promised
 * number. */
static int
verify_file(const struct check *c, const char *path, uint64_t promised)
{
    const char *const arguments[] = {"-r", path, "-o", "null", NULL};
    char answer[4096], why[160];
    uint64_t found;

    if (nfdump_ask(c->program, arguments, answer, sizeof answer, why, sizeof why) == -1)
        return fail(c, "%s: %s", path, why);
    if (!find_number(answer, "total flows: ", &found))
        return fail(c, "%s: cannot verify: nfdump does not tell how many records it read", path);
    if (found != promised)
        return fail(c, "%s: damaged: %" PRIu64 " records instead of %" PRIu64, path, found, promised);
    return 0;
}

/* Adds what nfdump -I says of a file or of several.  Returns whether it says it. */
static bool
add_totals(struct captures *captures, const char *answer)
{
    uint64_t flows, packets = 0, first, last;

    if (!find_number(answer, "Flows: ", &flows))
        return false;
    (void)find_number(answer, "Packets: ", &packets);
    captures->flows += flows;
    captures->packets += packets;
    if (flows == 0 || !find_number(answer, "First: ", &first) || !find_number(answer, "Last: ", &last))
        return true;
    if ((int64_t)first * 1000 < captures->first)
        captures->first = (int64_t)first * 1000;
    if ((int64_t)last * 1000 > captures->last)
        captures->last = (int64_t)last * 1000;
    return true;
}

/* Whether a file is one of nfdump 1.7 whose collector did not get to close it: the place of its appendix
 * (nfdump's name for what is written at the end) is 0.  nfdump finds no records in it, and no fault. */
static bool
is_unfinished(const char *path)
{
    enum { APPENDIX = 24, BYTES = 32 };
    static const uint8_t magic_of_1_7[] = {0x0c, 0xa5, 0x02, 0x00}, nowhere[BYTES - APPENDIX];
    uint8_t header[BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return false;
    ssize_t got = io_read_full(fd, header, sizeof header);
    (void)close(fd);
    return got == BYTES && memcmp(header, magic_of_1_7, sizeof magic_of_1_7) == 0 &&
           memcmp(header + APPENDIX, nowhere, sizeof nowhere) == 0;
}

/* Asks nfdump about one file. */
static int
ask_about_file(const struct check *c, const char *path)
{
    const char *const arguments[] = {"-I", "-r", path, NULL};
    char answer[2048], why[160];
    uint64_t flows = 0;

    if (nfdump_ask(c->program, arguments, answer, sizeof answer, why, sizeof why) == -1)
        return fail(c, "%s: %s", path, why);
    if (!add_totals(c->captures, answer) || !find_number(answer, "Flows: ", &flows))
        return fail(c, "%s: nfdump -I does not tell how many flows are in it", path);
    return c->verify ? verify_file(c, path, flows) : 0;
}

static int
check_file(const struct check *c, const char *path)
{
    struct stat st;

    if (stat(path, &st) == -1 || access(path, R_OK) == -1)
        return fail(c, "%s: %s", path, strerror(errno));
    if (st.st_size == 0)
        return fail(c, "%s: the file is empty: not even a header of nfcapd", path);
    if (is_unfinished(path))
        return fail(c, "%s: its collector did not close it, so it may lack records", path);
    c->captures->files++;
    return c->each ? ask_about_file(c, path) : 0;
}

/* Names that some or all nfdumps pass over. */
static bool
is_skipped(const char *name)
{
    return name[0] == '.' || strncmp(name, "nfcapd.current", strlen("nfcapd.current")) == 0 ||
           strstr(name, ".stat") || strstr(name, "pcap");
}

/* Checks the files of a directory from a first to a last name (NULL for no bound), in the order of their
 * names; those of its subdirectories only when there are no bounds. */
static int
check_directory(struct check *c, const char *directory, const char *first, const char *last)
{
    struct dirent **entries;
    int n = scandir(directory, &entries, NULL, alphasort);
    int result = 0;

    if (n == -1)
        return fail(c, "%s: %s", directory, strerror(errno));
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char path[MAX_PATH];
        struct stat st;
        if (result == 0 && !is_skipped(name) && (!first || strcmp(name, first) >= 0) &&
            (!last || strcmp(name, last) <= 0)) {
            result = join(c, path, directory, name);
            if (result == 0 && stat(path, &st) == -1)
                result = fail(c, "%s: %s", path, strerror(errno));
            else if (result == 0 && S_ISREG(st.st_mode))
                result = check_file(c, path);
            else if (result == 0 && S_ISDIR(st.st_mode) && !first)
                result = check_directory(c, path, NULL, NULL);
        }
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* Checks a file, a range or a directory (-R) below a directory that is given, or as a path of its own. Of
 * several directories only the first has to have the first file. */
static int
check_selection(struct check *c, const char *directory, const char *read, bool is_first)
{
    char path[MAX_PATH];
    struct stat st;
    char *last = NULL;

    if (directory ? join(c, path, directory, read) == -1
                  : snprintf(path, sizeof path, "%s", read) >= (int)sizeof path)
        return fail(c, "-R: %s: %s", read, strerror(ENAMETOOLONG));
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return check_directory(c, path, NULL, NULL);
    if (stat(path, &st) == -1 && (last = strchr(path + (directory ? strlen(directory) : 0), ':')))
        *last++ = '\0';
    if (is_first && stat(path, &st) == -1)
        return fail(c, "-R: %s: %s", path, strerror(errno));
    char *name = strrchr(path, '/');
    if (last && strchr(last, '/'))
        return 0; /* a range over a hierarchy of directories: nfdump finds its way */
    if (!name)
        return check_directory(c, ".", path, last);
    *name++ = '\0';
    if (last && is_first) {
        char end[MAX_PATH];
        if (join(c, end, path, last) == -1)
            return -1;
        if (stat(end, &st) == -1)
            return fail(c, "-R: %s: %s", end, strerror(errno));
    }
    return check_directory(c, path[0] ? path : "/", name, last);
}

/* Checks each directory of -M: the first is a path, the others are names beside it. */
static int
check_directories(struct check *c, const char *multidir, const char *read)
{
    char *list = strdup(multidir);
    char base[MAX_PATH] = ".";
    int result = 0;

    if (!list)
        return fail(c, "no memory");
    char *rest = list;
    for (char *name = strsep(&rest, ":"); name && result == 0; name = strsep(&rest, ":")) {
        char path[MAX_PATH];
        struct stat st;
        bool is_first = name == list;
        if (is_first)
            (void)snprintf(path, sizeof path, "%s", name);
        else
            result = join(c, path, base, name);
        if (result == 0 && (stat(path, &st) == -1 || (!S_ISDIR(st.st_mode) && (errno = ENOTDIR))))
            result =
                fail(c, "-M: %s: %s%s", path, strerror(errno),
                     is_first ? "" : " (only the first of -M is a path, the others are names beside it)");
        if (result == 0)
            result = check_selection(c, path, read, is_first);
        char *slash = is_first ? strrchr(path, '/') : NULL;
        if (slash) {
            *slash = '\0';
            (void)snprintf(base, sizeof base, "%s", path);
        }
    }
    free(list);
    return result;
}

/* Checks all files of a selection. */
static int
check_all(struct check *c, const char *multidir, const char *read)
{
    *c->captures = (struct captures){.first = INT64_MAX, .last = INT64_MIN};
    return multidir ? check_directories(c, multidir, read) : check_selection(c, NULL, read, true);
}

/* Asks nfdump about all files of a selection together. */
static int
ask_about_all(const struct check *c, const char *multidir, const char *read)
{
    const char *const arguments[] = {"-I", "-R", read, multidir ? "-M" : NULL, multidir, NULL};
    char answer[2048], why[160];

    if (nfdump_ask(c->program, arguments, answer, sizeof answer, why, sizeof why) == -1)
        return fail(c, "-R: %s: %s", read, why);
    if (!add_totals(c->captures, answer))
        return fail(c, "-R: %s: nfdump -I does not tell how many flows are in it", read);
    return 0;
}

int
captures_check(struct captures *captures, const char *program, const char *multidir, const char *read,
               bool verify, char *problem, size_t problem_size)
{
    char overall[256];
    struct check c = {.program = program,
                      .each = verify,
                      .verify = verify,
                      .captures = captures,
                      .problem = problem,
                      .problem_size = problem_size};

    if (check_all(&c, multidir, read) == -1)
        return -1;
    /* Of no file at all it speaks when it reads; asked for the headers of none, 1.7.1 crashes. */
    if (c.each || captures->files == 0 || ask_about_all(&c, multidir, read) == 0)
        return 0;
    (void)snprintf(overall, sizeof overall, "%s", problem);
    c.each = true;
    return check_all(&c, multidir, read) == -1 ? -1 : fail(&c, "%s", overall);
}
