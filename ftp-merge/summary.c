/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Both forms come from one table, so that no number is in one and not in the other.  Records in are the
 * sum of the joined, the opened and the left out; biflows out are the opened less the coalesced and less
 * the biflows left out.
 */
#include "summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <sys/resource.h>

enum { MAX_LINES = 32 };

struct line {
    const char *key;  /* in JSON */
    const char *text; /* for people */
    uint64_t value;
    bool always; /* also when it is 0, for people */
};

/* Most memory (bytes) that was ever resident. */
static uint64_t
peak_memory(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) == -1)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}

/* Fills in the table.  Returns the number of lines. */
static int
make_lines(const struct summary *s, struct line *lines)
{
    const struct cache_stats *t = s->stats;
    const struct output_counts *o = s->out;
    uint64_t span = o->rows > 0 ? (uint64_t)o->last - (uint64_t)o->first : 0;
    const struct line table[] = {
        {"records", "records in", t->records, true},
        {"skipped", "rows skipped by ftp-read", s->skipped, false},
        {"no_packets", "left out: no packets", t->no_packets, false},
        {"no_bytes", "left out: packets without bytes", t->no_bytes, false},
        {"wrong_family", "left out: ICMP over IPv6 or ICMPv6 over IPv4", t->wrong_family, false},
        {"too_long", "left out: longer than 213 days, a clock that was not set", t->too_long, false},
        {"end_before_start", "mended: end before start", t->mended.end_before_start, false},
        {"one_packet_mended", "mended: one packet with a duration", t->mended.one_packet, false},
        {"long", "longer than twice the active timeout", t->long_records, false},
        {"giants", "of them too long to be joined with others", t->giants, false},
        {"far", "more than a day from most others (ftp-read nffile -t takes a period)", s->astray, false},
        {"opened", "opened a biflow", t->opened, true},
        {"joined_overlap", "joined: at the same time", t->joined_overlap, true},
        {"joined_stray", "joined: single packet", t->joined_stray, true},
        {"joined_continuation", "joined: cut at the active timeout", t->joined_continuation, true},
        {"joined_reverse", "joined: the other direction", t->joined_reverse, true},
        {"coalesced", "biflows that became one when a gap was filled", t->coalesced, false},
        {"unset_clock", "biflows left out: more than 366 days from most others, a clock that was not set",
         o->unset_clock, false},
        {"biflows", "biflows out", o->rows, true},
        {"two_sided", "of them two-sided", o->two_sided, true},
        {"early", "written early because memory was full (their later parts became biflows of their own)",
         t->early, false},
        {"too_long_mended", "mended: longer than 213 days", t->too_long_mended, false},
        {"clock_jumps", "times that the traffic went on at another time", t->jumps, false},
        {"span_ms", "ms from the first to the last packet", span, true},
        {"packets", "packets", o->packets, true},
        {"bytes", "bytes", o->bytes, true},
        {"memory_limit", "bytes the cache might use", s->memory_limit, true},
        {"memory_peak", "bytes of memory at most", peak_memory(), true},
    };
    int n = (int)(sizeof table / sizeof table[0]);

    for (int i = 0; i < n; i++)
        lines[i] = table[i];
    return n;
}

void
summary_print(FILE *out, const struct summary *s)
{
    struct line lines[MAX_LINES];
    int n = make_lines(s, lines);

    for (int i = 0; i < n; i++)
        if (lines[i].always || lines[i].value > 0)
            (void)fprintf(out, "ftp-merge: %20" PRIu64 "  %s\n", lines[i].value, lines[i].text);
}

void
summary_print_json(FILE *out, const struct summary *s)
{
    struct line lines[MAX_LINES];
    int n = make_lines(s, lines);

    (void)fputs("{\"program\":\"ftp-merge\"", out);
    for (int i = 0; i < n; i++)
        (void)fprintf(out, ",\"%s\":%" PRIu64, lines[i].key, lines[i].value);
    (void)fputs("}\n", out);
}
