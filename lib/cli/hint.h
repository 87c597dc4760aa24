/* SPDX-License-Identifier: MIT */
/*
 * hint: what to do next, by the kind of a failure (base/err.h): a line
 * "hint: ..." on stderr after the message.  One row a kind; kinds without a
 * row have no hint.
 */
#ifndef CLI_HINT_H
#define CLI_HINT_H

#include "base/err.h"

/* about: what the failure is about, or "". */
void hint_print(enum err_kind, const char *about);

#endif
