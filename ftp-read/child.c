/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs nfdump and its like.  Both of its outputs are read at the same time, or a child that complains
 * much would wait for us while we wait for it.  That exec failed is told through a pipe that closes
 * on exec, so "not found" is never confused with a status of the child's own.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "io.h"

/* How long (ms) to wait for more on stderr before looking whether the child is gone although somebody it
 * started keeps its stderr open. */
#define STDERR_PATIENCE_MS 200

/* nfdump writes 4 KiB at a time, unless told otherwise.  To be woken for each of them costs more than to
 * parse them, so after a read that found little the pipe is given time to fill. */
#define READ_PAUSE_NS 500000

/* What stdbuf has a program write at a time: a part of the pipe, so that both ends are busy. */
#define STDBUF_OPTION "-o256K"

__attribute__((format(printf, 2, 3))) static int
fail(struct child *c, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(c->problem, sizeof c->problem, format, ap);
    va_end(ap);
    return -1;
}

/* Becomes the program by way of stdbuf.  Returns when that failed. */
static void
exec_buffered(char *const argv[])
{
    static char stdbuf[] = "stdbuf", option[] = STDBUF_OPTION, end_of_options[] = "--";
    char *const prefix[] = {stdbuf, option, end_of_options};
    enum { PREFIX = sizeof prefix / sizeof prefix[0] };
    size_t n = 0;

    while (argv[n])
        n++;
    char **all = calloc(PREFIX + n + 1, sizeof *all);
    if (!all)
        return;
    memcpy(all, prefix, sizeof prefix);
    memcpy(all + PREFIX, argv, n * sizeof *all);
    execvp(stdbuf, all);
    free(all);
}

/* In the child: gives it its descriptors, and no other.  *report moves to the first one after them, where
 * exec closes it.  Returns 0, or -1 with errno set and *report still of use. */
static int
place_descriptors(enum child_output output, int out, int err, int *report)
{
    enum { OWN_PIPE = 3 }; /* the number in CHILD_PIPE_NAME */
    bool own_pipe = output == CHILD_PIPE;
    int null = open("/dev/null", O_RDONLY);

    if (null == -1 || dup2(null, 0) == -1 || dup2(own_pipe ? err : out, 1) == -1 || dup2(err, 2) == -1)
        return -1;
    int aside = fcntl(*report, F_DUPFD_CLOEXEC, OWN_PIPE + 2);
    if (aside == -1)
        return -1;
    *report = aside;
    if (own_pipe && (dup2(out, OWN_PIPE) == -1 || fcntl(OWN_PIPE, F_SETFD, 0) == -1))
        return -1;
    int after = own_pipe ? OWN_PIPE + 1 : OWN_PIPE;
    if (dup2(aside, after) == -1)
        return -1;
    *report = after;
    closefrom(after + 1);
    return fcntl(after, F_SETFD, FD_CLOEXEC);
}

/* In the child: becomes the program.  Returns only when that failed, with errno set and *report still the
 * descriptor to tell it on. */
static void
become(char *const argv[], enum child_output output, int out, int err, int *report, pid_t parent)
{
    static const int signals[] = {SIGPIPE, SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGALRM, SIGUSR1, SIGCHLD};
    sigset_t none;

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        (void)signal(signals[i], SIG_DFL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
#ifdef __linux__
    /* A reader killed outright must not leave its child behind. */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
        return;
    if (place_descriptors(output, out, err, report) == -1)
        return;
    if (setenv("TZ", "UTC", 1) == -1 || setenv("LC_ALL", "C", 1) == -1)
        return;
    if (output == CHILD_STDOUT_BUFFERED)
        exec_buffered(argv);
    execvp(argv[0], argv);
}

/* A pipe whose ends are above the standard descriptors and close on exec. */
static int
make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC);
}

