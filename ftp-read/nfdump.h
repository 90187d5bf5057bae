/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known about nfdump: its versions, its outputs, its filter, and which of its complaints matter.
 */
#ifndef FTP_NFDUMP_H
#define FTP_NFDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Whether a version is this one or a later one. */
bool nfdump_is_since(const struct nfdump_version *v, unsigned major, unsigned minor, unsigned patch);

/* Runs nfdump with up to five arguments and keeps the first size - 1 bytes of what it prints, terminated.
 * Returns 0 if it exited with status 0 and complained of nothing; -1 with problem (of problem_size bytes)
 * saying what is wrong. */
int nfdump_ask(const char *program, const char *const arguments[], char *answer, size_t size,
               char *problem, size_t problem_size);

/* Finds out the version.  Returns 0, or -1 with the problem noted as above. */
int nfdump_find_version(const char *program, struct nfdump_version *version, char *problem,
                        size_t problem_size);

/* Whether a filter expression of the user's can stand in parentheses: its own are balanced. */
bool nfdump_filter_is_balanced(const char *expression);

/* Makes the filter for an interface and an optional further expression.  zero_by_column: records without
 * an interface count as 0, and a filter cannot say so, so id 0 is left to the columns of the rows.
 * Returns a string that the caller frees, or NULL when there is no memory. */
char *nfdump_filter(const struct interface *interface, bool zero_by_column, const char *expression);

/* Whether a line on stderr of nfdump is known to mean no loss. */
bool nfdump_is_harmless(const char *line);

#endif
