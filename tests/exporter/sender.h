/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sends datagrams to a collector on this machine without losing one.
 */
#ifndef EXPORTER_SENDER_H
#define EXPORTER_SENDER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct sender {
    int fd;
    uint16_t port;
    uint32_t rate;      /* datagrams per second at most, or 0 */
    unsigned allowance; /* datagrams that may be sent before the queue is looked at again */
    uint64_t sent;
    uint64_t drops;        /* of the receiver's socket when it was opened */
    struct timespec began; /* when the first datagram was sent */
    const char *failure;   /* what could not be done; errno is the reason, or 0 if this says it all */
};

/*
 * Opens a sender to UDP port `port` of 127.0.0.1, from `source` if that is not 0.0.0.0, and finds
 * the receiver's socket. Returns 0, or -1 with sender->failure set. Close it with sender_close().
 */
int sender_open(struct sender *sender, uint16_t port, struct in_addr source, uint32_t rate);

/* Sends one datagram, when the receiver has room for it. Returns 0, or -1 with failure set. */
int sender_send(struct sender *sender, const void *data, size_t length);

/*
 * Waits until the receiver has read everything. Returns 0 if no datagram was lost, or -1 with
 * failure set.
 */
int sender_finish(struct sender *sender);

/* Closes the socket. */
void sender_close(struct sender *sender);

#endif
