/* SPDX-License-Identifier: BSD-3-Clause */
/* Integers of 128 bits, for sums of 64-bit numbers; gcc and clang have them, ISO C has not. */
#ifndef FTP_WIDE_H
#define FTP_WIDE_H

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#endif
