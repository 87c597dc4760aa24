/* SPDX-License-Identifier: MIT */
/*
 * monitor: a run that is at work, read as its files grow.
 *
 *	monitor_open(&m, path);
 *	while ((r = monitor_update(&m)) >= 0 && monitor_running(&m))
 *		if (r > 0) // or monitor_line
 *			monitor_table(&m, columns, rows, &text);
 *	monitor_close(&m);
 */
#ifndef REPORT_MONITOR_H
#define REPORT_MONITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/lines.h"
#include "report/rundir.h"

struct monitor {
	struct rundir run; /* its metrics, held and info; no samples */
	struct lines *metrics, *held;
};

/* -1 where the folder has no run.json. */
must_use int monitor_open(struct monitor *, const char *path);
void monitor_close(struct monitor *);
/* Read what is new: 1, 0 nothing new, -1. */
must_use int monitor_update(struct monitor *);
/* Whether run.json says that the run is at work; and that it failed. */
bool monitor_running(const struct monitor *);
bool monitor_failed(const struct monitor *);
/* At most `rows` lines for a terminal so wide; returns their number. */
size_t monitor_table(const struct monitor *, size_t columns, size_t rows,
    struct buf *);
/* One line: the newest numbers. */
void monitor_line(const struct monitor *, struct buf *);

#endif
