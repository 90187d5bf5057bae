/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A capture has few exporters and interfaces, so a sorted array will do; the last one used is tried
 * first, since rows come in runs.
 */
#include "interfaces.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

void
interfaces_open(struct interfaces *t)
{
    *t = (struct interfaces){.uses = NULL};
}

void
interfaces_release(struct interfaces *t)
{
    free(t->uses);
    t->uses = NULL;
}

static int
compare(const struct interface_use *a, const struct interface_use *b)
{
    int order = memcmp(a->exporter, b->exporter, sizeof a->exporter);

    if (a->exporter_family != b->exporter_family)
        return a->exporter_family - b->exporter_family;
    return order ? order : (a->id > b->id) - (a->id < b->id);
}

/* Finds the place of an interface, making one where there is none.  Returns NULL when there is no memory.
 */
static struct interface_use *
find(struct interfaces *t, const struct interface_use *key)
{
    size_t low = 0, high = t->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(key, &t->uses[middle]);
        if (order == 0)
            return &t->uses[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 16;
        struct interface_use *uses = reallocarray(t->uses, room, sizeof *uses);
        if (!uses)
            return NULL;
        t->uses = uses;
        t->room = room;
    }
    memmove(&t->uses[low + 1], &t->uses[low], (t->count - low) * sizeof *t->uses);
    t->uses[low] = *key;
    t->count++;
    return &t->uses[low];
}

static enum run_result
count(struct interfaces *t, const struct row *row, uint32_t id, bool in)
{
    struct interface_use key = {.exporter_family = row->exporter_family,
                                .id = id,
                                .first = row->flow.start,
                                .last = row->flow.end};

    memcpy(key.exporter, row->exporter, sizeof key.exporter);
    struct interface_use *use = find(t, &key);
    if (!use)
        return RUN_FAILED;
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
    (void)printf("%-39s %10s %12s %12s %12s  %-19s  %-19s\n", "EXPORTER", "INTERFACE", "FLOWS_IN",
                 "FLOWS_OUT", "BIFLOWS", "FIRST_UTC", "LAST_UTC");
    for (size_t i = 0; i < t->count; i++) {
        const struct interface_use *use = &t->uses[i];
        char exporter[TEXT_ADDRESS_BYTES + 1], first[32], last[32];
        *text_put_address(exporter, use->exporter_family, use->exporter) = '\0';
        format_time(use->first, first, sizeof first);
        format_time(use->last, last, sizeof last);
        (void)printf("%-39s %10" PRIu32 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "  %-19s  %-19s\n",
                     exporter, use->id, use->flows_in, use->flows_out, use->biflows, first, last);
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}
