/* SPDX-License-Identifier: BSD-3-Clause */
/* The time that the traffic has reached, as its records tell it. */
#ifndef FTP_CLOCK_H
#define FTP_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t now;      /* ms since 1970 */
    uint64_t horizon; /* ms: a record further away than that is a stranger */
    int64_t nearest;  /* of the strangers that came last, all on one side: the end nearest to now */
    int strangers;    /* how many in a row; negative for the past */
    bool running;     /* a record was seen */
};

/* Takes note of the end of a record. */
void clock_see(struct clock *c, int64_t end);

#endif
