/* SPDX-License-Identifier: MIT */
/*
 * journal: the metrics of a trainer's steps, a line of JSON each, which are
 * written when their step is committed: so none is there twice in a run that is
 * killed and goes on.
 *
 * A commit saves the lines that it lets out beside the optimizer file
 * (ckpt_lines_path), and that file is removed once they are written.  So a file
 * that is there when a run begins is of a run that was killed in between, or
 * whose output had no room: what the output does not end with already is
 * written first, even the rest of a line.  Only a regular file can be looked
 * at: to a pipe, lines are then written again.
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

/*
 * The trainer is open, and outlives the journal; the journal stays where it is.
 * 0; 1: the lines that a killed run left are damaged, and the message says
 * where; -1: they could not be written.
 */
must_use int journal_begin(struct journal *, struct trainer *, int fd);
/* Add the line of the step that trainer_step is about to make. */
void journal_add(struct journal *, const struct metrics *,
    const struct gradient_metadata *, size_t n);
/* After trainer_step or trainer_finish: write the lines that are committed. */
must_use int journal_write(struct journal *);
void journal_release(struct journal *);

#endif
