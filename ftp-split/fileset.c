/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files have no name until all of them are whole (unnamed.h).  Where that does not work a file has a
 * temporary name beside its place from the beginning, and a signal handler removes it.
 */
#include "fileset.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unnamed.h"

enum { OTHER_DESCRIPTORS = 16 };

static const int deadly_signals[] = {SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGXCPU};
#define DEADLY_SIGNALS (sizeof deadly_signals / sizeof deadly_signals[0])

/* What the signal handler removes; NULL for nothing. */
static const struct fileset *volatile doomed;

static void
remove_temporaries(const struct fileset *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->files[i].temporary && !s->files[i].placed)
            (void)unlink(s->files[i].temporary);
}

static void
remove_and_die(int sig)
{
    if (doomed)
        remove_temporaries(doomed);
    /* Kills when the handler returns. */
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

/* Gives the deadly signals a handler, but for those that our parent had us ignore (nohup). */
static void
handle_signals(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    struct sigaction before;

    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < DEADLY_SIGNALS; i++)
        if (sigaction(deadly_signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(deadly_signals[i], &action, NULL);
}

/* Raises the limit of open files to what the set needs. */
static int
allow_descriptors(size_t files, struct problem *p)
{
    rlim_t needed = files + OTHER_DESCRIPTORS;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        return problem_set_errno(p, "cannot get the limit of open files");
    if (limit.rlim_cur >= needed)
        return 0;
    if (limit.rlim_max < needed)
        return problem_set(p,
                           "%zu files cannot be open at a time: the hard limit of this process is "
                           "%" PRIuMAX " (ulimit -Hn)",
                           files, (uintmax_t)limit.rlim_max);
    limit.rlim_cur = needed;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0
               ? 0
               : problem_set_errno(p, "cannot raise the limit of open files");
}

int
fileset_open(struct fileset *s, size_t capacity, struct problem *p)
{
    *s = (struct fileset){.capacity = capacity};
    if (allow_descriptors(capacity, p) == -1)
        return -1;
    s->files = calloc(capacity, sizeof *s->files);
    if (!s->files)
        return problem_set_errno(p, "cannot start %zu files", capacity);
    /* A file size limit is an error of write(2), which can be reported, and not a signal. */
    (void)signal(SIGXFSZ, SIG_IGN);
    doomed = s;
    handle_signals(remove_and_die);
    return 0;
}

/* Makes a file with a temporary name beside its place, with the permissions of any new file.  Returns its
 * descriptor, or -1 with errno set. */
static int
open_named(struct fileset_file *file)
{
    const char *slash = strrchr(file->path, '/');
    const char *base = slash ? slash + 1 : file->path;
    mode_t mask = umask(0);

    (void)umask(mask);
    if (asprintf(&file->temporary, "%.*s.%.200s.XXXXXX", (int)(base - file->path), file->path, base) ==
        -1) {
        file->temporary = NULL;
        return -1;
    }
    int fd = mkostemp(file->temporary, O_CLOEXEC);
    if (fd != -1 && fchmod(fd, 0666 & ~mask) == 0)
        return fd;
    int why = errno;
    if (fd != -1) {
        (void)close(fd);
        (void)unlink(file->temporary);
    }
    free(file->temporary);
    file->temporary = NULL;
    errno = why;
    return -1;
}

/* Whether a file may get this name. */
static int
check_place(const char *path, struct problem *p)
{
    struct stat st;

    if (lstat(path, &st) == -1)
        return errno == ENOENT ? 0 : problem_set_errno(p, "%s", path);
    if (!S_ISREG(st.st_mode))
        return problem_set(p, "%s: it exists, and is not a regular file", path);
    /* Removing it would get around its write protection. */
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == -1)
        return problem_set_errno(p, "%s", path);
    return 0;
}

/* Appends a file to the set.  A signal has to wait, or it would miss what has just been made. */
static int
add(struct fileset *s, const char *path, struct problem *p)
{
    struct fileset_file *file = &s->files[s->n];

    *file = (struct fileset_file){.path = strdup(path)};
    if (!file->path)
        return problem_set_errno(p, "%s", path);
    file->fd = unnamed_open(path, 0666);
    if (file->fd == -1)
        file->fd = open_named(file);
    if (file->fd == -1) {
        problem_set_errno(p, "%s: cannot make a file in its directory", path);
        free(file->path);
        return -1;
    }
    s->n++;
    return file->fd;
}

int
fileset_add(struct fileset *s, const char *path, struct problem *p)
{
    sigset_t all, before;

    if (check_place(path, p) == -1)
        return -1;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    int fd = add(s, path, p);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return fd;
}

static int
sync_all(const struct fileset *s, struct problem *p)
{
    for (size_t i = 0; i < s->n; i++)
        if (fsync(s->files[i].fd) == -1)
            return problem_set_errno(p, "%s", s->files[i].path);
    return 0;
}

static int
remove_old(const struct fileset *s, struct problem *p)
{
    for (size_t i = 0; i < s->n; i++)
        if (unlink(s->files[i].path) == -1 && errno != ENOENT)
            return problem_set_errno(p, "%s: cannot remove the old file", s->files[i].path);
    return 0;
}

/* Gives a file its final name, unless another file of the set has it. */
static int
place(const struct fileset_file *file)
{
    struct stat st;

    if (file->temporary && lstat(file->path, &st) == 0) {
        errno = EEXIST;
        return -1;
    }
    if (file->temporary)
        return rename(file->temporary, file->path);
    return unnamed_link(file->fd, file->path);
}

/* Gives all files their final names; when that fails, none has one. */
static int
place_all(struct fileset *s, struct problem *p)
{
    for (size_t i = s->n; i > 0; i--) {
        struct fileset_file *file = &s->files[i - 1];
        file->placed = place(file) == 0;
        if (file->placed)
            continue;
        problem_set_errno(p, "%s", file->path);
        for (; i < s->n; i++)
            (void)unlink(s->files[i].path);
        return -1;
    }
    return 0;
}

static void
release(struct fileset *s)
{
    doomed = NULL;
    for (size_t i = 0; i < s->n; i++) {
        (void)close(s->files[i].fd);
        free(s->files[i].path);
        free(s->files[i].temporary);
    }
    free(s->files);
    *s = (struct fileset){0};
}

int
fileset_commit(struct fileset *s, bool sync, struct problem *p)
{
    int result = sync ? sync_all(s, p) : 0;

    if (result == 0) {
        handle_signals(SIG_IGN);
        result = remove_old(s, p);
    }
    if (result == 0)
        result = place_all(s, p);
    remove_temporaries(s);
    release(s);
    return result;
}

void
fileset_discard(struct fileset *s)
{
    remove_temporaries(s);
    release(s);
}
