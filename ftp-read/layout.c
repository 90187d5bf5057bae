/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The text formats that ftp-read knows, each a table from column names to roles.  A further one is a
 * further table; nothing else changes.
 */
#include "layout.h"

#include <string.h>

struct column {
    const char *name;
    enum role role;
};

struct format {
    const char *name;
    const char *key; /* a column that only this format has */
    const struct column *columns;
    bool whole_seconds;
    bool has_empty;
    bool from_nfdump;
};

/* The format that ftp-write -t flows writes, and that filters of other people's do. */
static const struct column flows_columns[] = {
    {"START_TIME", ROLE_START_SECONDS}, {"DURATION", ROLE_DURATION},   {"PROTO", ROLE_PROTO},
    {"SRC_IP", ROLE_SRC_ADDRESS},       {"DST_IP", ROLE_DST_ADDRESS},  {"SRC_PORT", ROLE_SRC_PORT},
    {"DST_PORT", ROLE_DST_PORT},        {"PACKETS", ROLE_PACKETS},     {"BYTES", ROLE_BYTES},
    {"PACKETS_REV", ROLE_PACKETS_REV},  {"BYTES_REV", ROLE_BYTES_REV}, {NULL, ROLE_NONE},
};

/* nfdump -o csv, 1.6 to 1.7.4. */
static const struct column csv_classic_columns[] = {
    {"ts", ROLE_START_DATE},   {"te", ROLE_END_DATE},       {"td", ROLE_DURATION},
    {"sa", ROLE_SRC_ADDRESS},  {"da", ROLE_DST_ADDRESS},    {"sp", ROLE_SRC_PORT},
    {"dp", ROLE_DST_PORT},     {"pr", ROLE_PROTO},          {"ipkt", ROLE_PACKETS},
    {"ibyt", ROLE_BYTES},      {"opkt", ROLE_PACKETS_REV},  {"obyt", ROLE_BYTES_REV},
    {"in", ROLE_IN_INTERFACE}, {"out", ROLE_OUT_INTERFACE}, {"ra", ROLE_EXPORTER},
    {NULL, ROLE_NONE},
};

/* nfdump -o csv, since 1.7.5. */
static const struct column csv_columns[] = {
    {"firstSeen", ROLE_START_DATE}, {"duration", ROLE_DURATION},
    {"proto", ROLE_PROTO},          {"srcAddr", ROLE_SRC_ADDRESS},
    {"srcPort", ROLE_SRC_PORT},     {"dstAddr", ROLE_DST_ADDRESS},
    {"dstPort", ROLE_DST_PORT},     {"packets", ROLE_PACKETS},
    {"bytes", ROLE_BYTES},          {NULL, ROLE_NONE},
};

/* nfdump -o csv-fast, since 1.7.5. */
static const struct column csv_fast_columns[] = {
    {"af", ROLE_ADDRESS_FAMILY},
    {"firstSeen", ROLE_START_MS},
    {"lastSeen", ROLE_END_MS},
    {"proto", ROLE_PROTO},
    {"srcAddr", ROLE_SRC_ADDRESS},
    {"srcPort", ROLE_SRC_PORT},
    {"dstAddr", ROLE_DST_ADDRESS},
    {"dstPort", ROLE_DST_PORT},
    {"input", ROLE_IN_INTERFACE},
    {"output", ROLE_OUT_INTERFACE},
    {"packets", ROLE_PACKETS},
    {"bytes", ROLE_BYTES},
    {NULL, ROLE_NONE},
};

/* nfdump -o NFDUMP_CSV_BIFLOW, since 1.7.5. */
static const struct column csv_biflow_columns[] = {
    {"firstSeen", ROLE_START_SECONDS},
    {"lastSeen", ROLE_END_SECONDS},
    {"proto", ROLE_PROTO},
    {"srcAddr", ROLE_SRC_ADDRESS},
    {"srcPort", ROLE_SRC_PORT},
    {"dstAddr", ROLE_DST_ADDRESS},
    {"dstPort", ROLE_DST_PORT},
    {"inPackets", ROLE_PACKETS},
    {"inBytes", ROLE_BYTES},
    {"outPackets", ROLE_PACKETS_REV},
    {"outBytes", ROLE_BYTES_REV},
    {"input", ROLE_IN_INTERFACE},
    {"output", ROLE_OUT_INTERFACE},
    {NULL, ROLE_NONE},
};

