/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops over all records.  Each record is formatted where the output wants it; nothing is copied or
 * allocated for a row.
 */
#include "convert.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "progress.h"

/* Puts a line that is not a row.  Returns whether there was room for it. */
static bool
put_line(struct out *out, const char *line)
{
    size_t n = strlen(line);
    char *p = out_room(out, n);

    if (!p)
        return false;
    memcpy(p, line, n);
    out->next = p + n;
    return true;
}

/* The next biflow that keeps the promises of a profile; one that breaks them is an error of the stream.
 * The message names its number and nothing that is in it. */
static enum stream_result
get_sound_biflow(struct stream_reader *in, struct biflow *b)
{
    enum stream_result result = stream_get_biflow(in, b);
    const char *problem = result == STREAM_RECORD ? biflow_problem(b) : NULL;

    if (!problem)
        return result;
    problem_set(&in->problem, "record %" PRIu64 " is not a row of a profile: %s", in->total, problem);
    return STREAM_ERROR;
}

static enum convert_result
convert_biflows(struct stream_reader *in, struct out *out)
{
    enum stream_result result;
    struct biflow b;

    if (!put_line(out, FORMAT_PROFILE_HEADER))
        return CONVERT_BAD_OUTPUT;
    while ((result = get_sound_biflow(in, &b)) == STREAM_RECORD) {
        char *p = out_room(out, FORMAT_MAX_ROW_BYTES);
        if (!p)
            return CONVERT_BAD_OUTPUT;
        out->next = format_biflow(p, &b);
        progress_poll();
    }
    return result == STREAM_END ? CONVERT_DONE : CONVERT_BAD_INPUT;
}

static enum convert_result
convert_flows(struct stream_reader *in, struct out *out)
{
    enum stream_result result;
    struct flow f;
    char end[FORMAT_MAX_ROW_BYTES];

    if (!put_line(out, FORMAT_FLOWS_START))
        return CONVERT_BAD_OUTPUT;
    while ((result = stream_get_flow(in, &f)) == STREAM_RECORD) {
        char *p = out_room(out, FORMAT_MAX_ROW_BYTES);
        if (!p)
            return CONVERT_BAD_OUTPUT;
        out->next = format_flow(p, &f);
        progress_poll();
    }
    if (result != STREAM_END)
        return CONVERT_BAD_INPUT;
    (void)snprintf(end, sizeof end, FORMAT_FLOWS_END, in->total);
    return put_line(out, end) ? CONVERT_DONE : CONVERT_BAD_OUTPUT;
}

enum convert_result
convert(struct stream_reader *in, struct out *out)
{
    return in->kind == STREAM_BIFLOW ? convert_biflows(in, out) : convert_flows(in, out);
}
