/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading and writing file descriptors whole. */
#ifndef FTP_IO_H
#define FTP_IO_H

#include <stddef.h>
#include <sys/types.h>

/* Called when a signal interrupted a read or write that goes on afterwards: for work that a signal asks
 * for (a progress line) and that must not wait for the next byte.  NULL (the default) for nothing. */
extern void (*io_interrupted)(void);

/* What every program does before anything else.  Whatever its parent has set up, it dies of SIGPIPE when
 * the reader of its output leaves, but not when nobody reads its standard error; and children can be
 * waited for.  File descriptors 0, 1 and 2 are open: a file opened later never becomes
 * standard output.  Its memory is not dumped to a core file, since it may hold addresses.  Returns 0, or
 * -1 with errno set. */
int io_start(void);

/* Reads until n bytes are there or the input ends.  Returns the number of bytes read (less than n only
 * at the end of the input), or -1 with errno set. */
ssize_t io_read_full(int fd, void *buf, size_t n);

/* Reads what is there: at least one byte, at most n.  Returns the number of bytes, 0 at the end of the
 * input, or -1 with errno set. */
ssize_t io_read_some(int fd, void *buf, size_t n);

/* Writes all n bytes.  Returns 0, or -1 with errno set. */
int io_write_full(int fd, const void *buf, size_t n);

/* Makes the pipe of fd larger, so that programs on two ends of it wake each other rarely.  Returns how
 * many bytes it holds, which may be as few as before; 0 when that is not known: no pipe, or no such call
 * on this system. */
size_t io_enlarge_pipe(int fd);

#endif