/* nfdump -o NFDUMP_CSV_LIST, since 1.7.5. */
static const struct column csv_list_columns[] = {
    {"firstSeen", ROLE_START_SECONDS}, {"lastSeen", ROLE_END_SECONDS},
    {"routerIP", ROLE_EXPORTER},       {"input", ROLE_IN_INTERFACE},
    {"output", ROLE_OUT_INTERFACE},    {"inPackets", ROLE_PACKETS},
    {"inBytes", ROLE_BYTES},           {"outPackets", ROLE_PACKETS_REV},
    {"outBytes", ROLE_BYTES_REV},      {NULL, ROLE_NONE},
};

/* fdsdump -o csv:..., times as ms since the epoch. */
static const struct column fdsdump_columns[] = {
    {"flowstart", ROLE_START_MS}, {"flowend", ROLE_END_MS},
    {"proto", ROLE_PROTO},        {"srcip", ROLE_SRC_ADDRESS},
    {"dstip", ROLE_DST_ADDRESS},  {"srcport", ROLE_SRC_PORT},
    {"dstport", ROLE_DST_PORT},   {"packets", ROLE_PACKETS},
    {"bytes", ROLE_BYTES},        {NULL, ROLE_NONE},
};

static const char flow_text[] = "flow text";

static const struct format formats[] = {
    {flow_text, "START_TIME", flows_columns, false, false, false},
    {"nfdump -o csv (before 1.7.5)", "ts", csv_classic_columns, true, false, true},
    {"nfdump -o csv-fast", "cnt", csv_fast_columns, false, false, true},
    {"nfdump -o csv:...", "routerIP", csv_list_columns, false, false, true},
    {"nfdump -o csv:...", "inPackets", csv_biflow_columns, false, false, true},
    {"nfdump -o csv", "duration", csv_columns, false, false, true},
    {"fdsdump -o csv", "flowstart", fdsdump_columns, false, true, false},
};

const struct layout layout_pipe = {
    .name = "nfdump -o pipe",
    .delimiter = '|',
    .from_nfdump = true,
    .columns = 22,
    .roles = {ROLE_ADDRESS_FAMILY, ROLE_START_MS,     ROLE_END_MS,        ROLE_PROTO,    ROLE_SRC_WORD0,
              ROLE_SRC_WORD1,      ROLE_SRC_WORD2,    ROLE_SRC_WORD3,     ROLE_SRC_PORT, ROLE_DST_WORD0,
              ROLE_DST_WORD1,      ROLE_DST_WORD2,    ROLE_DST_WORD3,     ROLE_DST_PORT, ROLE_NONE,
              ROLE_NONE,           ROLE_IN_INTERFACE, ROLE_OUT_INTERFACE, ROLE_NONE,     ROLE_NONE,
              ROLE_PACKETS,        ROLE_BYTES},
};

const struct layout layout_pipe_16 = {
    .name = "nfdump 1.6 -o pipe",
    .delimiter = '|',
    .from_nfdump = true,
    .columns = 24,
    .roles = {ROLE_ADDRESS_FAMILY, ROLE_START_WHOLE_SECONDS,
              ROLE_START_FRACTION, ROLE_END_WHOLE_SECONDS,
              ROLE_END_FRACTION,   ROLE_PROTO,
              ROLE_SRC_WORD0,      ROLE_SRC_WORD1,
              ROLE_SRC_WORD2,      ROLE_SRC_WORD3,
              ROLE_SRC_PORT,       ROLE_DST_WORD0,
              ROLE_DST_WORD1,      ROLE_DST_WORD2,
              ROLE_DST_WORD3,      ROLE_DST_PORT,
              ROLE_NONE,           ROLE_NONE,
              ROLE_IN_INTERFACE,   ROLE_OUT_INTERFACE,
              ROLE_NONE,           ROLE_NONE,
              ROLE_PACKETS,        ROLE_BYTES},
};

const struct layout layout_classic = {
    .name = "nfdump -o csv",
    .delimiter = ',',
    .whole_seconds = true,
    .from_nfdump = true,
    .columns = 48,
    .roles = {ROLE_START_DATE, ROLE_END_DATE, ROLE_DURATION, ROLE_SRC_ADDRESS, ROLE_DST_ADDRESS,
              ROLE_SRC_PORT, ROLE_DST_PORT, ROLE_PROTO, ROLE_NONE, ROLE_NONE, ROLE_NONE, ROLE_PACKETS,
              ROLE_BYTES, ROLE_PACKETS_REV, ROLE_BYTES_REV, ROLE_IN_INTERFACE, ROLE_OUT_INTERFACE},
};

