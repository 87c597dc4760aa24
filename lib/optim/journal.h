/* SPDX-License-Identifier: MIT */
/*
 * journal: the metrics of a trainer's steps, a line of JSON each, which are
 * written when their step is committed: so none is there twice in a run that is
 * killed and goes on.  SIGKILL between a commit and its lines loses these.
 */
#ifndef OPTIM_JOURNAL_H
#define OPTIM_JOURNAL_H

#include "base/buf.h"
#include "base/err.h"
#include "optim/stepmetrics.h"
#include "optim/trainer.h"

struct journal {
	struct trainer *trainer; /* borrowed */
	int fd;                  /* where lines go */
	struct buf lines;        /* of steps that are not committed */
};

/* The newest step's line; written with those before, if it is committed. */
must_use int journal_add(struct journal *, const struct metrics *,
    const struct gradient_metadata *, size_t n);
/* trainer_finish, and the lines that waited for it. */
must_use int journal_finish(struct journal *, size_t keep);
void journal_release(struct journal *);

#endif
