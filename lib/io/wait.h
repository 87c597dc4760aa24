/* SPDX-License-Identifier: MIT */
/*
 * wait: waiting for input or output.
 *
 * A tool that waits for input watches its output too.  If nobody reads file
 * descriptor 1 any longer (a pipe or socket closed at its other end), wait_for
 * and wait_read fail with fail_pipe(), and the tool ends as by SIGPIPE.  So a
 * dead consumer ends every tool before it.  Descriptor 1 is the output of
 * every tool, also with -o (cli/cli.c).
 */
#ifndef IO_WAIT_H
#define IO_WAIT_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* read(2) when something is there: bytes, 0 at the end of file, or -1. */
must_use ssize_t wait_read(int fd, void *, size_t n);
/*
 * Wait until fd is readable or `millis` have passed: 1, 0, or -1.  With fd -1
 * only time passes.
 */
must_use int wait_for(int fd, int millis);
/* Wait until a descriptor that does not block takes bytes again. */
must_use int wait_write(int fd);

#endif
