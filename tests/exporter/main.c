/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exporter: simulates sessions whose truth is known, cuts them into flow records as a flow exporter
 * with given timeouts would, and sends those as IPFIX to a collector. The tests then hold the profile
 * of what was collected against the truth. What is simulated, and why the truth is well defined, is
 * said in session.c.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flows.h"
#include "ipfix.h"
#include "sender.h"
#include "text.h"
#include "traffic.h"

enum {
    EXIT_USAGE = 2,
    COUNT_MAX = 20 * 1000 * 1000, /* keeps hosts and record indexes within their range */
    TIMEOUT_MAX = 86400,          /* s */
    SPAN_MAX = 3000000            /* s; with timeouts and delay still below 2^32 ms */
};

struct options {
    struct traffic_config traffic;
    const char *truth;
    const char *flows;
    struct in_addr source;
    uint32_t ifindex;
    uint32_t rate;
    uint16_t port;
    bool shuffle;
};

static const char usage_text[] =
    "usage: exporter [options]\n"
    "Simulates sessions and exports their flows. With -p the number of records sent is printed.\n"
    "  -n, --sessions N      simulate N sessions (1000)\n"
    "  -N, --records N       or stop after about N records\n"
    "  -S, --seed N          of the random numbers (1); the same seed gives the same traffic\n"
    "  -a, --active SEC      active timeout (300)\n"
    "  -i, --inactive SEC    inactive timeout (30)\n"
    "  -b, --start MS        when the simulated period starts, ms since 1970 (1700000000000)\n"
    "  -l, --span SEC        how long it is (3600)\n"
    "  -6, --ipv6 PERCENT    of the conversations (15)\n"
    "  -d, --delay SEC       export every record up to SEC late, which reorders them (0)\n"
    "  -s, --shuffle         export the records in random order\n"
    "  -I, --ifindex N       the interface by which records enter (0); they leave by N + 1\n"
    "  -o, --other-share PERCENT\n"
    "                        of the records that are noise: other addresses, entering by N + 2,\n"
    "                        neither in the truth nor in --flows (0)\n"
    "  -t, --truth FILE      write the true biflows: a profile with absolute times\n"
    "  -f, --flows FILE      write the records for ftp-read csvfile; - is stdout\n"
    "  -p, --port PORT       send IPFIX to this UDP port of 127.0.0.1\n"
    "  -A, --source ADDRESS  send it from this address of this machine\n"
    "  -r, --rate N          send at most N datagrams a second\n"
    "  -h, --help            print this\n";

static const struct option long_options[] = {
    {"active", required_argument, NULL, 'a'},
    {"delay", required_argument, NULL, 'd'},
    {"flows", required_argument, NULL, 'f'},
    {"help", no_argument, NULL, 'h'},
    {"ifindex", required_argument, NULL, 'I'},
    {"inactive", required_argument, NULL, 'i'},
    {"ipv6", required_argument, NULL, '6'},
    {"other-share", required_argument, NULL, 'o'},
    {"port", required_argument, NULL, 'p'},
    {"rate", required_argument, NULL, 'r'},
    {"records", required_argument, NULL, 'N'},
    {"seed", required_argument, NULL, 'S'},
    {"sessions", required_argument, NULL, 'n'},
    {"shuffle", no_argument, NULL, 's'},
    {"source", required_argument, NULL, 'A'},
    {"span", required_argument, NULL, 'l'},
    {"start", required_argument, NULL, 'b'},
    {"truth", required_argument, NULL, 't'},
    {NULL, 0, NULL, 0},
};

/* Returns the number an option was given; ends the program if it is not one in min..max. */
static uint64_t
number(int option, uint64_t min, uint64_t max)
{
    char *end;

    errno = 0;
    unsigned long long value = strtoull(optarg, &end, 10);
    if (*optarg < '0' || *optarg > '9' || *end != '\0' || errno != 0 || value < min || value > max)
        errx(EXIT_USAGE, "-%c: '%s' is not a number in %" PRIu64 "..%" PRIu64, option, optarg, min, max);
    return value;
}

static uint32_t
number32(int option, uint32_t min, uint32_t max)
{
    return (uint32_t)number(option, min, max);
}

static uint32_t
milliseconds(int option, uint32_t min, uint32_t max)
{
    return number32(option, min, max) * 1000;
}

/* Takes an option that says what is simulated. Returns false if it is none of these. */
static bool
option_traffic(int option, struct traffic_config *traffic)
{
    switch (option) {
    case '6':
        traffic->ipv6_percent = number32(option, 0, 100);
        return true;
    case 'N':
        traffic->records = number32(option, 1, COUNT_MAX);
        return true;
    case 'S':
        traffic->seed = number(option, 0, UINT64_MAX);
        return true;
    case 'a':
        traffic->exporter.active = milliseconds(option, 1, TIMEOUT_MAX);
        return true;
    case 'b':
        traffic->epoch = number(option, 0, INT64_MAX / 2);
        return true;
    case 'd':
        traffic->exporter.delay = milliseconds(option, 0, TIMEOUT_MAX);
        return true;
    case 'i':
        traffic->exporter.inactive = milliseconds(option, 1, TIMEOUT_MAX);
        return true;
    case 'l':
        traffic->span = milliseconds(option, 1, SPAN_MAX);
        return true;
    case 'n':
        traffic->sessions = number32(option, 1, COUNT_MAX);
        return true;
    case 'o':
        traffic->other_percent = number32(option, 0, 90);
        return true;
    default:
        return false;
    }
}

