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
    *t = (struct interfaces){.run = t->run};
}

/* Makes room for one more in uses.  Returns whether there is memory. */
static bool
make_room(struct interfaces *t)
{
    if (t->count < t->room)
        return true;
    size_t room = t->room ? 2 * t->room : 16;
    struct interface_use **uses = reallocarray(t->uses, room, sizeof *uses);
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
    if (row->flow.start < use->first)
        use->first = row->flow.start;
    if (row->flow.end > use->last)
        use->last = row->flow.end;
    return RUN_OK;
}

enum run_result
interfaces_take(void *table, const struct row *row)
{
    if (count(table, row, row->in_interface, true) == RUN_FAILED)
        return RUN_FAILED;
    return count(table, row, row->out_interface, false);
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

int
interfaces_print(struct interfaces *t)
{
    if (t->count > 1)
        qsort(t->uses, t->count, sizeof *t->uses, compare_elements);
    (void)printf("%-39s %10s %12s %12s %12s  %-19s  %-19s\n", "EXPORTER", "INTERFACE", "FLOWS_IN",
                 "FLOWS_OUT", "BIFLOWS", "FIRST_UTC", "LAST_UTC");
    for (size_t i = 0; i < t->count; i++) {
        const struct interface_use *use = t->uses[i];
        char exporter[TEXT_ADDRESS_BYTES + 1], first[32], last[32];
        *text_put_address(exporter, use->exporter_family, use->exporter) = '\0';
        format_time(use->first, first, sizeof first);
        format_time(use->last, last, sizeof last);
        (void)printf("%-39s %10" PRIu32 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %-19s  %-19s\n",
                     exporter, use->id, use->flows_in, use->flows_out, use->biflows, first, last);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}
