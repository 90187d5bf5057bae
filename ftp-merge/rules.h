/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which pieces of one key join: the merge rules of ftp-merge(1), as functions of two pieces that know
 * nothing of how pieces are kept.
 *
 * Rules 1 to 3 stay true when a piece grows, so their order of use cannot matter.  Rule 4 does not, so it
 * waits until pieces leave (pairing.h).
 */
#ifndef FTP_RULES_H
#define FTP_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "piece.h"
#include "pool.h"

enum rule {
    RULE_NONE,
    RULE_OVERLAP,     /* 1: they share a millisecond */
    RULE_STRAY,       /* 2: a one-packet record of one is near the other */
    RULE_CONTINUATION /* 3: the earlier one was cut at the active timeout */
};

struct rules {
    uint64_t inactive; /* I, ms */
    uint64_t stray;    /* I, or less where a node cannot hold so much, ms */
    uint64_t cut;      /* A - I, ms: from this duration on a record may have been cut */
    uint64_t doubtful; /* 2 A, ms: a longer record is counted, since -a may be wrong */
    uint64_t giant;    /* ms: the times of a longer record are not believed */
};

/* Where the one-packet records of a piece are: ms from its start to the first, from the last to its
 * end. */
struct singles {
    uint32_t first;
    uint32_t last;
};

/* There are none, or they are further away than any timeout of rule 2. */
#define NO_SINGLE UINT32_MAX

/* The rules for two timeouts (ms). */
struct rules rules_make(uint64_t active, uint64_t inactive);

static inline uint64_t
piece_duration(const struct piece *p)
{
    return (uint64_t)p->end - (uint64_t)p->start;
}

/* Whether a record or a piece has one packet in all. */
static inline bool
piece_is_one_packet(const struct piece *p)
{
    return (p->packets[0] | p->packets[1]) == 1 && p->packets[0] != p->packets[1];
}

/* The silence (ms) between two pieces that do not overlap. */
static inline uint64_t
rules_gap(const struct piece *earlier, const struct piece *later)
{
    return (uint64_t)later->start - (uint64_t)earlier->end;
}

/* The singles of a piece in a slot, or of a record that is in none: such a one has no need of a node. */
static inline struct singles
piece_singles(const struct pool *pool, const struct piece *p, uint32_t slot)
{
    if (p->singles == SINGLES_IN_NODE) {
        const struct node *n = pool_node(pool, slot);
        return (struct singles){n->first_single, n->last_single};
    }
    uint32_t at = p->singles == SINGLES_AT_END ? 0 : NO_SINGLE;
    return (struct singles){at, at};
}

/* Rule 3 for two pieces that do not overlap. */
static inline bool
rules_continues(const struct rules *rules, const struct piece *earlier, const struct piece *later)
{
    return piece_duration(earlier) >= rules->cut && rules_gap(earlier, later) <= rules->inactive;
}

/* Rule 4: each has one direction only, not the same, and they are near. */
static inline bool
rules_reverses(const struct rules *rules, const struct piece *earlier, const struct piece *later)
{
    /* No && and || where either way is as likely. */
    bool opposite = ((earlier->packets[0] == 0) & (later->packets[1] == 0)) |
                    ((earlier->packets[1] == 0) & (later->packets[0] == 0));

    return opposite && rules_gap(earlier, later) <= rules->inactive;
}

/* The rule by which two pieces that do not overlap join, 2 or 3. */
static inline enum rule
rules_join(const struct rules *rules, const struct piece *earlier, uint32_t last_single,
           const struct piece *later, uint32_t first_single)
{
    uint64_t gap = rules_gap(earlier, later);

    if (gap > rules->inactive)
        return RULE_NONE;
    if (last_single <= rules->stray && gap <= rules->stray - last_single)
        return RULE_STRAY;
    if (first_single <= rules->stray && gap <= rules->stray - first_single)
        return RULE_STRAY;
    return piece_duration(earlier) >= rules->cut ? RULE_CONTINUATION : RULE_NONE;
}

/* Makes a piece, or a record that is in no slot (0), a part of another piece.  Returns false, with that
 * in no defined state, when a sum of packets or bytes does not fit 64 bits. */
bool rules_absorb(const struct pool *pool, uint32_t into, const struct piece *part, uint32_t part_slot);

/* The side that is forward: the initiator's, or with arrival that of the record that came first. */
int rules_forward_side(const struct piece *p, bool arrival);

#endif