const struct layout layout_fmt_biflow = {
    .name = "nfdump -o fmt:...",
    .delimiter = ',',
    .from_nfdump = true,
    .columns = 13,
    .roles = {ROLE_START_SECONDS, ROLE_DURATION, ROLE_PROTO, ROLE_SRC_ADDRESS, ROLE_DST_ADDRESS,
              ROLE_SRC_PORT, ROLE_DST_PORT, ROLE_PACKETS, ROLE_BYTES, ROLE_PACKETS_REV, ROLE_BYTES_REV,
              ROLE_IN_INTERFACE, ROLE_OUT_INTERFACE},
};

const struct layout layout_fmt_list = {
    .name = "nfdump -o fmt:...",
    .delimiter = ',',
    .from_nfdump = true,
    .columns = 9,
    .roles = {ROLE_START_SECONDS, ROLE_DURATION, ROLE_EXPORTER, ROLE_IN_INTERFACE, ROLE_OUT_INTERFACE,
              ROLE_PACKETS, ROLE_BYTES, ROLE_PACKETS_REV, ROLE_BYTES_REV},
};

static const char *const role_names[ROLES] = {
    [ROLE_NONE] = "unused",
    [ROLE_START_MS] = "start time",
    [ROLE_END_MS] = "end time",
    [ROLE_START_WHOLE_SECONDS] = "start time",
    [ROLE_START_FRACTION] = "ms of the start time",
    [ROLE_END_WHOLE_SECONDS] = "end time",
    [ROLE_END_FRACTION] = "ms of the end time",
    [ROLE_START_SECONDS] = "start time",
    [ROLE_END_SECONDS] = "end time",
    [ROLE_START_DATE] = "start time",
    [ROLE_END_DATE] = "end time",
    [ROLE_DURATION] = "duration",
    [ROLE_PROTO] = "protocol",
    [ROLE_SRC_ADDRESS] = "source address",
    [ROLE_DST_ADDRESS] = "destination address",
    [ROLE_SRC_WORD0] = "source address",
    [ROLE_SRC_WORD1] = "source address",
    [ROLE_SRC_WORD2] = "source address",
    [ROLE_SRC_WORD3] = "source address",
    [ROLE_DST_WORD0] = "destination address",
    [ROLE_DST_WORD1] = "destination address",
    [ROLE_DST_WORD2] = "destination address",
    [ROLE_DST_WORD3] = "destination address",
    [ROLE_SRC_PORT] = "source port",
    [ROLE_DST_PORT] = "destination port",
    [ROLE_PACKETS] = "packets",
    [ROLE_BYTES] = "bytes",
    [ROLE_PACKETS_REV] = "reverse packets",
    [ROLE_BYTES_REV] = "reverse bytes",
    [ROLE_IN_INTERFACE] = "input interface",
    [ROLE_OUT_INTERFACE] = "output interface",
    [ROLE_EXPORTER] = "exporter address",
    [ROLE_ADDRESS_FAMILY] = "address family",
};

const char *
role_name(enum role role)
{
    return role_names[role];
}

struct cell {
    const char *text;
    size_t length;
};

/* Splits a header line at its commas; blanks and quotation marks around a name do not count.  Returns the
 * number of cells, or -1 when there are too many. */
static int
split_header(const char *line, size_t length, struct cell cells[LAYOUT_MAX_COLUMNS])
{
    const char *end = line + length;
    int n = 0;

    for (const char *p = line;; p++) {
        if (n == LAYOUT_MAX_COLUMNS)
            return -1;
        const char *comma = memchr(p, ',', (size_t)(end - p));
        const char *stop = comma ? comma : end;
        const char *last = stop;
        while (p < last && memchr(" \t\"", *p, 3))
            p++;
        while (last > p && memchr(" \t\r\n\"", last[-1], 5))
            last--;
        cells[n++] = (struct cell){p, (size_t)(last - p)};
        if (!comma)
            return n;
        p = comma;
    }
}

