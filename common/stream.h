/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The record stream between the programs; ftp-stream(5) has every byte of it.
 *
 * A stream is a header, blocks of records, and a trailer with the record count.  Each checksum covers all
 * of the stream before it, so a bit that flips, a block that is lost, comes twice or out of order is
 * found where it happens.  The trailer is a promise that all went well up to here: whoever fails leaves
 * it out, and every reader takes its absence for an error.
 */
#ifndef FTP_STREAM_H
#define FTP_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "flow.h"
#include "problem.h"

enum stream_kind { STREAM_FLOW = 1, STREAM_BIFLOW = 2 };

enum stream_result {
    STREAM_ERROR = -1, /* damaged, cut off, not what was asked for, or not readable */
    STREAM_END = 0,    /* the trailer was seen, and nothing follows */
    STREAM_RECORD = 1
};

enum {
    STREAM_VERSION = 1,
    STREAM_HEADER_BYTES = 16,
    STREAM_BLOCK_HEADER_BYTES = 12,
    STREAM_TRAILER_BYTES = 16,
    STREAM_MAX_BLOCK_BYTES = 65536, /* records of one block together */
    STREAM_MAX_RECORD_BYTES = 86
};

struct stream_writer {
    int fd;
    enum stream_kind kind;
    uint32_t crc;     /* of all that is written so far */
    size_t used;      /* bytes in block, its header included */
    uint64_t records; /* put so far */
    uint8_t *block;
};

/* Starts a stream of one kind on fd.  Returns 0, or -1 with errno set.  The descriptor stays the
 * caller's. */
int stream_writer_open(struct stream_writer *w, int fd, enum stream_kind kind);

/* Appends a record; the stream has to be of its kind.  Returns 0, or -1 with errno set. */
int stream_put_flow(struct stream_writer *w, const struct flow *f);
int stream_put_biflow(struct stream_writer *w, const struct biflow *b);

/* Writes what is buffered without ending the stream.  Returns 0, or -1 with errno set. */
int stream_writer_flush(struct stream_writer *w);

/* Ends the stream with its trailer: the promise that all records are in it but for the `skipped` ones
 * that the user agreed to lose.  Returns 0, or -1 with errno set. */
int stream_writer_finish(struct stream_writer *w, uint64_t skipped);

/* Frees the memory of a writer, ended or not; what is buffered and not flushed is gone. */
void stream_writer_release(struct stream_writer *w);

/* Where the bytes of a stream come from, if not from a file descriptor: puts at most n bytes at buf and
 * returns how many, 0 at the end, -1 when it failed. */
typedef ssize_t stream_source(void *context, void *buf, size_t n);

struct stream_reader {
    int fd;
    stream_source *source; /* in place of fd; NULL: fd it is */
    void *context;
    enum stream_kind kind;
    uint32_t crc;
    uint8_t *buf; /* bytes read ahead: those from pos to filled are not used yet */
    size_t pos;
    size_t filled;
    size_t block_end;       /* where the records of the current block end */
    uint64_t records;       /* records of finished blocks of this stream, as its trailer counts them */
    uint64_t total;         /* records returned, over all concatenated streams */
    uint64_t skipped;       /* as declared by the trailers seen so far */
    int streams;            /* headers seen so far */
    struct problem problem; /* what made the last call return STREAM_ERROR */
};

/* Prepares to read streams of one kind from fd.  Returns 0, or -1 with errno set.  The descriptor stays
 * the caller's. */
int stream_reader_open(struct stream_reader *r, int fd, enum stream_kind kind);

/* The same from a source.  When that fails, what it knows of the reason is the caller's to find out. */
int stream_reader_open_source(struct stream_reader *r, stream_source *source, void *context,
                              enum stream_kind kind);

/* Reads the next record of a stream of that kind.  After STREAM_ERROR, problem says why, in a form that
 * can stand after the name of the input. */
enum stream_result stream_get_flow(struct stream_reader *r, struct flow *f);
enum stream_result stream_get_biflow(struct stream_reader *r, struct biflow *b);

/* Frees the memory of a reader. */
void stream_reader_release(struct stream_reader *r);

#endif
