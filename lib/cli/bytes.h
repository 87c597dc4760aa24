/* SPDX-License-Identifier: MIT */
/* bytes: the value of an option that is an amount of memory. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include "base/err.h"

/*
 * For OPT_CUSTOM: parse a whole number, followed by K, M, G or T (powers of
 * 1024) or nothing, into a uint64_t.  0, or -1 with the reason.
 */
must_use int opt_bytes(const char *text, void *value);

#endif
