/* SPDX-License-Identifier: MIT */
/*
 * saving: when a run of training commits its steps, and when it forces commits
 * to the disk.
 *
 * A step that is not committed is published (nn/publish.h): followers see it,
 * a killed run makes it again.  By default a run takes at most a tenth of its
 * time for commits: the next is due when nine times as long has passed since
 * the last as that took.  When a step is committed changes no result.
 */
#ifndef OPTIM_SAVING_H
#define OPTIM_SAVING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum saving_commit {
	COMMIT_SHARE, /* of the time: at most a tenth; the first step always */
	COMMIT_STEPS, /* steps whose number is a multiple of `every`; 1: all */
	COMMIT_SECONDS
};

struct saving {
	enum saving_commit commit;
	double every; /* steps or seconds between commits */
	double sync; /* seconds between syncs; 0: each commit, INFINITY: none */
	/* set by those below */
	double committed, cost; /* time of the last commit's end; its seconds */
	double synced;          /* time of the last sync */
};

/* Of "auto", "step", "steps:N" or seconds; of "step", "never" or seconds. */
must_use int saving_parse_commit(const char *, void *saving);
must_use int saving_parse_sync(const char *, void *saving);

/*
 * The clock starts; unsynced: a commit of an earlier run may not be on the disk
 * yet, so the next is synced.
 */
void saving_begin(struct saving *, bool unsynced);
/* Whether to commit this step; whether a commit now is to be synced. */
bool saving_commit_due(const struct saving *, uint64_t step);
bool saving_sync_due(const struct saving *);
/* A commit begins; it is done. */
void saving_commit_begins(struct saving *);
void saving_commit_ends(struct saving *, bool synced);

#endif
