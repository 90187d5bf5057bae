/* SPDX-License-Identifier: BSD-3-Clause */
/* Text in blocks to one gzip member (RFC 1952), compressed by several threads. */
#ifndef FTP_GZIP_H
#define FTP_GZIP_H

#include <stddef.h>
#include <stdint.h>

enum { GZIP_BLOCK_BYTES = 256 * 1024, GZIP_MIN_LEVEL = 1, GZIP_MAX_LEVEL = 9, GZIP_MAX_WORKERS = 4 };

struct gzip;

/* Prepares a member on fd, which stays the caller's, compressed at a level by so many threads.  Nothing
 * is written yet.  Returns NULL with errno set when the memory or the threads cannot be had. */
struct gzip *gzip_open(int fd, int level, unsigned workers);

/* How many threads gzip_open() should be given on this machine. */
unsigned gzip_workers(void);

/* Where the caller puts the next up to GZIP_BLOCK_BYTES of text; it changes with every gzip_put(). */
char *gzip_block(struct gzip *z);

/* Hands over the first n bytes of the block; n above 0.  What is ready is written.  Returns 0, or -1 with
 * errno set: a write failed, or a block could not be compressed (ENOTRECOVERABLE). */
int gzip_put(struct gzip *z, size_t n);

/* Writes all that was put and the end of the member.  Returns as gzip_put() does. */
int gzip_finish(struct gzip *z);

/* Bytes written so far. */
uint64_t gzip_written(const struct gzip *z);

/* Ends the threads and frees all.  Without gzip_finish() before it the member stays without an end, which
 * every gzip reader takes for an error. */
void gzip_release(struct gzip *z);

#endif
