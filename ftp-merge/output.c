/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * With the smallest start as time zero, no row can leave before the last record is read.  What the cache
 * had to let go until then waits in a temporary file that has no name: nobody else can open it, and it
 * is gone with the process however that ends.  It is a record stream as well, checksums and all, since
 * a disk can fail as well as a pipe.
 */
#include "output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
output_open(struct output *o, int fd)
{
    *o = (struct output){.spool_fd = -1, .failed = "standard output"};
    return stream_writer_open(&o->stream, fd, STREAM_BIFLOW);
}

static int
open_spool(struct output *o)
{
    const char *directory = getenv("TMPDIR");
    char name[4096];

    if (!directory || directory[0] == '\0')
        directory = "/tmp";
    int n = snprintf(name, sizeof name, "%s/ftp-merge.XXXXXX", directory);
    if (n < 0 || (size_t)n >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    o->spool_fd = mkstemp(name);
    if (o->spool_fd == -1 || unlink(name) == -1)
        return -1;
    return stream_writer_open(&o->spool, o->spool_fd, STREAM_BIFLOW);
}

/* Writes a biflow with its times counted from the zero. */
static int
put_relative(struct output *o, const struct biflow *b)
{
    struct biflow relative = *b;

    if (__builtin_sub_overflow(b->start, o->zero, &relative.start) ||
        __builtin_sub_overflow(b->end, o->zero, &relative.end)) {
        o->failed = "time zero";
        errno = EOVERFLOW;
        return -1;
    }
    return stream_put_biflow(&o->stream, &relative);
}

int
output_put(void *output, const struct biflow *b)
{
    struct output *o = output;

    if (o->zero_known)
        return put_relative(o, b);
    o->failed = "temporary file";
    if (o->spool_fd == -1 && open_spool(o) == -1)
        return -1;
    int result = stream_put_biflow(&o->spool, b);
    if (result == 0)
        o->failed = "standard output";
    return result;
}

/* Reads the spool back, from its start. */
static int
replay_spool(struct output *o)
{
    struct stream_reader reader;
    struct biflow b;
    enum stream_result result;

    o->failed = "temporary file";
    if (stream_writer_finish(&o->spool, 0) == -1 || lseek(o->spool_fd, 0, SEEK_SET) == -1 ||
        stream_reader_open(&reader, o->spool_fd, STREAM_BIFLOW) == -1)
        return -1;
    while ((result = stream_get_biflow(&reader, &b)) == STREAM_RECORD) {
        if (put_relative(o, &b) == -1) {
            if (errno != EOVERFLOW)
                o->failed = "standard output";
            break;
        }
    }
    stream_reader_release(&reader);
    if (result == STREAM_ERROR)
        errno = EIO;
    if (result == STREAM_END)
        o->failed = "standard output";
    return result == STREAM_END ? 0 : -1;
}

int
output_set_zero(struct output *o, int64_t zero)
{
    o->zero_known = true;
    o->zero = zero;
    return o->spool_fd == -1 ? 0 : replay_spool(o);
}

int
output_finish(struct output *o, uint64_t skipped)
{
    return stream_writer_finish(&o->stream, skipped);
}

void
output_release(struct output *o)
{
    stream_writer_release(&o->stream);
    stream_writer_release(&o->spool);
    if (o->spool_fd != -1)
        (void)close(o->spool_fd);
    o->spool_fd = -1;
}
