/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-read: flow records from somewhere, a flow stream out.
 *
 * Here is only what talks to the user: options, messages, the exit status.  The trailer of the stream is
 * written here as well, after the reader has said that nothing was lost.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "csvfile.h"
#include "fdsfile.h"
#include "io.h"
#include "nffile.h"
#include "progress.h"
#include "text.h"

enum { EXIT_USAGE = 2, OPTION_VERIFY = 256 };

struct options {
    struct nffile_options nffile;
    struct fdsfile_options fdsfile;
    const char *file; /* of csvfile */
    uint64_t count;
    bool keep_going;
    bool list;
    bool quiet;
    int verbose;
};

/* A reader of this program: its name, its options, what runs it. */
struct reader {
    const char *name;
    const char *usage;
    const char *short_options;
    const struct option *long_options;
    void (*take)(int option, struct options *o); /* an option that not all readers have */
    void (*check)(const struct options *o);
    enum run_result (*read)(const struct options *o, struct run *run);
};

static const char usage_text[] =
    "usage: ftp-read [-hV] READER [reader options]\n"
    "\n"
    "Reads flow records and writes them to standard output as a flow stream.\n"
    "\n"
    "readers:\n"
    "  nffile    nfcapd files, by way of nfdump\n"
    "  csvfile   text: flow text, or the CSV of any nfdump\n"
    "  fdsfile   FDS files of ipfixcol2, by way of fdsdump\n"
    "\n"
    "'ftp-read READER -h' shows the options of a reader.\n"
    "\n"
    "  -h, --help     show this help and exit\n"
    "  -V, --version  show the version and exit\n";

static const char nffile_usage[] =
    "usage: ftp-read nffile [-bhklqVv] [-c COUNT] [-F EXPR] [-f FORMAT] [-i ID|any] [-M DIRS]\n"
    "                       [-n PROGRAM] [-r IP|any] [-s in|out|any] [-t WINDOW] [--verify]\n"
    "                       -R FILES\n"
    "\n"
    "Reads nfcapd files by way of nfdump.\n"
    "\n"
    "  -b, --biflow          read the counters of the other direction, where an exporter has them\n"
    "  -c, --count COUNT     read at most COUNT records (default: 0, all)\n"
    "  -F, --filter EXPR     a further nfdump filter\n"
    "  -f, --format FORMAT   the output of nfdump to read: auto, binary, csv, csv-fast, pipe\n"
    "                        (default: auto)\n"
    "  -h, --help            show this help and exit\n"
    "  -i, --ifcid ID|any    SNMP id of the interface (default: 0, also of records that have none)\n"
    "  -k, --keep-going      skip rows that cannot be read\n"
    "  -l, --list            list the exporters and interfaces in the capture, and exit\n"
    "  -M, --multidir DIRS   nfdump -M: directories, separated by colons\n"
    "  -n, --nfdump PROGRAM  the nfdump to run (default: nfdump)\n"
    "  -q, --quiet           no progress, no warnings\n"
    "  -R, --read FILES      nfdump -R: a directory; a file and all later ones; a range FIRST:LAST\n"
    "  -r, --router IP|any   address of the exporter (default: 127.0.0.1)\n"
    "  -s, --side in|out|any records that enter by the interface, leave by it, or either (default: in)\n"
    "  -t, --time WINDOW     nfdump -t: the period to read, in UTC\n"
    "  -V, --version         show the version and exit\n"
    "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n"
    "      --verify          before reading, count the records of every file\n";

static const char csvfile_usage[] =
    "usage: ftp-read csvfile [-hkqVv] -f FILE\n"
    "\n"
    "Reads text with a header line: flow text, as ftp-write -t flows writes it, or the CSV of any "
    "nfdump.\n"
    "\n"
    "  -f, --file FILE   the file, plain or gzipped; - is standard input\n"
    "  -h, --help        show this help and exit\n"
    "  -k, --keep-going  skip rows that cannot be read\n"
    "  -q, --quiet       no progress, no warnings\n"
    "  -V, --version     show the version and exit\n"
    "  -v, --verbose     print a summary at the end; twice: as one line of JSON\n";

