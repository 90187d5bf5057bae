/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text is put straight into a large buffer and leaves it in one piece: with one write(2), or as a block
 * for the compressing threads.  Rows are never split between buffers.
 */
#include "out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

/* After so much text more, what was written is on its way to disk. */
enum { WRITE_BEHIND_BYTES = 8 << 20 };

static void
use_buffer(struct out *o, char *buffer)
{
    o->next = buffer;
    o->limit = buffer + OUT_BUFFER_BYTES;
}

int
out_open(struct out *o, const char *file, int level)
{
    bool standard = !file || strcmp(file, "-") == 0;

    *o = (struct out){.name = standard ? "standard output" : file};
    if (target_open(&o->target, file) == -1)
        return problem_set(&o->problem, "%s", o->target.problem.text);
    if (level == OUT_PLAIN)
        o->buffer = malloc(OUT_BUFFER_BYTES);
    else
        o->gzip = gzip_open(o->target.fd, level, gzip_workers());
    if (!o->buffer && !o->gzip) {
        problem_set(&o->problem, "%s%s",
                    level == OUT_PLAIN ? "" : "cannot start the compression: ", strerror(errno));
        out_discard(o);
        return -1;
    }
    use_buffer(o, o->gzip ? gzip_block(o->gzip) : o->buffer);
    return 0;
}

bool
out_is_terminal(const struct out *o)
{
    return isatty(o->target.fd) == 1;
}

int
out_flush(struct out *o)
{
    char *buffer = o->limit - OUT_BUFFER_BYTES;
    size_t used = (size_t)(o->next - buffer);

    if (used == 0)
        return 0;
    if ((o->gzip ? gzip_put(o->gzip, used) : io_write_full(o->target.fd, buffer, used)) == -1)
        return problem_set(&o->problem, "%s", strerror(errno));
    if ((o->text_bytes + used) / WRITE_BEHIND_BYTES > o->text_bytes / WRITE_BEHIND_BYTES)
        target_write_behind(&o->target);
    o->text_bytes += used;
    use_buffer(o, o->gzip ? gzip_block(o->gzip) : buffer);
    return 0;
}

/* Frees all but the target. */
static void
release(struct out *o)
{
    gzip_release(o->gzip);
    free(o->buffer);
    o->gzip = NULL;
    o->buffer = o->next = o->limit = NULL;
}

int
out_close(struct out *o)
{
    int result = out_flush(o);

    if (result == 0 && o->gzip && gzip_finish(o->gzip) == -1)
        result = problem_set(&o->problem, "%s", strerror(errno));
    o->bytes = o->gzip ? gzip_written(o->gzip) : o->text_bytes;
    release(o);
    if (result == -1)
        target_discard(&o->target);
    else if (target_commit(&o->target) == -1)
        result = problem_set(&o->problem, "%s", o->target.problem.text);
    return result;
}

void
out_discard(struct out *o)
{
    release(o);
    target_discard(&o->target);
}
