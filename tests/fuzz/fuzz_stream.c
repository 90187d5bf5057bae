/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stream reader.  The first byte chooses what the others are: a stream as it comes (checksums mostly
 * stop that one early), or the payload of blocks around which the target builds a stream that is whole,
 * so that the fuzzer gets to the records without having to find a CRC.
 */
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "bytes.h"
#include "input.h"
#include "stream.h"

enum mode {
    MODE_BIFLOW = 1,   /* else flows */
    MODE_SEALED = 2,   /* else raw bytes */
    MODE_BLOCKS = 4,   /* sealed: the next byte is how long each block is */
    MODE_MISCOUNT = 8, /* sealed: the trailer counts one record too many */
    MODE_TWICE = 16,   /* sealed: the stream comes twice, as of cat(1) */
    MODE_CUT = 32,     /* sealed: the last byte is missing */
    MODE_KINDS = 64,   /* sealed: the stream is asked for as one of the other kind, too */
    MODE_FLIP = 128    /* sealed: one bit, which the next two bytes choose, is wrong */
};

enum { MAX_BYTES = 1 << 16 };

static uint8_t stream[8 * MAX_BYTES];

/* A file in memory with these bytes, read from its beginning. */
static int
file_of(const uint8_t *bytes, size_t n)
{
    static int fd = -1;

    if (fd == -1)
        CHECK((fd = memfd_create("stream", 0)) != -1);
    /* Cut to its length last, so that its pages stay. */
    CHECK(pwrite(fd, bytes, n, 0) == (ssize_t)n && ftruncate(fd, (off_t)n) == 0);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

static uint8_t *
put_block(uint8_t *p, uint32_t *crc, uint32_t type, const uint8_t *payload, size_t n)
{
    put_le32(p, type);
    put_le32(p + 4, (uint32_t)n);
    *crc = (uint32_t)crc32_z(*crc, p, 8);
    *crc = (uint32_t)crc32_z(*crc, payload, n);
    put_le32(p + 8, *crc);
    memcpy(p + STREAM_BLOCK_HEADER_BYTES, payload, n);
    return p + STREAM_BLOCK_HEADER_BYTES + n;
}

/* Builds a whole stream around a payload.  Returns its end. */
static uint8_t *
seal(uint8_t *p, enum stream_kind kind, const uint8_t *payload, size_t n, size_t block, uint64_t records)
{
    static const uint8_t header[12] = {0x89, 'F', 'T', 'P', '\r', '\n', 0x1a, '\n', STREAM_VERSION};
    uint8_t trailer[STREAM_TRAILER_BYTES] = {0};
    uint32_t crc;

    memcpy(p, header, sizeof header);
    p[9] = (uint8_t)kind;
    crc = (uint32_t)crc32_z(0, p, sizeof header);
    put_le32(p + 12, crc);
    p += STREAM_HEADER_BYTES;
    for (size_t done = 0; done < n; done += block)
        p = put_block(p, &crc, 1, payload + done, n - done < block ? n - done : block);
    put_le64(trailer, records);
    put_le64(trailer + 8, 7);
    return put_block(p, &crc, 2, trailer, sizeof trailer);
}

/* Counts the whole records of a payload in blocks, by what ftp-stream(5) says of their length, up to the
 * first one that is none.  Returns whether there is no such. */
static bool
count_records(enum stream_kind kind, const uint8_t *payload, size_t n, size_t block, size_t *records)
{
    *records = 0;
    for (size_t done = 0; done < n; done += block) {
        const uint8_t *p = payload + done;
        size_t left = n - done < block ? n - done : block;
        while (left > 0) {
            size_t length = 54;
            if (kind == STREAM_FLOW)
                length = 38 + (p[0] & 2 ? 16u : 0u) + (p[0] & 1 ? 32u : 8u);
            if (p[0] > (kind == STREAM_FLOW ? 3 : 1) || length > left)
                return false;
            p += length;
            left -= length;
            ++*records;
        }
    }
    return true;
}

/* Reads a stream to its end.  Returns how it ended, with the number of records and, where a writer is
 * given, what was read written to it again. */
static enum stream_result
read_all(const uint8_t *bytes, size_t n, enum stream_kind kind, struct stream_writer *again,
         size_t *records)
{
    struct stream_reader r;
    enum stream_result result;
    struct flow flow;
    struct biflow biflow;

    *records = 0;
    CHECK(stream_reader_open(&r, file_of(bytes, n), kind) == 0);
    for (;; (*records)++) {
        result = kind == STREAM_FLOW ? stream_get_flow(&r, &flow) : stream_get_biflow(&r, &biflow);
        if (result != STREAM_RECORD)
            break;
        CHECK(kind != STREAM_FLOW || flow.family == 4 || flow.family == 6);
        CHECK(kind != STREAM_BIFLOW || biflow.family == 4 || biflow.family == 6);
        if (again)
            CHECK((kind == STREAM_FLOW ? stream_put_flow(again, &flow)
                                       : stream_put_biflow(again, &biflow)) == 0);
    }
    CHECK(r.total == *records);
    if (result == STREAM_ERROR)
        CHECK(r.problem.text[0] != '\0' && strlen(r.problem.text) < sizeof r.problem.text);
    else
        CHECK(r.streams > 0);
    stream_reader_release(&r);
    return result;
}

/* What the writer makes of the records has to be the stream that they came from. */
static void
check_again(const uint8_t *bytes, size_t n, enum stream_kind kind, uint64_t skipped)
{
    static int fd = -1;
    static uint8_t copy[sizeof stream];
    struct stream_writer w;
    size_t records;

    if (fd == -1)
        CHECK((fd = memfd_create("again", 0)) != -1);
    CHECK(lseek(fd, 0, SEEK_SET) == 0);
    CHECK(stream_writer_open(&w, fd, kind) == 0);
    CHECK(read_all(bytes, n, kind, &w, &records) == STREAM_END);
    CHECK(stream_writer_finish(&w, skipped) == 0);
    stream_writer_release(&w);
    CHECK(lseek(fd, 0, SEEK_CUR) == (off_t)n && pread(fd, copy, n, 0) == (ssize_t)n);
    CHECK(memcmp(copy, bytes, n) == 0);
}

/* Whether a flow has the flag for counters both ways, and they are zero: the writer leaves them out. */
static int
has_needless_counters(const uint8_t *payload, size_t n)
{
    static const uint8_t zeros[16];

    while (n > 0) {
        size_t length = 38 + (payload[0] & 2 ? 16u : 0u) + (payload[0] & 1 ? 32u : 8u);
        if ((payload[0] & 2) && memcmp(payload + 38, zeros, sizeof zeros) == 0)
            return 1;
        payload += length;
        n -= length;
    }
    return 0;
}

static void
try_sealed(unsigned mode, struct input in)
{
    enum stream_kind kind = mode & MODE_BIFLOW ? STREAM_BIFLOW : STREAM_FLOW;
    size_t block = mode & MODE_BLOCKS ? input_byte(&in) : 0;
    size_t expected, records;
    uint8_t place[2] = {0};

    if (block == 0)
        block = MAX_BYTES;
    if (mode & MODE_FLIP)
        input_take(&in, place, sizeof place);
    if (in.left > (block == MAX_BYTES ? MAX_BYTES : MAX_BYTES / 16))
        return;
    bool whole = count_records(kind, in.p, in.left, block, &expected);
    uint64_t counted = expected + !!(mode & MODE_MISCOUNT);
    uint8_t *end = seal(stream, kind, in.p, in.left, block, counted);
    if (mode & MODE_TWICE)
        end = seal(end, kind, in.p, in.left, block, counted);
    size_t n = (size_t)(end - stream) - !!(mode & MODE_CUT);

    if (mode & MODE_FLIP) {
        size_t bit = get_le16(place) % (8 * n);
        stream[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }

    enum stream_result result = read_all(stream, n, kind, NULL, &records);
    if (!whole || (mode & (MODE_MISCOUNT | MODE_CUT | MODE_FLIP))) {
        CHECK(result == STREAM_ERROR);
        CHECK(records <= expected * (mode & MODE_TWICE ? 2 : 1));
        /* What stands before a record that is none is not lost. */
        CHECK((mode & (MODE_CUT | MODE_FLIP)) || records == expected);
        return;
    }
    CHECK(result == STREAM_END && records == expected * (mode & MODE_TWICE ? 2 : 1));
    if (block == MAX_BYTES && in.left + STREAM_MAX_RECORD_BYTES <= MAX_BYTES && !(mode & MODE_TWICE) &&
        (kind == STREAM_BIFLOW || !has_needless_counters(in.p, in.left)))
        check_again(stream, n, kind, 7);
    if (mode & MODE_KINDS) {
        enum stream_kind other = kind == STREAM_FLOW ? STREAM_BIFLOW : STREAM_FLOW;
        CHECK(read_all(stream, n, other, NULL, &records) == STREAM_ERROR && records == 0);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    unsigned mode = input_byte(&in);
    size_t records;

    if (mode & MODE_SEALED)
        try_sealed(mode, in);
    else
        (void)read_all(in.p, in.left, mode & MODE_BIFLOW ? STREAM_BIFLOW : STREAM_FLOW, NULL, &records);
    return 0;
}
