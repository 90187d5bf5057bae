/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file is written beside its place and renamed when all of it is on disk, so nobody ever sees half of
 * it, and whatever fails leaves the old one.
 *
 * Until then it has no name (unnamed.h).  linkat(2) gives it one, but cannot replace a file; then it gets
 * a temporary name first, for the moment until rename(2) replaces the old one.  Where nameless files do
 * not work the file has its temporary name from the beginning, and a signal handler removes it.  The
 * temporary name is made of the process id, so that the parent of a writer that was killed
 * outright can remove what it left (target_clean).
 *
 * From just before FILE gets its new content, signals are blocked, and they stay so: either the program
 * dies of a signal and FILE is the old one, or FILE is new and the exit status says so.
 */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unnamed.h"

#define PERMISSIONS 0777
#define NAME_ATTEMPTS 100

static const int deadly_signals[] = {SIGHUP,  SIGINT,  SIGQUIT,   SIGTERM, SIGUSR2,
                                     SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF};
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

/* Has the deadly signals remove the temporary file, but for those that our parent had us ignore
 * (nohup). */
static void
handle_signals(void)
{
    struct sigaction action = {.sa_handler = remove_and_die};
    struct sigaction before;

    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < DEADLY_SIGNALS; i++) {
        if (sigaction(deadly_signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(deadly_signals[i], &action, NULL);
    }
}

/* Follows symbolic links to a name, also where nothing has that name yet: what they lead to is
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

/* The temporary name of a file that the process writes: ".NAME.PID" beside it, or with a further number
 * where another file has that name.  Returns it in memory of its own, or NULL with errno set. */
static char *
temporary_name(const char *path, pid_t writer, int attempt)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    char number[16] = "";
    char *name;

    if (attempt > 0)
        (void)snprintf(number, sizeof number, ".%d", attempt);
    if (asprintf(&name, "%.*s.%.200s.%ld%s", (int)(base - path), path, base, (long)writer, number) == -1)
        return NULL;
    return name;
}

/* Makes a file with the temporary name, and it is doomed from its first moment.  Returns its descriptor,
 * or -1 with errno set. */
static int
make_named(struct target *t)
{
    sigset_t all, before;

    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    int fd = open(t->temporary, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    int why = errno;
    if (fd != -1)
        doomed = t->temporary;
    t->named = fd != -1;
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return fd;
}

/* Gives the file that has no name yet its temporary one.  Returns 0, or -1 with errno set. */
static int
name_unnamed(struct target *t)
{
    t->named = unnamed_link(t->fd, t->temporary) == 0;
    return t->named ? 0 : -1;
}

/* Calls make_named() or name_unnamed() with one temporary name after the other until one is free. Returns
 * what they do. */
static int
try_names(struct target *t, int (*take)(struct target *t))
{
    int result = -1;

    for (int i = 0; i < NAME_ATTEMPTS; i++) {
        free(t->temporary);
        t->temporary = temporary_name(t->path, getpid(), i);
        if (!t->temporary)
            return -1;
        result = take(t);
        if (result != -1 || errno != EEXIST)
            break;
    }
    return result;
}

/* Gives a new file the group of the one that it replaces.  Returns 0, or -1 where that is not allowed. */
static int
keep_group(int fd, const struct stat *old)
{
    struct stat new;

    if (fstat(fd, &new) == 0 && new.st_gid == old->st_gid)
        return 0;
    return fchown(fd, (uid_t)-1, old->st_gid);
}

/* Opens the file that is to become t->path, with the group and the permissions of the one it replaces, or
 * else those that any new file has. */
static int
open_replacement(struct target *t, const struct stat *old)
{
    mode_t mask = umask(0);

    (void)umask(mask);
    handle_signals();
    t->fd = unnamed_open(t->path, 0600);
    if (t->fd == -1)
        t->fd = try_names(t, make_named);
    if (t->fd == -1)
        return problem_set_errno(&t->problem, "cannot make a file in its directory");
    mode_t mode = old ? old->st_mode & PERMISSIONS : 0666 & ~mask;
    /* What the old group was allowed is not for the members of another. */
    if (old && keep_group(t->fd, old) == -1)
        mode &= ~(mode_t)S_IRWXG;
    if (fchmod(t->fd, mode) == -1)
        return problem_set_errno(&t->problem, "cannot set its permissions");
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
        return problem_set(&t->problem, "%s", strerror(errno));
    if (exists && is_standard_output(&st)) {
        t->fd = STDOUT_FILENO;
        return 0;
    }
    /* A directory is refused here. */
    if (exists && !S_ISREG(st.st_mode)) {
        t->fd = open(file, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        return t->fd == -1 ? problem_set(&t->problem, "%s", strerror(errno)) : 0;
    }
    /* A rename would get around the write protection of the file. */
    if (exists && faccessat(AT_FDCWD, file, W_OK, AT_EACCESS) == -1)
        return problem_set(&t->problem, "%s", strerror(errno));
    t->path = resolve(file);
    if (!t->path)
        return problem_set(&t->problem, "%s", strerror(errno));
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

void
target_write_behind(const struct target *t)
{
#ifdef SYNC_FILE_RANGE_WRITE
    /* An error shows when all of it is brought to disk. */
    if (t->path)
        (void)sync_file_range(t->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)t;
#endif
}

/* Returns 0, or -1 with errno set. */
static int
close_target(struct target *t)
{
    int fd = t->fd;

    t->fd = -1;
    return close(fd);
}

/* Gives the file, which is whole and on disk, the name that it was made for.  Returns 0, or -1 with errno
 * set. */
static int
put_in_place(struct target *t)
{
    /* Some file systems (NFS) report an error only when the file is closed.  There it has a name. */
    if (t->named && close_target(t) == -1)
        return -1;
    if (!t->named) {
        if (unnamed_link(t->fd, t->path) == 0)
            return 0;
        if (errno != EEXIST || try_names(t, name_unnamed) == -1)
            return -1;
    }
    /* Nothing stands between linkat(2) and this: who is killed there leaves the temporary name. */
    if (rename(t->temporary, t->path) == -1)
        return -1;
    t->named = false;
    return 0;
}

/* Replaces the file, with signals blocked, and blocked for good when that is done.  Returns 0, or -1 with
 * errno set. */
static int
replace(struct target *t)
{
    sigset_t all, before;

    if (fsync(t->fd) == -1)
        return -1;
    sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
    if (put_in_place(t) == 0)
        return 0;
    int why = errno;
    target_discard(t);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return -1;
}

int
target_commit(struct target *t)
{
    int result = t->path ? replace(t) : close_target(t);
    int why = errno;

    target_discard(t);
    return result == 0 ? 0 : problem_set(&t->problem, "%s", strerror(why));
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

void
target_clean(const char *file, pid_t writer)
{
    char *path = resolve(file);
    char *temporary = path ? temporary_name(path, writer, 0) : NULL;

    if (temporary)
        (void)unlink(temporary);
    free(temporary);
    free(path);
}
