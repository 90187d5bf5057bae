/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random sets of records, made to be awkward: few keys, few times that lie exactly on the bounds of the
 * rules, equal gaps, ties, hosts that talk to themselves, crowds on one key, clocks that are days or
 * years off, the ends of the range of times and counters.  And the orders in which such a set may arrive.
 */
#ifndef FTP_TEST_SETS_H
#define FTP_TEST_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "flow.h"
#include "model.h"

struct set {
    struct model_options options;
    uint32_t slots;   /* of the cache; 0 for more than enough */
    uint64_t batches; /* seed of the sizes of the batches; 0 for one batch of all */
    bool prompt;
    struct flow *flow;
    size_t n;
};

enum set_order {
    SET_AS_DRAWN,
    SET_BY_START,
    SET_BY_END,
    SET_BACKWARDS, /* by start, the last one first */
    SET_IN_TIME,   /* as exporters send them: by end, and late by as much as the horizon allows */
    SET_SHUFFLED
};

/* How long (ms) after its end a piece can still change. */
uint64_t set_horizon(const struct set *s);

/* Draws a set: the same one for the same seed and number, whatever others there are.  With whole_seconds
 * the timeouts are such as the programs take.  The caller frees it with set_free(). */
void set_draw(struct set *s, uint64_t seed, uint64_t number, bool whole_seconds);

/* Puts the records in another order. */
void set_arrange(struct set *s, enum set_order order, uint64_t *random);

/* Whether no record starts so late that the piece that it belongs to may have left the cache as old.  (A
 * piece that is ahead of the clock counts as old some time after it came, so where the clock does not
 * follow, none of this is certain.) */
bool set_is_in_time(const struct set *s);

/* Writes a set as text, and reads it.  set_read() returns whether the text is one; the caller frees
 * it. */
void set_print(FILE *out, const struct set *s);
bool set_read(FILE *in, struct set *s);

void set_free(struct set *s);

#endif
