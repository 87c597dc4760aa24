/* SPDX-License-Identifier: MIT */
#include "report/following.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/atomic.h"
#include "report/runparts.h"

int
following_open(struct following *f, const char *path)
{
	memset(f, 0, sizeof *f);
	return monitor_open(&f->whole, path);
}

static void
leave_part(struct following *f)
{
	if (f->in_part)
		monitor_close(&f->part);
	f->in_part = false;
}

void
following_close(struct following *f)
{
	leave_part(f);
	monitor_close(&f->whole);
}

/* What is new in the newest part; 1 also where it is another. */
static int
update_part(struct following *f)
{
	char *newest = runparts_newest(f->whole.run.path);
	int r = 0, more;

	if (newest == NULL) {
		leave_part(f);
		return 0;
	}
	if (!f->in_part || strcmp(newest, f->part.run.path) != 0) {
		leave_part(f);
		f->in_part = monitor_open(&f->part, newest) == 0;
		r = f->in_part ? 1 : -1;
	}
	free(newest);
	if (r < 0)
		return -1;
	more = monitor_update(&f->part);
	return more < 0 ? -1 :
			  f->part.run.metrics.lines > 0 && (r > 0 || more > 0);
}

/* A run holds the lock of its folder, but for moments when it begins and
 * when it stops. */
static bool
abandoned(struct following *f)
{
	enum { MOMENT = 2 };
	char *folder = rundir_file(f->whole.run.path, ".");

	if (path_locked(folder) || !f->running) {
		f->alone = false;
	} else if (!f->alone) {
		f->alone = true;
		f->since = clock_steady();
	}
	free(folder);
	return f->alone && clock_steady() - f->since > MOMENT;
}

int
following_update(struct following *f)
{
	int r, more = 0;

	/* First: what was written before the run ended is then read. */
	f->running = monitor_running(&f->whole);
	if ((r = monitor_update(&f->whole)) < 0)
		return -1;
	if (f->whole.run.metrics.lines > 0)
		leave_part(f);
	else if ((more = update_part(f)) < 0)
		return -1;
	if (r > 0 || more > 0)
		return 1;
	if (abandoned(f) && monitor_running(&f->whole))
		return fail("%s: its process is gone; the same command goes on",
		    f->whole.run.path);
	return 0;
}

const struct monitor *
following_shown(const struct following *f)
{
	return f->in_part && f->part.run.metrics.lines > 0 ? &f->part :
							     &f->whole;
}
