/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A shard is a flow stream like any other, so its own trailer tells whether it is whole, whatever becomes
 * of the others.
 */
#include "shards.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NUMBER_BYTES = 11 }; /* of a number in a name, with a NUL */

/* The name of a shard, until the next call. */
static const char *
name_of(struct shards *s, unsigned number)
{
    (void)snprintf(s->name, s->name_bytes, "%s%u", s->prefix, number);
    return s->name;
}

/* Notes that something failed for a shard, with errno as the reason. */
static int
fail(struct shards *s, unsigned number)
{
    return problem_set_errno(&s->problem, "%s%u", s->prefix, number);
}

/* Fails if there is a file with the name of a shard that this run does not make: with `cat PREFIX*` its
 * records would be among those of the others. */
static int
check_others(struct shards *s)
{
    struct stat st;

    for (unsigned i = s->n; i < SHARD_MAX; i++) {
        if (lstat(name_of(s, i), &st) == 0)
            return problem_set(&s->problem,
                               "%s: it exists, and would be taken for one of %u shards: remove it, and "
                               "all others that are left from a run with more shards",
                               s->name, s->n);
    }
    return 0;
}

static int
open_shard(struct shards *s, struct fileset *files, unsigned number)
{
    int fd = fileset_add(files, name_of(s, number), &s->problem);

    if (fd == -1)
        return -1;
    return stream_writer_open(&s->streams[number], fd, STREAM_FLOW) == -1 ? fail(s, number) : 0;
}

int
shards_open(struct shards *s, struct fileset *files, const char *prefix, unsigned n)
{
    *s = (struct shards){.prefix = prefix, .name_bytes = strlen(prefix) + NUMBER_BYTES, .n = n};
    s->streams = calloc(n, sizeof *s->streams);
    s->name = malloc(s->name_bytes);
    if (!s->streams || !s->name)
        return fail(s, 0);
    if (check_others(s) == -1)
        return -1;
    for (unsigned i = 0; i < n; i++)
        if (open_shard(s, files, i) == -1)
            return -1;
    return 0;
}

int
shards_put(struct shards *s, const struct flow *f)
{
    unsigned number = shard_of(f, s->n);

    return stream_put_flow(&s->streams[number], f) == -1 ? fail(s, number) : 0;
}

int
shards_finish(struct shards *s, uint64_t skipped)
{
    for (unsigned i = 0; i < s->n; i++)
        if (stream_writer_finish(&s->streams[i], i == 0 ? skipped : 0) == -1)
            return fail(s, i);
    return 0;
}

void
shards_release(struct shards *s)
{
    for (unsigned i = 0; s->streams && i < s->n; i++)
        stream_writer_release(&s->streams[i]);
    free(s->streams);
    free(s->name);
    s->streams = NULL;
    s->name = NULL;
}
