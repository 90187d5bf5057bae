/* SPDX-License-Identifier: BSD-3-Clause */
/* Text of profiles: what is taken, and what each kind of bad row is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "csvrows.h"

#define HEADER                                                                                           \
    "START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,BYTES_REV\n"

struct text {
    const char *left;
    size_t piece; /* bytes at a time */
};

static ssize_t
read_text(void *context, void *buf, size_t n)
{
    struct text *t = context;
    size_t length = strlen(t->left);

    if (n > t->piece)
        n = t->piece;
    if (n > length)
        n = length;
    memcpy(buf, t->left, n);
    t->left += n;
    return (ssize_t)n;
}

/* Reads all of a text.  Returns how many rows it has; the last one is in b, what is wrong in problem. */
static int
read_all(const char *text, size_t piece, struct biflow *b, char problem[PROBLEM_BYTES])
{
    struct text source = {text, piece};
    struct csvrows rows;
    enum csvrows_result result;
    int n = 0;

    assert_int_equal(csvrows_open(&rows, read_text, &source), 0);
    result = csvrows_header(&rows);
    if (result == CSVROWS_ROW)
        while ((result = csvrows_next(&rows, b)) == CSVROWS_ROW)
            n++;
    assert_int_equal(result == CSVROWS_ERROR, rows.problem.text[0] != '\0');
    (void)strcpy(problem, rows.problem.text);
    csvrows_release(&rows);
    return n;
}

static void
expect_rows(const char *text, int n)
{
    char problem[PROBLEM_BYTES];
    struct biflow b = {0};

    for (size_t piece = 1; piece < 3000; piece *= 3) {
        assert_int_equal(read_all(text, piece, &b, problem), n);
        assert_string_equal(problem, "");
    }
    if (n == 0)
        return;
    assert_true(b.start == -9 && b.end == 5 && b.family == 6 && b.proto == 17 && b.src_port == 1024);
    assert_true(b.dst_port == 53 && b.packets == 2 && b.bytes == 100 && b.packets_rev == 1);
    assert_true(b.bytes_rev == UINT64_MAX);
}

static void
test_taken(void **state)
{
    static const char row[] = "-9,5,6,17,1024,53,2,100,1,18446744073709551615\n";
    char text[1000];

    (void)state;
    expect_rows(HEADER, 0);
    expect_rows(HEADER "\n# a remark, \"quoted\n\r\n", 0);
    (void)snprintf(text, sizeof text, "%s%s", HEADER, row);
    expect_rows(text, 1);
    (void)snprintf(text, sizeof text, "# before\n\n%s%s\n# between\n%s", HEADER, row, row);
    expect_rows(text, 2);
    expect_rows("END_TIME,START_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,BYTES_REV,PACKETS_"
                "REV\r\n"
                "5,-9,6,17,1024,53,2,100,18446744073709551615,1\r\n",
                1);
}

static void
expect_problem(const char *text, const char *expected)
{
    char problem[PROBLEM_BYTES];
    struct biflow b;

    for (size_t piece = 1; piece < 3000; piece *= 3) {
        (void)read_all(text, piece, &b, problem);
        assert_string_equal(problem, expected);
    }
}

