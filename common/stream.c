/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading and writing the record stream of ftp-stream(5).
 *
 * Records are bytes at fixed offsets, never structs, so a stream written on one machine reads on any
 * other.  They travel in blocks of up to 64 KiB: one write(2), one checksum and one bounds check for
 * some 1,400 records keep the cost of a record at that of moving its bytes.
 */
#include "stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bytes.h"
#include "io.h"

static const uint8_t magic[8] = {0x89, 'F', 'T', 'P', '\r', '\n', 0x1a, '\n'};

enum header_offset { HEADER_VERSION = 8, HEADER_KIND = 9, HEADER_RESERVED = 10, HEADER_CRC = 12 };

enum block_type { BLOCK_RECORDS = 1, BLOCK_TRAILER = 2 };

enum block_offset {
    BLOCK_TYPE = 0,
    BLOCK_LENGTH = 4,
    BLOCK_CRC = 8,
    BLOCK_PAYLOAD = STREAM_BLOCK_HEADER_BYTES
};

enum record_offset {
    RECORD_FLAGS = 0,
    RECORD_PROTO = 1,
    RECORD_SRC_PORT = 2,
    RECORD_DST_PORT = 4,
    RECORD_START = 6,
    RECORD_END = 14,
    RECORD_PACKETS = 22,
    RECORD_BYTES = 30,
    RECORD_FIXED_BYTES = 38,
    RECORD_PACKETS_REV = 38, /* in biflows, and in flows with FLAG_REVERSE */
    RECORD_BYTES_REV = 46,
    RECORD_BIFLOW_BYTES = 54
};

enum record_flag { FLAG_IPV6 = 1, FLAG_REVERSE = 2 };

/* Room for the block being used and as much again of what follows it in the pipe. */
#define READ_BUFFER_BYTES (4 * STREAM_MAX_BLOCK_BYTES)

static uint32_t
checksum(uint32_t crc, const uint8_t *p, size_t n)
{
    return (uint32_t)crc32_z(crc, p, n);
}

int
stream_writer_open(struct stream_writer *w, int fd, enum stream_kind kind)
{
    uint8_t header[STREAM_HEADER_BYTES] = {0};

    *w = (struct stream_writer){.fd = fd, .kind = kind, .used = BLOCK_PAYLOAD};
    w->block = malloc(BLOCK_PAYLOAD + STREAM_MAX_BLOCK_BYTES);
    if (!w->block)
        return -1;
    memcpy(header, magic, sizeof magic);
    header[HEADER_VERSION] = STREAM_VERSION;
    header[HEADER_KIND] = (uint8_t)kind;
    w->crc = checksum(0, header, HEADER_CRC);
    put_le32(header + HEADER_CRC, w->crc);
    return io_write_full(fd, header, sizeof header);
}

void
stream_writer_release(struct stream_writer *w)
{
    free(w->block);
    w->block = NULL;
}

/* Seals the block with its checksum and writes it. */
static int
write_block(struct stream_writer *w, enum block_type type)
{
    size_t used = w->used;

    put_le32(w->block + BLOCK_TYPE, type);
    put_le32(w->block + BLOCK_LENGTH, (uint32_t)(used - BLOCK_PAYLOAD));
    w->crc = checksum(w->crc, w->block, BLOCK_CRC);
    w->crc = checksum(w->crc, w->block + BLOCK_PAYLOAD, used - BLOCK_PAYLOAD);
    put_le32(w->block + BLOCK_CRC, w->crc);
    w->used = BLOCK_PAYLOAD;
    return io_write_full(w->fd, w->block, used);
}

int
stream_writer_flush(struct stream_writer *w)
{
    if (w->used == BLOCK_PAYLOAD)
        return 0;
    return write_block(w, BLOCK_RECORDS);
}

int
stream_writer_finish(struct stream_writer *w, uint64_t skipped)
{
    if (stream_writer_flush(w) == -1)
        return -1;
    put_le64(w->block + BLOCK_PAYLOAD, w->records);
    put_le64(w->block + BLOCK_PAYLOAD + 8, skipped);
    w->used = BLOCK_PAYLOAD + STREAM_TRAILER_BYTES;
    return write_block(w, BLOCK_TRAILER);
}

