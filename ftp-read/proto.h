/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of IP protocols. */
#ifndef FTP_PROTO_H
#define FTP_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds the number of the protocol that nfdump calls by this name.  Returns whether there is one. */
bool proto_from_name(const char *s, size_t n, uint8_t *proto);

#endif
