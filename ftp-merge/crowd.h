/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The open biflows of a key that has many of them at once: a poller over a day, a forwarder that reuses
 * its port, or somebody who wants to slow us down.
 */
#ifndef FTP_CROWD_H
#define FTP_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"
#include "rules.h"

/* Makes an empty crowd. */
void crowd_open(struct crowd *crowd);

/* Takes an open biflow in as a member, with its serial number set.  It is kept at hand as the
 * recent member, which may change as long as it is that; the one before it may no more.  A slot has to be
 * available. */
void crowd_add(struct pool *pool, const struct rules *rules, struct crowd *crowd, uint32_t slot);

/* Removes a member; the entry stays the caller's.  Has to be called before the entry changes, unless it
 * is the recent one. */
void crowd_remove(struct pool *pool, const struct rules *rules, struct crowd *crowd, uint32_t slot);

/* Whether a record comes so long after all members but the recent one that it can join none of them. */
bool crowd_is_past(const struct rules *rules, const struct crowd *crowd, const struct entry *record);

/* Moves all members into the trees, for a search.  A slot has to be available. */
void crowd_settle(struct pool *pool, const struct rules *rules, struct crowd *crowd);

/* The member that a record joins: the nearest of those that it can.  The crowd has to be settled. Returns
 * its slot, 0 when there is none. */
uint32_t crowd_nearest(const struct pool *pool, const struct rules *rules, const struct crowd *crowd,
                       const struct entry *record);

/* A member that rule 3 joins with an entry that is not a member (now).  The crowd has to be settled.
 * Returns its slot, 0 when there is none. */
uint32_t crowd_continuation(const struct pool *pool, const struct rules *rules, const struct crowd *crowd,
                            const struct entry *e);

#endif
