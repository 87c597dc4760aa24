/* SPDX-License-Identifier: MIT */
/*
 * hint: lines "hint: ..." on stderr, after a message: what to do next.  A
 * hint for a kind of failure (base/err.h) is one row of the table in hint.c.
 */
#ifndef CLI_HINT_H
#define CLI_HINT_H

#include "base/err.h"

/* Each line of the text as a hint; NULL: none. */
void hint_lines(const char *text);
/* The hint of the kind, where it has one; about: err_about(). */
void hint_of_failure(enum err_kind, const char *about);

#endif