/* Returns a place for a record of up to STREAM_MAX_RECORD_BYTES in the block, or NULL with errno set. */
static uint8_t *
make_room(struct stream_writer *w)
{
    if (w->used + STREAM_MAX_RECORD_BYTES > BLOCK_PAYLOAD + STREAM_MAX_BLOCK_BYTES &&
        stream_writer_flush(w) == -1)
        return NULL;
    return w->block + w->used;
}

int
stream_put_flow(struct stream_writer *w, const struct flow *f)
{
    bool ipv6 = f->family == 6;
    bool reverse = f->packets_rev != 0 || f->bytes_rev != 0;
    uint8_t *p = make_room(w);

    if (!p)
        return -1;
    p[RECORD_FLAGS] = (uint8_t)((ipv6 ? FLAG_IPV6 : 0) | (reverse ? FLAG_REVERSE : 0));
    p[RECORD_PROTO] = f->proto;
    put_le16(p + RECORD_SRC_PORT, f->src_port);
    put_le16(p + RECORD_DST_PORT, f->dst_port);
    put_le64(p + RECORD_START, (uint64_t)f->start);
    put_le64(p + RECORD_END, (uint64_t)f->end);
    put_le64(p + RECORD_PACKETS, f->packets);
    put_le64(p + RECORD_BYTES, f->bytes);
    uint8_t *q = p + RECORD_FIXED_BYTES;
    if (reverse) {
        put_le64(p + RECORD_PACKETS_REV, f->packets_rev);
        put_le64(p + RECORD_BYTES_REV, f->bytes_rev);
        q += 16;
    }
    size_t address_bytes = ipv6 ? 16 : 4;
    memcpy(q, f->src, address_bytes);
    memcpy(q + address_bytes, f->dst, address_bytes);
    w->used = (size_t)(q + 2 * address_bytes - w->block);
    w->records++;
    return 0;
}

int
stream_put_biflow(struct stream_writer *w, const struct biflow *b)
{
    uint8_t *p = make_room(w);

    if (!p)
        return -1;
    p[RECORD_FLAGS] = b->family == 6 ? FLAG_IPV6 : 0;
    p[RECORD_PROTO] = b->proto;
    put_le16(p + RECORD_SRC_PORT, b->src_port);
    put_le16(p + RECORD_DST_PORT, b->dst_port);
    put_le64(p + RECORD_START, (uint64_t)b->start);
    put_le64(p + RECORD_END, (uint64_t)b->end);
    put_le64(p + RECORD_PACKETS, b->packets);
    put_le64(p + RECORD_BYTES, b->bytes);
    put_le64(p + RECORD_PACKETS_REV, b->packets_rev);
    put_le64(p + RECORD_BYTES_REV, b->bytes_rev);
    w->used += RECORD_BIFLOW_BYTES;
    w->records++;
    return 0;
}

int
stream_reader_open(struct stream_reader *r, int fd, enum stream_kind kind)
{
    *r = (struct stream_reader){.fd = fd, .kind = kind};
    r->buf = malloc(READ_BUFFER_BYTES);
    return r->buf ? 0 : -1;
}

int
stream_reader_open_source(struct stream_reader *r, stream_source *source, void *context,
                          enum stream_kind kind)
{
    if (stream_reader_open(r, -1, kind) == -1)
        return -1;
    r->source = source;
    r->context = context;
    return 0;
}

void
stream_reader_release(struct stream_reader *r)
{
    free(r->buf);
    r->buf = NULL;
}

__attribute__((format(printf, 2, 3))) static enum stream_result
fail(struct stream_reader *r, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)problem_vset(&r->problem, format, ap);
    va_end(ap);
    return STREAM_ERROR;
}

/* Reads until n bytes are in the buffer after pos, or the input ends.  Returns how many are there, at
 * most n; -1 with the problem noted. */
static ssize_t
fill(struct stream_reader *r, size_t n)
{
    if (r->filled - r->pos < n && r->pos > 0) {
        memmove(r->buf, r->buf + r->pos, r->filled - r->pos);
        r->filled -= r->pos;
        r->pos = 0;
    }
    while (r->filled - r->pos < n) {
        uint8_t *end = r->buf + r->filled;
        size_t room = READ_BUFFER_BYTES - r->filled;
        ssize_t got = r->source ? r->source(r->context, end, room) : io_read_some(r->fd, end, room);
        if (got < 0) {
            fail(r, "%s", strerror(errno));
            return -1;
        }
        if (got == 0)
            return (ssize_t)(r->filled - r->pos);
        r->filled += (size_t)got;
    }
    return (ssize_t)n;
}

