/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Texts are composed in a larger buffer first, so that the old text can be a part of the new one and a
 * long one loses its middle and not its end.
 */
#include "problem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 8192 }; /* two paths fit */

static const char ellipsis[] = "...";

/* The length of the UTF-8 sequence of a printable character that n bytes begin with (RFC 3629), 0 when
 * they begin with none. */
static size_t
sequence_length(const uint8_t *s, size_t n)
{
    uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80   ? 1
                    : s[0] < 0xc2 ? 0
                    : s[0] < 0xe0 ? 2
                    : s[0] < 0xf0 ? 3
                    : s[0] < 0xf5 ? 4
                                  : 0;

    if (length == 1)
        return s[0] >= 0x20 && s[0] != 0x7f;
    if (length == 0 || length > n)
        return 0;
    uint32_t c = s[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    bool is_c1 = c < 0xa0, is_surrogate = c >= 0xd800 && c <= 0xdfff;
    return c < smallest[length] || c > 0x10ffff || is_c1 || is_surrogate ? 0 : length;
}

void
problem_clean(char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        size_t length = sequence_length((uint8_t *)text + i, n - i);
        if (length == 0)
            text[i] = '?';
        i += length > 0 ? length : 1;
    }
}

/* How much of a text of n bytes may be kept so that at most `most` are, and no character is cut. */
static size_t
whole_head(const char *text, size_t n, size_t most)
{
    if (n <= most)
        return n;
    while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* The same at the end of the text: where what is kept begins. */
static size_t
whole_tail(const char *text, size_t n, size_t most)
{
    size_t begin = n > most ? n - most : 0;

    while (begin < n && ((uint8_t)text[begin] & 0xc0) == 0x80)
        begin++;
    return begin;
}

/* Makes the composed text that of the problem. */
static int
keep(struct problem *p, char *composed)
{
    enum { MARK = sizeof ellipsis - 1, HALF = (PROBLEM_BYTES - 1 - MARK) / 2 };
    size_t n = strlen(composed);

    problem_clean(composed, n);
    if (n < PROBLEM_BYTES) {
        memcpy(p->text, composed, n + 1);
        return -1;
    }
    size_t head = whole_head(composed, n, HALF), tail = whole_tail(composed, n, HALF);
    memcpy(p->text, composed, head);
    memcpy(p->text + head, ellipsis, MARK);
    memcpy(p->text + head + MARK, composed + tail, n - tail + 1);
    return -1;
}

int
problem_vset(struct problem *p, const char *format, va_list ap)
{
    char composed[LONGEST] = "";

    (void)vsnprintf(composed, sizeof composed, format, ap);
    return keep(p, composed);
}

int
problem_set(struct problem *p, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)problem_vset(p, format, ap);
    va_end(ap);
    return -1;
}

int
problem_set_errno(struct problem *p, const char *format, ...)
{
    enum { REASON = 128 };
    char composed[LONGEST] = "";
    int why = errno;
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(composed, sizeof composed - REASON, format, ap);
    va_end(ap);
    size_t used = strlen(composed);
    (void)snprintf(composed + used, sizeof composed - used, ": %s", strerror(why));
    errno = why;
    return keep(p, composed);
}

const char *
problem_quote(char quoted[PROBLEM_QUOTED_BYTES], const char *text, size_t n)
{
    enum { MARKS = 2, MOST = PROBLEM_QUOTED_BYTES - 1 - MARKS };
    bool is_long = n > MOST;
    size_t shown = whole_head(text, n, is_long ? MOST - (sizeof ellipsis - 1) : MOST);

    (void)snprintf(quoted, PROBLEM_QUOTED_BYTES, "'");
    memcpy(quoted + 1, text, shown);
    problem_clean(quoted + 1, shown);
    (void)snprintf(quoted + 1 + shown, PROBLEM_QUOTED_BYTES - 1 - shown, "%s'", is_long ? ellipsis : "");
    return quoted;
}
