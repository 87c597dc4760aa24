/* SPDX-License-Identifier: MIT */
/*
 * lawterms: what an objective adds to the loss at every action as a function
 * of its whole law pi = softmax(z), from the full vocabulary:
 *
 *   teacher   w D_f(teacher || pi), of a policy at hand or of the laws that
 *             the records carry (coarse.h)
 *   ref       w beta KL(pi || ref), exact
 *   entropy   - w beta H(pi)
 *
 * w is the weight of the trajectory.  Each adds to the gradient of the
 * logits beside the action's own coefficient (likelihood_beside); together
 * they cost a forward pass of each model.
 */
#ifndef LEARN_LAWTERMS_H
#define LEARN_LAWTERMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "learn/credit.h"
#include "learn/likelihood.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

struct lawterms_choice {
	const char *teacher; /* directory; NULL: none */
	bool cached;	     /* the teacher is what the records carry */
	double temperature;  /* of both laws, teacher's and policy's */
	const char *ref;     /* directory; NULL: none */
	double kl, entropy;  /* beta; a reference without one is told only */
};

/* Of one action, as it was last seen. */
struct law_value {
	double divergence, clipped; /* from the teacher; cells whose l was */
	double kl, k3, entropy;
};

struct lawterms;

struct criterion;
/*
 * Do they go with the objective?  A teacher has a level and no estimator, and
 * where no future was asked for, its own default: none.
 */
must_use int lawterms_check(const struct lawterms_choice *,
    const struct criterion *, struct credit *, bool future_given);
/* NULL where a model cannot be used, naming it. */
struct lawterms *lawterms_open(const struct lawterms_choice *,
    const struct ckpt *policy);
void lawterms_close(struct lawterms *);
bool lawterms_teaches(const struct lawterms *);

/*
 * From here to the end likelihood_logp and likelihood_gradient of this
 * workspace are of this segment, and include the terms.  -1 names the record
 * without a law.
 */
must_use int lawterms_begin(struct lawterms *, struct likelihood *,
    const struct traj_segment *, const struct divergence *, double clip);
/* Of every action, in order. */
const struct law_value *lawterms_values(const struct lawterms *);
/*
 * The end: the sums over the segment of weight times each value into stats of
 * the header (NULL: given up); -1 names the trajectory whose value is not
 * finite.
 */
must_use int lawterms_end(struct lawterms *, struct msg *header);

#endif
