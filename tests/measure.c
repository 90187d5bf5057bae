/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * measure LOG LABEL COMMAND [ARGUMENT ...]: runs a command and appends a line to LOG: label, wall time,
 * CPU time (user and system, of the command and of what it waited for) in seconds, most resident memory
 * in KiB, and of the CPU time that of the system.  Exits as the command did.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds(const struct timeval *t)
{
    return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double
now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
    struct rusage usage;
    int status;

    if (argc < 4)
        errx(2, "usage: measure LOG LABEL COMMAND [ARGUMENT ...]");
    double start = now();
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        execvp(argv[3], argv + 3);
        err(127, "%s", argv[3]);
    }
    if (wait4(pid, &status, 0, &usage) == -1)
        err(1, "wait");
    double wall = now() - start;

    char line[256];
    int n = snprintf(line, sizeof line, "%s %.4f %.4f %ld %.4f\n", argv[2], wall,
                     seconds(&usage.ru_utime) + seconds(&usage.ru_stime), usage.ru_maxrss,
                     seconds(&usage.ru_stime));
    int log = open(argv[1], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log == -1 || write(log, line, (size_t)n) != n)
        err(1, "%s", argv[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
