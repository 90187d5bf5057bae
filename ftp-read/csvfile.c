/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * zlib reads plain and gzipped files alike, and checks the latter.  A gzip file that ends too early is
 * told from one that ends only when it is closed.
 */
#include "csvfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "rows.h"

struct source {
    gzFile gz;
    char problem[128];
};

/* Notes why reading failed: the system's reason, or that of the gzip format. */
static void
note_problem(struct source *s, int why)
{
    int code;
    const char *text = s->gz ? gzerror(s->gz, &code) : "";

    if (why == Z_ERRNO)
        text = strerror(errno);
    else if (why == Z_BUF_ERROR || text[0] == '\0')
        text = "the gzip data is damaged or cut off";
    strncpy(s->problem, text, sizeof s->problem - 1);
}

static ssize_t
read_text(void *source, void *buf, size_t n)
{
    struct source *s = source;
    int got = gzread(s->gz, buf, (unsigned)n);
    int code;

    if (got > 0)
        return got;
    (void)gzerror(s->gz, &code);
    if (got == 0 && (code == Z_OK || code == Z_STREAM_END))
        return 0;
    note_problem(s, code);
    return -1;
}

static enum run_result
take(void *context, const struct row *row)
{
    return run_put(context, &row->flow);
}

static int
open_file(const char *file)
{
    return strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
}

enum run_result
csvfile_read(const char *file, struct run *run)
{
    const char *place = strcmp(file, "-") == 0 ? "standard input" : file;
    struct source source = {.gz = NULL};
    struct layout layout;
    struct rows rows = {.place = place,
                        .source_problem = source.problem,
                        .by_hand = true,
                        .header = true,
                        .take = take,
                        .context = run,
                        .layout = &layout};
    int fd = open_file(file);

    if (fd == -1)
        return run_fail(run, "%s: %s", place, strerror(errno));
    source.gz = gzdopen(fd, "rb");
    if (!source.gz) {
        (void)close(fd);
        return run_fail(run, "no memory");
    }
    (void)gzbuffer(source.gz, 1 << 18);
    enum run_result result = rows_read(&rows, run, read_text, &source);
    if (result == RUN_ENOUGH && run->counts.rows == 0)
        result = run_fail(run, "%s: no header line, the file is empty", place);
    int closed = gzclose_r(source.gz);
    if (result == RUN_OK && closed != Z_OK)
        result = run_fail(run, "%s: the gzip data is damaged or cut off", place);
    if (result != RUN_FAILED && layout.whole_seconds)
        run->note = "start times are whole seconds, of no known time zone (read as UTC)";
    return result;
}
