/* SPDX-License-Identifier: BSD-3-Clause */
/* Header lines: each known one gives its layout, in any order of columns, and the others say what is
 * wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "format.h"
#include "layout.h"
#include "nfdump.h"

static const struct layout *
read_header(const char *line, struct problem *problem)
{
    static struct layout layout;

    return layout_from_header(line, strlen(line), &layout, problem) == 0 ? &layout : NULL;
}

/* Where the layout has a role: its column, -1 when it has none, -2 when there are several. */
static int
column_of(const struct layout *layout, enum role role)
{
    int found = -1;

    for (int i = 0; i < layout->columns; i++)
        if (layout->roles[i] == role)
            found = found == -1 ? i : -2;
    return found;
}

static void
test_known_headers(void **state)
{
    static const struct {
        const char *line;
        const char *name;
        enum role start;
        enum role packets;
        int columns;
        int packets_column;
        bool from_nfdump;
        bool whole_seconds;
    } known[] = {
        {FORMAT_FLOWS_HEADER, "flow text", ROLE_START_SECONDS, ROLE_PACKETS, 11, 7, false, false},
        {"ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das",
         "nfdump -o csv (before 1.7.5)", ROLE_START_DATE, ROLE_PACKETS, 19, 11, true, true},
        {"cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,"
         "srcTos,packets,bytes",
         "nfdump -o csv-fast", ROLE_START_MS, ROLE_PACKETS, 17, 15, true, false},
        {"firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows", "nfdump -o csv",
         ROLE_START_DATE, ROLE_PACKETS, 10, 7, true, false},
        {"firstSeen,lastSeen,proto,srcAddr,dstAddr,srcPort,dstPort,inPackets,inBytes,outPackets,outBytes,"
         "input,output",
         "nfdump -o csv:...", ROLE_START_SECONDS, ROLE_PACKETS, 13, 7, true, false},
    };
    struct problem problem;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const struct layout *layout = read_header(known[i].line, &problem);
        if (!layout)
            fail_msg("%s: %s", known[i].name, problem.text);
        assert_string_equal(layout->name, known[i].name);
        assert_int_equal(layout->columns, known[i].columns);
        assert_int_equal(layout->delimiter, ',');
        assert_int_equal(column_of(layout, known[i].start), i == 2 ? 2 : 0);
        assert_int_equal(column_of(layout, known[i].packets), known[i].packets_column);
        assert_int_equal(layout->from_nfdump, known[i].from_nfdump);
        assert_int_equal(layout->whole_seconds, known[i].whole_seconds);
    }
}

static void
test_free_form(void **state)
{
    struct problem problem;
    const struct layout *layout =
        read_header("NOTE,BYTES, \"PACKETS\" "
                    ",DST_PORT,SRC_PORT,DST_IP,SRC_IP,PROTO,\tDURATION,START_TIME\r\n",
                    &problem);

    (void)state;
    assert_non_null(layout);
    assert_int_equal(layout->columns, 10);
    assert_int_equal(layout->roles[0], ROLE_NONE);
    assert_int_equal(column_of(layout, ROLE_BYTES), 1);
    assert_int_equal(column_of(layout, ROLE_PACKETS), 2);
    assert_int_equal(column_of(layout, ROLE_START_SECONDS), 9);
    assert_int_equal(column_of(layout, ROLE_BYTES_REV), -1);
}

static void
check_refused(const char *line, const char *wanted)
{
    struct problem problem;

    if (read_header(line, &problem))
        fail_msg("a header was taken: %s", line);
    if (!strstr(problem.text, wanted))
        fail_msg("'%s' does not say '%s'", problem.text, wanted);
}

static void
test_refused(void **state)
{
    char many[4 * LAYOUT_MAX_COLUMNS];
    size_t n = 0;

    (void)state;
    check_refused("", "not a header line");
    check_refused("\n", "not a header line");
    check_refused(",,,", "not a header line");
    check_refused("1700000000.1,0.5,6,10.0.0.1,10.0.0.2,1,2,3,4", "not a header line");
    check_refused("start_time,length", "not a header line");
    check_refused("START_TIMES,DURATION", "not a header line");
    check_refused("START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS",
                  "lacks the column BYTES");
    check_refused("START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES,BYTES",
                  "repeats the column BYTES");
    check_refused("START_TIME,START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES",
                  "repeats the column START_TIME");
    /* One of aggregated flows: there are no ports. */
    check_refused("firstSeen,duration,srcAddr,dstAddr,packets,bytes,bps,bpp,flows",
                  "lacks the column proto");
    for (int i = 0; i <= LAYOUT_MAX_COLUMNS; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "a,");
    check_refused(many, "not a header line");
}

static void
test_most_columns(void **state)
{
    char line[512] = "START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES";
    struct problem problem;

    (void)state;
    for (int i = 9; i < LAYOUT_MAX_COLUMNS; i++)
        strcat(line, ",x");
    const struct layout *layout = read_header(line, &problem);
    assert_non_null(layout);
    assert_int_equal(layout->columns, LAYOUT_MAX_COLUMNS);
    strcat(line, ",x");
    assert_null(read_header(line, &problem));
}

/* The formats that nfdump is asked for have as many columns as their layouts, with the roles in their
 * places. */
static void
test_asked_for(void **state)
{
    static const struct {
        const char *format;
        const struct layout *layout;
    } asked[] = {{NFDUMP_FMT_BIFLOW, &layout_fmt_biflow}, {NFDUMP_FMT_LIST, &layout_fmt_list}};
    static const struct {
        const char *tag;
        enum role role;
    } tags[] = {
        {"%tsr", ROLE_START_SECONDS}, {"%td", ROLE_DURATION},    {"%pr", ROLE_PROTO},
        {"%sa", ROLE_SRC_ADDRESS},    {"%da", ROLE_DST_ADDRESS}, {"%sp", ROLE_SRC_PORT},
        {"%dp", ROLE_DST_PORT},       {"%ipkt", ROLE_PACKETS},   {"%ibyt", ROLE_BYTES},
        {"%opkt", ROLE_PACKETS_REV},  {"%obyt", ROLE_BYTES_REV}, {"%in", ROLE_IN_INTERFACE},
        {"%out", ROLE_OUT_INTERFACE}, {"%ra", ROLE_EXPORTER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        char copy[128];
        char *rest = copy;
        int column = 0;
        (void)snprintf(copy, sizeof copy, "%s", strchr(asked[i].format, ':') + 1);
        for (char *tag; (tag = strsep(&rest, ",")) != NULL; column++) {
            size_t t = 0;
            while (t < sizeof tags / sizeof tags[0] && strcmp(tags[t].tag, tag) != 0)
                t++;
            assert_in_range(t, 0, sizeof tags / sizeof tags[0] - 1);
            assert_int_equal(asked[i].layout->roles[column], tags[t].role);
        }
        assert_int_equal(asked[i].layout->columns, column);
    }
}

static void
test_role_names(void **state)
{
    (void)state;
    for (int role = 0; role < ROLES; role++)
        assert_non_null(role_name((enum role)role));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_headers), cmocka_unit_test(test_free_form),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_most_columns),
        cmocka_unit_test(test_asked_for),     cmocka_unit_test(test_role_names),
    };

    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
