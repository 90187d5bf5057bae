/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads a file that may be gzipped. */
#ifndef FTP_GUNZIP_H
#define FTP_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>

#include "problem.h"

struct gunzip {
    int fd;
    bool started; /* the first bytes were looked at, so gzipped is known */
    bool gzipped; /* if not, bytes are passed on as they are */
    bool between; /* before the first member, or after one that was good */
    z_stream z;   /* its input is what was read and not used yet, also of a plain file */
    uint8_t *input;
    struct problem problem; /* why gunzip_read() returned -1, to stand after the name of the file */
};

/* Prepares to read from fd, which stays the caller's.  Returns 0, or -1 with errno set. */
int gunzip_open(struct gunzip *g, int fd);

/* Reads at most n bytes of the text: of the file itself, or, if it starts as gzip does (RFC 1952), of
 * what its members hold.  Returns how many, 0 at the end, -1 with the problem noted.  At the end every
 * byte of a gzipped file has been part of a good member.  A lines_source. */
ssize_t gunzip_read(void *gunzip, void *buf, size_t n);

/* Frees the memory. */
void gunzip_release(struct gunzip *g);

#endif