static bool
cell_is(const struct cell *cell, const char *name)
{
    return cell->length == strlen(name) && memcmp(cell->text, name, cell->length) == 0;
}

static const struct format *
find_format(const struct cell *cells, int n)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        for (int j = 0; j < n; j++)
            if (cell_is(&cells[j], formats[i].key))
                return &formats[i];
    return NULL;
}

/* Columns that a file may lack. */
static bool
is_optional(enum role role)
{
    return role == ROLE_PACKETS_REV || role == ROLE_BYTES_REV || role == ROLE_END_DATE ||
           role == ROLE_IN_INTERFACE || role == ROLE_OUT_INTERFACE || role == ROLE_EXPORTER;
}

/* What is given by mistake in place of flow text, by how it begins. */
static const struct {
    const char *begin;
    const char *what;
} others[] = {
    {"\x28\xb5\x2f\xfd", "compressed with zstd: zstd -dc FILE | ftp-read csvfile -f -"},
    {"\xfd"
     "7zXZ",
     "compressed with xz: xz -dc FILE | ftp-read csvfile -f -"},
    {"BZh", "compressed with bzip2: bzip2 -dc FILE | ftp-read csvfile -f -"},
    {"\x89"
     "FTP",
     "a record stream: ftp-merge reads that"},
    {"\x0c\xa5", "a file of nfcapd: ftp-read nffile -R reads that"},
};

/* Notes that a line is not a header that we know. */
static int
fail_unknown(const char *line, size_t length, struct problem *problem)
{
    char quoted[PROBLEM_QUOTED_BYTES];

    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (length >= strlen(others[i].begin) &&
            memcmp(line, others[i].begin, strlen(others[i].begin)) == 0)
            return problem_set(problem, "%s", others[i].what);
    return problem_set(problem,
                       "%s is not a header line of any known format (START_TIME,DURATION,PROTO,... or "
                       "nfdump's csv)",
                       problem_quote(quoted, line, length));
}

/* Gives the cell of a column its role.  Returns 0, or -1 with the problem when the header has no such
 * cell or several. */
static int
place_column(const struct column *column, const struct cell *cells, struct layout *layout,
             struct problem *problem)
{
    int found = 0;

    for (int i = 0; i < layout->columns; i++) {
        if (!cell_is(&cells[i], column->name))
            continue;
        layout->roles[i] = (unsigned char)column->role;
        found++;
    }
    if (found > 1)
        return problem_set(problem, "the header repeats the column %s", column->name);
    if (found == 0 && !is_optional(column->role))
        return problem_set(problem, "the header lacks the column %s", column->name);
    return 0;
}

int
layout_from_header(const char *line, size_t length, struct layout *layout, struct problem *problem)
{
    struct cell cells[LAYOUT_MAX_COLUMNS];
    int n = split_header(line, length, cells);
    const struct format *format = n > 0 ? find_format(cells, n) : NULL;

    if (!format)
        return fail_unknown(line, length, problem);
    if (format->name == flow_text && n > 1 && cell_is(&cells[1], "END_TIME"))
        return problem_set(problem, "a profile, which has no addresses: csvfile reads flow records");
    *layout = (struct layout){.name = format->name,
                              .delimiter = ',',
                              .whole_seconds = format->whole_seconds,
                              .has_empty = format->has_empty,
                              .from_nfdump = format->from_nfdump,
                              .columns = n};
    for (const struct column *column = format->columns; column->name; column++)
        if (place_column(column, cells, layout, problem) == -1)
            return -1;
    return 0;
}

bool
layout_from_promise(const char *line, size_t length, struct layout *layout)
{
    struct layout found = {.name = NULL};
    struct problem problem;

    if (length == 0 || line[0] != '#' ||
        layout_from_header(line + 1, length - 1, &found, &problem) == -1 || found.name != flow_text)
        return false;
    *layout = found;
    return true;
}

bool
layout_is_end_line(const char *line, size_t length)
{
    static const char start[] = "# end ";
    size_t at = sizeof start - 1;

    if (length < at || memcmp(line, start, at) != 0)
        return false;
    size_t first_digit = at;
    while (at < length && line[at] >= '0' && line[at] <= '9')
        at++;
    if (at == first_digit)
        return false;
    if (at < length && line[at] == '\r')
        at++;
    return at + 1 == length && line[at] == '\n';
}
