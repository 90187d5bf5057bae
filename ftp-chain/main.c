/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ftp-chain: runs commands as one pipeline, which succeeds or fails as a whole.  ftprofiler becomes this
 * program when it has read its command line.
 *
 * A shell can connect commands, but it cannot keep what ftprofiler promises:
 * - A program sees the end of its input also when the program before it failed.  So every program reports
 *   the one mistake, and one that knows no trailer takes a part for the whole.
 * - Without pipefail a shell needs named pipes to get every status.  If a command is killed before it has
 *   opened its end, the next one waits for ever; if the shell is killed, the pipes stay.
 * - When fork(2) fails, dash exits at once, bash tries again for 15 seconds, mksh and ksh for 30.
 * - When a shell is killed, its commands go on, and replace FILE after it is gone.
 *
 * So this program does the following:
 * - It keeps a copy of the write end of each pipe, and closes it once the command before has exited with
 *   status 0.  A command sees the end of its input only after everything before it has succeeded.  When
 *   something fails, the other commands are stopped before they notice.  For the same reason they print
 *   their summaries in their order.
 * - Signals are blocked, and taken at one place in one loop.  No handler can find work half done.
 * - The kernel stops the commands when this program is gone, for whatever reason (PR_SET_PDEATHSIG).
 * - The last command decides.  When it exits with status 0, all is in place, and a signal that comes now
 *   is too late.  When it was killed outright (SIGKILL), FILE shows whether it had been replaced already.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "cli.h"
#include "target.h"

enum {
    NOT_ENDED = -1,
    PATIENCE_MS = 2000 /* from SIGTERM to SIGKILL */
};

static struct options {
    const char *check;
    const char *name;
    const char *file;
    const char *report;
} options;

static const struct cli_option rows[] = {
    {'c', "check", "WORD",
     "a first run of the commands with their argument WORD checks their command lines; "
     "then they run without it",
     .text = &options.check},
    {'n', "name", "NAME", "the name in messages and in the list of processes", .text = &options.name},
    {'o', "output", "FILE", "the file that the last command, an ftp-write, replaces",
     .file = &options.file},
    {'r', "report", "FILE", "a file that a command before it, an ftp-stat -c, replaces first",
     .file = &options.report},
    {0},
};

static const struct cli cli = {
    .program = "ftp-chain",
    .operands = "BAR COMMAND [ARGUMENT ...] [BAR COMMAND [ARGUMENT ...] ...]",
    .operands_end_options = true,
    .about =
        "Runs commands as a pipeline that succeeds or fails as a whole.  BAR is a word that separates\n"
        "them: '|', or any other that is not an argument of theirs.\n",
    .tables = {rows},
};

struct stage {
    char **argv;  /* the command, ends with NULL */
    char **check; /* its argument for a first run, or NULL when it has none */
    int input;    /* the read end of the pipe before it; -1 for none */
    int output;   /* the write end of the pipe after it; -1 for none, or when it is closed */
    pid_t pid;
    bool runs;
    bool stopped; /* by us: it ran when a failure or a signal made us stop all */
    int status;   /* as from waitpid(2), once it has ended; until then NOT_ENDED */
};

struct chain {
    struct stage *stages;
    size_t count;
    size_t running;
    bool checking;      /* this is the first run */
    struct stat before; /* what FILE was; st_nlink is 0 when it was not there */
    struct stat report_before;
    sigset_t signals; /* that are taken in wait_for_all() */
    int signal;       /* the first of them that ends us; 0 while none has come */
    bool stopping;    /* SIGTERM was sent to all */
    bool killing;     /* SIGKILL was sent to all */
    int64_t deadline; /* when SIGKILL is sent, in ms of now_ms() */
};

static void
set_name(const char *name)
{
    program_invocation_short_name = (char *)name;
#ifdef __linux__
    (void)prctl(PR_SET_NAME, name);
#endif
}

/* The first of some words that is the same as another one, or NULL. */
static char **
find_word(char **words, const char *word)
{
    while (word && *words && strcmp(*words, word) != 0)
        words++;
    return word && *words ? words : NULL;
}

