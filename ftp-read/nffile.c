/* SPDX-License-Identifier: BSD-3-Clause */
/* The reader of nfcapd files, by way of nfdump: its command line, and what it says when nothing
 * matched. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nfdump_flows.h"
#include "reader.h"
#include "text.h"

static struct nfdump_request options;

static uint64_t count;
static int format; /* enum nfdump_format */
static int side;   /* enum side */
static bool list;
static bool files;

static int
take_filter(const char *value, struct problem *p)
{
    options.filter = value;
    return nfdump_check_filter(value, p);
}

static int
take_interface(const char *value, struct problem *p)
{
    struct interface *interface = &options.interface;
    uint64_t id = 0;

    interface->any_id = strcmp(value, "any") == 0;
    if (!interface->any_id && !text_get_u64(value, strlen(value), UINT32_MAX, &id))
        return problem_set(p, "'%s' is neither a number from 0 to 4294967295 nor any", value);
    interface->id = (uint32_t)id;
    return 0;
}

static int
take_read(const char *value, struct problem *p)
{
    struct captures_selection *s = &options.selection;
    const char **reads = reallocarray(s->reads, s->read_count + 1, sizeof *reads);

    if (!reads)
        return problem_set(p, "no memory");
    s->reads = reads;
    s->reads[s->read_count++] = value;
    return value[0] == '\0' ? problem_set(p, "'' is not the name of a file") : 0;
}

static int
take_router(const char *value, struct problem *p)
{
    struct interface *interface = &options.interface;
    uint8_t address[16];

    interface->any_exporter = strcmp(value, "any") == 0;
    if (interface->any_exporter)
        return 0;
    int family = text_get_address(value, strlen(value), address);
    if (family == 0)
        return problem_set(p, "'%s' is neither an IP address nor any%s", value,
                           access(value, F_OK) == 0 ? ": files are given with -R" : "");
    *text_put_address(interface->exporter, family, address) = '\0';
    return 0;
}

static int
take_window(const char *value, struct problem *p)
{
    return window_parse(value, &options.window, p);
}

static const struct cli_option rows[] = {
    {'b', "biflow", NULL, "read the counters of the other direction, where an exporter has them",
     .flag = &options.biflow},
    {'c', "count", "COUNT", "read at most COUNT records", .preset = "0", .preset_meaning = "all",
     .number = &count, .max = UINT64_MAX},
    {'F', "filter", "EXPR", "a further nfdump filter", .take = take_filter},
    {'f', "format", "auto|binary|csv|csv-fast|pipe", "the output of nfdump to read", .preset = "auto",
     .choice = &format},
    {'i', "ifcid", "ID|any", "SNMP id of the interface", .preset = "0",
     .preset_meaning = "also of records that have none", .take = take_interface},
    {'l', "list", NULL, "list the exporters and interfaces in the capture, and exit", .flag = &list},
    {'M', "multidir", "DIRS", "nfdump -M: directories, separated by colons",
     .text = &options.selection.multidir},
    {'n', "nfdump", "PROGRAM", "the nfdump to run", .preset = "nfdump", .file = &options.program},
    {'R', "read", "FILES", "nfdump -R: a directory; a file and all later ones; a range FIRST:LAST",
     .take = take_read, .may_repeat = true,
     .missing = "nothing to read: give a file, a directory or a range"},
    {'r', "router", "IP|any", "address of the exporter", .preset = "127.0.0.1", .take = take_router},
    {'s', "side", "in|out|any", "records that enter by the interface, leave by it, or either",
     .preset = "any", .choice = &side},
    {'t', "time", "WINDOW", "nfdump -t: the period to read, in UTC", .take = take_window},
    {0, "files", NULL, "print the names of the files that are selected, and exit", .flag = &files},
    {0, "verify", NULL, "before reading, have nfdump check every file", .flag = &options.verify},
    {0},
};

static int
check(struct problem *p)
{
    options.format = (enum nfdump_format)format;
    options.interface.side = (enum side)side;
    if (options.biflow && (options.format == FORMAT_CSV_FAST || options.format == FORMAT_PIPE))
        return problem_set(p, "-b: -f csv-fast and -f pipe have no counters of the other direction");
    return 0;
}

static const struct cli cli = {
    .program = "ftp-read",
    .command = "nffile",
    .unexpected = "files are given with -R",
    .about = "Reads nfcapd files by way of nfdump.\n",
    .tables = {rows, reader_rows},
    .common = &reader_options.common,
    .check = check,
};

static enum run_result
read_flows(struct run *run)
{
    run->limit = count;
    return nfdump_flows_read(&options, run);
}

static enum run_result
print(struct run *run)
{
    if (files)
        return nfdump_flows_print_files(&options, run);
    return list ? nfdump_flows_list(&options, reader_options.common.verbose, run) : RUN_USELESS;
}

/* Writes the options that select files, as they would be typed: "-R one -R other". */
static void
put_selection(struct problem *p)
{
    const struct captures_selection *s = &options.selection;

    problem_set(p, "%s%s", s->multidir ? "-M " : "", s->multidir ? s->multidir : "");
    for (size_t i = 0; i < s->read_count; i++)
        problem_set(p, "%s%s-R %s", p->text, p->text[0] ? " " : "", s->reads[i]);
}

static void
describe_nothing(struct problem *p)
{
    const struct interface *interface = &options.interface;
    char id[16] = "any";
    struct problem selection;

    put_selection(&selection);
    if (!interface->any_id)
        (void)snprintf(id, sizeof id, "%" PRIu32, interface->id);
    problem_set(p,
                "no record of exporter %s and interface %s%s%s: 'ftp-read nffile %s -l' lists those that "
                "the capture has",
                interface->any_exporter ? "any" : interface->exporter, id,
                options.window.given ? " inside the period of -t" : "",
                options.filter ? " that matches -F" : "", selection.text);
}

const struct reader nffile_reader = {
    .cli = &cli,
    .read = read_flows,
    .describe_nothing = describe_nothing,
    .print = print,
};