static void
close_pipe(int ends[2])
{
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Forks with three pipes: stdout, stderr, and the report of a failed exec.  Returns 0 with the pid and
 * the read ends, or -1 with errno set. */
static int
spawn(struct child *c, char *const argv[], enum child_output output, int *report)
{
    int out[2], err[2], note[2];
    pid_t self = getpid();

    if (make_pipe(out) == -1)
        return -1;
    if (make_pipe(err) == -1) {
        close_pipe(out);
        return -1;
    }
    if (make_pipe(note) == -1) {
        close_pipe(out);
        close_pipe(err);
        return -1;
    }
    c->pid = fork();
    if (c->pid == 0) {
        become(argv, output, out[1], err[1], &note[1], self);
        int why = errno;
        (void)io_write_full(note[1], &why, sizeof why);
        _exit(127);
    }
    (void)close(out[1]);
    (void)close(err[1]);
    (void)close(note[1]);
    c->out = out[0];
    c->err = err[0];
    *report = note[0];
    if (c->pid == -1) {
        (void)close(c->out);
        (void)close(c->err);
        (void)close(*report);
        return -1;
    }
    return 0;
}

int
child_start(struct child *c, char *const argv[], enum child_output output, child_complaint *complaint,
            void *context)
{
    int report, why;

    *c = (struct child){.program = argv[0], .complaint = complaint, .context = context};
    c->out = c->err = -1;
    if (spawn(c, argv, output, &report) == -1)
        return fail(c, "cannot start %s: %s", argv[0], strerror(errno));
    ssize_t got = io_read_full(report, &why, sizeof why);
    (void)close(report);
    if (got != sizeof why) {
        io_enlarge_pipe(c->out);
        return 0;
    }
    (void)close(c->out);
    (void)close(c->err);
    (void)waitpid(c->pid, NULL, 0);
    return fail(c, "cannot run %s: %s", argv[0], strerror(why));
}

static void
complain(struct child *c)
{
    c->line[c->line_used] = '\0';
    if (c->line_used > 0)
        c->complaint(c->context, c->line);
    c->line_used = 0;
}

/* Takes what is on stderr now.  Returns whether there may be more. */
static bool
drain_stderr(struct child *c)
{
    char buf[4096];
    ssize_t got = read(c->err, buf, sizeof buf);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    for (ssize_t i = 0; i < got; i++) {
        unsigned char byte = (unsigned char)buf[i];
        if (byte == '\n')
            complain(c);
        else if (c->line_used < sizeof c->line - 1)
            c->line[c->line_used++] = byte >= ' ' && byte < 0x7f ? (char)byte : '?';
    }
    return got > 0;
}

static void
close_stderr(struct child *c)
{
    complain(c);
    (void)close(c->err);
    c->err = -1;
}

ssize_t
child_read(void *child, void *buf, size_t n)
{
    struct child *c = child;
    const struct timespec pause = {.tv_nsec = READ_PAUSE_NS};

    if (c->short_read)
        (void)nanosleep(&pause, NULL);
    for (;;) {
        struct pollfd ready[2] = {{.fd = c->out, .events = POLLIN}, {.fd = c->err, .events = POLLIN}};
        if (poll(ready, 2, -1) == -1) {
            if (errno != EINTR)
                return fail(c, "cannot wait for %s: %s", c->program, strerror(errno));
            if (io_interrupted)
                io_interrupted();
            continue;
        }
        if (ready[1].revents && !drain_stderr(c))
            close_stderr(c);
        if (ready[0].revents) {
            ssize_t got = io_read_some(c->out, buf, n);
            if (got < 0)
                return fail(c, "cannot read from %s: %s", c->program, strerror(errno));
            c->short_read = (size_t)got < n / 2;
            return got;
        }
    }
}

/* Waits for the child, taking the rest of its stderr.  Returns its wait status, -1 with errno set. */
static int
reap(struct child *c)
{
    int status;

    if (c->out != -1)
        (void)close(c->out);
    c->out = -1;
    while (c->err != -1) {
        struct pollfd ready = {.fd = c->err, .events = POLLIN};
        int n = poll(&ready, 1, STDERR_PATIENCE_MS);
        if (n > 0 && !drain_stderr(c))
            close_stderr(c);
        if (n == 0 && waitpid(c->pid, &status, WNOHANG) == c->pid) {
            close_stderr(c);
            return status;
        }
        if (n == -1 && io_interrupted)
            io_interrupted();
    }
    while (waitpid(c->pid, &status, 0) == -1) {
        if (errno != EINTR)
            return -1;
        if (io_interrupted)
            io_interrupted();
    }
    return status;
}

static int
judge(struct child *c, int status, bool stopped)
{
    if (status == -1)
        return fail(c, "cannot wait for %s: %s", c->program, strerror(errno));
    if (WIFSIGNALED(status)) {
        if (stopped && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGPIPE))
            return 0;
        c->was_killed = true;
        return fail(c, "%s was killed by signal %d (%s)", c->program, WTERMSIG(status),
                    strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0)
        return fail(c, "%s exited with status %d", c->program, WEXITSTATUS(status));
    return 0;
}

int
child_finish(struct child *c)
{
    return judge(c, reap(c), false);
}

int
child_stop(struct child *c)
{
    (void)kill(c->pid, SIGTERM);
    (void)kill(c->pid, SIGCONT);
    return judge(c, reap(c), true);
}
