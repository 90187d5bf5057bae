/* SPDX-License-Identifier: BSD-3-Clause */
/* Where addresses end: a row of the profile is made of a piece. */
#ifndef FTP_ANONYMISE_H
#define FTP_ANONYMISE_H

#include <stdbool.h>

#include "flow.h"
#include "piece.h"

/* Makes a row of a piece that leaves.  The row has ports, counters and times, and no address; its times
 * are still absolute (output.h makes them relative).  A piece longer than 213 days is cut there, since
 * what replays profiles cannot go on for longer.  arrival: the forward side is that of the record that
 * came first, not the initiator's. */
struct biflow anonymise(const struct piece *p, bool arrival);

#endif
