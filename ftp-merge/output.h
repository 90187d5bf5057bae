/* SPDX-License-Identifier: BSD-3-Clause */
/* Where biflows lose their absolute times: the way from the cache to the stream. */
#ifndef FTP_OUTPUT_H
#define FTP_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "flow.h"
#include "stream.h"

struct output {
    struct stream_writer stream;
    struct stream_writer spool; /* biflows that left while the zero was not known, times absolute */
    int spool_fd;               /* -1 when there is none */
    bool zero_known;
    int64_t zero;       /* ms since 1970 */
    const char *failed; /* what failed, for messages, when a call returned -1 */
};

/* Starts a biflow stream on fd.  Returns 0, or -1 with errno set. */
int output_open(struct output *o, int fd);

/* Fixes the time zero (ms since 1970) and sends what was waiting for it.  Returns 0, or -1 with errno
 * set. */
int output_set_zero(struct output *o, int64_t zero);

/* Takes a biflow with absolute times; it is a cache_sink.  Returns 0, or -1 with errno set: EOVERFLOW
 * when a time does not fit 64 bits once the zero is taken away. */
int output_put(void *output, const struct biflow *b);

/* Ends the stream with its trailer; the zero has to be known.  Returns 0, or -1 with errno set. */
int output_finish(struct output *o, uint64_t skipped);

/* Frees all of it; the descriptor stays the caller's. */
void output_release(struct output *o);

#endif
