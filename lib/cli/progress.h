/* SPDX-License-Identifier: MIT */
/*
 * progress: a line on stderr that redraws on a terminal, a plain line every
 * 30 seconds elsewhere, nothing with -q; and a summary at the end.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/cli.h"

struct progress {
	bool quiet, terminal, drawn;
	double began, last;
};

void progress_begin(struct progress *, const struct common *);
/* May be called as often as one likes. */
void progress_line(struct progress *, const char *fmt, ...) printf_like(2, 3);
/* The last line, with newline, unless quiet. */
void progress_end(struct progress *, const char *fmt, ...) printf_like(2, 3);
double progress_seconds(const struct progress *);

#endif
