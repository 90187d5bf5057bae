/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One line on the terminal that tells how far a program is.
 *
 * The programs of a pipeline share the terminal, so each draws in columns of its own and they never have
 * to know of each other.  SIGUSR1 prints the line at any time, also without a terminal.
 */
#ifndef FTP_PROGRESS_H
#define FTP_PROGRESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes the line (terminated, of at most size bytes). */
typedef void progress_text(void *context, char *text, size_t size);

/* The programs of a pipeline that run at the same time draw beside each other: ftp-read on the left, what
 * follows it from this column on. */
enum { PROGRESS_RIGHT_COLUMN = 45 };

struct progress {
    const char *program; /* named in the line that SIGUSR1 asks for */
    int column;          /* of the terminal, from 1, where the line begins */
    int width;           /* columns, 0 for the rest of the line */
    progress_text *text;
    void *context;
};

/* Whether it is time to draw: twice a second if on a terminal, and after SIGUSR1. */
extern volatile sig_atomic_t progress_is_due;

/* Starts: draws on stderr if wanted and it is a terminal.  restart: system calls are to go on after a
 * signal, for the sake of libraries that take EINTR for an error; without it they return, and
 * io_interrupted draws.  Returns 0, or -1 with errno set. */
int progress_start(const struct progress *p, bool wanted, bool restart);

/* Draws, if it is time to. */
void progress_draw(void);

static inline void
progress_poll(void)
{
    if (progress_is_due)
        progress_draw();
}

/* Removes the line. */
void progress_end(void);

/* Writes a number in at most five columns, as 999, 1.23k, 45.6M.  Returns text. */
const char *progress_number(uint64_t number, char text[16]);

/* How many per second since the last call with this memory, which begins zeroed. */
struct progress_rate {
    uint64_t count;
    double time;
    double rate;
};
uint64_t progress_rate(struct progress_rate *memory, uint64_t count);

#endif