/* Cuts words, which end with NULL, into commands at each word that is the same as the first one. */
static void
parse_commands(struct chain *c, char **words, size_t n)
{
    const char *bar = words[0];

    if (!bar)
        errx(EXIT_USAGE, "no command given (try 'ftp-chain -h')");
    c->stages = calloc(n, sizeof *c->stages);
    if (!c->stages)
        err(EXIT_FAILURE, "no memory");
    for (char **at = words; at; at = find_word(at + 1, bar)) {
        if (c->count > 0)
            *at = NULL;
        if (!at[1] || strcmp(at[1], bar) == 0)
            errx(EXIT_USAGE, "no command after '%s' (try 'ftp-chain -h')", bar);
        c->stages[c->count++].argv = at + 1;
    }
    for (size_t i = 0; i < c->count; i++)
        c->stages[i].check = find_word(c->stages[i].argv, options.check);
}

static int64_t
now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool
is_ignored(int sig)
{
    struct sigaction action;

    return sigaction(sig, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* Blocks the signals that end a program, but for those that our parent had us ignore (nohup), for those
 * of crashes, and for SIGKILL.  Then also SIGCHLD and SIGUSR1. */
static void
block_signals(struct chain *c)
{
    static const int signals[] = {SIGHUP,  SIGINT,   SIGQUIT,   SIGPIPE, SIGALRM, SIGTERM,
                                  SIGUSR2, SIGXCPU,  SIGVTALRM, SIGPROF, SIGXFSZ, SIGIO,
#ifdef __linux__
                                  SIGPWR,  SIGSTKFLT
#endif
    };

    sigemptyset(&c->signals);
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (!is_ignored(signals[i]))
            sigaddset(&c->signals, signals[i]);
    for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
        if (!is_ignored(sig))
            sigaddset(&c->signals, sig);
    sigaddset(&c->signals, SIGCHLD);
    sigaddset(&c->signals, SIGUSR1);
    (void)sigprocmask(SIG_SETMASK, &c->signals, NULL);
    (void)signal(SIGUSR1, SIG_DFL);
}

/* Makes all pipes, before anything is started.  Returns 0, or -1 with errno set. */
static int
make_pipes(struct chain *c)
{
    int ends[2];

    for (size_t i = 1; i < c->count; i++) {
        if (pipe2(ends, O_CLOEXEC) == -1)
            return -1;
        c->stages[i - 1].output = ends[1];
        c->stages[i].input = ends[0];
    }
    return 0;
}

/* In the child: gives the command its ends of the pipes, or nothing to read and to write when it is only
 * to check its command line.  Returns 0, or -1 with errno set. */
static int
connect_child(const struct stage *s, bool checking)
{
    int null = checking ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    int input = checking ? null : s->input;
    int output = checking ? null : s->output;

    if (checking && null == -1)
        return -1;
    if (input != -1 && dup2(input, STDIN_FILENO) == -1)
        return -1;
    return output != -1 && dup2(output, STDOUT_FILENO) == -1 ? -1 : 0;
}

/* In the child: becomes the command. */
_Noreturn static void
become(const struct stage *s, bool checking, pid_t parent)
{
    sigset_t none;

#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, is_ignored(SIGTERM) ? SIGKILL : SIGTERM);
#endif
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    if (connect_child(s, checking) == -1)
        err(EXIT_FAILURE, "cannot connect %s", s->argv[0]);
    /* It may come before the command has a handler for it. */
    (void)signal(SIGUSR1, SIG_IGN);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(s->argv[0], s->argv);
    err(EXIT_FAILURE, "cannot run %s", s->argv[0]);
}

/* Starts all commands.  Returns NULL, or the one that could not be started, with errno set. */
static const struct stage *
start_all(struct chain *c)
{
    pid_t self = getpid();

    for (size_t i = 0; i < c->count; i++) {
        struct stage *s = &c->stages[i];
        if (c->checking && !s->check) {
            s->status = 0;
            continue;
        }
        s->pid = fork();
        if (s->pid == -1)
            return s;
        if (s->pid == 0)
            become(s, c->checking, self);
        s->runs = true;
        c->running++;
        /* The command alone reads from it: when it ends, the one before gets SIGPIPE. */
        if (s->input != -1)
            (void)close(s->input);
    }
    return NULL;
}

static void
signal_all(const struct chain *c, int sig)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->stages[i].runs)
            (void)kill(c->stages[i].pid, sig);
}

