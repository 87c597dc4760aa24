/* SPDX-License-Identifier: MIT */
/*
 * recipe: what a run of training does with the gradient of each step: the
 * learning rate of the step's number, the clipping of the norm, the optimizer.
 */
#ifndef OPTIM_RECIPE_H
#define OPTIM_RECIPE_H

#include "optim/stepmetrics.h"
#include "optim/trainer.h"

struct recipe {
	struct update update; /* its lr: the schedule's highest */
	enum schedule schedule;
	uint64_t steps, warmup; /* of the schedule (adamw.h) */
	double floor;
	double clip; /* largest norm; 0: any */
};

/*
 * Update the trainer's weights by its gradient, or skip the update if the norm
 * is not finite; fills in the metrics of the step that this makes.
 */
void recipe_apply(const struct recipe *, struct trainer *, struct metrics *);

#endif
