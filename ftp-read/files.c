/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * nfdump reads a directory in the order of names, with all that is below it, and follows symbolic links.
 * A range takes the files of one directory from a first to a last name.  When the last one is given with
 * directories before it (2023/11/14/nfcapd.1:2023/11/15/nfcapd.7), the range goes over all directories of
 * that depth in between, and in each of them over the names from the first to the last.
 *
 * All of these are one walk with bounds.  fts(3) does the walking, as it does in nfdump.
 */
#include "files.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATH = 4096 };

/* What a walk below a directory takes. */
struct walk {
    const char *directory;
    int level;              /* at which files are taken: 1 in the directory itself; 0 for any */
    const char *first;      /* name of a file, NULL for no bound */
    const char *last;       /* likewise */
    const char *first_path; /* directories of levels below that, relative; NULL for no bound */
    const char *last_path;
};

/* Names that some or all nfdumps pass over. */
static bool
is_skipped(const char *name)
{
    return name[0] == '.' || strncmp(name, "nfcapd.current", strlen("nfcapd.current")) == 0 ||
           strstr(name, ".stat") || strstr(name, "pcap");
}

static int
compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static bool
is_between(const char *text, const char *first, const char *last)
{
    return (!first || strcmp(text, first) >= 0) && (!last || strcmp(text, last) <= 0);
}

/* The order of a relative path of some components and the beginning of a bound with as many. */
static int
compare_beginning(const char *path, int components, const char *bound)
{
    size_t n = 0;

    for (; bound[n] != '\0'; n++)
        if (bound[n] == '/' && --components == 0)
            break;
    int order = strncmp(path, bound, n);
    return order != 0 ? order : path[n] != '\0';
}

/* Whether a walk goes into a directory at some level. */
static bool
is_entered(const struct walk *w, const char *relative, int level)
{
    if (w->level == 0)
        return true;
    if (level >= w->level)
        return false;
    return (!w->first_path || compare_beginning(relative, level, w->first_path) >= 0) &&
           (!w->last_path || compare_beginning(relative, level, w->last_path) <= 0);
}

/* A path without what means nothing: ./ at its beginning and /./ in it.  The caller frees it. */
static char *
copy_path(const char *path)
{
    char *copy = strdup(strncmp(path, "./", 2) == 0 ? path + 2 : path);

    for (char *p = copy; p && (p = strstr(p, "/./")) != NULL;)
        memmove(p, p + 2, strlen(p + 2) + 1);
    return copy;
}

static int
add(struct files *files, const FTSENT *entry, struct problem *p)
{
    if (files->count == files->room) {
        size_t room = files->room ? 2 * files->room : 64;
        struct file *file = reallocarray(files->file, room, sizeof *file);
        if (!file)
            return problem_set(p, "no memory");
        files->file = file;
        files->room = room;
    }
    struct file *file = &files->file[files->count];
    file->path = copy_path(entry->fts_path);
    file->st = *entry->fts_statp;
    if (!file->path)
        return problem_set(p, "no memory");
    files->count++;
    return 0;
}

/* Takes an entry that a walk has come to. */
static int
visit(struct files *files, const struct walk *w, FTS *fts, FTSENT *entry, struct problem *p)
{
    const char *relative = entry->fts_path + strlen(w->directory);

    relative += relative[0] == '/';
    switch (entry->fts_info) {
    case FTS_D:
        if (entry->fts_level > 0 &&
            (is_skipped(entry->fts_name) || !is_entered(w, relative, entry->fts_level)))
            (void)fts_set(fts, entry, FTS_SKIP);
        return 0;
    case FTS_F:
        if ((w->level != 0 && entry->fts_level != w->level) || is_skipped(entry->fts_name) ||
            !is_between(entry->fts_name, w->first, w->last))
            return 0;
        return add(files, entry, p);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return problem_set(p, "%s: %s", entry->fts_path, strerror(entry->fts_errno));
    default: /* a device, or a symbolic link to nothing or in a circle: nfdump passes them over too */
        return 0;
    }
}

