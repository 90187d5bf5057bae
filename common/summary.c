/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * In JSON all keys are always there, so that a script need not ask.  People are spared what is zero,
 * unless that says something.
 */
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

/* Writes the value of a row; numbers at least so many columns wide. */
static void
write_value(FILE *out, const struct summary_row *row, int columns)
{
    if (row->word)
        (void)fputs(row->word, out);
    else if (row->is_signed)
        (void)fprintf(out, "%*" PRId64, columns, (int64_t)row->count);
    else
        (void)fprintf(out, "%*" PRIu64, columns, row->count);
}

static void
write_list(FILE *out, const struct summary_row *row)
{
    for (uint64_t i = 0; i < row->count; i++)
        (void)fprintf(out, "%c%" PRIu64, i == 0 ? '[' : ',', row->list[i]);
    (void)fputs(row->count == 0 ? "[]" : "]", out);
}

static const char *
text_of(const struct summary_row *row)
{
    return row->singular && !row->word && row->count == 1 ? row->singular : row->text;
}

static bool
is_for_people(const struct summary_row *row)
{
    return row->text && (row->always || row->word || row->count > 0);
}

static void
write_lines(FILE *out, const char *program, const struct summary_row *rows, size_t n)
{
    enum { COLUMNS = 20 }; /* the longest number of 64 bits */

    for (size_t i = 0; i < n; i++) {
        if (!is_for_people(&rows[i]))
            continue;
        (void)fprintf(out, "%s: ", program);
        write_value(out, &rows[i], COLUMNS);
        (void)fprintf(out, "%s%s\n", rows[i].word ? "" : "  ", text_of(&rows[i]));
    }
}

static void
write_sentence(FILE *out, const char *program, const struct summary_row *rows, size_t n)
{
    const char *joint = ": ";

    (void)fputs(program, out);
    for (size_t i = 0; i < n; i++) {
        if (!is_for_people(&rows[i]))
            continue;
        (void)fputs(rows[i].joint && joint[0] == ',' ? rows[i].joint : joint, out);
        write_value(out, &rows[i], 0);
        (void)fprintf(out, "%s%s", rows[i].word ? "" : " ", text_of(&rows[i]));
        joint = ", ";
    }
    (void)fputc('\n', out);
}

static void
write_json(FILE *out, const char *program, const struct summary_row *rows, size_t n)
{
    (void)fprintf(out, "{\"program\":\"%s\"", program);
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].key)
            continue;
        const char *mark = rows[i].word ? "\"" : "";
        (void)fprintf(out, ",\"%s\":%s", rows[i].key, mark);
        if (rows[i].list)
            write_list(out, &rows[i]);
        else
            write_value(out, &rows[i], 0);
        (void)fputs(mark, out);
    }
    (void)fputs("}\n", out);
}

void
summary_write(FILE *out, const char *program, enum summary_shape shape, const struct summary_row *rows,
              size_t n)
{
    static void (*const writers[])(FILE *, const char *, const struct summary_row *, size_t) = {
        [SUMMARY_LINES] = write_lines,
        [SUMMARY_SENTENCE] = write_sentence,
        [SUMMARY_JSON] = write_json,
    };
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    /* Without memory, in several pieces. */
    writers[shape](memory ? memory : out, program, rows, n);
    if (memory && fclose(memory) == 0)
        (void)fwrite(text, 1, size, out);
    free(text);
}

uint64_t
summary_peak_memory(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) == -1)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}
