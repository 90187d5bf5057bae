/* SPDX-License-Identifier: BSD-3-Clause */
/* Step two of merging: pieces that leave together become biflows. */
#ifndef FTP_PAIRING_H
#define FTP_PAIRING_H

#include <stdint.h>

#include "pool.h"
#include "rules.h"

struct pairing {
    uint64_t reverse;      /* pairs joined by rule 4 */
    uint64_t continuation; /* pairs that rule 3 joined after that */
    uint32_t absorbed;     /* pieces that are part of another now, a list linked by next of the nodes */
};

/* Joins neighbours among pieces of one key, a list in the order of time that is linked by next and
 * previous of the nodes; the others of the key have to be further than the inactive timeout away.  What
 * is left in the list, of which *first is the first, are biflows; what was absorbed is added to the
 * counts and the list of p.  Returns 0, or -1 when a sum of packets or bytes does not fit 64 bits. */
int pairing_run(struct pairing *p, const struct rules *rules, const struct pool *pool, uint32_t *first);

#endif
