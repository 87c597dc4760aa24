/* SPDX-License-Identifier: MIT */
/*
 * runparts: the folders in a run's folder that are runs themselves, which it
 * has made.
 */
#ifndef REPORT_RUNPARTS_H
#define REPORT_RUNPARTS_H

#include <stddef.h>

/* All zero: empty. */
struct runparts {
	char **path; /* owned, in no order */
	size_t n, cap;
};

/* Add the parts of the run in the folder `path`. */
void runparts_list(struct runparts *, const char *path);
void runparts_release(struct runparts *);
/* The part whose run.json is the newest: that at work, or the last one.
 * The caller frees; NULL: there is none. */
char *runparts_newest(const char *path);

#endif
