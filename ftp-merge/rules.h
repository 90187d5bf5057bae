/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which pieces of traffic of one key belong together: the merge rules of ftp-merge(1), as functions of
 * two entries that know nothing of how entries are kept.
 */
#ifndef FTP_RULES_H
#define FTP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"

enum rule {
    RULE_NONE,
    RULE_REVERSE,     /* one direction each */
    RULE_STRAY,       /* one of them is a single packet */
    RULE_CONTINUATION /* the earlier one was cut at the active timeout */
};

struct rules {
    uint64_t inactive; /* ms */
    uint64_t cut;      /* ms from which on a record may have been cut at the active timeout */
};

static inline uint64_t
rules_duration(const struct entry *e)
{
    return (uint64_t)e->end - (uint64_t)e->start;
}

/* The silence (ms) between two spans of time; 0 when they meet. */
static inline uint64_t
rules_gap(const struct entry *a, const struct entry *b)
{
    uint64_t gap = 0;

    if (b->start > a->end)
        gap = (uint64_t)b->start - (uint64_t)a->end;
    if (a->start > b->end)
        gap = (uint64_t)a->start - (uint64_t)b->end;
    return gap;
}

/* How far (ms) the starts are apart. */
static inline uint64_t
rules_start_distance(const struct entry *a, const struct entry *b)
{
    return a->start > b->start ? (uint64_t)a->start - (uint64_t)b->start
                               : (uint64_t)b->start - (uint64_t)a->start;
}

/* Whether it is one packet in all. */
static inline bool
rules_is_single(const struct entry *e)
{
    return (e->packets[0] | e->packets[1]) == 1 && e->packets[0] != e->packets[1];
}

static inline bool
rules_is_long(const struct rules *rules, const struct entry *e)
{
    return rules_duration(e) >= rules->cut;
}

/* Whether rule 3 joins the two. */
static inline bool
rules_continues(const struct rules *rules, const struct entry *a, const struct entry *b)
{
    return rules_gap(a, b) <= rules->inactive && ((a->start <= b->start && rules_is_long(rules, a)) ||
                                                  (b->start <= a->start && rules_is_long(rules, b)));
}

/* The first rule by which the two join. */
static inline enum rule
rules_join(const struct rules *rules, const struct entry *a, const struct entry *b)
{
    if (rules_gap(a, b) > rules->inactive)
        return RULE_NONE;
    /* No && and || where either way is as likely. */
    if (((a->packets[0] == 0) | (b->packets[0] == 0)) & ((a->packets[1] == 0) | (b->packets[1] == 0)))
        return RULE_REVERSE;
    if (rules_is_single(a) || rules_is_single(b))
        return RULE_STRAY;
    return rules_continues(rules, a, b) ? RULE_CONTINUATION : RULE_NONE;
}

/* Makes b, the younger one, a part of a.  Returns false, with a in no defined state, when a sum does not
 * fit. */
bool rules_absorb(struct entry *a, const struct entry *b);

/* The side that is forward: that of the record that opened it (arrival), or that of the first packet. */
int rules_forward_side(const struct entry *e, bool arrival);

#endif