/* Takes an option that says what becomes of the records. Returns false if it is none of these. */
static bool
option_export(int option, struct options *options)
{
    switch (option) {
    case 'A':
        if (inet_pton(AF_INET, optarg, &options->source) != 1)
            errx(EXIT_USAGE, "-A: '%s' is not an IPv4 address", optarg);
        return true;
    case 'I':
        options->ifindex = number32(option, 0, UINT32_MAX - 2);
        return true;
    case 'f':
        options->flows = optarg;
        return true;
    case 'p':
        options->port = (uint16_t)number(option, 1, UINT16_MAX);
        return true;
    case 'r':
        options->rate = number32(option, 1, 1000000000);
        return true;
    case 's':
        options->shuffle = true;
        return true;
    case 't':
        options->truth = optarg;
        return true;
    default:
        return false;
    }
}

static void
options_parse(struct options *options, int argc, char **argv)
{
    int option;

    while ((option = getopt_long(argc, argv, "6:A:I:N:S:a:b:d:f:hi:l:n:o:p:r:st:", long_options, NULL)) !=
           -1) {
        if (option == 'h') {
            if (fputs(usage_text, stdout) == EOF || fflush(stdout) == EOF)
                err(EXIT_FAILURE, "stdout");
            exit(EXIT_SUCCESS);
        }
        if (!option_traffic(option, &options->traffic) && !option_export(option, options))
            errx(EXIT_USAGE, "see exporter -h");
    }
    if (optind < argc)
        errx(EXIT_USAGE, "unexpected argument: %s", argv[optind]);
    if (options->traffic.sessions > 0 && options->traffic.records > 0)
        errx(EXIT_USAGE, "-n and -N exclude each other");
    if (options->port == 0 && options->flows == NULL && options->truth == NULL)
        errx(EXIT_USAGE, "nothing to do: none of -p, -f and -t is given");
    if (options->port != 0 && options->flows != NULL && strcmp(options->flows, "-") == 0)
        errx(EXIT_USAGE, "-f -: with -p, stdout is for the number of records");
    if (options->traffic.records == 0 && options->traffic.sessions == 0)
        options->traffic.sessions = 1000;
}

static void
simulate(const struct options *options, struct flows *flows)
{
    FILE *truth = NULL;

    if (options->truth != NULL && (truth = fopen(options->truth, "we")) == NULL)
        err(EXIT_FAILURE, "%s", options->truth);
    if (traffic_generate(&options->traffic, flows, truth) == -1)
        err(EXIT_FAILURE, "%s", truth != NULL && ferror(truth) ? options->truth : "simulation");
    if (truth != NULL && fclose(truth) == EOF)
        err(EXIT_FAILURE, "%s", options->truth);
    if (options->shuffle)
        flows_shuffle(flows, options->traffic.seed);
    else
        flows_sort(flows);
}

static void
write_flows(const struct options *options, const struct flows *flows)
{
    bool to_stdout = strcmp(options->flows, "-") == 0;
    FILE *file = to_stdout ? stdout : fopen(options->flows, "we");

    if (file == NULL || text_flows(file, flows, options->traffic.epoch) == -1 || fclose(file) == EOF)
        err(EXIT_FAILURE, "%s", to_stdout ? "stdout" : options->flows);
}

static void
send_failed(const struct options *options, const struct sender *sender)
{
    if (errno == 0)
        errx(EXIT_FAILURE, "udp port %u: %s", options->port, sender->failure);
    err(EXIT_FAILURE, "udp port %u: %s", options->port, sender->failure);
}

static void
send_flows(const struct options *options, const struct flows *flows)
{
    uint64_t epoch = options->traffic.epoch;
    struct sender sender;
    struct ipfix ipfix;
    size_t i = 0;

    if (sender_open(&sender, options->port, options->source, options->rate) == -1)
        send_failed(options, &sender);
    ipfix_init(&ipfix, options->ifindex);
    while (i < flows->records_used) {
        uint64_t now = (epoch + flows_export_time(flows, i)) / 1000;
        const struct record *record = flows_exported(flows, i);
        ipfix_start(&ipfix);
        while (ipfix_add(&ipfix, record, &flows->keys[record->key], epoch)) {
            if (++i == flows->records_used)
                break;
            record = flows_exported(flows, i);
        }
        ipfix_finish(&ipfix, (uint32_t)now);
        if (sender_send(&sender, ipfix.message, ipfix.length) == -1)
            send_failed(options, &sender);
    }
    if (sender_finish(&sender) == -1)
        send_failed(options, &sender);
    sender_close(&sender);
    if (printf("%zu\n", flows->records_used) < 0 || fflush(stdout) == EOF)
        err(EXIT_FAILURE, "stdout");
}

int
main(int argc, char **argv)
{
    struct options options = {
        .traffic = {.exporter = {.active = 300 * 1000, .inactive = 30 * 1000},
                    .seed = 1,
                    .epoch = 1700000000000,
                    .span = 3600 * 1000,
                    .ipv6_percent = 15},
    };
    struct flows flows;

    options_parse(&options, argc, argv);
    flows_init(&flows);
    simulate(&options, &flows);
    if (options.flows != NULL)
        write_flows(&options, &flows);
    if (options.port != 0)
        send_flows(&options, &flows);
    flows_release(&flows);
    return EXIT_SUCCESS;
}
