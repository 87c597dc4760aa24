/* SPDX-License-Identifier: MIT */
/*
 * regularizers: terms of the loss that are functions of an action's whole
 * distribution pi = softmax(z) over the vocabulary:
 *
 *   teacher    w D_f(teacher || pi)
 *   one-hot    w D_f(the demonstration's token || pi), see onehot.h
 *   reference  w beta KL(pi || ref), exact
 *   entropy    - w beta H(pi)
 *
 * with w the trajectory's weight.  The teacher is one or several models
 * (likelihood/teachers.h), or the top-k distributions that the records carry
 * (traj/topk.h).  Use, per segment:
 *
 *	regularizers_begin(r, segment, &divergence, clip);
 *	... likelihood_logits_gradient(..., regularizers_terms(r), ...);
 *	regularizers_report(r, header);
 *
 * Each pass with terms costs a forward pass of each model.
 */
#ifndef OBJECTIVE_REGULARIZERS_H
#define OBJECTIVE_REGULARIZERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "divergence/divergence.h"
#include "likelihood/frozen.h"
#include "likelihood/likelihood.h"
#include "likelihood/teachers.h"
#include "traj/traj.h"

struct regularizer_settings {
	struct teachers *teacher; /* borrowed; NULL: none */
	bool cached;              /* the teacher is in the records */
	double temperature;       /* of teacher and policy, to compare them */
	struct frozen *reference; /* borrowed; NULL: none */
	double kl, entropy; /* beta; a reference without kl is reported only */
	bool one_hot;       /* each demonstration is the teacher */
};

/* The terms of one action, from the last pass. */
struct regularizer_value {
	double divergence; /* D_f(teacher || pi) */
	double clipped;    /* tokens whose l was clipped */
	double kl;         /* KL(pi || ref) */
	double k3;         /* its estimate from the sampled action */
	double entropy;
};

struct regularizers;

/* For a vocabulary of V. */
struct regularizers *regularizers_new(const struct regularizer_settings *,
    size_t V);
void regularizers_free(struct regularizers *);
/* Whether there is a teacher. */
bool regularizers_teach(const struct regularizers *);
/* Whether the demonstration itself is in its place. */
bool regularizers_one_hot(const struct regularizers *);

/*
 * Make the terms those of a segment, borrowed; the teacher's divergence and
 * clip.  -1 names a record without a teacher's distribution, or says that the
 * divergence is infinite.
 */
must_use int regularizers_begin(struct regularizers *,
    const struct traj_segment *, const struct divergence *, double clip);
/* NULL where there are none. */
const struct likelihood_terms *regularizers_terms(const struct regularizers *);
/* [sum A] of the segment, valid after a pass with the terms. */
const struct regularizer_value *regularizers_values(
    const struct regularizers *);
/*
 * Weighted sums of the values into the header's stats; -1 names a trajectory
 * whose value is not finite.
 */
must_use int regularizers_report(const struct regularizers *,
    struct msg *header);

#endif
