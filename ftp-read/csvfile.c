/* SPDX-License-Identifier: BSD-3-Clause */
/* Text out of a file; common/gunzip looks through compression. */
#include "csvfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gunzip.h"
#include "rows.h"

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
    struct gunzip source;
    struct layout layout;
    struct rows rows = {.place = place,
                        .source_problem = source.problem.text,
                        .is_edited = true,
                        .header = true,
                        .take = take,
                        .context = run,
                        .layout = &layout};
    int fd = open_file(file);

    if (fd == -1)
        return run_fail(run, "%s: %s", place, strerror(errno));
    if (gunzip_open(&source, fd) == -1) {
        (void)close(fd);
        return run_fail(run, "no memory");
    }
    enum run_result result = rows_read(&rows, run, gunzip_read, &source);
    if (result == RUN_ENOUGH && run->counts.rows == 0)
        result = run_fail(run, "%s: no header line, the file is empty", place);
    gunzip_release(&source);
    (void)close(fd);
    if (result != RUN_FAILED && layout.whole_seconds)
        run_note(run, "start times are whole seconds, of no known time zone (read as UTC)");
    return result;
}
