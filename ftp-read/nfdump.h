/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known about nfdump: its versions, its outputs, its filter, and which of its complaints
 * matter. */
#ifndef FTP_NFDUMP_H
#define FTP_NFDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"
#include "window.h"

enum side { SIDE_IN, SIDE_OUT, SIDE_ANY };

/* One network interface of one exporter. */
struct interface {
    bool any_exporter;
    char exporter[46]; /* an IP address, in its usual form */
    bool any_id;
    uint32_t id; /* SNMP interface id */
    enum side side;
};

struct nfdump_version {
    unsigned major, minor, patch;
};

/* The nfdump that is run. */
struct nfdump {
    const char *program;
    struct nfdump_version version;
};

enum { NFDUMP_ANSWER_BYTES = 4096 };

/* Whether a version is this one or a later one. */
bool nfdump_is_since(const struct nfdump_version *v, unsigned major, unsigned minor, unsigned patch);

/* Finds the version of a program.  Returns 0, or -1 with the problem. */
int nfdump_open(struct nfdump *nfdump, const char *program, struct problem *p);

/* Runs nfdump with a few arguments, which end with NULL, and keeps the beginning of what it prints,
 * terminated.  begin: what a good answer begins with, or NULL; 1.8 complains on standard output.  Returns
 * 0 if it exited with status 0 and complained of nothing, or -1 with the problem. */
int nfdump_ask(const struct nfdump *nfdump, const char *const arguments[], const char *begin,
               char answer[NFDUMP_ANSWER_BYTES], struct problem *p);

/* Checks that a filter expression of the user's can stand in parentheses: its own are balanced, and it
 * takes in no other file, which could have any.  Returns 0, or -1 with the problem. */
int nfdump_check_filter(const char *expression, struct problem *p);

/* Has nfdump check the syntax of a filter expression.  Returns 0, or -1 with the problem. */
int nfdump_try_filter(const struct nfdump *nfdump, const char *expression, struct problem *p);

/* Makes the filter for an interface, an optional further expression, and the window where this version
 * has no option for it.  Returns a string that the caller frees, or NULL when there is no memory. */
char *nfdump_filter(const struct nfdump *nfdump, const struct interface *interface,
                    const struct window *window, const char *expression);

/* Whether nfdump takes the window as an option (-t), or in the filter. */
bool nfdump_has_window_option(const struct nfdump *nfdump);

/* Whether a line on stderr of nfdump is known to mean no loss. */
bool nfdump_is_harmless(const char *line);

#endif
