/* SPDX-License-Identifier: MIT */
/* bytes: the value of an option that is an amount of memory. */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include "base/err.h"

/* For OPT_CUSTOM: a whole number, with K, M, G or T (powers of 1024), to a
 * uint64_t. */
must_use int opt_bytes(const char *text, void *value);

#endif
