/* SPDX-License-Identifier: MIT */
/*
 * output: -o FILE, whole or not at all, and the end of standard output.
 * Tools call cli.h instead.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/optcommon.h"

/* Release descriptor 1 where -o takes its place. */
void output_ready(const struct common *);
/* Begin the output; returns its descriptor, or dies. */
int output_open(const struct common *);
/* Rename a pending file to FILE; dies on failure. */
void output_commit(void);
/* Flush and close all output; dies on a late error. */
void output_close(const struct common *);

#endif
