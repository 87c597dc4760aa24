/* SPDX-License-Identifier: MIT */
/*
 * training: a run of training, step by step: its recipe, its trainer, and the
 * journal of its steps.
 *
 *	struct training r = { .recipe = ..., .saving = ..., .keep = ... };
 *	start = trainer_open(&r.trainer, &policy, optimizer, &r.saving);
 *	training_begin(&r, STDOUT_FILENO);
 *	for each step
 *		add gradients to r.trainer.d;
 *		training_step(&r, objectives, n, seconds, &metrics);
 *	training_finish(&r);
 *	training_release(&r);
 */
#ifndef OPTIM_TRAINING_H
#define OPTIM_TRAINING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "optim/journal.h"
#include "optim/recipe.h"
#include "optim/trainer.h"

struct training {
	/* set by the caller */
	struct recipe recipe;
	struct saving saving;
	uint64_t keep; /* commits to keep as step-NNNNNN/ */
	struct trainer trainer;
	/* set by those below */
	struct journal journal;
	double seconds; /* when the newest step was made */
	size_t skips;   /* steps in a row without an update */
};

/*
 * The trainer is open; the lines of metrics go to the descriptor, first those
 * that a killed run left.  As journal_begin.
 */
must_use int training_begin(struct training *, int metrics);
void training_release(struct training *);
/*
 * Make a step along the trainer's d, which is that of n objectives; seconds:
 * the time since the run began.  Stores the step's metrics.
 *
 * 0; 1: the step is made, but its commit or its line failed, so what is not
 * committed can still be saved by training_finish; -1: it is not made, and the
 * weights are those of no step.
 */
must_use int training_step(struct training *, const struct gradient_metadata *,
    size_t n, double seconds, struct metrics *);
/* -1: so many gradients in a row were not finite that the run is to end. */
must_use int training_check(const struct training *);
/* Commit the newest step, and write the lines that waited for it. */
must_use int training_finish(struct training *);

#endif