static void
stop_all(struct chain *c)
{
    c->stopping = true;
    c->deadline = now_ms() + PATIENCE_MS;
    for (size_t i = 0; i < c->count; i++)
        c->stages[i].stopped = c->stages[i].runs;
    signal_all(c, SIGTERM);
    signal_all(c, SIGCONT);
}

static void
kill_all(struct chain *c)
{
    c->killing = true;
    signal_all(c, SIGKILL);
}

/* A command has ended.  Only its success lets the next one see the end of its input. */
static void
take_end(struct chain *c, struct stage *s, int status)
{
    s->runs = false;
    s->status = status;
    c->running--;
    if (status == 0 && s->output != -1 && !c->stopping) {
        (void)close(s->output);
        s->output = -1;
    }
}

/* Takes the statuses of all commands that have ended.  Returns whether one failed. */
static bool
reap(struct chain *c)
{
    bool failed = false;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < c->count; i++) {
            struct stage *s = &c->stages[i];
            if (!s->runs || s->pid != pid)
                continue;
            take_end(c, s, status);
            failed = failed || status != 0;
        }
    }
    return failed;
}

/* Waits for a signal, for so many ms, or without limit when that is below zero.  Returns its number, or
 * -1 when the time is up. */
static int
next_signal(const struct chain *c, int64_t ms)
{
    const struct timespec time = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    int sig;

    do
        sig = ms < 0 ? sigwaitinfo(&c->signals, NULL) : sigtimedwait(&c->signals, NULL, &time);
    while (sig == -1 && errno == EINTR);
    return sig;
}

static int64_t
ms_left(const struct chain *c)
{
    int64_t left = c->deadline - now_ms();

    return left > 0 ? left : 0;
}

static void
take_signal(struct chain *c, int sig)
{
    if (sig == SIGUSR1)
        signal_all(c, sig);
    else if (sig != SIGCHLD && c->signal == 0)
        c->signal = sig;
}

/* Waits until no command runs any more; stops all others when one fails, or all when a signal is to end
 * us. Signals of ours come first: one that the whole group got, like SIGINT of a terminal, is not a
 * failure of a command. */
static void
wait_for_all(struct chain *c)
{
    while (c->running > 0) {
        int sig = next_signal(c, c->stopping && !c->killing ? ms_left(c) : -1);
        if (sig == -1)
            kill_all(c);
        for (; sig != -1; sig = next_signal(c, 0))
            take_signal(c, sig);
        if (c->signal != 0 && !c->stopping)
            stop_all(c);
        if (reap(c) && !c->stopping)
            stop_all(c);
    }
}

/* Waits, after a failure, for what the commands had started themselves: nfdump is stopped when ftp-read
 * is gone, and we are its parent then. */
static void
wait_for_orphans(struct chain *c)
{
    pid_t pid;

    while ((pid = waitpid(-1, NULL, WNOHANG)) != -1) {
        if (pid > 0)
            continue;
        if (ms_left(c) == 0)
            return;
        (void)next_signal(c, ms_left(c));
    }
}

static bool
was_killed(const struct stage *s, int sig)
{
    return s->status != NOT_ENDED && WIFSIGNALED(s->status) && WTERMSIG(s->status) == sig;
}

/* Whether a file has been replaced since it was what it was. */
static bool
is_new(const char *file, const struct stat *before)
{
    struct stat after;

    return stat(file, &after) == 0 &&
           (before->st_nlink == 0 || after.st_ino != before->st_ino || after.st_dev != before->st_dev);
}

/* Whether the last command has replaced FILE although it was killed, and what it left is removed. */
static bool
was_replaced(const struct chain *c)
{
    const struct stage *last = &c->stages[c->count - 1];

    if (!options.file || c->checking || last->status == NOT_ENDED || !WIFSIGNALED(last->status))
        return false;
    target_clean(options.file, last->pid);
    return is_new(options.file, &c->before);
}

/* After a failure: removes what a command that was killed has left beside the report, and says so when
 * the report is of this run nevertheless; but not to somebody who just did not read all of the output. */
static void
settle_report(const struct chain *c)
{
    if (!options.report || c->checking)
        return;
    for (size_t i = 0; i < c->count; i++)
        if (c->stages[i].status != NOT_ENDED && WIFSIGNALED(c->stages[i].status))
            target_clean(options.report, c->stages[i].pid);
    if (is_new(options.report, &c->report_before) && !was_killed(&c->stages[c->count - 1], SIGPIPE))
        warnx("%s: the report is new, but the run failed after that", options.report);
}

