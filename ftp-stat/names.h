/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of protocols and ports, for people. */
#ifndef FTP_NAMES_H
#define FTP_NAMES_H

/* The name of an IP protocol, "" for one without.  From the registry of IANA (protocol-numbers). */
const char *name_of_protocol(unsigned number);

/* What is mostly found at a port, "" when that is anybody's guess.  After the registry of IANA
 * (service-names-port-numbers), with the names that people use. */
const char *name_of_port(unsigned number);

#endif
