/* SPDX-License-Identifier: MIT */
/*
 * lawterms: what an objective adds to the loss at every action as a function
 * of its whole distribution pi = softmax(z), from the full vocabulary:
 *
 *   teacher   w D_f(teacher || pi), of a policy at hand or of the distributions
 * that the records carry (coarse.h) ref       w beta KL(pi || ref), exact
 *   entropy   - w beta H(pi)
 *
 * w is the weight of the trajectory.  Each adds to the gradient of the
 * logits beside the action's own coefficient (likelihood_beside); together
 * they cost a forward pass of each model.
 */
#ifndef OBJECTIVE_REGULARIZERS_H
#define OBJECTIVE_REGULARIZERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "objective/credit.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

struct regularizer_settings {
	const char *teacher; /* directory; NULL: none */
	bool cached;         /* the teacher is what the records carry */
	double temperature;  /* of both distributions, teacher's and policy's */
	const char *ref;     /* directory; NULL: none */
	double kl, entropy;  /* beta; a reference without one is told only */
};

/* Of one action, as it was last seen. */
struct regularizer_value {
	double divergence, clipped; /* from the teacher; cells whose l was */
	double kl, k3, entropy;
};

struct regularizers;

struct objective;
/*
 * Do they go with the objective?  A teacher has a level and no estimator, and
 * where no future was asked for, its own default: none.
 */
must_use int regularizers_check(const struct regularizer_settings *,
    const struct objective *, struct credit *, bool future_given);
/* NULL where a model cannot be used, naming it. */
struct regularizers *regularizers_open(const struct regularizer_settings *,
    const struct ckpt *policy);
void regularizers_close(struct regularizers *);
bool regularizers_teach(const struct regularizers *);

/*
 * From here to the end likelihood_logp and likelihood_gradient of this
 * workspace are of this segment, and include the terms.  -1 names the record
 * without a distribution.
 */
must_use int regularizers_begin(struct regularizers *, struct likelihood *,
    const struct traj_segment *, const struct divergence *, double clip);
/* Of every action, in order. */
const struct regularizer_value *regularizers_values(
    const struct regularizers *);
/*
 * The end: the sums over the segment of weight times each value into stats of
 * the header (NULL: given up); -1 names the trajectory whose value is not
 * finite.
 */
must_use int regularizers_end(struct regularizers *, struct msg *header);

#endif
