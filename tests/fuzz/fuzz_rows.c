/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Text of every dialect.  The first byte chooses the layout, the second how the text comes; the rest goes
 * through the line splitter, the header and the row parser as in the programs.  Whatever is taken for a
 * flow has to survive being written and read again, and must not depend on the pieces in which the text
 * came.
 */
#include "format.h"
#include "input.h"
#include "pieces.h"
#include "rows.h"

enum mode {
    MODE_PIECES = 1, /* a few bytes at a time */
    MODE_KEEP_GOING = 2,
    MODE_BY_HAND = 4,
    MODE_ENOUGH = 8, /* the taker wants three rows */
    MODE_BROKEN = 16 /* the source fails at its end */
};

static const struct layout *const fixed[] = {&layout_pipe, &layout_pipe_16, &layout_classic,
                                             &layout_fmt_biflow, &layout_fmt_list};

static const char *const headers[] = {
    "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,"
    "srcTos,packets,bytes\n",
    "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n",
    "firstSeen,lastSeen,proto,srcAddr,dstAddr,srcPort,dstPort,inPackets,inBytes,outPackets,outBytes,"
    "input,output\n",
    "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV\n",
    "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,ra\n",
    "", /* the text has one of its own */
    "flowstart,flowend,proto,srcip,dstip,srcport,dstport,packets,bytes\n",
};

enum {
    FIXED = sizeof fixed / sizeof fixed[0],
    HEADERS = sizeof headers / sizeof headers[0],
    MAX_TEXT_BYTES = 1 << 18
};

/* What came out. */
struct taken {
    uint64_t flows;
    uint64_t most;
    uint64_t sum; /* of all that was taken, in its order */
    const struct layout *layout;
};

static bool
has_addresses(const struct layout *layout)
{
    for (int i = 0; i < layout->columns; i++)
        if (layout->roles[i] == ROLE_SRC_ADDRESS || layout->roles[i] == ROLE_SRC_WORD0)
            return true;
    return false;
}

/* A flow has to come back from the text that ftp-write makes of it. */
static void
check_round_trip(const struct flow *f)
{
    static struct layout layout;
    static struct parser parser;
    struct problem problem;
    char row[FORMAT_MAX_ROW_BYTES];

    if (layout.columns == 0) {
        CHECK(layout_from_header(headers[3], strlen(headers[3]), &layout, &problem) == 0);
        CHECK(parser_open(&parser, &layout) == 0);
    }
    size_t n = (size_t)(format_flow(row, f) - row);
    CHECK(n <= sizeof row);
    CHECK(parser_row(&parser, row, n) == PARSE_FLOW);
    CHECK(memcmp(&parser.row.flow, f, sizeof *f) == 0);
}

static enum run_result
take(void *context, const struct row *row)
{
    static const uint8_t zeros[12];
    struct taken *t = context;
    const struct flow *f = &row->flow;

    if (has_addresses(t->layout)) {
        CHECK(f->family == 4 || f->family == 6);
        CHECK(f->family == 6 ||
              (memcmp(f->src + 4, zeros, 12) == 0 && memcmp(f->dst + 4, zeros, 12) == 0));
        check_round_trip(f);
    }
    CHECK(row->exporter_family == 0 || row->exporter_family == 4 || row->exporter_family == 6);
    const uint8_t *p = (const uint8_t *)f;
    for (size_t i = 0; i < sizeof *f; i++)
        t->sum = t->sum * 31 + p[i];
    t->sum = t->sum * 31 + row->in_interface;
    t->sum = t->sum * 31 + row->out_interface;
    return ++t->flows == t->most ? RUN_ENOUGH : RUN_OK;
}

static void
say(const char *message)
{
    CHECK(message[0] != '\0');
}

static enum run_result
read_rows_of(unsigned which, unsigned mode, const char *text, size_t n, size_t piece, struct taken *t,
             struct run *run)
{
    struct layout layout = {0};
    struct pieces source = {text, n, piece, mode & MODE_BROKEN};
    bool header = which >= FIXED;
    struct rows rows = {.place = "text",
                        .source_problem = "broken",
                        .is_edited = header || mode & MODE_BY_HAND,
                        .header = header,
                        .take = take,
                        .context = t,
                        .layout = &layout};

    if (!header)
        layout = *fixed[which];
    *t = (struct taken){.most = mode & MODE_ENOUGH ? 3 : 0, .layout = &layout};
    *run = (struct run){.keep_going = mode & MODE_KEEP_GOING, .say = say};
    enum run_result result = rows_read(&rows, run, pieces_get, &source);
    CHECK((result == RUN_FAILED) == (run->problem.text[0] != '\0'));
    CHECK(!(mode & MODE_BROKEN) || result != RUN_OK);
    t->layout = NULL;
    return result;
}

/* Each row on its own: a row that is taken has the columns that it shows. */
static void
check_columns(unsigned which, const char *text, size_t n)
{
    struct parser parser;

    if (which >= FIXED || memchr(text, '"', n))
        return;
    CHECK(parser_open(&parser, fixed[which]) == 0);
    while (n > 0) {
        const char *newline = memchr(text, '\n', n);
        size_t length = newline ? (size_t)(newline + 1 - text) : n;
        int delimiters = 0;
        if (parser_row(&parser, text, length) != PARSE_BAD) {
            for (size_t i = 0; i < length; i++)
                delimiters += text[i] == fixed[which]->delimiter;
            CHECK(delimiters == fixed[which]->columns - 1);
        }
        text += length;
        n -= length;
    }
    parser_release(&parser);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[MAX_TEXT_BYTES];
    struct input in = {data, size};
    unsigned which = input_byte(&in) % (FIXED + HEADERS), mode = input_byte(&in);
    struct taken whole, pieces;
    struct run run, again;
    size_t n = 0;

    if (in.left > sizeof text / 2)
        return 0;
    if (which >= FIXED) {
        n = strlen(headers[which - FIXED]);
        memcpy(text, headers[which - FIXED], n);
    }
    const size_t body = n, left = in.left;
    input_take(&in, text + n, left);
    n += left;
    enum run_result result = read_rows_of(which, mode, text, n, sizeof text, &whole, &run);
    if (result == RUN_OK && run.keep_going) {
        uint64_t rows = whole.flows + run.counts.not_ip + run.counts.skipped;
        /* A last row without its newline is skipped, but not counted as read. */
        CHECK(rows == run.counts.rows || rows == run.counts.rows + 1);
    }
    check_columns(which, text + body, n - body);
    if (mode & MODE_PIECES) {
        CHECK(read_rows_of(which, mode, text, n, 7, &pieces, &again) == result);
        CHECK(pieces.sum == whole.sum && pieces.flows == whole.flows);
        CHECK(strcmp(run.problem.text, again.problem.text) == 0);
    }
    return 0;
}
