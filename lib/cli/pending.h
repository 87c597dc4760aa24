/* SPDX-License-Identifier: MIT */
/*
 * pending: the file of -o, written beside its place until it is complete.
 *
 * There is at most one.  Until it is committed, every end of the process
 * removes it: die() (say.h) by pending_abandon, and the signals by which users
 * and pipes end programs by a handler.
 */
#ifndef CLI_PENDING_H
#define CLI_PENDING_H

#include "base/err.h"

/* Begin the file; returns its descriptor, or -1. */
must_use int pending_open(const char *path);
/* Rename it to its path; 0 also if there is none. */
must_use int pending_commit(void);
/* Remove it, if there is one. */
void pending_abandon(void);

#endif
