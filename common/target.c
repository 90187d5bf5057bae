/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file is written beside its place and renamed when all of it is on disk, so nobody ever sees half of
 * it, and whatever fails leaves the old one.
 *
 * Linux can write a file without a name (O_TMPFILE), which is gone however the program ends, SIGKILL
 * included.  It gets its temporary name only for the moment between linkat(2), which cannot replace a
 * file, and rename(2), which can.  Where that does not work (NFS, some overlays, no /proc) the file has
 * its temporary name from the beginning, and a signal handler removes it.
 *
 * From just before the rename, signals that would end the program are ignored: either the program dies of
 * the signal and FILE is the old one, or FILE is new and the exit status says so.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY_SUFFIX ".XXXXXX"
#define PERMISSIONS 0777
#define NAME_ATTEMPTS 100

static const int deadly_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU};
#define DEADLY_SIGNALS (sizeof deadly_signals / sizeof deadly_signals[0])

/* What the signal handler removes; NULL for nothing. */
static const char *volatile doomed;

static void
remove_and_die(int sig)
{
    if (doomed)
        (void)unlink(doomed);
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
    for (size_t i = 0; i < DEADLY_SIGNALS; i++) {
        if (sigaction(deadly_signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(deadly_signals[i], &action, NULL);
    }
}

__attribute__((format(printf, 2, 3))) static int
fail(struct target *t, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(t->problem, sizeof t->problem, format, ap);
    va_end(ap);
    return -1;
}

/* Finds the name behind symbolic links, also where nothing has that name yet: what they lead to is
 * replaced, not the link.  Returns it in memory of its own, or NULL with errno set. */
static char *
resolve(const char *file)
{
    char link[PATH_MAX];
    char *joined;
    char *path = realpath(file, NULL);

    if (path || errno != ENOENT)
        return path;
    ssize_t n = readlink(file, link, sizeof link - 1);
    if (n == -1)
        return strdup(file);
    link[n] = '\0';
    const char *slash = strrchr(file, '/');
    int directory = slash && link[0] != '/' ? (int)(slash + 1 - file) : 0;
    if (asprintf(&joined, "%.*s%s", directory, file, link) == -1)
        return NULL;
    /* A link to itself was ELOOP above, so this comes to an end. */
    path = resolve(joined);
    free(joined);
    return path;
}

/* Makes a file without a name in a directory.  Returns its descriptor, or -1. */
static int
open_unnamed(const char *directory)
{
#ifdef O_TMPFILE
    char proc[64];
    int fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

    if (fd == -1)
        return -1;
    (void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", fd);
    if (access(proc, F_OK) == 0)
        return fd;
    (void)close(fd);
#else
    (void)directory;
#endif
    return -1;
}

/* Makes a file with the temporary name, and it is doomed from its first moment.  Returns its descriptor,
 * or -1 with errno set. */
static int
open_named(struct target *t)
{
    sigset_t all, before;

    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    int fd = mkostemp(t->temporary, O_CLOEXEC);
    int why = errno;
    if (fd != -1)
        doomed = t->temporary;
    t->named = fd != -1;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return fd;
}

/* Gives the unnamed file a free temporary name.  Returns 0, or -1 with errno set. */
static int
name_unnamed(struct target *t)
{
    char proc[64];
    char *digits = t->temporary + strlen(t->temporary) - strlen(TEMPORARY_SUFFIX) + 1;
    unsigned long number = (unsigned long)getpid();

    (void)snprintf(proc, sizeof proc, "/proc/self/fd/%d", t->fd);
    for (int i = 0; i < NAME_ATTEMPTS; i++) {
        (void)snprintf(digits, strlen(TEMPORARY_SUFFIX), "%06lu", (number + (unsigned)i) % 1000000);
        if (linkat(AT_FDCWD, proc, AT_FDCWD, t->temporary, AT_SYMLINK_FOLLOW) == 0) {
            t->named = true;
            return 0;
        }
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

/* Opens the file that is to become t->path, with the permissions of the one it replaces or else those
 * that any new file has. */
static int
open_replacement(struct target *t, const struct stat *old)
{
    const char *slash = strrchr(t->path, '/');
    const char *base = slash ? slash + 1 : t->path;
    int prefix = (int)(base - t->path);
    char *directory;
    mode_t mask = umask(0);

    (void)umask(mask);
    if (asprintf(&t->temporary, "%.*s.%.200s" TEMPORARY_SUFFIX, prefix, t->path, base) == -1) {
        t->temporary = NULL;
        return fail(t, "%s", strerror(errno));
    }
    if (asprintf(&directory, "%.*s", prefix > 0 ? prefix : 1, prefix > 0 ? t->path : ".") == -1)
        return fail(t, "%s", strerror(errno));
    handle_signals(remove_and_die);
    t->fd = open_unnamed(directory);
    free(directory);
    if (t->fd == -1)
        t->fd = open_named(t);
    if (t->fd == -1)
        return fail(t, "cannot make a file in its directory: %s", strerror(errno));
    if (fchmod(t->fd, old ? old->st_mode & PERMISSIONS : 0666 & ~mask) == -1)
        return fail(t, "cannot set its permissions: %s", strerror(errno));
    return 0;
}

static bool
is_standard_output(const struct stat *st)
{
    struct stat out;
    int flags = fcntl(STDOUT_FILENO, F_GETFL);

    /* Where io_start() found it closed, it is /dev/null, but not to be written to. */
    return flags != -1 && (flags & O_ACCMODE) != O_RDONLY && fstat(STDOUT_FILENO, &out) == 0 &&
           out.st_dev == st->st_dev && out.st_ino == st->st_ino;
}

/* Finds out what kind of target the name is, and opens it. */
static int
open_by_name(struct target *t, const char *file)
{
    struct stat st;
    bool exists = stat(file, &st) == 0;

    if (!exists && errno != ENOENT)
        return fail(t, "%s", strerror(errno));
    if (exists && is_standard_output(&st)) {
        t->fd = STDOUT_FILENO;
        return 0;
    }
    /* A directory is refused here. */
    if (exists && !S_ISREG(st.st_mode)) {
        t->fd = open(file, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return t->fd == -1 ? fail(t, "%s", strerror(errno)) : 0;
    }
    /* A rename would get around the write protection of the file. */
    if (exists && faccessat(AT_FDCWD, file, W_OK, AT_EACCESS) == -1)
        return fail(t, "%s", strerror(errno));
    t->path = resolve(file);
    if (!t->path)
        return fail(t, "%s", strerror(errno));
    return open_replacement(t, exists ? &st : NULL);
}

int
target_open(struct target *t, const char *file)
{
    *t = (struct target){.fd = -1};
    /* A file size limit is an error of write(2), which can be reported, and not a signal. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (!file || strcmp(file, "-") == 0) {
        t->fd = STDOUT_FILENO;
        return 0;
    }
    if (open_by_name(t, file) == 0)
        return 0;
    target_discard(t);
    return -1;
}

int
target_commit(struct target *t)
{
    bool replace = t->path != NULL;
    int why = 0;

    if (replace && fsync(t->fd) == -1)
        why = errno;
    if (replace && why == 0) {
        handle_signals(SIG_IGN);
        if (!t->named && name_unnamed(t) == -1)
            why = errno;
    }
    if (close(t->fd) == -1 && why == 0)
        why = errno;
    t->fd = -1;
    if (replace && why == 0 && rename(t->temporary, t->path) == -1)
        why = errno;
    t->named = t->named && why != 0;
    target_discard(t);
    return why == 0 ? 0 : fail(t, "%s", strerror(why));
}

void
target_discard(struct target *t)
{
    if (t->fd != -1)
        (void)close(t->fd);
    t->fd = -1;
    if (t->named)
        (void)unlink(t->temporary);
    t->named = false;
    doomed = NULL;
    free(t->temporary);
    free(t->path);
    t->temporary = t->path = NULL;
}
