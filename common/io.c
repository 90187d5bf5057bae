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

/* Half of what Linux grants without privilege (/proc/sys/fs/pipe-max-size).  All pipes of a user together
 * may have 64 MiB, and what is not larger stays in the processor's caches on its way. */
#define PIPE_BYTES (1 << 19)

void (*io_interrupted)(void);

/* Whether nobody reads a descriptor any more. */
static bool
is_abandoned(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLOUT};

    return poll(&end, 1, 0) == 1 && (end.revents & (POLLERR | POLLHUP)) != 0;
}

/* Ends the program quietly when the reader of its output has left.  That nobody reads its messages is no
 * reason to stop: writing them fails, and that is all. */
static void
on_broken_pipe(int sig)
{
    int why = errno;

    if (is_abandoned(STDOUT_FILENO) || !is_abandoned(STDERR_FILENO)) {
        /* It kills when the handler returns. */
        (void)signal(sig, SIG_DFL);
        (void)raise(sig);
    }
    errno = why;
}

int
io_start(void)
{
    const struct rlimit no_core = {0, 0};
    sigset_t broken_pipe;

    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    /* Where SIGCHLD is ignored, as a parent may leave it, children cannot be waited for. */
    if (signal(SIGPIPE, on_broken_pipe) == SIG_ERR || signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
        sigprocmask(SIG_UNBLOCK, &broken_pipe, NULL) == -1)
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

size_t
io_enlarge_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
    int size = fcntl(fd, F_GETPIPE_SZ);
    int larger = size > 0 && size < PIPE_BYTES ? fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES) : -1;

    return larger > 0 ? (size_t)larger : size > 0 ? (size_t)size : 0;
#else
    (void)fd;
    return 0;
#endif
}
