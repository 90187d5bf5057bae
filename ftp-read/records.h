/* SPDX-License-Identifier: BSD-3-Clause */
/* Decodes nfdump's own records, as `nfdump -w` writes them into a pipe. */
#ifndef FTP_RECORDS_H
#define FTP_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"
#include "parse.h"
#include "problem.h"

enum records_result {
    RECORDS_ERROR = -1,  /* damaged, cut off, or the source failed: problem says what and where */
    RECORDS_END = 0,     /* the stream ended, after a whole block */
    RECORDS_FLOW = 1,    /* a flow: it is in row */
    RECORDS_NOT_IP = 2,  /* a flow record without addresses (ARP and the like) */
    RECORDS_FOREIGN = 3, /* not a stream that we can read, which its header tells: problem says why */
    RECORDS_NOTHING = 4  /* not even a header; problem says that too */
};

struct records {
    lines_source *source;
    void *context;
    uint8_t *buf; /* bytes read ahead: those from pos to filled are not used yet */
    size_t pos;
    size_t filled;
    bool ended;             /* the source has no more */
    bool source_failed;     /* RECORDS_ERROR is the source's, which knows why */
    bool header_read;       /* the stream begins as it has to */
    uint64_t before_buf;    /* bytes of the stream before those in buf */
    uint32_t block_bytes;   /* that are left in the block */
    uint32_t block_records; /* that are left in the block */
    uint64_t number;        /* flow records so far, those without addresses too */
    uint64_t flows;         /* that these stand for: an aggregated record stands for several */
    struct row row;         /* after RECORDS_FLOW; an exporter that is not told is 0.0.0.0 */
    struct problem
        problem; /* after RECORDS_ERROR and instead of records; may follow the name of the input */
};

/* Prepares to read a stream from a source.  Returns 0, or -1 with errno set. */
int records_open(struct records *r, lines_source *source, void *context);

/* Reads the next flow record.  The formats are those of nfdump 1.7.0 to 1.7.8: file layout 2,
 * little-endian, not compressed.  RECORDS_FOREIGN and RECORDS_NOTHING come instead of the first record:
 * nothing was lost, and nfdump may be asked again in another way. */
enum records_result records_next(struct records *r);

/* Frees the memory; the source stays the caller's. */
void records_release(struct records *r);

#endif