static int
walk(struct files *files, const struct walk *w, struct problem *p)
{
    char *const paths[] = {(char *)w->directory, NULL};
    FTS *fts = fts_open(paths, FTS_LOGICAL | FTS_NOCHDIR, compare_names);
    FTSENT *entry;
    int result = 0;

    if (!fts)
        return problem_set_errno(p, "%s", w->directory);
    while (result == 0 && (errno = 0, entry = fts_read(fts)) != NULL)
        result = visit(files, w, fts, entry, p);
    if (result == 0 && errno != 0)
        result = problem_set_errno(p, "%s", w->directory);
    (void)fts_close(fts);
    return result;
}

static int
count_slashes(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += *text == '/';
    return n;
}

/* Where the last n + 1 components of a path begin, or NULL when it has fewer. */
static char *
find_components(char *path, int n)
{
    char *p = path + strlen(path);

    for (; p > path; p--)
        if (p[-1] == '/' && n-- == 0)
            return p;
    return n == 0 ? path : NULL;
}

/* The directory of -M, where there is one, and what is said of -R below it. */
struct selection {
    const char *directory; /* or NULL */
    bool is_first;         /* of several directories only the first has to have the files */
    struct problem *p;
};

static int
check_exists(const struct selection *s, const char *path)
{
    struct stat st;

    if (!s->is_first || stat(path, &st) == 0)
        return 0;
    return problem_set_errno(s->p, "-R: %s", path);
}

/* Cuts a path into a directory and the name of a file in it, and fills the directory in. */
static char *
cut_name(char *path, const char **directory)
{
    char *slash = strrchr(path, '/');

    *directory = !slash ? "." : slash == path ? "/" : path;
    if (!slash)
        return path;
    *slash = '\0';
    return slash + 1;
}

/* Takes a range over directories; path is that of the first file, last has directories in it. */
static int
add_range_of_directories(struct files *files, const struct selection *s, char *path, char *last)
{
    int depth = count_slashes(last);
    char *relative = find_components(path, depth);
    char end[MAX_PATH];

    if (last[0] == '/')
        return problem_set(s->p,
                           "-R: '%s': the last file of a range is named as seen from the directory that "
                           "holds both",
                           last);
    if (!relative)
        return problem_set(s->p, "-R: '%s' has more directories than the first file of the range", last);
    if (snprintf(end, sizeof end, "%.*s%s", (int)(relative - path), path, last) >= (int)sizeof end)
        return problem_set(s->p, "-R: %s: %s", last, strerror(ENAMETOOLONG));
    if (check_exists(s, path) == -1 || check_exists(s, end) == -1)
        return -1;
    struct walk w = {.level = depth + 1, .first_path = relative, .last_path = last};
    if (relative > path)
        relative[-1] = '\0';
    w.directory = relative == path ? "." : path[0] == '\0' ? "/" : path;
    w.first = cut_name(relative, &w.first_path);
    w.last = cut_name(last, &w.last_path);
    return walk(files, &w, s->p);
}

/* Takes a file and those that follow it, up to a last one (or NULL). */
static int
add_range(struct files *files, const struct selection *s, char *path, const char *last)
{
    struct walk w = {.level = 1, .last = last};
    char end[MAX_PATH];

    if (check_exists(s, path) == -1)
        return -1;
    w.first = cut_name(path, &w.directory);
    if (snprintf(end, sizeof end, "%s/%s", w.directory, last ? last : w.first) >= (int)sizeof end)
        return problem_set(s->p, "-R: %s: %s", last ? last : w.first, strerror(ENAMETOOLONG));
    if (check_exists(s, end) == -1)
        return -1;
    return walk(files, &w, s->p);
}

