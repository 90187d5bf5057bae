/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A timer marks the line as due, the main loop draws it where it is between two records: no thread, and
 * nothing to do in a signal handler but to set a flag.
 */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "io.h"

enum { LINE_BYTES = 160, REDRAW_US = 500000, USUAL_COLUMNS = 80 };

volatile sig_atomic_t progress_is_due;

static volatile sig_atomic_t is_asked;
static struct progress progress;
static bool draws;

static void
on_signal(int signal)
{
    if (signal == SIGUSR1)
        is_asked = 1;
    progress_is_due = 1;
}

int
progress_start(const struct progress *p, bool wanted, bool restart)
{
    const struct itimerval timer = {{0, REDRAW_US}, {0, REDRAW_US}};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = restart ? SA_RESTART : 0};

    progress = *p;
    draws = wanted && isatty(STDERR_FILENO);
    io_interrupted = progress_poll;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGUSR1, &action, NULL) == -1)
        return -1;
    if (!draws)
        return 0;
    if (sigaction(SIGALRM, &action, NULL) == -1)
        return -1;
    return setitimer(ITIMER_REAL, &timer, NULL);
}

static void
put(const char *text)
{
    /* A terminal that is gone is no reason to stop. */
    (void)!write(STDERR_FILENO, text, strlen(text));
}

/* The columns of the terminal, but for the last one: what reaches it may wrap. */
static int
usable_columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
        return USUAL_COLUMNS - 1;
    return size.ws_col - 1;
}

/* Cuts a text to so many columns, at a comma if there is one: half a number says something else. */
static void
cut(char *text, int columns)
{
    if (strlen(text) <= (size_t)columns)
        return;
    bool at_comma = text[columns] == ',';
    text[columns] = '\0';
    char *comma = strrchr(text, ',');
    if (comma && !at_comma)
        *comma = '\0';
}

static void
draw(char *text)
{
    static const char bar[] = "| ";
    bool to_the_end = progress.width == 0;
    int room = usable_columns() - (progress.column - 1);
    char line[LINE_BYTES + 64];

    if (to_the_end)
        room -= (int)sizeof bar - 1;
    else if (room > progress.width)
        room = progress.width;
    if (room <= 0)
        return;
    cut(text, room);
    if (to_the_end)
        (void)snprintf(line, sizeof line, "\033[%dG%s%s\033[K", progress.column, bar, text);
    else
        (void)snprintf(line, sizeof line, "\033[%dG%-*s", progress.column, room, text);
    put(line);
}

void
progress_draw(void)
{
    char text[LINE_BYTES], line[LINE_BYTES + 64];

    progress_is_due = 0;
    progress.text(progress.context, text, sizeof text);
    if (is_asked) {
        is_asked = 0;
        (void)snprintf(line, sizeof line, "%s%s: %s\n", draws ? "\r\033[K" : "", progress.program, text);
        put(line);
    }
    if (draws)
        draw(text);
}

void
progress_end(void)
{
    const struct itimerval never = {{0, 0}, {0, 0}};

    if (!draws)
        return;
    draws = false;
    (void)setitimer(ITIMER_REAL, &never, NULL);
    if (progress.width > 0) {
        draw((char[]){""});
        put("\r");
    } else {
        put("\r\033[K");
    }
}

const char *
progress_number(uint64_t number, char text[16])
{
    static const char units[] = " kMGTPE";
    double value = (double)number;
    int unit = 0;

    while (value >= 999.5) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        (void)snprintf(text, 16, "%u", (unsigned)number);
    else
        (void)snprintf(text, 16, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value, units[unit]);
    return text;
}

uint64_t
progress_rate(struct progress_rate *memory, uint64_t count)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
    if (memory->time > 0 && now - memory->time > 0.1)
        memory->rate = (double)(count - memory->count) / (now - memory->time);
    if (memory->time == 0 || now - memory->time > 0.1) {
        memory->count = count;
        memory->time = now;
    }
    return (uint64_t)memory->rate;
}
