/* SPDX-License-Identifier: MIT */
/*
 * mixture: several language models as one, over whole trajectories:
 *
 *   p(y|x) = (1/K) sum_k p_k(y|x)
 *
 * so that log p is at most log K below that of the best model, on every
 * trajectory.  An action's part of it is
 *
 *   log p(y_t | x, y_<t) = log sum_k w_k p_k(y_t | x, y_<t),
 *
 * where w_k, the weight of model k after y_<t, is its p_k(y_<t | x) as a share
 * of all; these parts add up to log p.  Responses have this distribution, too,
 * if a model is drawn for each and samples it (ensemble.h).
 *
 * The first model is the caller's, who may train it; the others are opened
 * here, as frozen.h says.  Use:
 *
 *	mixture_open(&m, dir, n, &first, true);
 *	mixture_logp(&m, work, weights, t, n, logp);
 *	mixture_close(&m);
 *
 * All zero is a mixture of the first model alone.
 */
#ifndef LIKELIHOOD_MIXTURE_H
#define LIKELIHOOD_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt.h"
#include "nn/packed.h"
#include "traj/traj.h"

struct mixture {
	struct ckpt *member; /* [n], beside the first model */
	size_t n;
	const struct ckpt *first; /* borrowed */
};

/*
 * The type of products with weights is the first model's.  -1 names a directory
 * that is not a language model of its tokenizer; nothing is open then.
 * read: as in frozen.h.
 */
must_use int mixture_open(struct mixture *, const char *const *dir, size_t n,
    const struct ckpt *first, bool read);
void mixture_close(struct mixture *);
/*
 * logp[sum A], with the first model's workspace, in which the others work, too,
 * one after the other, and its weights.  -1 names a
 * trajectory, as likelihood_logp does, and the member.
 */
must_use int mixture_logp(const struct mixture *, struct likelihood *,
    const struct params *, const struct traj *, size_t n, float *logp);

/* Add what member k's pass in it would take. */
must_use int mixture_plan(const struct mixture *, size_t k, struct likelihood *,
    const struct traj *, size_t n, struct plan_passes *);

/*
 * From log-probabilities of K models to the mixture's, of n trajectories:
 *
 *	joint = mixture_joint_new(A);          // A actions in all
 *	mixture_joint_add(joint, t, n, logp);  // each model
 *	mixture_joint_end(joint, t, n, K, logp);
 */
double *mixture_joint_new(size_t actions);
void mixture_joint_add(double *joint, const struct traj *, size_t n,
    const float *logp);
/* Writes the mixture's logp[sum A], and frees joint. */
void mixture_joint_end(double *joint, const struct traj *, size_t n, size_t K,
    float *logp);

#endif
