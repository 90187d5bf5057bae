/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Records in are the sum of the joined, the opened and the left out; biflows out are the opened less the
 * coalesced and less the biflows left out.
 */
#include "report.h"

#include <err.h>
#include <inttypes.h>

#include "summary.h"

/* Fewer TCP biflows than this, or a larger share of two-sided ones (percent), are no reason to warn. */
enum { ONE_SIDED_MIN = 100, ONE_SIDED_PERCENT = 5 };

void
report_warn(const struct report *r)
{
    const struct cache_stats *s = r->stats;
    const struct output_counts *out = r->out;

    if (s->early > 0)
        warnx("%" PRIu64 " of %" PRIu64 " biflows were written early because memory was full, so their "
              "later parts became biflows of their own (-m takes more)",
              s->early, s->written);
    if (s->too_long + out->unset_clock > 0)
        warnx("%" PRIu64 " records and %" PRIu64
              " biflows were left out because their clock was not set: "
              "they last longer than 213 days, or start more than 366 days from most others",
              s->too_long, out->unset_clock);
    if (s->long_records > 0)
        warnx("%" PRIu64 " record%s longer than twice the active timeout of %" PRIu64 " s (-a takes "
              "that of the exporter)",
              s->long_records, s->long_records == 1 ? " lasts" : "s last", r->active);
    if (out->tcp >= ONE_SIDED_MIN && out->tcp_two_sided * 100 < out->tcp * ONE_SIDED_PERCENT)
        warnx("only %" PRIu64 " of %" PRIu64
              " TCP biflows have packets both ways, so the other direction "
              "may pass another interface or be filtered out (ftp-read nffile -s any, -i any, or -l to "
              "list interfaces)",
              out->tcp_two_sided, out->tcp);
}

void
report_write(const struct report *r, int verbose)
{
    const struct cache_stats *t = r->stats;
    const struct output_counts *o = r->out;
    uint64_t span = o->rows > 0 ? (uint64_t)o->last - (uint64_t)o->first : 0;
    const struct summary_row rows[] = {
        {"records", "records in", .count = t->records, .always = true},
        {"skipped", "rows skipped by ftp-read", .count = r->skipped},
        {"no_packets", "left out: no packets", .count = t->no_packets},
        {"no_bytes", "left out: packets without bytes", .count = t->no_bytes},
        {"wrong_family", "left out: ICMP over IPv6 or ICMPv6 over IPv4", .count = t->wrong_family},
        {"too_long", "left out: longer than 213 days, a clock that was not set", .count = t->too_long},
        {"end_before_start", "mended: end before start", .count = t->mended.end_before_start},
        {"one_packet_mended", "mended: one packet with a duration", .count = t->mended.one_packet},
        {"long", "longer than twice the active timeout", .count = t->long_records},
        {"giants", "of them too long to be joined with others", .count = t->giants},
        {"far", "more than a day from most others (ftp-read nffile -t takes a period)",
         .count = r->astray},
        {"opened", "opened a biflow", .count = t->opened, .always = true},
        {"joined_overlap", "joined: at the same time", .count = t->joined_overlap, .always = true},
        {"joined_stray", "joined: single packet", .count = t->joined_stray, .always = true},
        {"joined_continuation", "joined: cut at the active timeout", .count = t->joined_continuation,
         .always = true},
        {"joined_reverse", "joined: the other direction", .count = t->joined_reverse, .always = true},
        {"coalesced", "biflows that became one when a gap was filled", .count = t->coalesced},
        {"unset_clock", "biflows left out: more than 366 days from most others, a clock that was not set",
         .count = o->unset_clock},
        {"biflows", "biflows out", .count = o->rows, .always = true},
        {"two_sided", "of them two-sided", .count = o->two_sided, .always = true},
        {"early", "written early because memory was full (their later parts became biflows of their own)",
         .count = t->early},
        {"too_long_mended", "mended: longer than 213 days", .count = t->too_long_mended},
        {"clock_jumps", "times that the traffic went on at another time", .count = t->jumps},
        {"span_ms", "ms from the first to the last packet", .count = span, .always = true},
        {"packets", "packets", .count = o->packets, .always = true},
        {"bytes", "bytes", .count = o->bytes, .always = true},
        {"memory_limit", "bytes the cache might use", .count = r->memory_limit, .always = true},
        {"memory_peak", "bytes of memory at most", .count = summary_peak_memory(), .always = true},
    };

    if (verbose > 0)
        summary_write(stderr, "ftp-merge", verbose > 1 ? SUMMARY_JSON : SUMMARY_LINES, rows,
                      sizeof rows / sizeof rows[0]);
}