static void
test_bad_rows(void **state)
{
    static const struct {
        const char *row, *problem;
    } cases[] = {
        {"0,0,4,6,1,2,1,1,0,0", "line 2: the row is cut off, the last one too has to end with a newline"},
        {"0,0,4,6,1,2,1,1,0\n", "line 2: 9 columns, but a row of a profile has 10"},
        {"0,0,4,6,1,2,1,1,0,0,0\n", "line 2: 11 columns, but a row of a profile has 10"},
        {"0,0,4,6,1,2,1,1,0,\n", "line 2: column 10 (BYTES_REV): '' is not a number from 0 to "
                                 "18446744073709551615"},
        {"x,0,4,6,1,2,1,1,0,0\n", "line 2: column 1 (START_TIME): 'x' is not a time of 64 bits"},
        {"0,9223372036854775808,4,6,1,2,1,1,0,0\n",
         "line 2: column 2 (END_TIME): '9223372036854775808' is not a time of 64 bits"},
        {"0,0,4,256,1,2,1,1,0,0\n", "line 2: column 4 (L4_PROTO): '256' is not a number from 0 to 255"},
        {"0,0,4,6,65536,2,1,1,0,0\n",
         "line 2: column 5 (SRC_PORT): '65536' is not a number from 0 to 65535"},
        {"0,0,4,6,-1,2,1,1,0,0\n", "line 2: column 5 (SRC_PORT): '-1' is not a number from 0 to 65535"},
        {"0,0,4,6,+1,2,1,1,0,0\n", "line 2: column 5 (SRC_PORT): '+1' is not a number from 0 to 65535"},
        {"0,0,4,6,1,2,1.0,1,0,0\n",
         "line 2: column 7 (PACKETS): '1.0' is not a number from 0 to 18446744073709551615"},
        {"0,0,4,6,1,2,1,18446744073709551616,0,0\n", "line 2: column 8 (BYTES): '18446744073709551616' "
                                                     "is not a number from 0 to 18446744073709551615"},
        {"0,0,5,6,1,2,1,1,0,0\n", "line 2 is not a row of a profile: its L3_PROTO is neither 4 nor 6"},
        {"1,0,4,6,1,2,2,1,0,0\n", "line 2 is not a row of a profile: it ends before it starts"},
        {"0,0,4,6,1,2,0,1,0,0\n", "line 2 is not a row of a profile: it has no packets"},
        {"0,0,4,6,1,2,1,0,0,0\n", "line 2 is not a row of a profile: it has packets but no bytes"},
        {"0,1,4,6,1,2,1,1,0,0\n", "line 2 is not a row of a profile: it has one packet and a duration"},
        {"0,0,4,47,1,0,1,1,0,0\n",
         "line 2 is not a row of a profile: it has ports, but is neither TCP nor UDP"},
        {"0,0,6,1,0,0,1,1,0,0\n", "line 2 is not a row of a profile: it is ICMP over IPv6"},
        {"0,0,4,6,1,2,1,1,0,\"0\n", "line 2: a quotation mark without its partner"},
        {"0,0,4,6,1\r2,1,1,0,0,0\n", "line 2: a carriage return inside the row"},
        {"0,0,4,6,1,2,1,1,0,0\r1,2\n", "line 2: a carriage return inside the row"},
        {" \n", "line 2: 0 columns, but a row of a profile has 10"},
        {"\n#\n0,0,4,6,1,2,0,1,0,0\n", "line 4 is not a row of a profile: it has no packets"},
        {HEADER, "line 2: column 1 (START_TIME): 'START_TIME' is not a time of 64 bits"},
    };
    char text[1000];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, "%s%s", HEADER, cases[i].row);
        expect_problem(text, cases[i].problem);
    }
}

#define NOT_A_HEADER                                                                                     \
    " is neither the header of a profile (START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,"      \
    "PACKETS,BYTES,PACKETS_REV,BYTES_REV) nor the beginning of a biflow stream"

static void
test_bad_headers(void **state)
{
    static const char flow_text[] =
        "flow text, but a profile is needed: ftp-read csvfile and ftp-merge are "
        "missing in between";

    (void)state;
    expect_problem("", "no input: not even a header line, so the program before this one failed");
    expect_problem("\n# nothing\n",
                   "no input: not even a header line, so the program before this one failed");
    expect_problem("START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES\n",
                   flow_text);
    expect_problem("#START_TIME,DURATION,PROTO,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PACKETS,BYTES\n",
                   flow_text);
    expect_problem("START_TIME\n", "line 1: 'START_TIME'" NOT_A_HEADER);
    expect_problem("\nsomething\x1b[31m\n", "line 2: 'something?[31m'" NOT_A_HEADER);
    expect_problem("START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,"
                   "PACKETS_REV\n",
                   "line 1: "
                   "'START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PA...'" NOT_A_HEADER);
    expect_problem("START_TIME,END_TIME,L3_PROTO,L4_PROTO,SRC_PORT,DST_PORT,PACKETS,BYTES,PACKETS_REV,"
                   "BYTES_REV",
                   "line 1: the header is cut off");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_bad_headers),
    };

    return cmocka_run_group_tests_name("csvrows", tests, NULL, NULL);
}