static bool
succeeded(const struct chain *c)
{
    bool replaced = was_replaced(c);

    for (size_t i = 0; i < c->count; i++)
        if (c->stages[i].status != 0 && (i + 1 < c->count || !replaced))
            return false;
    return true;
}

/* Tells which commands were killed, unless by us.  Those that exited have told why themselves, and one
 * that died of SIGPIPE only followed the next one.  Returns whether any of them has failed by itself. */
static bool
tell_killed(const struct chain *c)
{
    bool failed = false;

    for (size_t i = 0; i < c->count; i++) {
        const struct stage *s = &c->stages[i];
        if (s->status == 0 || s->status == NOT_ENDED || was_killed(s, SIGPIPE) ||
            (s->stopped && (was_killed(s, SIGTERM) || (c->killing && was_killed(s, SIGKILL)))))
            continue;
        failed = true;
        if (WIFSIGNALED(s->status))
            warnx("%s was killed by signal %d (%s)", basename(s->argv[0]), WTERMSIG(s->status),
                  strsignal(WTERMSIG(s->status)));
    }
    return failed;
}

_Noreturn static void
die_of(int sig)
{
    sigset_t only;

    (void)signal(sig, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, sig);
    (void)raise(sig);
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
    exit(EXIT_FAILURE);
}

/* The exit status after a failure. */
static int
status_of(const struct chain *c)
{
    for (size_t i = 0; i < c->count; i++) {
        int status = c->stages[i].status;
        if (status != NOT_ENDED && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_USAGE)
            return EXIT_USAGE;
    }
    return EXIT_FAILURE;
}

/* Tells what has failed, and ends the program.  not_started: the command that could not be started, for
 * the reason why; or NULL. */
_Noreturn static void
report_failure(const struct chain *c, const struct stage *not_started, int why)
{
    const struct stage *last = &c->stages[c->count - 1];

    /* Programs that were stopped leave their progress line. */
    if (isatty(STDERR_FILENO) && !c->checking)
        (void)fputs("\r\033[K", stderr);
    if (not_started && c->signal == 0)
        warnx("cannot start %s: %s", basename(not_started->argv[0]), strerror(why));
    bool told = c->signal != 0 || tell_killed(c) || not_started;
    settle_report(c);
    if (c->signal != 0)
        die_of(c->signal);
    if (!told) {
        if (was_killed(last, SIGPIPE))
            die_of(SIGPIPE);
        warnx("a command ended before it had read all of its input");
    }
    exit(status_of(c));
}

/* Starts all commands and waits for their ends.  Does not return when something has failed. */
static void
run(struct chain *c)
{
    for (size_t i = 0; i < c->count; i++) {
        c->stages[i].input = c->stages[i].output = -1;
        c->stages[i].status = NOT_ENDED;
    }
    if (!c->checking && make_pipes(c) == -1)
        err(EXIT_FAILURE, "cannot make a pipe");
    const struct stage *not_started = start_all(c);
    int why = errno;
    if (not_started)
        stop_all(c);
    wait_for_all(c);
    if (!succeeded(c)) {
        wait_for_orphans(c);
        report_failure(c, not_started, why);
    }
}

/* Has all commands check their command lines, where they can, so that nothing is done when one is
 * wrong. */
static void
check(struct chain *c)
{
    c->checking = true;
    run(c);
    c->checking = false;
    if (c->signal != 0)
        die_of(c->signal);
    for (size_t i = 0; i < c->count; i++)
        for (char **word = c->stages[i].check; word && *word; word++)
            word[0] = word[1];
}

int
main(int argc, char **argv)
{
    static struct chain chain;
    int first = cli_start(&cli, argc, argv);

    if (options.name)
        set_name(options.name);
    parse_commands(&chain, argv + first, (size_t)(argc - first));
    block_signals(&chain);
#ifdef __linux__
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
    if (options.check)
        check(&chain);
    if (options.file)
        (void)stat(options.file, &chain.before);
    if (options.report)
        (void)stat(options.report, &chain.report_before);
    run(&chain);
    free(chain.stages);
    return EXIT_SUCCESS;
}