static enum stream_result
fail_cut_off(struct stream_reader *r)
{
    return fail(r,
                "the stream ends after %" PRIu64 " records without a trailer: "
                "the program that wrote it failed or was stopped",
                r->total);
}

static enum stream_result
fail_damaged(struct stream_reader *r, const char *what)
{
    return fail(r, "the stream is damaged after record %" PRIu64 ": %s", r->total, what);
}

static const char *
kind_name(unsigned kind)
{
    return kind == STREAM_FLOW ? "flow" : "biflow";
}

/* Reads the header that has to stand at the beginning and after a trailer. */
static enum stream_result
read_header(struct stream_reader *r)
{
    ssize_t got = fill(r, STREAM_HEADER_BYTES);
    const uint8_t *p = r->buf + r->pos;

    if (got < 0)
        return STREAM_ERROR;
    if (got == 0 && r->streams > 0)
        return STREAM_END;
    if (got == 0)
        return fail(r, "no input: not even an empty stream, so the program before this one failed");
    if (memcmp(p, magic, (size_t)got < sizeof magic ? (size_t)got : sizeof magic) != 0)
        return r->streams == 0 ? fail(r, "not a record stream of ftp-read or ftp-merge")
                               : fail_damaged(r, "something else follows the trailer");
    if (got < STREAM_HEADER_BYTES)
        return fail_cut_off(r);
    if (p[HEADER_VERSION] != STREAM_VERSION)
        return fail(r, "stream version %d, but this program reads version %d", p[HEADER_VERSION],
                    STREAM_VERSION);
    if ((p[HEADER_KIND] != STREAM_FLOW && p[HEADER_KIND] != STREAM_BIFLOW) ||
        get_le16(p + HEADER_RESERVED) != 0)
        return fail_damaged(r, "the header has an unknown kind");
    r->crc = checksum(0, p, HEADER_CRC);
    if (get_le32(p + HEADER_CRC) != r->crc)
        return fail_damaged(r, "wrong checksum of the header");
    if (p[HEADER_KIND] != r->kind)
        return fail(r, "a %s stream, but a %s stream is needed: %s", kind_name(p[HEADER_KIND]),
                    kind_name(r->kind),
                    r->kind == STREAM_BIFLOW ? "ftp-merge is missing in between"
                                             : "it has been through ftp-merge already");
    r->pos += STREAM_HEADER_BYTES;
    r->records = 0;
    r->streams++;
    return STREAM_RECORD;
}

static enum stream_result
read_trailer(struct stream_reader *r, const uint8_t *payload, size_t length)
{
    if (length != STREAM_TRAILER_BYTES)
        return fail_damaged(r, "a trailer of a wrong length");
    if (get_le64(payload) != r->records)
        return fail(r, "%" PRIu64 " records, but the trailer counts %" PRIu64, r->records,
                    get_le64(payload));
    uint64_t skipped = get_le64(payload + 8);
    r->skipped = skipped > UINT64_MAX - r->skipped ? UINT64_MAX : r->skipped + skipped;
    r->pos += BLOCK_PAYLOAD + length;
    r->block_end = r->pos;
    return read_header(r);
}

/* Goes on to the next block of records.  Returns STREAM_RECORD when pos is at the first one. */
static enum stream_result
next_block(struct stream_reader *r)
{
    enum stream_result result = STREAM_RECORD;

    if (r->streams == 0)
        result = read_header(r);
    while (result == STREAM_RECORD) {
        ssize_t got = fill(r, BLOCK_PAYLOAD);
        if (got < 0)
            return STREAM_ERROR;
        if (got < BLOCK_PAYLOAD)
            return fail_cut_off(r);
        uint32_t type = get_le32(r->buf + r->pos + BLOCK_TYPE);
        size_t length = get_le32(r->buf + r->pos + BLOCK_LENGTH);
        if (length == 0 || length > STREAM_MAX_BLOCK_BYTES)
            return fail_damaged(r, "a block of an impossible length");
        got = fill(r, BLOCK_PAYLOAD + length);
        if (got < 0)
            return STREAM_ERROR;
        if ((size_t)got < BLOCK_PAYLOAD + length)
            return fail_cut_off(r);
        const uint8_t *p = r->buf + r->pos;
        r->crc = checksum(r->crc, p, BLOCK_CRC);
        r->crc = checksum(r->crc, p + BLOCK_PAYLOAD, length);
        if (get_le32(p + BLOCK_CRC) != r->crc)
            return fail_damaged(r, "wrong checksum");
        if (type == BLOCK_RECORDS) {
            r->pos += BLOCK_PAYLOAD;
            r->block_end = r->pos + length;
            return STREAM_RECORD;
        }
        if (type != BLOCK_TRAILER)
            return fail_damaged(r, "a block of an unknown type");
        result = read_trailer(r, p + BLOCK_PAYLOAD, length);
    }
    return result;
}

