/* SPDX-License-Identifier: MIT */
/*
 * runlist: the runs of a report, in a list that grows.  A run that has made
 * others in its folder, and has no steps of its own, is followed by those, in
 * the order in which they began.
 */
#ifndef REPORT_RUNLIST_H
#define REPORT_RUNLIST_H

#include <stddef.h>

#include "base/err.h"
#include "report/rundir.h"

/* All zero: empty. */
struct runlist {
	struct rundir *run; /* owned */
	size_t n, cap;
};

must_use int runlist_add(struct runlist *, const char *path);
void runlist_release(struct runlist *);

#endif
