/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mkstream: rows of text in, a record stream out, for tests.  It writes any record that fits the stream,
 * those that break the promises of a profile included.
 *
 *     mkstream [-T] [-k flow|biflow] [-s SKIPPED] < ROWS > STREAM
 *
 *     B START END FAMILY PROTO SRC_PORT DST_PORT PACKETS BYTES PACKETS_REV BYTES_REV
 *     F START END FAMILY PROTO SRC DST SRC_PORT DST_PORT PACKETS BYTES PACKETS_REV BYTES_REV
 *
 * Times are milliseconds.  All rows are of one kind; -k says which when there are none.  Lines that are
 * empty or start with # are skipped.  -T leaves the trailer out; -s is the count of skipped rows in it.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream.h"
#include "text.h"

enum { MAX_LINE_BYTES = 1024 };

struct input {
    unsigned long line; /* number of the line in fields */
    char *rest;         /* what is left of it */
};

static char *
next_field(struct input *in)
{
    char *field = strtok_r(NULL, " \t\n", &in->rest);

    if (!field)
        errx(1, "line %lu: too few fields", in->line);
    return field;
}

static uint64_t
next_number(struct input *in, uint64_t max)
{
    char *field = next_field(in);
    uint64_t value;

    if (!text_get_u64(field, strlen(field), max, &value))
        errx(1, "line %lu: %s: not a number that fits", in->line, field);
    return value;
}

static int64_t
next_time(struct input *in)
{
    char *field = next_field(in);
    int64_t value;

    if (!text_get_i64(field, strlen(field), &value))
        errx(1, "line %lu: %s: not a time that fits", in->line, field);
    return value;
}

static void
next_address(struct input *in, int family, uint8_t address[16])
{
    char *field = next_field(in);

    if (text_get_address(field, strlen(field), address) != family)
        errx(1, "line %lu: %s: not an address of family %d", in->line, field, family);
}

static void
put_biflow(struct stream_writer *w, struct input *in)
{
    struct biflow b = {0};

    b.start = next_time(in);
    b.end = next_time(in);
    b.family = (uint8_t)next_number(in, 6);
    b.proto = (uint8_t)next_number(in, UINT8_MAX);
    b.src_port = (uint16_t)next_number(in, UINT16_MAX);
    b.dst_port = (uint16_t)next_number(in, UINT16_MAX);
    b.packets = next_number(in, UINT64_MAX);
    b.bytes = next_number(in, UINT64_MAX);
    b.packets_rev = next_number(in, UINT64_MAX);
    b.bytes_rev = next_number(in, UINT64_MAX);
    if (stream_put_biflow(w, &b) == -1)
        err(1, "standard output");
}

static void
put_flow(struct stream_writer *w, struct input *in)
{
    struct flow f = {0};

    f.start = next_time(in);
    f.end = next_time(in);
    f.family = (uint8_t)next_number(in, 6);
    f.proto = (uint8_t)next_number(in, UINT8_MAX);
    next_address(in, f.family, f.src);
    next_address(in, f.family, f.dst);
    f.src_port = (uint16_t)next_number(in, UINT16_MAX);
    f.dst_port = (uint16_t)next_number(in, UINT16_MAX);
    f.packets = next_number(in, UINT64_MAX);
    f.bytes = next_number(in, UINT64_MAX);
    f.packets_rev = next_number(in, UINT64_MAX);
    f.bytes_rev = next_number(in, UINT64_MAX);
    if (stream_put_flow(w, &f) == -1)
        err(1, "standard output");
}

static void
start(struct stream_writer *w, int kind)
{
    if (stream_writer_open(w, STDOUT_FILENO, kind == 'F' ? STREAM_FLOW : STREAM_BIFLOW) == -1)
        err(1, "standard output");
}

/* Puts all rows of standard input.  Returns the kind of the stream:  F, B, or 0 when nothing was
 * started. */
static int
put_rows(struct stream_writer *w, int kind)
{
    char line[MAX_LINE_BYTES];
    struct input in = {0};

    if (kind)
        start(w, kind);
    while (fgets(line, sizeof line, stdin)) {
        in.line++;
        if (line[0] == '\n' || line[0] == '#')
            continue;
        char *row = strtok_r(line, " \t\n", &in.rest);
        if (!row || (strcmp(row, "B") != 0 && strcmp(row, "F") != 0))
            errx(1, "line %lu: a row starts with B or F", in.line);
        if (!kind)
            start(w, kind = row[0]);
        if (row[0] != kind)
            errx(1, "line %lu: a row of another kind", in.line);
        if (kind == 'B')
            put_biflow(w, &in);
        else
            put_flow(w, &in);
        if (strtok_r(NULL, " \t\n", &in.rest))
            errx(1, "line %lu: too many fields", in.line);
    }
    if (ferror(stdin))
        err(1, "standard input");
    return kind;
}

int
main(int argc, char **argv)
{
    struct stream_writer w;
    bool trailer = true;
    uint64_t skipped = 0;
    int kind = 0, c;

    while ((c = getopt(argc, argv, "Tk:s:")) != -1) {
        if (c == 'T')
            trailer = false;
        else if (c == 'k' && (strcmp(optarg, "flow") == 0 || strcmp(optarg, "biflow") == 0))
            kind = optarg[0] == 'f' ? 'F' : 'B';
        else if (c != 's' || !text_get_u64(optarg, strlen(optarg), UINT64_MAX, &skipped))
            errx(2, "usage: mkstream [-T] [-k flow|biflow] [-s SKIPPED]");
    }
    if (!put_rows(&w, kind))
        errx(2, "no rows, so -k has to say of which kind");
    if ((trailer ? stream_writer_finish(&w, skipped) : stream_writer_flush(&w)) == -1)
        err(1, "standard output");
    stream_writer_release(&w);
    if (close(STDOUT_FILENO) == -1)
        err(1, "standard output");
    return 0;
}