static const char fdsfile_usage[] =
    "usage: ftp-read fdsfile [-hkqVv] [-c COUNT] [-F EXPR] [-n PROGRAM] -R FILES [-R FILES ...]\n"
    "\n"
    "Reads FDS files of ipfixcol2 by way of fdsdump.\n"
    "\n"
    "  -c, --count COUNT     read at most COUNT records (default: 0, all)\n"
    "  -F, --filter EXPR     a filter of fdsdump\n"
    "  -h, --help            show this help and exit\n"
    "  -k, --keep-going      skip rows that cannot be read\n"
    "  -n, --fdsdump PROGRAM the fdsdump to run (default: fdsdump)\n"
    "  -q, --quiet           no progress, no warnings\n"
    "  -R, --read FILES      a file, or a pattern as in glob(7); may be given several times\n"
    "  -V, --version         show the version and exit\n"
    "  -v, --verbose         print a summary at the end; twice: as one line of JSON\n";

static const struct option nffile_options[] = {
    {"biflow", no_argument, NULL, 'b'},
    {"count", required_argument, NULL, 'c'},
    {"filter", required_argument, NULL, 'F'},
    {"format", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"ifcid", required_argument, NULL, 'i'},
    {"keep-going", no_argument, NULL, 'k'},
    {"list", no_argument, NULL, 'l'},
    {"multidir", required_argument, NULL, 'M'},
    {"nfdump", required_argument, NULL, 'n'},
    {"quiet", no_argument, NULL, 'q'},
    {"read", required_argument, NULL, 'R'},
    {"router", required_argument, NULL, 'r'},
    {"side", required_argument, NULL, 's'},
    {"time", required_argument, NULL, 't'},
    {"verbose", no_argument, NULL, 'v'},
    {"verify", no_argument, NULL, OPTION_VERIFY},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static const struct option csvfile_options[] = {
    {"file", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"keep-going", no_argument, NULL, 'k'},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static const struct option fdsfile_options[] = {
    {"count", required_argument, NULL, 'c'},  {"fdsdump", required_argument, NULL, 'n'},
    {"filter", required_argument, NULL, 'F'}, {"help", no_argument, NULL, 'h'},
    {"keep-going", no_argument, NULL, 'k'},   {"quiet", no_argument, NULL, 'q'},
    {"read", required_argument, NULL, 'R'},   {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
};

/* Prints to stdout and ends the program. */
_Noreturn static void
show(const char *text)
{
    (void)fputs(text, stdout);
    if (fflush(stdout) != 0)
        err(EXIT_FAILURE, "standard output");
    exit(EXIT_SUCCESS);
}

_Noreturn static void
usage_error(void)
{
    (void)fputs("try 'ftp-read -h'\n", stderr);
    exit(EXIT_USAGE);
}

static void
parse_interface_id(const char *text, struct interface *interface)
{
    uint64_t id = 0;

    interface->any_id = strcmp(text, "any") == 0;
    if (!interface->any_id && !text_get_u64(text, strlen(text), UINT32_MAX, &id))
        errx(EXIT_USAGE, "-i: '%s' is neither a number from 0 to 4294967295 nor any", text);
    interface->id = (uint32_t)id;
}

static void
parse_router(const char *text, struct interface *interface)
{
    uint8_t address[16];

    interface->any_exporter = strcmp(text, "any") == 0;
    if (interface->any_exporter)
        return;
    int family = text_get_address(text, strlen(text), address);
    if (family == 0)
        errx(EXIT_USAGE, "-r: '%s' is neither an IP address nor any", text);
    char *end = text_put_address(interface->exporter, family, address);
    *end = '\0';
}

static void
parse_side(const char *text, struct interface *interface)
{
    if (strcmp(text, "in") == 0)
        interface->side = SIDE_IN;
    else if (strcmp(text, "out") == 0)
        interface->side = SIDE_OUT;
    else if (strcmp(text, "any") == 0)
        interface->side = SIDE_ANY;
    else
        errx(EXIT_USAGE, "-s: '%s' is none of in, out, any", text);
}

static enum nffile_format
parse_format(const char *text)
{
    static const char *const names[] = {"auto", "binary", "csv", "csv-fast", "pipe"};
    static const enum nffile_format formats[] = {FORMAT_AUTO, FORMAT_BINARY, FORMAT_CSV, FORMAT_CSV_FAST,
                                                 FORMAT_PIPE};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0)
            return formats[i];
    errx(EXIT_USAGE, "-f: '%s' is none of auto, binary, csv, csv-fast, pipe", text);
}

static void
parse_count(const char *text, struct options *o)
{
    if (!text_get_u64(text, strlen(text), UINT64_MAX, &o->count))
        errx(EXIT_USAGE, "-c: '%s' is not a number of records", text);
}

static void
take_nffile_option(int option, struct options *o)
{
    struct nffile_options *n = &o->nffile;

    switch (option) {
    case 'b':
        n->biflow = true;
        break;
    case 'c':
        parse_count(optarg, o);
        break;
    case 'F':
        if (!nfdump_filter_is_balanced(optarg))
            errx(EXIT_USAGE, "-F: '%s' has parentheses or quotation marks without their partners",
                 optarg);
        n->filter = optarg;
        break;
    case 'f':
        n->format = parse_format(optarg);
        break;
    case 'i':
        parse_interface_id(optarg, &n->interface);
        break;
    case 'l':
        o->list = true;
        break;
    case 'M':
        n->multidir = optarg;
        break;
    case 'n':
        n->program = optarg;
        break;
    case 'R':
        n->read = optarg;
        break;
    case 'r':
        parse_router(optarg, &n->interface);
        break;
    case 's':
        parse_side(optarg, &n->interface);
        break;
    case 't':
        if (!window_parse(optarg, &n->window))
            errx(EXIT_USAGE,
                 "-t: '%s' is not a period as YYYY/MM/DD.hh:mm:ss-YYYY/MM/DD.hh:mm:ss (times may be cut "
                 "short)",
                 optarg);
        break;
    case OPTION_VERIFY:
        n->verify = true;
        break;
    default:
        usage_error();
    }
}

static void
take_csvfile_option(int option, struct options *o)
{
    if (option != 'f')
        usage_error();
    o->file = optarg;
}

static void
take_fdsfile_option(int option, struct options *o)
{
    struct fdsfile_options *f = &o->fdsfile;

    switch (option) {
    case 'c':
        parse_count(optarg, o);
        break;
    case 'F':
        f->filter = optarg;
        break;
    case 'n':
        f->program = optarg;
        break;
    case 'R':
        f->patterns = reallocarray(f->patterns, f->pattern_count + 1, sizeof *f->patterns);
        if (!f->patterns)
            err(EXIT_FAILURE, "no memory");
        f->patterns[f->pattern_count++] = optarg;
        break;
    default:
        usage_error();
    }
}

static void
check_fdsfile(const struct options *o)
{
    if (o->fdsfile.pattern_count == 0)
        errx(EXIT_USAGE, "-R: nothing to read: give a file or a pattern");
    if (o->fdsfile.program[0] == '\0')
        errx(EXIT_USAGE, "-n: the name of the program is empty");
}

static void
check_nffile(const struct options *o)
{
    const struct nffile_options *n = &o->nffile;

    if (!n->read || n->read[0] == '\0')
        errx(EXIT_USAGE, "-R: nothing to read: give a file, a directory or a range");
    if (n->biflow && (n->format == FORMAT_CSV_FAST || n->format == FORMAT_PIPE))
        errx(EXIT_USAGE, "-b: -f csv-fast and -f pipe have no counters of the other direction");
    if (n->program[0] == '\0')
        errx(EXIT_USAGE, "-n: the name of the program is empty");
}

static void
check_csvfile(const struct options *o)
{
    if (!o->file)
        errx(EXIT_USAGE, "-f: no file given (- is standard input)");
    if (strcmp(o->file, "-") == 0 && isatty(STDIN_FILENO))
        errx(EXIT_USAGE, "-f: standard input is a terminal: pipe text into this program");
}

static enum run_result
read_nffile(const struct options *o, struct run *run)
{
    return nffile_read(&o->nffile, run);
}

static enum run_result
read_csvfile(const struct options *o, struct run *run)
{
    return csvfile_read(o->file, run);
}

static enum run_result
read_fdsfile(const struct options *o, struct run *run)
{
    return fdsfile_read(&o->fdsfile, run);
}

static const struct reader readers[] = {
    {"nffile", nffile_usage, "bc:F:f:hi:klM:n:qR:r:s:t:Vv", nffile_options, take_nffile_option,
     check_nffile, read_nffile},
    {"csvfile", csvfile_usage, "f:hkqVv", csvfile_options, take_csvfile_option, check_csvfile,
     read_csvfile},
    {"fdsfile", fdsfile_usage, "c:F:hkn:qR:Vv", fdsfile_options, take_fdsfile_option, check_fdsfile,
     read_fdsfile},
};

/* Parses what stands before the reader's name, and finds the reader. */
static const struct reader *
parse_reader(int argc, char **argv)
{
    static const struct option names[] = {{"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "+hV", names, NULL)) != -1) {
        if (option == 'h')
            show(usage_text);
        if (option == 'V')
            show("ftp-read " VERSION "\n");
        usage_error();
    }
    if (optind == argc)
        errx(EXIT_USAGE, "no reader given: nffile, csvfile or fdsfile");
    for (size_t i = 0; i < sizeof readers / sizeof readers[0]; i++)
        if (strcmp(argv[optind], readers[i].name) == 0)
            return &readers[i];
    errx(EXIT_USAGE, "unknown reader '%s': it is none of nffile, csvfile, fdsfile", argv[optind]);
}

static struct options
parse_options(const struct reader *reader, int argc, char **argv)
{
    struct options o = {.nffile = {.program = "nfdump", .interface = {.exporter = "127.0.0.1"}},
                        .fdsfile = {.program = "fdsdump"}};
    bool help = false;
    int option;

    optind++;
    while ((option = getopt_long(argc, argv, reader->short_options, reader->long_options, NULL)) != -1) {
        switch (option) {
        case 'h':
            help = true;
            break;
        case 'k':
            o.keep_going = true;
            break;
        case 'q':
            o.quiet = true;
            break;
        case 'V':
            show("ftp-read " VERSION "\n");
        case 'v':
            o.verbose++;
            break;
        default:
            reader->take(option, &o);
        }
    }
    if (help)
        show(reader->usage);
    if (optind < argc)
        errx(EXIT_USAGE, "unexpected argument '%s'", argv[optind]);
    reader->check(&o);
    return o;
}

static void
say(const char *message)
{
    warnx("%s", message);
}

/* Nothing matched: says for what, and how to find out what there is. */
static void
warn_nothing(const struct reader *reader, const struct options *o)
{
    const struct interface *interface = &o->nffile.interface;

    if (reader->read != read_nffile) {
        warnx("%s: no flow records in it", o->file ? o->file : "the files of -R");
        return;
    }
    char id[16] = "any";
    if (!interface->any_id)
        (void)snprintf(id, sizeof id, "%" PRIu32, interface->id);
    warnx("no record of exporter %s and interface %s: 'ftp-read nffile -R %s%s%s -l' lists those that "
          "the "
          "capture has",
          interface->any_exporter ? "any" : interface->exporter, id, o->nffile.read,
          o->nffile.multidir ? " -M " : "", o->nffile.multidir ? o->nffile.multidir : "");
}

static void
summarise(const struct run *run)
{
    const struct counts *c = &run->counts;
    uint64_t span = c->flows > 0 ? (uint64_t)c->last - (uint64_t)c->first : 0;

    warnx("%20" PRIu64 "  rows read", c->rows);
    warnx("%20" PRIu64 "  flow records out", c->flows);
    if (c->not_ip > 0)
        warnx("%20" PRIu64 "  left out: not IP (ARP, outer headers of tunnels)", c->not_ip);
    if (c->other_interface > 0)
        warnx("%20" PRIu64 "  left out: of another interface", c->other_interface);
    if (c->skipped > 0)
        warnx("%20" PRIu64 "  skipped: not readable", c->skipped);
    warnx("%20" PRIu64 "  ms from the first to the last packet", span);
    if (run->note.text[0] != '\0')
        warnx("%s", run->note.text);
}

static void
summarise_json(const struct run *run)
{
    const struct counts *c = &run->counts;

    (void)fprintf(stderr,
                  "{\"program\":\"ftp-read\",\"rows\":%" PRIu64 ",\"flows\":%" PRIu64
                  ",\"not_ip\":%" PRIu64 ",\"other_interface\":%" PRIu64 ",\"skipped\":%" PRIu64
                  ",\"first_ms\":%" PRId64 ",\"last_ms\":%" PRId64 "}\n",
                  c->rows, c->flows, c->not_ip, c->other_interface, c->skipped, c->first, c->last);
}

/* How much of the time that the capture spans has been read, 0 to 1. */
static double
share_of(const struct run *run)
{
    double share = ((double)run->counts.last - (double)run->span_first) /
                   ((double)run->span_last - (double)run->span_first);

    return share < 1 ? share : 1;
}

/* The progress line: left of that of ftp-merge. */
static void
describe(void *context, char *text, size_t size)
{
    static struct progress_rate rate;
    const struct run *run = context;
    const struct counts *c = &run->counts;
    char share[8] = "", date[24] = "", rows[16], per_second[16];
    time_t seconds = (time_t)(c->last / 1000);
    struct tm tm;

    if (c->flows > 0 && run->span_last > run->span_first && c->last >= run->span_first)
        (void)snprintf(share, sizeof share, "%.0f%% ", 100 * share_of(run));
    if (c->flows > 0 && gmtime_r(&seconds, &tm))
        (void)strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S ", &tm);
    (void)snprintf(text, size, "%s%s%s rows %s/s", share, date, progress_number(c->rows, rows),
                   progress_number(progress_rate(&rate, c->rows), per_second));
}

/* Runs the reader and ends the stream. */
static void
run_reader(const struct reader *reader, const struct options *o)
{
    struct run run = {.keep_going = o->keep_going,
                      .quiet = o->quiet,
                      .limit = o->count,
                      .span_last = INT64_MIN,
                      .say = say};
    const struct progress progress = {.program = "ftp-read",
                                      .column = 1,
                                      .width = 43,
                                      .text = describe,
                                      .context = &run};

    if (isatty(STDOUT_FILENO))
        errx(EXIT_USAGE, "standard output is a terminal: pipe it into ftp-merge");
    io_enlarge_pipe(STDOUT_FILENO);
    if (stream_writer_open(&run.stream, STDOUT_FILENO, STREAM_FLOW) == -1)
        err(EXIT_FAILURE, "standard output");
    if (progress_start(&progress, !o->quiet, true) == -1)
        err(EXIT_FAILURE, "cannot start the progress line");
    enum run_result result = reader->read(o, &run);
    progress_end();
    if (result == RUN_FAILED)
        errx(EXIT_FAILURE, "%s", run.problem.text);
    if (stream_writer_finish(&run.stream, run.counts.skipped) == -1 || close(STDOUT_FILENO) == -1)
        err(EXIT_FAILURE, "standard output");
    stream_writer_release(&run.stream);
    if (run.counts.skipped > 0)
        warnx("%" PRIu64 " rows could not be read and were skipped", run.counts.skipped);
    if (run.counts.flows == 0 && !o->quiet)
        warn_nothing(reader, o);
    if (o->verbose == 1)
        summarise(&run);
    if (o->verbose > 1)
        summarise_json(&run);
}

static void
run_list(const struct options *o)
{
    struct run run = {.keep_going = o->keep_going, .say = say};

    if (nffile_list(&o->nffile, &run) == RUN_FAILED)
        errx(EXIT_FAILURE, "%s", run.problem.text);
}

int
main(int argc, char **argv)
{
    if (io_start() == -1)
        err(EXIT_FAILURE, "cannot start");
    const struct reader *reader = parse_reader(argc, argv);
    const struct options options = parse_options(reader, argc, argv);
    if (options.list)
        run_list(&options);
    else
        run_reader(reader, &options);
    free(options.fdsfile.patterns);
    return EXIT_SUCCESS;
}
