/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Why something failed, in words.
 *
 * A function that can fail takes a problem, fills it in and returns -1; main() prints it.  A problem may
 * quote what came from outside (a row, a file name, what another program said), so all of it is made
 * harmless for a terminal, whoever wrote it.
 */
#ifndef FTP_PROBLEM_H
#define FTP_PROBLEM_H

#include <stdarg.h>
#include <stddef.h>

enum {
    PROBLEM_BYTES = 512,      /* of a text, its NUL included */
    PROBLEM_QUOTED_BYTES = 64 /* of foreign text that problem_quote() shows, its NUL included */
};

struct problem {
    char text[PROBLEM_BYTES]; /* printable, in one line; "" when there is none */
};

/* Notes a problem.  p->text may be among the arguments: problem_set(p, "%s: %s", file, p->text).  Of a
 * text that is too long the middle is left out, so that its end, which mostly is the reason, stays.
 * Returns -1. */
int problem_set(struct problem *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
int problem_vset(struct problem *p, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));

/* The same, followed by a colon and what errno means.  Returns -1; errno stays. */
int problem_set_errno(struct problem *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Replaces in n bytes, each by a '?', what is not printable: control characters (C0, DEL, C1) and bytes
 * that are not UTF-8.  What is valid UTF-8 stays. */
void problem_clean(char *text, size_t n);

/* Copies n bytes of foreign text, printable, between quotation marks; a long text is cut and ends in
 * "...".  For text that would drown the rest of a message.  Returns quoted. */
const char *problem_quote(char quoted[PROBLEM_QUOTED_BYTES], const char *text, size_t n);

#endif
