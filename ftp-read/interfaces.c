/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ids may be any number, and an exporter may send a different one with each record, so the table is a
 * balanced tree.  Most captures have few, and rows with the same ones in runs, so the latest is tried
 * first.
 */
#include "interfaces.h"

#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

void
interfaces_open(struct interfaces *t, struct run *run)
{
    *t = (struct interfaces){.run = run};
}

/* The order of the table. */
static int
compare(const void *first, const void *second)
{
    const struct interface_use *a = first, *b = second;
    int order = memcmp(a->exporter, b->exporter, sizeof a->exporter);

    if (a->exporter_family != b->exporter_family)
        return a->exporter_family - b->exporter_family;
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

/* The same for elements of uses. */
static int
compare_elements(const void *first, const void *second)
{
    struct interface_use *const *a = first, *const *b = second;

    return compare(*a, *b);
}

void
interfaces_release(struct interfaces *t)
{
    for (size_t i = 0; i < t->count; i++) {
        (void)tdelete(t->uses[i], &t->by_name, compare);
        free(t->uses[i]);
    }
    free(t->uses);
    for (size_t i = 0; i < t->exporter_count; i++)
        free(t->exporters[i]);
    *t = (struct interfaces){.run = t->run};
}

/* Makes room for one more in uses.  Returns whether there is memory. */
static bool
make_room(struct interfaces *t)
{
    if (t->count < t->room)
        return true;
    size_t room = t->room ? 2 * t->room : 16;
    struct interface_use **uses = reallocarray(t->uses, room, sizeof(struct interface_use *));
    if (!uses)
        return false;
    t->uses = uses;
    t->room = room;
    return true;
}

/* Finds an interface, which is added as it is in the key if it is new.  Returns NULL when there is no
 * memory. */
static struct interface_use *
find(struct interfaces *t, const struct interface_use *key)
{
    struct interface_use *const *found = tfind(key, &t->by_name, compare);

    if (found)
        return *found;
    struct interface_use *use = malloc(sizeof *use);
    if (!use || !make_room(t)) {
        free(use);
        return NULL;
    }
    *use = *key;
    if (!tsearch(use, &t->by_name, compare)) {
        free(use);
        return NULL;
    }
    t->uses[t->count++] = use;
    return use;
}

static enum run_result
count(struct interfaces *t, const struct row *row, uint32_t id, bool in)
{
    struct interface_use key = {.exporter_family = row->exporter_family,
                                .id = id,
                                .first = row->flow.start,
                                .last = row->flow.end};

    memcpy(key.exporter, row->exporter, sizeof key.exporter);
    if (!t->latest[in] || compare(t->latest[in], &key) != 0)
        t->latest[in] = find(t, &key);
    struct interface_use *use = t->latest[in];
    if (!use)
        return run_fail(t->run, "no memory for the list of interfaces");
    *(in ? &use->flows_in : &use->flows_out) += 1;
    use->biflows += row->flow.packets_rev > 0;
    use->packets += row->flow.packets + row->flow.packets_rev;
    use->bytes += row->flow.bytes + row->flow.bytes_rev;
    if (row->flow.start < use->first)
        use->first = row->flow.start;
    if (row->flow.end > use->last)
        use->last = row->flow.end;
    return RUN_OK;
}

static bool
is_exporter(const struct exporter_use *e, const struct row *row)
{
    return e->family == row->exporter_family && memcmp(e->address, row->exporter, sizeof e->address) == 0;
}

/* Counts how long a record lasts, unless there are too many exporters. */
static enum run_result
count_duration(struct interfaces *t, const struct row *row)
{
    size_t i = 0;

    while (i < t->exporter_count && !is_exporter(t->exporters[i], row))
        i++;
    if (i == INTERFACES_EXPORTERS)
        return RUN_OK;
    if (i == t->exporter_count) {
        struct exporter_use *e = calloc(1, sizeof *e);
        if (!e)
            return run_fail(t->run, "no memory for the list of interfaces");
        memcpy(e->address, row->exporter, sizeof e->address);
        e->family = row->exporter_family;
        t->exporters[t->exporter_count++] = e;
    }
    durations_add(&t->exporters[i]->durations, row->flow.start, row->flow.end);
    return RUN_OK;
}

enum run_result
interfaces_take(void *table, const struct row *row)
{
    if (count(table, row, row->in_interface, true) == RUN_FAILED ||
        count(table, row, row->out_interface, false) == RUN_FAILED)
        return RUN_FAILED;
    return count_duration(table, row);
}

/* Writes a time as people read it, in UTC. */
static void
format_time(int64_t ms, char *text, size_t size)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || strftime(text, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        (void)snprintf(text, size, "%" PRId64, ms);
}

/* Writes an address (of TEXT_ADDRESS_BYTES + 1).  Returns text. */
static const char *
format_address(char *text, int family, const uint8_t address[16])
{
    *text_put_address(text, family, address) = '\0';
    return text;
}

static void
print_interface(const struct interface_use *use, int width)
{
    char exporter[TEXT_ADDRESS_BYTES + 1], first[32], last[32];

    (void)format_address(exporter, use->exporter_family, use->exporter);
    format_time(use->first, first, sizeof first);
    format_time(use->last, last, sizeof last);
    (void)printf("%-*s %10" PRIu32 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %14" PRIu64 " %16" PRIu64
                 "  %-19s  %-19s  -r %s -i %" PRIu32 "\n",
                 width, exporter, use->id, use->flows_in, use->flows_out, use->biflows, use->packets,
                 use->bytes, first, last, exporter, use->id);
}

/* Says how long the records of an exporter last, and what that tells of its active timeout. */
static void
print_exporter(const struct exporter_use *e)
{
    const struct durations *d = &e->durations;
    char address[TEXT_ADDRESS_BYTES + 1];
    unsigned second;
    uint64_t records;

    (void)printf("exporter %s: the longest record lasts %.3f s",
                 format_address(address, e->family, e->address), (double)d->longest / 1000);
    if (durations_pile(d, &second, &records))
        (void)printf(", and %" PRIu64 " of %" PRIu64
                     " last %u to %u s, so its active timeout (-a) is about that",
                     records, d->records, second, second + 2);
    (void)putchar('\n');
}

/* The columns that the longest address takes. */
static int
width_of_exporters(const struct interfaces *t)
{
    int width = (int)sizeof "EXPORTER" - 1;

    for (size_t i = 0; i < t->count; i++) {
        char text[TEXT_ADDRESS_BYTES + 1];
        int n = (int)strlen(format_address(text, t->uses[i]->exporter_family, t->uses[i]->exporter));
        width = n > width ? n : width;
    }
    return width;
}

static void
print_table(const struct interfaces *t, bool has_exporters)
{
    int width = width_of_exporters(t);

    (void)printf("%-*s %10s %12s %12s %12s %14s %16s  %-19s  %-19s  %s\n", width, "EXPORTER", "INTERFACE",
                 "FLOWS_IN", "FLOWS_OUT", "BIFLOWS", "PACKETS", "BYTES", "FIRST_UTC", "LAST_UTC",
                 "OPTIONS");
    for (size_t i = 0; i < t->count; i++)
        print_interface(t->uses[i], width);
    for (size_t i = 0; has_exporters && i < t->exporter_count; i++)
        print_exporter(t->exporters[i]);
}

static void
print_interface_json(const struct interface_use *use)
{
    char exporter[TEXT_ADDRESS_BYTES + 1];

    (void)printf("{\"exporter\":\"%s\",\"interface\":%" PRIu32 ",\"flows_in\":%" PRIu64
                 ",\"flows_out\":%" PRIu64 ",\"biflows\":%" PRIu64 ",\"packets\":%" PRIu64
                 ",\"bytes\":%" PRIu64 ",\"first_ms\":%" PRId64 ",\"last_ms\":%" PRId64 "}",
                 format_address(exporter, use->exporter_family, use->exporter), use->id, use->flows_in,
                 use->flows_out, use->biflows, use->packets, use->bytes, use->first, use->last);
}

static void
print_exporter_json(const struct exporter_use *e)
{
    const struct durations *d = &e->durations;
    char address[TEXT_ADDRESS_BYTES + 1];
    unsigned second = 0;
    uint64_t records;

    (void)durations_pile(d, &second, &records);
    (void)printf("{\"exporter\":\"%s\",\"records\":%" PRIu64 ",\"longest_ms\":%" PRIu64
                 ",\"pile_s\":%u,\"pile_records\":%" PRIu64 "}",
                 format_address(address, e->family, e->address), d->records, d->longest, second, records);
}

static void
print_json(const struct interfaces *t)
{
    (void)fputs("{\"program\":\"ftp-read\",\"interfaces\":[", stdout);
    for (size_t i = 0; i < t->count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        print_interface_json(t->uses[i]);
    }
    (void)fputs("],\"exporters\":[", stdout);
    for (size_t i = 0; i < t->exporter_count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        print_exporter_json(t->exporters[i]);
    }
    (void)puts("]}");
}

int
interfaces_print(struct interfaces *t, int verbose)
{
    if (t->count > 1)
        qsort(t->uses, t->count, sizeof(struct interface_use *), compare_elements);
    if (verbose > 1)
        print_json(t);
    else
        print_table(t, verbose == 1);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}
