/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes come through gunzip, which passes on what is not gzipped, to the reader of streams or that of
 * CSV. Each of them knows where its input ends whole: a stream at its trailer, CSV at a newline, gzip at
 * the checksum of a member.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"

/* The first byte of a record stream; no text begins with it. */
#define STREAM_FIRST_BYTE '\x89'

/* Puts a problem after the name of the source. */
static int
fail(struct source *s, const char *why)
{
    return problem_set(&s->problem, "%s: %s", s->name, why);
}

/* The bytes of the profile, from its beginning. */
static ssize_t
read_bytes(void *source, void *buf, size_t n)
{
    struct source *s = source;
    size_t left = s->head_bytes - s->head_used;

    if (left == 0)
        return gunzip_read(&s->gunzip, buf, n);
    if (n > left)
        n = left;
    memcpy(buf, s->head + s->head_used, n);
    s->head_used += n;
    return (ssize_t)n;
}

/* Reads the first bytes, as many as there are.  Returns 0, or -1 with the problem. */
static int
read_head(struct source *s)
{
    ssize_t got;

    s->head_bytes = s->head_used = 0;
    do {
        got = gunzip_read(&s->gunzip, s->head + s->head_bytes, SOURCE_HEAD_BYTES - s->head_bytes);
        if (got > 0)
            s->head_bytes += (size_t)got;
    } while (got > 0 && s->head_bytes < SOURCE_HEAD_BYTES);
    return got < 0 ? fail(s, s->gunzip.problem.text) : 0;
}

/* Starts the reader of the kind that the first bytes tell. */
static int
start_reader(struct source *s)
{
    bool is_stream = s->head_bytes > 0 && s->head[0] == STREAM_FIRST_BYTE;

    s->kind = is_stream ? SOURCE_STREAM : SOURCE_CSV;
    if (is_stream)
        return stream_reader_open_source(&s->stream, read_bytes, s, STREAM_BIFLOW) == -1
                   ? fail(s, "no memory")
                   : 0;
    if (csvrows_open(&s->csv, read_bytes, s) == -1)
        return fail(s, "no memory");
    if (csvrows_header(&s->csv) == CSVROWS_ROW)
        return 0;
    return fail(s, s->csv.problem.text[0] != '\0' ? s->csv.problem.text : s->gunzip.problem.text);
}

static int
start(struct source *s)
{
    s->rows = 0;
    if (gunzip_open(&s->gunzip, s->fd) == -1)
        return fail(s, "no memory");
    return read_head(s) == -1 ? -1 : start_reader(s);
}

static void
stop(struct source *s)
{
    if (s->stream.buf)
        stream_reader_release(&s->stream);
    if (s->csv.lines.buf)
        csvrows_release(&s->csv);
    if (s->gunzip.input)
        gunzip_release(&s->gunzip);
}

int
source_open(struct source *s, const char *file)
{
    bool is_standard = strcmp(file, "-") == 0;

    *s = (struct source){.name = is_standard ? SOURCE_STANDARD : file, .fd = STDIN_FILENO, .begin = -1};
    if (!is_standard)
        s->fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (s->fd == -1)
        return fail(s, strerror(errno));
    (void)io_enlarge_pipe(s->fd);
    s->begin = lseek(s->fd, 0, SEEK_CUR);
    return start(s);
}

int
source_rewind(struct source *s)
{
    stop(s);
    if (lseek(s->fd, s->begin, SEEK_SET) == -1)
        return fail(s, strerror(errno));
    return start(s);
}

void
source_close(struct source *s)
{
    stop(s);
    if (s->fd > STDIN_FILENO)
        (void)close(s->fd);
    s->fd = -1;
}

/* A record is a row of a profile, or an error of the stream. */
static enum source_result
next_of_stream(struct source *s, struct biflow *b)
{
    enum stream_result result = stream_get_biflow(&s->stream, b);

    if (result == STREAM_ERROR) {
        fail(s, s->gunzip.problem.text[0] != '\0' ? s->gunzip.problem.text : s->stream.problem.text);
        return SOURCE_ERROR;
    }
    const char *problem = result == STREAM_RECORD ? biflow_problem(b) : NULL;
    if (!problem)
        return result == STREAM_RECORD ? SOURCE_ROW : SOURCE_END;
    problem_set(&s->problem, "%s: record %" PRIu64 " is not a row of a profile: %s", s->name,
                s->stream.total, problem);
    return SOURCE_ERROR;
}

static enum source_result
next_of_csv(struct source *s, struct biflow *b)
{
    switch (csvrows_next(&s->csv, b)) {
    case CSVROWS_ROW:
        return SOURCE_ROW;
    case CSVROWS_END:
        return SOURCE_END;
    case CSVROWS_ERROR:
        break;
    }
    fail(s, s->csv.problem.text[0] != '\0' ? s->csv.problem.text : s->gunzip.problem.text);
    return SOURCE_ERROR;
}

enum source_result
source_next(struct source *s, struct biflow *b)
{
    enum source_result result = s->kind == SOURCE_STREAM ? next_of_stream(s, b) : next_of_csv(s, b);

    s->rows += result == SOURCE_ROW;
    return result;
}

int
source_refuse(struct source *s, const char *why)
{
    bool is_stream = s->kind == SOURCE_STREAM;

    return problem_set(&s->problem, "%s: %s %" PRIu64 ": %s", s->name, is_stream ? "record" : "line",
                       is_stream ? s->stream.total : s->csv.lines.number, why);
}

uint64_t
source_skipped(const struct source *s)
{
    return s->stream.skipped;
}
