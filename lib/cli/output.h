/* SPDX-License-Identifier: MIT */
/*
 * output: -o FILE, whole or not at all, and the end of standard output.
 * cli_out and cli_out_fd (cli.h) open it; only this folder calls the rest.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli/cli.h"

/* Release descriptor 1 where -o takes its place. */
void output_ready(const struct common *);
/* Remove what is pending; harmless where nothing is. */
void output_abandon(void);
/* Rename what is pending to FILE; dies on failure. */
void output_commit(void);
/* Flush and close all output; dies on a late error. */
void output_close(const struct common *);

#endif
