/* SPDX-License-Identifier: BSD-3-Clause */
/* Problems: nothing in them controls a terminal, and what is too long keeps both of its ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "problem.h"

#define QUOTE(quoted, text) problem_quote(quoted, text, sizeof(text) - 1)

static void
test_set(void **state)
{
    struct problem p;

    (void)state;
    assert_int_equal(problem_set(&p, "%s: line %d", "rows.csv", 7), -1);
    assert_string_equal(p.text, "rows.csv: line 7");
    assert_int_equal(problem_set(&p, "-f: %s", p.text), -1);
    assert_string_equal(p.text, "-f: rows.csv: line 7");
    problem_set(&p, "%s", "");
    assert_string_equal(p.text, "");
}

static void
test_set_errno(void **state)
{
    struct problem p;

    (void)state;
    errno = ENOENT;
    assert_int_equal(problem_set_errno(&p, "%s", "a/b"), -1);
    assert_string_equal(p.text, "a/b: No such file or directory");
    assert_int_equal(errno, ENOENT);
}

/* clean(TEXT, EXPECTED, N): TEXT of N bytes becomes EXPECTED. */
static void
clean(const char *text, const char *expected, size_t n)
{
    char copy[64];

    memcpy(copy, text, n);
    problem_clean(copy, n);
    assert_memory_equal(copy, expected, n);
}

static void
test_clean(void **state)
{
    (void)state;
    clean("plain ~", "plain ~", 7);
    clean("\033[2J\a\r\n\t", "?[2J????", 8);
    clean("a\0b\177", "a?b?", 4);
    /* UTF-8 of two, three and four bytes; the first and the last of each. */
    clean("\xc2\xa0\xdf\xbf", "\xc2\xa0\xdf\xbf", 4);
    clean("\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf", 6);
    clean("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8);
    clean("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80", 6);
    /* C1, bare and encoded. */
    clean("\x9b"
          "2J \xc2\x9b"
          "2J \xc2\x80\xc2\x9f",
          "?2J ??2J ????", 13);
    /* Overlong, surrogates, too large, and bytes that are never in UTF-8. */
    clean("\xc0\x9b\xc1\xbf", "????", 4);
    clean("\xe0\x82\x9b\xf0\x80\x82\x9b", "???????", 7);
    clean("\xed\xa0\x80\xed\xbf\xbf", "??????", 6);
    clean("\xf4\x90\x80\x80\xf5\x80\x80\x80\xfe\xff", "??????????", 10);
    /* Cut off, at the end and in the middle; what follows is seen. */
    clean("\xc3", "?", 1);
    clean("\xe2\x82", "??", 2);
    clean("\xf0\x9f\x98", "???", 3);
    clean("\xe2\x82x\xc3\033", "??x??", 5);
    clean("\x80\xbf", "??", 2);
}

static void
test_problem_is_clean(void **state)
{
    struct problem p;

    (void)state;
    problem_set(&p, "'%s' is not a header\n",
                "\033]0;title\a\xc2\x9b"
                "1m\xc3\xa9");
    assert_string_equal(p.text, "'?]0;title???1m\xc3\xa9' is not a header?");
    errno = EACCES;
    problem_set_errno(&p, "%s", "\x1b[7m");
    assert_string_equal(p.text, "?[7m: Permission denied");
}

/* A text of n bytes, characters of two bytes after `odd` single ones. */
static void
fill(char *text, size_t n, size_t odd)
{
    for (size_t i = 0; i < n; i++)
        text[i] = i < odd ? 'x' : (i - odd) % 2 == 0 ? (char)0xc3 : (char)0xa9;
    text[n] = '\0';
}

static void
test_long(void **state)
{
    char text[9000];
    struct problem p;

    (void)state;
    for (size_t n = 480; n <= 8600; n = n < 530 ? n + 2 : n * 2) {
        for (size_t odd = 0; odd < 4; odd++) {
            fill(text, n + odd, odd);
            errno = ENOENT;
            problem_set_errno(&p, "-R: %s", text);
            size_t length = strlen(p.text);
            assert_true(length < PROBLEM_BYTES);
            assert_true(length > PROBLEM_BYTES - 8 ||
                        length == n + odd + strlen("-R: : No such file or directory"));
            assert_memory_equal(p.text, "-R: ", 4);
            assert_string_equal(p.text + length - 27, ": No such file or directory");
            /* No character was cut in two, but at the end of what is composed at all. */
            if (n < 8000)
                assert_null(strchr(p.text, '?'));
        }
    }
}

static void
test_exact_lengths(void **state)
{
    char text[PROBLEM_BYTES + 1];
    struct problem p;

    (void)state;
    memset(text, 'x', sizeof text);
    text[PROBLEM_BYTES - 1] = '\0';
    problem_set(&p, "%s", text);
    assert_string_equal(p.text, text);
    text[PROBLEM_BYTES - 1] = 'x';
    text[PROBLEM_BYTES] = '\0';
    problem_set(&p, "%s", text);
    assert_non_null(strstr(p.text, "xxx...xxx"));
}

static void
test_quote(void **state)
{
    char quoted[PROBLEM_QUOTED_BYTES], text[200];

    (void)state;
    assert_string_equal(QUOTE(quoted, "abc"), "'abc'");
    assert_string_equal(QUOTE(quoted, ""), "''");
    assert_string_equal(QUOTE(quoted, "a\0b\033[0m"), "'a?b?[0m'");
    for (size_t n = 50; n < 150; n++) {
        for (size_t odd = 0; odd < 2; odd++) {
            fill(text, n / 2 * 2 + odd, odd);
            size_t length = strlen(problem_quote(quoted, text, n / 2 * 2 + odd));
            assert_true(length < PROBLEM_QUOTED_BYTES);
            assert_true(quoted[0] == '\'' && quoted[length - 1] == '\'');
            assert_null(strchr(quoted, '?'));
            bool is_whole = n / 2 * 2 + odd <= PROBLEM_QUOTED_BYTES - 3;
            assert_true(is_whole == !strstr(quoted, "..."));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),   cmocka_unit_test(test_set_errno),
        cmocka_unit_test(test_clean), cmocka_unit_test(test_problem_is_clean),
        cmocka_unit_test(test_long),  cmocka_unit_test(test_exact_lengths),
        cmocka_unit_test(test_quote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
