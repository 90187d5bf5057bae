/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes streams of nfdump's own records, for the tests of what reads them.  Written from nfdump's headers
 * (nffileV2.h, nfxV3.h) and compared by tests/binary.bats with what nfdump itself writes.
 */
#ifndef FTP_NFBYTES_H
#define FTP_NFBYTES_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bytes.h"

enum { NFBYTES_MAX = 1 << 21 };

struct nfbytes {
    uint8_t data[NFBYTES_MAX];
    size_t n;
    size_t block;  /* where the last block begins */
    size_t record; /* where the last record begins */
};

/* Appends n bytes and returns where they are. */
static inline uint8_t *
nf_put(struct nfbytes *b, const void *bytes, size_t n)
{
    uint8_t *p = b->data + b->n;

    assert(n <= sizeof b->data - b->n);
    if (bytes)
        memcpy(p, bytes, n);
    else
        memset(p, 0, n);
    b->n += n;
    return p;
}

/* Begins a stream anew. */
static inline void
nf_header(struct nfbytes *b)
{
    b->n = 0;
    uint8_t *p = nf_put(b, NULL, 40);
    put_le16(p, 0xa50c);
    put_le16(p + 2, 2);
    put_le32(p + 4, 0x01070100);
    put_le64(p + 8, 1700000000);
}

static inline void
nf_block(struct nfbytes *b)
{
    b->block = b->n;
    put_le16(nf_put(b, NULL, 12) + 8, 3);
}

/* Adds to the length of the last record and its block. */
static inline void
nf_grow(struct nfbytes *b, size_t n)
{
    uint8_t *block = b->data + b->block, *record = b->data + b->record;

    put_le32(block + 4, get_le32(block + 4) + (uint32_t)n);
    put_le16(record + 2, (uint16_t)(get_le16(record + 2) + n));
}

/* Begins a record that has n bytes besides its type and length. */
static inline uint8_t *
nf_record(struct nfbytes *b, uint16_t type, size_t n)
{
    b->record = b->n;
    uint8_t *p = nf_put(b, NULL, 4 + n), *block = b->data + b->block;
    put_le16(p, type);
    put_le32(block, get_le32(block) + 1);
    nf_grow(b, 4 + n);
    return p + 4;
}

/* Begins a flow record without elements. */
static inline void
nf_flow(struct nfbytes *b)
{
    (void)nf_record(b, 11, 8);
}

/* Appends an element of n bytes to the last flow record.  Returns where they are. */
static inline uint8_t *
nf_element(struct nfbytes *b, uint16_t type, const void *data, size_t n)
{
    uint8_t *record = b->data + b->record, *p = nf_put(b, NULL, 4);

    put_le16(p, type);
    put_le16(p + 2, (uint16_t)(4 + n));
    put_le16(record + 4, (uint16_t)(get_le16(record + 4) + 1));
    nf_grow(b, 4 + n);
    return nf_put(b, data, n);
}

static inline void
nf_generic(struct nfbytes *b, uint64_t first, uint64_t last, uint64_t packets, uint64_t bytes,
           uint16_t src_port, uint16_t dst_port, uint8_t proto)
{
    uint8_t *p = nf_element(b, 1, NULL, 48);

    put_le64(p, first);
    put_le64(p + 8, last);
    put_le64(p + 16, last + 1000);
    put_le64(p + 24, packets);
    put_le64(p + 32, bytes);
    put_le16(p + 40, src_port);
    put_le16(p + 42, dst_port);
    p[44] = proto;
    p[45] = 0x1b;
}

static inline void
nf_ipv4(struct nfbytes *b, uint32_t src, uint32_t dst)
{
    uint8_t *p = nf_element(b, 2, NULL, 8);

    put_le32(p, src);
    put_le32(p + 4, dst);
}

/* Addresses as their upper and lower halves. */
static inline void
nf_ipv6(struct nfbytes *b, uint64_t src_high, uint64_t src_low, uint64_t dst_high, uint64_t dst_low)
{
    uint8_t *p = nf_element(b, 3, NULL, 32);

    put_le64(p, src_high);
    put_le64(p + 8, src_low);
    put_le64(p + 16, dst_high);
    put_le64(p + 24, dst_low);
}

static inline void
nf_interfaces(struct nfbytes *b, uint32_t in, uint32_t out, uint8_t direction)
{
    uint8_t *p = nf_element(b, 4, NULL, 16);

    put_le32(p, in);
    put_le32(p + 4, out);
    p[8] = 24;
    p[9] = 16;
    p[10] = direction;
}

static inline void
nf_counters(struct nfbytes *b, uint64_t flows, uint64_t packets_rev, uint64_t bytes_rev)
{
    uint8_t *p = nf_element(b, 5, NULL, 24);

    put_le64(p, flows);
    put_le64(p + 8, packets_rev);
    put_le64(p + 16, bytes_rev);
}

#endif
