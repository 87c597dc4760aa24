/* SPDX-License-Identifier: MIT */
/*
 * progress: how far a tool is, on stderr.
 *
 *	progress_begin(&p, &a.common);
 *	for each segment
 *		progress_step(&p, "segment %zu", k);
 *	progress_end(&p, "%zu segments", n);
 *
 * On a terminal a line is redrawn ten times a second; elsewhere a line is
 * printed every 30 seconds.  With -v every step is a line of its own; with -q
 * there is none.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/optcommon.h"

struct progress {
	bool quiet, verbose, terminal;
	double began, last;
};

void progress_begin(struct progress *, const struct common *);
/* Within a step; call it as often as you like. */
void progress_line(struct progress *, const char *fmt, ...) printf_like(2, 3);
/* At the end of a step. */
void progress_step(struct progress *, const char *fmt, ...) printf_like(2, 3);
/* The summary. */
void progress_end(struct progress *, const char *fmt, ...) printf_like(2, 3);
double progress_seconds(const struct progress *);

#endif
