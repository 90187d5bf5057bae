/* SPDX-License-Identifier: BSD-3-Clause */
/* A child program whose output is read: its text, what it complains about, and how it ended. */
#ifndef FTP_CHILD_H
#define FTP_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "problem.h"

/* Called for every line that the child writes to stderr, without its newline. */
typedef void child_complaint(void *context, const char *line);

/* Where a child writes what child_read() reads. */
enum child_output {
    CHILD_STDOUT,
    CHILD_STDOUT_BUFFERED, /* for a program that prints much and is known to be there: stdbuf(1), where
                            * it is installed, has it write large blocks */
    CHILD_PIPE /* into the file CHILD_PIPE_NAME; what it prints to stdout is taken for lines on
                * stderr */
};

/* nfdump opens what it is given to write to, and truncates it.  Were the descriptor closed by somebody in
 * between (sudo closes all from 3 on), a small number would be that of a file that nfdump reads, and the
 * file would be lost; so many descriptors it never has. */
#define CHILD_PIPE_NAME "/dev/fd/59"
enum { CHILD_PIPE_NUMBER = 59 };

struct child {
    const char *program; /* for messages */
    pid_t pid;
    int out; /* -1 when closed */
    int err;
    child_complaint *complaint;
    void *context;
    enum child_output output;
    size_t pipe_bytes; /* what the pipe of its output can hold, 0 if that is not known */
    bool short_read;   /* the last read found little */
    bool has_ended;    /* with status */
    int status;
    bool was_killed; /* by a signal that was not ours; known once it has ended */
    char line[512];  /* of stderr, as far as it has come */
    size_t line_used;
    bool is_missing;        /* it could not be started since there is no such program */
    struct problem problem; /* why a call returned -1 */
};

/* Starts argv[0], looked up in PATH, with no shell in between: stdin is /dev/null, there is no terminal
 * that it could ask for something, the time zone is UTC, the locale C, signals at their defaults, no
 * descriptor open but 0, 1, 2 and that of CHILD_PIPE_NAME. Returns 0, or -1 with the problem noted (not
 * found, not executable, ...). */
int child_start(struct child *c, char *const argv[], enum child_output output, child_complaint *complaint,
                void *context);

/* Reads the output of the child: at least one byte unless it ends.  Meanwhile its stderr is drained, so
 * that the child never blocks on it.  Returns the number of bytes, 0 at the end, -1 with the problem
 * noted. It is a lines_source. */
ssize_t child_read(void *child, void *buf, size_t n);

/* Closes its output, drains stderr and waits for the child.  Returns 0 if it exited with status 0; -1
 * with the problem noted if not. */
int child_finish(struct child *c);

/* The same for a child whose remaining output is not wanted: it is stopped by a signal, and dying of that
 * or of SIGPIPE is as good as status 0. */
int child_stop(struct child *c);

#endif
