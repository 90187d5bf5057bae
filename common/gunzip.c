/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * zlib checks and inflates the members of a gzip file; the loop here makes sure that nothing else lies
 * between them or after the last one.  gzread(3) would be shorter, but it passes over whatever follows a
 * member and does not start as one, so that a damaged member would be lost without a message.
 */
#include "gunzip.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io.h"

enum {
    INPUT_BYTES = 256 * 1024,
    MAGIC_BYTES = 2,
    GZIP_WINDOW_BITS = 15 + 16 /* the largest window, and zlib is to expect the gzip format */
};

int
gunzip_open(struct gunzip *g, int fd)
{
    *g = (struct gunzip){.fd = fd, .between = true};
    g->input = malloc(INPUT_BYTES);
    if (!g->input)
        return -1;
    g->z.next_in = g->input;
    return 0;
}

/* Reads more input after what there is.  Returns 1, 0 at the end of the file, or -1. */
static int
fill(struct gunzip *g)
{
    memmove(g->input, g->z.next_in, g->z.avail_in);
    g->z.next_in = g->input;
    ssize_t got = io_read_some(g->fd, g->input + g->z.avail_in, INPUT_BYTES - g->z.avail_in);
    if (got < 0)
        return problem_set(&g->problem, "%s", strerror(errno));
    g->z.avail_in += (uInt)got;
    return got > 0;
}

/* Reads until there are enough bytes to recognise a member, or the file ends.  Returns 0, or -1. */
static int
look_ahead(struct gunzip *g)
{
    int more = 1;

    while (more > 0 && g->z.avail_in < MAGIC_BYTES)
        more = fill(g);
    return more == -1 ? -1 : 0;
}

static bool
is_member(const struct gunzip *g)
{
    return g->z.avail_in >= MAGIC_BYTES && g->z.next_in[0] == 0x1f && g->z.next_in[1] == 0x8b;
}

/* Finds out whether the file is gzipped.  Returns 0, or -1. */
static int
start(struct gunzip *g)
{
    if (look_ahead(g) == -1)
        return -1;
    g->started = true;
    g->gzipped = is_member(g);
    if (g->gzipped && inflateInit2(&g->z, GZIP_WINDOW_BITS) != Z_OK)
        return problem_set(&g->problem, "no memory");
    return 0;
}

/* Goes on to the next member.  Returns 1, 0 at the end of the file, or -1. */
static int
next_member(struct gunzip *g)
{
    if (look_ahead(g) == -1)
        return -1;
    if (g->z.avail_in == 0)
        return 0;
    if (!is_member(g))
        return problem_set(&g->problem, "what follows the gzip data is not gzip data");
    (void)inflateReset(&g->z);
    g->between = false;
    return 1;
}

/* Inflates some bytes of a member.  Returns 0, or -1. */
static int
inflate_some(struct gunzip *g)
{
    int more = g->z.avail_in > 0 ? 1 : fill(g);

    if (more == -1)
        return -1;
    if (more == 0)
        return problem_set(&g->problem, "the gzip data is cut off");
    int result = inflate(&g->z, Z_NO_FLUSH);
    g->between = result == Z_STREAM_END;
    if (result == Z_OK || g->between)
        return 0;
    if (result == Z_MEM_ERROR)
        return problem_set(&g->problem, "no memory");
    return problem_set(&g->problem, "the gzip data is damaged: %s",
                       g->z.msg ? g->z.msg : "not as zlib expects it");
}

static ssize_t
read_gzipped(struct gunzip *g, void *buf, size_t n)
{
    uInt room = n < UINT_MAX ? (uInt)n : UINT_MAX;

    g->z.next_out = buf;
    g->z.avail_out = room;
    while (g->z.avail_out == room) {
        int more = g->between ? next_member(g) : 1;
        if (more < 1)
            return more;
        if (inflate_some(g) == -1)
            return -1;
    }
    return (ssize_t)(room - g->z.avail_out);
}

/* Passes on what start() has read, then the rest of the file. */
static ssize_t
read_plain(struct gunzip *g, void *buf, size_t n)
{
    if (g->z.avail_in == 0) {
        ssize_t got = io_read_some(g->fd, buf, n);
        return got < 0 ? problem_set(&g->problem, "%s", strerror(errno)) : got;
    }
    if (n > g->z.avail_in)
        n = g->z.avail_in;
    memcpy(buf, g->z.next_in, n);
    g->z.next_in += n;
    g->z.avail_in -= (uInt)n;
    return (ssize_t)n;
}

ssize_t
gunzip_read(void *gunzip, void *buf, size_t n)
{
    struct gunzip *g = gunzip;

    if (!g->started && start(g) == -1)
        return -1;
    return g->gzipped ? read_gzipped(g, buf, n) : read_plain(g, buf, n);
}

void
gunzip_release(struct gunzip *g)
{
    if (g->gzipped)
        (void)inflateEnd(&g->z);
    free(g->input);
    g->input = NULL;
}
