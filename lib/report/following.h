/* SPDX-License-Identifier: MIT */
/*
 * following: a run that is at work, as one follows it: the run itself or, as
 * long as it has no steps of its own, its newest part, if that has some.
 *
 *	following_open(&f, path);
 *	while ((r = following_update(&f)) >= 0 && f.running)
 *		if (r > 0)
 *			monitor_line(following_shown(&f), &text);
 *	following_close(&f);
 */
#ifndef REPORT_FOLLOWING_H
#define REPORT_FOLLOWING_H

#include <stdbool.h>

#include "base/err.h"
#include "report/monitor.h"

struct following {
	struct monitor whole, part;
	bool in_part; /* part is open */
	bool running; /* at the beginning of the last update */
	bool alone;   /* nobody holds the run's lock */
	double since; /* when that was seen first */
};

/* -1 where the folder has no run.json. */
must_use int following_open(struct following *, const char *path);
void following_close(struct following *);
/*
 * Read what is new: 1, 0 nothing new, -1.  It is an error, after what is new
 * has been read, that the run is at work by its run.json and its process has
 * ended.
 */
must_use int following_update(struct following *);
/* Borrowed until the next update. */
const struct monitor *following_shown(const struct following *);

#endif
