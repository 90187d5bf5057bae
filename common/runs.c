/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An external merge sort (Knuth, The Art of Computer Programming, volume 3, 5.4).
 *
 * Rows are collected in memory.  When it is full they are sorted and become a run of level 0 in a
 * temporary file; 128 runs of one level are merged into one of the next.  In the end what is left of all
 * levels is merged.  All of that happens in the memory of the collection, which is of one size, so the
 * number of rows does not matter.
 *
 * The file has no name: nobody else can open it, and it is gone with the process, however that ends.  It
 * has absolute times, but no addresses.
 */
#include "runs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"

enum { WRITE_ROWS = 512 }; /* at a time */

void
runs_open(struct runs *r)
{
    *r = (struct runs){.fd = -1};
}

void
runs_close(struct runs *r)
{
    free(r->rows);
    free(r->elements);
    if (r->fd != -1)
        (void)close(r->fd);
    runs_open(r);
}

static int
open_file(struct runs *r)
{
    const char *directory = getenv("TMPDIR");
    char name[4096];

    if (!directory || directory[0] == '\0')
        directory = "/tmp";
    int n = snprintf(name, sizeof name, "%s/ftprofiler.XXXXXX", directory);
    if (n < 0 || (size_t)n >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    r->fd = mkostemp(name, O_CLOEXEC);
    return r->fd == -1 || unlink(name) == -1 ? -1 : 0;
}

/* ---- writing ---- */

/* Rows on their way to the end of the file. */
struct run_writer {
    struct biflow *rows;
    size_t room;
    size_t n;
};

static int
flush_rows(struct runs *r, struct run_writer *w)
{
    size_t bytes = w->n * sizeof *w->rows;

    if (io_write_full(r->fd, w->rows, bytes) == -1)
        return -1;
    r->end += (off_t)bytes;
    w->n = 0;
    return 0;
}

static int
write_row(struct runs *r, struct run_writer *w, const struct biflow *b)
{
    w->rows[w->n++] = *b;
    return w->n == w->room ? flush_rows(r, w) : 0;
}

/* ---- reading ---- */

/* Has the next rows of a source read into its memory, of room rows. */
static int
fill(struct runs *r, struct run_source *s, size_t room)
{
    char *p = (char *)s->rows;
    size_t left = room * sizeof *s->rows;

    if ((off_t)left > s->unread.end - s->unread.begin)
        left = (size_t)(s->unread.end - s->unread.begin);
    s->n = left / sizeof *s->rows;
    s->next = 0;
    while (left > 0) {
        ssize_t n = pread(r->fd, p, left, s->unread.begin);
        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return -1;
        }
        p += n;
        left -= (size_t)n;
        s->unread.begin += n;
    }
    return 0;
}

static const struct biflow *
first_row(const struct run_source *s)
{
    return &s->rows[s->next];
}

/* Lets a source sink to its place in the heap. */
static void
sift_down(struct runs *r, int i)
{
    const struct run_source moving = r->sources[i];

    for (int child; (child = 2 * i + 1) < r->source_count; i = child) {
        if (child + 1 < r->source_count &&
            sort_compare(first_row(&r->sources[child + 1]), first_row(&r->sources[child])) < 0)
            child++;
        if (sort_compare(first_row(&moving), first_row(&r->sources[child])) <= 0)
            break;
        r->sources[i] = r->sources[child];
    }
    r->sources[i] = moving;
}

/* Prepares to read some runs together, in a part of the memory for rows. */
static int
open_sources(struct runs *r, const struct run_place *places, int n, struct biflow *rows, size_t room)
{
    for (int i = 0; i < n; i++) {
        struct run_source *s = &r->sources[i];
        *s = (struct run_source){.unread = places[i], .rows = rows + (size_t)i * room};
        if (fill(r, s, room) == -1)
            return -1;
    }
    r->source_count = n;
    for (int i = n / 2 - 1; i >= 0; i--)
        sift_down(r, i);
    return 0;
}

/* Takes the next row, when sources have memory for room rows each. */
static int
take_row(struct runs *r, size_t room)
{
    struct run_source *s = &r->sources[0];

    s->next++;
    if (s->next == s->n) {
        if (s->unread.begin == s->unread.end)
            *s = r->sources[--r->source_count];
        else if (fill(r, s, room) == -1)
            return -1;
    }
    if (r->source_count > 0)
        sift_down(r, 0);
    return 0;
}

/* ---- runs ---- */

/* Gives the disk back what a run took, where it can be given back. */
static void
forget(struct runs *r, const struct run_place *place)
{
#ifdef FALLOC_FL_PUNCH_HOLE
    (void)fallocate(r->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, place->begin,
                    place->end - place->begin);
#else
    (void)r;
    (void)place;
#endif
}