/* Takes what -R says, below a directory of -M if there is one. */
static int
add_selection(struct files *files, const struct selection *s, const char *read)
{
    char path[MAX_PATH];
    struct stat st;
    bool has_directory = s->directory != NULL;
    int n = snprintf(path, sizeof path, "%s%s%s", has_directory ? s->directory : "",
                     has_directory ? "/" : "", read);

    if (n >= (int)sizeof path)
        return problem_set(s->p, "-R: %s: %s", read, strerror(ENAMETOOLONG));
    if (stat(path, &st) == 0) {
        struct walk w = {.directory = path};
        return S_ISDIR(st.st_mode) ? walk(files, &w, s->p) : add_range(files, s, path, NULL);
    }
    char *last = strchr(path + (has_directory ? strlen(s->directory) : 0), ':');
    if (!last)
        return add_range(files, s, path, NULL);
    *last++ = '\0';
    return strchr(last, '/') ? add_range_of_directories(files, s, path, last)
                             : add_range(files, s, path, last);
}

/* Takes what -R says below one directory of -M. */
static int
add_below(struct files *files, const char *directory, bool is_first, const char *read, struct problem *p)
{
    const struct selection s = {.directory = directory, .is_first = is_first, .p = p};
    struct stat st;
    int failed = stat(directory, &st);

    if (failed == 0 && S_ISDIR(st.st_mode))
        return add_selection(files, &s, read);
    return problem_set(p, "-M: %s: %s%s", directory, strerror(failed ? errno : ENOTDIR),
                       is_first ? ""
                                : " (only the first of -M is a path, the others are names beside it)");
}

/* Takes what -R says below each directory of -M: the first is a path, the others are names beside it. */
static int
add_directories(struct files *files, char *list, const char *read, struct problem *p)
{
    char *rest = list, *first = strsep(&rest, ":"), *slash = strrchr(first, '/');
    int base = slash ? (int)(slash - first) + 1 : 0;
    int result = add_below(files, first, true, read, p);

    for (char *name; result == 0 && (name = strsep(&rest, ":")) != NULL;) {
        char path[MAX_PATH];
        if (snprintf(path, sizeof path, "%.*s%s", base, first, name) >= (int)sizeof path)
            return problem_set(p, "-M: %s: %s", name, strerror(ENAMETOOLONG));
        result = add_below(files, path, false, read, p);
    }
    return result;
}

int
files_add(struct files *files, const char *multidir, const char *read, struct problem *p)
{
    const struct selection s = {.is_first = true, .p = p};

    if (!multidir)
        return add_selection(files, &s, read);
    char *list = strdup(multidir);
    if (!list)
        return problem_set(p, "no memory");
    int result = add_directories(files, list, read, p);
    free(list);
    return result;
}

static int
compare_files(const void *first, const void *second)
{
    const struct file *const *a = first, *const *b = second;
    const struct stat *x = &(*a)->st, *y = &(*b)->st;

    if (x->st_dev != y->st_dev)
        return x->st_dev < y->st_dev ? -1 : 1;
    return (x->st_ino > y->st_ino) - (x->st_ino < y->st_ino);
}

int
files_check_once(const struct files *files, struct problem *p)
{
    const struct file **sorted = calloc(files->count + 1, sizeof(struct file *));
    int result = 0;

    if (!sorted)
        return problem_set(p, "no memory");
    for (size_t i = 0; i < files->count; i++)
        sorted[i] = &files->file[i];
    qsort(sorted, files->count, sizeof(struct file *), compare_files);
    for (size_t i = 1; i < files->count && result == 0; i++) {
        if (compare_files(&sorted[i - 1], &sorted[i]) != 0)
            continue;
        const char *one = sorted[i - 1]->path, *other = sorted[i]->path;
        result = strcmp(one, other) == 0 ? problem_set(p, "%s: selected twice", one)
                                         : problem_set(p, "%s: selected twice, also as %s", one, other);
    }
    free(sorted);
    return result;
}

void
files_release(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->file[i].path);
    free(files->file);
    *files = (struct files){.file = NULL};
}
