/* SPDX-License-Identifier: BSD-3-Clause */
/* The shards: flow streams in files, each with the records of some keys. */
#ifndef FTP_SHARDS_H
#define FTP_SHARDS_H

#include <stdint.h>

#include "fileset.h"
#include "flow.h"
#include "problem.h"
#include "shard.h"
#include "stream.h"

struct shards {
    const char *prefix;
    char *name; /* room for the name of any shard */
    size_t name_bytes;
    unsigned n;
    struct stream_writer *streams; /* n of them; its records says how many each has */
    struct problem problem;        /* why the last call failed */
};

/* Adds n files, PREFIX0 to PREFIX(n - 1), to a set and starts a flow stream in each.  A file that would
 * look like one more of them, since it has a higher number, is an error.  Returns 0, or -1. */
int shards_open(struct shards *s, struct fileset *files, const char *prefix, unsigned n);

/* Appends a record to its shard.  Returns 0, or -1. */
int shards_put(struct shards *s, const struct flow *f);

/* Ends all streams.  The rows that were skipped before are told in the first one, so that they are
 * counted once.  Returns 0, or -1. */
int shards_finish(struct shards *s, uint64_t skipped);

/* Frees the memory of the streams; their files are the set's. */
void shards_release(struct shards *s);

#endif
