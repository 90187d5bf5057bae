/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * UDP does not say when a receiver is too slow, but on Linux /proc/net/udp shows how much waits in
 * its socket and how many datagrams were dropped there. So we send a few datagrams, look, and wait
 * while much is queued. The limits stay far below the smallest usual receive buffer (208 KiB, in which
 * the kernel counts a datagram of 1400 bytes as 2 to 4 KiB). At the end the drop counter is compared:
 * nobody has to trust the pacing.
 */
#include "sender.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BURST = 16,               /* datagrams */
    QUEUE_LIMIT = 64 * 1024,  /* bytes */
    POLL_NS = 200 * 1000,     /* between two looks at a queue that is too long */
    STALLED_POLLS = 30 * 5000 /* about 30 s or more without room: the receiver is stuck */
};

struct queue {
    uint64_t bytes;
    uint64_t drops;
};

static int
fail(struct sender *sender, const char *what, int error)
{
    sender->failure = what;
    errno = error;
    return -1;
}

/* Reads one line of /proc/net/udp. Returns whether it is the socket bound to this port for us. */
static bool
queue_parse(const char *line, uint16_t port, struct queue *queue)
{
    uint32_t local, bytes;
    unsigned local_port;
    uint64_t drops;

    int fields = sscanf(line,
                        " %*[0-9]: %" SCNx32 ":%x %*x:%*x %*x %*x:%" SCNx32
                        " %*s %*s %*s %*s %*s %*s %*s %" SCNu64,
                        &local, &local_port, &bytes, &drops);
    if (fields != 4 || local_port != port)
        return false;
    if (local != htonl(INADDR_LOOPBACK) && local != htonl(INADDR_ANY))
        return false;
    *queue = (struct queue){.bytes = bytes, .drops = drops};
    return true;
}

static int
queue_read(struct sender *sender, struct queue *queue)
{
    char line[512];
    bool found = false;
    FILE *file = fopen("/proc/net/udp", "re");

    if (file == NULL)
        return fail(sender, "/proc/net/udp", errno);
    while (!found && fgets(line, sizeof(line), file) != NULL)
        found = queue_parse(line, sender->port, queue);
    fclose(file);
    if (!found)
        return fail(sender, "nobody listens on that port of 127.0.0.1", 0);
    return 0;
}

/* Waits until at most `limit` bytes are queued at the receiver. */
static int
queue_wait(struct sender *sender, uint64_t limit)
{
    static const struct timespec pause = {.tv_nsec = POLL_NS};
    struct queue queue;

    for (int polls = 0; polls < STALLED_POLLS; polls++) {
        if (queue_read(sender, &queue) == -1)
            return -1;
        if (queue.drops != sender->drops)
            return fail(sender, "the receiver lost datagrams", 0);
        if (queue.bytes <= limit)
            return 0;
        nanosleep(&pause, NULL);
    }
    return fail(sender, "the receiver does not read any more", 0);
}

int
sender_open(struct sender *sender, uint16_t port, struct in_addr source, uint32_t rate)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr = source};
    struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct queue queue;

    *sender = (struct sender){.port = port, .rate = rate};
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sender->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sender->fd == -1)
        return fail(sender, "socket", errno);
    if (bind(sender->fd, (struct sockaddr *)&local, sizeof(local)) == -1 ||
        connect(sender->fd, (struct sockaddr *)&peer, sizeof(peer)) == -1) {
        fail(sender, "udp socket", errno);
    } else if (queue_read(sender, &queue) == 0) {
        sender->drops = queue.drops;
        return 0;
    }
    int error = errno;
    sender_close(sender);
    errno = error;
    return -1;
}

/* Sleeps until the next datagram is due. */
static void
rate_wait(struct sender *sender)
{
    if (sender->sent == 0)
        clock_gettime(CLOCK_MONOTONIC, &sender->began);
    struct timespec due = sender->began;
    due.tv_sec += (time_t)(sender->sent / sender->rate);
    due.tv_nsec += (long)(sender->sent % sender->rate * 1000000000 / sender->rate);
    if (due.tv_nsec >= 1000000000) {
        due.tv_nsec -= 1000000000;
        due.tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

int
sender_send(struct sender *sender, const void *data, size_t length)
{
    if (sender->rate > 0)
        rate_wait(sender);
    if (sender->allowance == 0) {
        if (queue_wait(sender, QUEUE_LIMIT) == -1)
            return -1;
        sender->allowance = BURST;
    }
    if (send(sender->fd, data, length, 0) == -1)
        return fail(sender, "send", errno);
    sender->allowance--;
    sender->sent++;
    return 0;
}

int
sender_finish(struct sender *sender)
{
    return queue_wait(sender, 0);
}

void
sender_close(struct sender *sender)
{
    close(sender->fd);
}