/* Merges all runs of a level into one at the end of the file. */
static int
merge_level(struct runs *r, int level, struct run_place *merged)
{
    const size_t room = RUNS_ROWS / 2 / RUNS_FAN_IN;
    struct run_writer w = {.rows = r->rows + RUNS_ROWS / 2, .room = RUNS_ROWS / 2};

    merged->begin = r->end;
    if (open_sources(r, r->places[level], RUNS_FAN_IN, r->rows, room) == -1)
        return -1;
    while (r->source_count > 0)
        if (write_row(r, &w, runs_next(r)) == -1 || take_row(r, room) == -1)
            return -1;
    if (flush_rows(r, &w) == -1)
        return -1;
    merged->end = r->end;
    for (int i = 0; i < RUNS_FAN_IN; i++)
        forget(r, &r->places[level][i]);
    r->count[level] = 0;
    return 0;
}

/* Adds a run to level 0, and merges the levels that are full. */
static int
add_run(struct runs *r, struct run_place place)
{
    for (int level = 0; level < RUNS_LEVELS; level++) {
        r->places[level][r->count[level]++] = place;
        if (r->count[level] < RUNS_FAN_IN)
            return 0;
        if (level + 1 == RUNS_LEVELS) {
            errno = EFBIG;
            return -1;
        }
        if (merge_level(r, level, &place) == -1)
            return -1;
    }
    return 0;
}

static struct biflow
row_of(const void *context, uint32_t number)
{
    const struct runs *r = context;

    return r->rows[number];
}

/* Rows in memory are few enough for the processor's caches. */
static void
prefetch_nothing(const void *context, uint32_t number)
{
    (void)context;
    (void)number;
}

static void
sort(struct runs *r)
{
    const struct sort_source source = {.row = row_of, .prefetch = prefetch_nothing, .context = r};
    int64_t base = INT64_MAX;
    bool is_sorted = true;

    for (size_t i = 0; i < r->n; i++) {
        if (r->rows[i].start < base)
            base = r->rows[i].start;
        is_sorted = is_sorted && (i == 0 || sort_compare(&r->rows[i - 1], &r->rows[i]) <= 0);
    }
    for (size_t i = 0; i < r->n; i++)
        r->elements[i] = sort_element_make(r->rows[i].start, base, (uint32_t)i);
    if (!is_sorted)
        sort_rows(r->elements, r->elements + RUNS_ROWS, r->n, &source);
}

/* The n-th of the rows in memory, in their order. */
static const struct biflow *
sorted_row(const struct runs *r, size_t n)
{
    return &r->rows[sort_number(r->elements[n])];
}

/* The run before in the file, when rows that begin with one can be a part of it; else NULL. */
static struct run_place *
run_to_extend(struct runs *r, const struct biflow *first)
{
    struct run_place *before = r->count[0] > 0 ? &r->places[0][r->count[0] - 1] : NULL;

    return before && before->end == r->end && sort_compare(&r->last, first) <= 0 ? before : NULL;
}

/* Makes a run of the rows in memory, or a part of the one before: rows that come in order are one run. */
static int
write_run(struct runs *r)
{
    struct biflow rows[WRITE_ROWS];
    struct run_writer w = {.rows = rows, .room = WRITE_ROWS};
    struct run_place place = {.begin = r->end};

    if (r->fd == -1 && open_file(r) == -1)
        return -1;
    sort(r);
    struct run_place *extended = run_to_extend(r, sorted_row(r, 0));
    for (size_t i = 0; i < r->n; i++)
        if (write_row(r, &w, sorted_row(r, i)) == -1)
            return -1;
    if (flush_rows(r, &w) == -1)
        return -1;
    r->last = *sorted_row(r, r->n - 1);
    r->n = 0;
    place.end = r->end;
    if (!extended)
        return add_run(r, place);
    extended->end = r->end;
    return 0;
}

int
runs_add(struct runs *r, const struct biflow *b)
{
    if (!r->rows) {
        r->rows = malloc(RUNS_ROWS * sizeof *r->rows);
        r->elements = malloc(2 * RUNS_ROWS * sizeof *r->elements);
        if (!r->rows || !r->elements)
            return -1;
    }
    r->rows[r->n++] = *b;
    return r->n == RUNS_ROWS ? write_run(r) : 0;
}

/* The memory of a source, in rows, when all that are left are read together. */
static size_t
final_room(const struct runs *r)
{
    int n = 0;

    for (int level = 0; level < RUNS_LEVELS; level++)
        n += r->count[level];
    return RUNS_ROWS / (size_t)(n > 0 ? n : 1);
}

int
runs_complete(struct runs *r)
{
    struct run_place all[RUNS_MAX];
    int n = 0;

    if (r->n > 0 && write_run(r) == -1)
        return -1;
    for (int level = 0; level < RUNS_LEVELS; level++)
        for (int i = 0; i < r->count[level]; i++)
            all[n++] = r->places[level][i];
    return open_sources(r, all, n, r->rows, final_room(r));
}

int
runs_take(struct runs *r)
{
    return take_row(r, final_room(r));
}
