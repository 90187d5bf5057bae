/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow records made by hand, and what the cache makes of them. */
#ifndef FTP_TEST_FLOWS_H
#define FTP_TEST_FLOWS_H

#include <stddef.h>
#include <stdint.h>

#include "cache.h"
#include "flow.h"
#include "rows.h"

#define MIB ((size_t)1 << 20)
#define T0 INT64_C(1700000000000)

/* A list of records; all zero is the empty one. */
struct flows {
    struct flow *flow;
    size_t n;
    size_t room;
};

/* Appends a copy; aborts when there is no memory. */
void flows_add(struct flows *flows, struct flow f);

/* Brings the records into another order, which follows from the seed. */
void flows_shuffle(struct flows *flows, uint64_t seed);

/* Frees the records; the list is empty then. */
void flows_free(struct flows *flows);

/* n packets of 100 bytes from 10.x.x.x:port, x being the number of the host, to 192.0.2.1:53, UDP. */
struct flow flow_udp(uint32_t host, uint16_t port, int64_t start, int64_t end, uint64_t packets);

/* The same flow from the other end. */
struct flow flow_answer(struct flow f);

/* Timeouts of 300 s and 30 s, 64 MiB, and a sink that appends to rows. */
struct cache_options flows_defaults(struct rows *rows);

/* Puts n records into a cache in batches of a size and flushes it; fails the test where the counts do not
 * add up at any time.  Returns the first result that is not CACHE_OK; *stats, where asked for, is that of
 * the end. */
enum cache_result flows_run(const struct cache_options *options, const struct flow *flows, size_t n,
                            size_t batch, struct cache_stats *stats);

/* Fails the test, and shows both lists if they are short, unless they are equal. */
void flows_check_rows(const char *what, const struct rows *got, const struct rows *wanted);

#endif