/* Makes the next record's bytes available at pos, or returns why not. */
static enum stream_result
next_record(struct stream_reader *r)
{
    if (r->pos < r->block_end)
        return STREAM_RECORD;
    return next_block(r);
}

static enum stream_result
took_record(struct stream_reader *r, size_t length)
{
    r->pos += length;
    r->records++;
    r->total++;
    return STREAM_RECORD;
}

enum stream_result
stream_get_flow(struct stream_reader *r, struct flow *f)
{
    enum stream_result result = next_record(r);
    if (result != STREAM_RECORD)
        return result;

    const uint8_t *p = r->buf + r->pos;
    size_t left = r->block_end - r->pos;
    unsigned flags = p[RECORD_FLAGS];
    size_t address_bytes = flags & FLAG_IPV6 ? 16 : 4;
    size_t counter_bytes = flags & FLAG_REVERSE ? 16 : 0;
    size_t length = RECORD_FIXED_BYTES + counter_bytes + 2 * address_bytes;
    if (length > left || flags > (FLAG_IPV6 | FLAG_REVERSE))
        return fail_damaged(r, "a malformed record");

    const uint8_t *address = p + RECORD_FIXED_BYTES + counter_bytes;
    if (flags & FLAG_IPV6) {
        f->family = 6;
        memcpy(f->src, address, 16);
        memcpy(f->dst, address + 16, 16);
    } else {
        f->family = 4;
        memset(f->src, 0, sizeof f->src);
        memset(f->dst, 0, sizeof f->dst);
        memcpy(f->src, address, 4);
        memcpy(f->dst, address + 4, 4);
    }
    f->proto = p[RECORD_PROTO];
    f->src_port = get_le16(p + RECORD_SRC_PORT);
    f->dst_port = get_le16(p + RECORD_DST_PORT);
    f->start = (int64_t)get_le64(p + RECORD_START);
    f->end = (int64_t)get_le64(p + RECORD_END);
    f->packets = get_le64(p + RECORD_PACKETS);
    f->bytes = get_le64(p + RECORD_BYTES);
    f->packets_rev = counter_bytes ? get_le64(p + RECORD_PACKETS_REV) : 0;
    f->bytes_rev = counter_bytes ? get_le64(p + RECORD_BYTES_REV) : 0;
    return took_record(r, length);
}

enum stream_result
stream_get_biflow(struct stream_reader *r, struct biflow *b)
{
    enum stream_result result = next_record(r);
    if (result != STREAM_RECORD)
        return result;

    const uint8_t *p = r->buf + r->pos;
    if (r->block_end - r->pos < RECORD_BIFLOW_BYTES || p[RECORD_FLAGS] > FLAG_IPV6)
        return fail_damaged(r, "a malformed record");
    b->family = p[RECORD_FLAGS] & FLAG_IPV6 ? 6 : 4;
    b->proto = p[RECORD_PROTO];
    b->src_port = get_le16(p + RECORD_SRC_PORT);
    b->dst_port = get_le16(p + RECORD_DST_PORT);
    b->start = (int64_t)get_le64(p + RECORD_START);
    b->end = (int64_t)get_le64(p + RECORD_END);
    b->packets = get_le64(p + RECORD_PACKETS);
    b->bytes = get_le64(p + RECORD_BYTES);
    b->packets_rev = get_le64(p + RECORD_PACKETS_REV);
    b->bytes_rev = get_le64(p + RECORD_BYTES_REV);
    return took_record(r, RECORD_BIFLOW_BYTES);
}
