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
#include <sched.h>
#include <signal.h>
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

/* How long (ms) to wait for more on stderr or a pipe of its own before looking whether the child is gone
 * although somebody it started keeps them open. */
#define PATIENCE_MS 200

/* nfdump writes 4 KiB at a time, unless told otherwise.  To be woken for each of them costs more than to
 * parse them, so after a read that found little of what the pipe can hold it is given time to fill. */
#define READ_PAUSE_NS 500000

/* What stdbuf has a program write at a time: a part of the pipe, so that both ends are busy. */
#define STDBUF_OPTION "-o256K"

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

/* In the child: gives it its descriptors, and no other.  *report moves to the one after them, where exec
 * closes it.  Returns 0, or -1 with errno set and *report still of use. */
static int
place_descriptors(enum child_output output, int out, int err, int *report)
{
    const bool own_pipe = output == CHILD_PIPE;
    const int after = own_pipe ? CHILD_PIPE_NUMBER + 1 : 3;
    int null = open("/dev/null", O_RDONLY);

    if (null == -1 || dup2(null, 0) == -1 || dup2(own_pipe ? err : out, 1) == -1 || dup2(err, 2) == -1)
        return -1;
    /* Out of the way first: each may have the number of another. */
    int aside = fcntl(*report, F_DUPFD_CLOEXEC, after + 1);
    if (aside == -1)
        return -1;
    *report = aside;
    int pipe_aside = fcntl(out, F_DUPFD_CLOEXEC, after + 1);
    if (pipe_aside == -1 || dup2(aside, after) == -1 || fcntl(after, F_SETFD, FD_CLOEXEC) == -1)
        return -1;
    *report = after;
    for (int fd = 3; fd < after; fd++)
        (void)close(fd);
    if (own_pipe && dup2(pipe_aside, CHILD_PIPE_NUMBER) == -1)
        return -1;
    closefrom(after + 1);
    return 0;
}

#ifdef SCHED_BATCH
/* Whether our scheduling policy is another one than that of our parent. */
static bool is_batch;
#endif

/* Has the scheduler not interrupt others when we are woken (sched(7)).  The program after us does that,
 * when it has made room in the pipe: if it had to make room on its processor too, the two would take
 * turns on one while another one is idle. */
static void
be_batch(void)
{
#ifdef SCHED_BATCH
    const struct sched_param none = {0};

    if (!is_batch && sched_getscheduler(0) == SCHED_OTHER)
        is_batch = sched_setscheduler(0, SCHED_BATCH, &none) == 0;
#endif
}

/* In the child: takes the policy of our parent. */
static void
be_as_before(void)
{
#ifdef SCHED_BATCH
    const struct sched_param none = {0};

    if (is_batch)
        (void)sched_setscheduler(0, SCHED_OTHER, &none);
#endif
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
    /* A reader killed outright must not leave its child running. */
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
        return;
    be_as_before();
    /* Without a terminal it cannot ask for a passphrase. */
    (void)setsid();
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

    *c = (struct child){.program = argv[0], .output = output, .complaint = complaint, .context = context};
    c->out = c->err = -1;
    if (spawn(c, argv, output, &report) == -1)
        return problem_set_errno(&c->problem, "cannot start %s", argv[0]);
    ssize_t got = io_read_full(report, &why, sizeof why);
    (void)close(report);
    if (got != sizeof why) {
        c->pipe_bytes = io_enlarge_pipe(c->out);
        be_batch();
        return 0;
    }
    (void)close(c->out);
    (void)close(c->err);
    (void)waitpid(c->pid, NULL, 0);
    c->is_missing = why == ENOENT;
    return problem_set(&c->problem, "cannot run %s: %s", argv[0], strerror(why));
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
        if (buf[i] == '\n')
            complain(c);
        else if (c->line_used < sizeof c->line - 1)
            c->line[c->line_used++] = buf[i];
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

/* Whether the child has ended. */
static bool
has_ended(struct child *c)
{
    c->has_ended = c->has_ended || waitpid(c->pid, &c->status, WNOHANG) == c->pid;
    return c->has_ended;
}

static size_t
smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

ssize_t
child_read(void *child, void *buf, size_t n)
{
    struct child *c = child;
    const struct timespec pause = {.tv_nsec = READ_PAUSE_NS};
    const int patience = c->output == CHILD_PIPE ? PATIENCE_MS : -1;
    bool was_gone = false;

    if (c->short_read)
        (void)nanosleep(&pause, NULL);
    for (;;) {
        struct pollfd ready[2] = {{.fd = c->out, .events = POLLIN}, {.fd = c->err, .events = POLLIN}};
        int found = poll(ready, 2, patience);
        if (found == -1 && errno != EINTR)
            return problem_set_errno(&c->problem, "cannot wait for %s", c->program);
        if (found == -1 && io_interrupted)
            io_interrupted();
        if (found == 0 && was_gone)
            return 0;
        was_gone = found == 0 && has_ended(c);
        if (found <= 0)
            continue;
        if (ready[1].revents && !drain_stderr(c))
            close_stderr(c);
        if (ready[0].revents) {
            ssize_t got = io_read_some(c->out, buf, n);
            if (got < 0)
                return problem_set_errno(&c->problem, "cannot read from %s", c->program);
            c->short_read = (size_t)got < smaller(n, c->pipe_bytes) / 2;
            return got;
        }
    }
}

/* Waits for the child, taking the rest of its stderr.  Returns its wait status, -1 with errno set. */
static int
reap(struct child *c)
{
    if (c->out != -1)
        (void)close(c->out);
    c->out = -1;
    while (c->err != -1) {
        struct pollfd ready = {.fd = c->err, .events = POLLIN};
        int n = poll(&ready, 1, PATIENCE_MS);
        if ((n > 0 && !drain_stderr(c)) || (n == 0 && has_ended(c)))
            close_stderr(c);
        if (n == -1 && io_interrupted)
            io_interrupted();
    }
    while (!c->has_ended && waitpid(c->pid, &c->status, 0) == -1) {
        if (errno != EINTR)
            return -1;
        if (io_interrupted)
            io_interrupted();
    }
    c->has_ended = true;
    return c->status;
}

static int
judge(struct child *c, int status, bool stopped)
{
    if (status == -1)
        return problem_set_errno(&c->problem, "cannot wait for %s", c->program);
    if (WIFSIGNALED(status)) {
        if (stopped && (WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGPIPE))
            return 0;
        c->was_killed = true;
        return problem_set(&c->problem, "%s was killed by signal %d (%s)", c->program, WTERMSIG(status),
                           strsignal(WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0)
        return problem_set(&c->problem, "%s exited with status %d", c->program, WEXITSTATUS(status));
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
