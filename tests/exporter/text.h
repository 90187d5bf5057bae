/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exporter's text output: the true biflows, and the flow records as ftp-read csvfile reads them.
 */
#ifndef EXPORTER_TEXT_H
#define EXPORTER_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "flows.h"

/* All that one side of a session sent; packets is 0 if it sent nothing. Times as in struct record. */
struct truth_side {
    uint64_t packets;
    uint64_t bytes;
    uint32_t first;
    uint32_t last;
};

/* Writes the header of a profile. Returns 0, or -1 with errno. */
int text_truth_header(FILE *file);

/*
 * Writes one true biflow as a row of a profile, but with absolute times: `epoch` (ms) is when the
 * period starts. Side 0 sends first. Returns 0, or -1 with errno.
 */
int text_truth(FILE *file, const struct key *key, const struct truth_side sides[2], uint64_t epoch);

/*
 * Writes all records in the order of export, with a header, in the format of ftp-read csvfile. That
 * format has no interface, so the noise of the other one is left out. Returns 0, or -1 with errno.
 */
int text_flows(FILE *file, const struct flows *flows, uint64_t epoch);

#endif
