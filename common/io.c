/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thin loops around read(2) and write(2) that finish what they began, so that a short count is never
 * taken for success nor a signal for an error.
 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

/* What Linux grants without privilege (/proc/sys/fs/pipe-max-size). */
#define PIPE_BYTES (1 << 20)

void (*io_interrupted)(void);

int
io_start(void)
{
    const struct rlimit no_core = {0, 0};

    /* Where SIGCHLD is ignored, as a parent may leave it, children cannot be waited for. */
    if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
        return -1;
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        /* Opened the wrong way round, so that the first use of it fails. */
        if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
            return -1;
    }
    return setrlimit(RLIMIT_CORE, &no_core);
}

/* Whether the call that just failed is worth another try: after a signal, or once a descriptor that
 * somebody else (a terminal, ssh) made non-blocking is ready for the event. */
static bool
may_retry(int fd, short event)
{
    struct pollfd ready = {.fd = fd, .events = event};

    if (errno == EINTR) {
        if (io_interrupted)
            io_interrupted();
        return true;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return poll(&ready, 1, -1) >= 0 || errno == EINTR;
    return false;
}

ssize_t
io_read_some(int fd, void *buf, size_t n)
{
    ssize_t got;

    do
        got = read(fd, buf, n);
    while (got < 0 && may_retry(fd, POLLIN));
    return got;
}

ssize_t
io_read_full(int fd, void *buf, size_t n)
{
    size_t have = 0;

    while (have < n) {
        ssize_t got = io_read_some(fd, (uint8_t *)buf + have, n - have);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

int
io_write_full(int fd, const void *buf, size_t n)
{
    const uint8_t *p = buf;

    while (n > 0) {
        ssize_t put = write(fd, p, n);
        if (put < 0) {
            if (!may_retry(fd, POLLOUT))
                return -1;
            continue;
        }
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

void
io_enlarge_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
    (void)fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
#else
    (void)fd;
#endif
}
