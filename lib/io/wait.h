/* SPDX-License-Identifier: MIT */
/*
 * wait: a tool that waits watches its output too.  When nobody reads file
 * descriptor 1 any longer (a pipe or socket closed at its other end), the
 * waits below fail with fail_pipe(), and the tool ends as by SIGPIPE.  So a
 * dead consumer ends every tool before it.  Descriptor 1 is the output of
 * every tool, also with -o (cli/cli.c).
 */
#ifndef IO_WAIT_H
#define IO_WAIT_H

#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/* read(2), once something is there: bytes, 0 at the end of file, -1. */
must_use ssize_t wait_read(int fd, void *, size_t n);
/* Until fd is readable or `millis` have passed: 1, 0, -1.  fd -1: just time. */
must_use int wait_for(int fd, int millis);

#endif
