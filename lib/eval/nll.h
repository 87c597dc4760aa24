/* SPDX-License-Identifier: MIT */
/*
 * nll: the negative log-likelihood of weighted trajectories under a policy.
 *
 *	struct nll u = { 0 };
 *
 *	nll_add(&u, s.t, s.n, logp, entropy);	// each segment
 *	nll_report(&u, &report);
 */
#ifndef EVAL_NLL_H
#define EVAL_NLL_H

#include <stddef.h>

#include "eval/measures.h"
#include "traj/traj.h"

/* Sums over trajectories of weight w, A actions and log-probability L. */
struct nll {
	size_t n;
	double w, w_actions, w_logp, w_entropy; /* of w; of w A; w L; ... */
	double w2, w2_logp, w2_logp2;           /* of w^2; w^2 L; w^2 L^2 */
};

/* logp and entropy: of all actions, trajectory after trajectory, in nats. */
void nll_add(struct nll *, const struct traj *, size_t n, const float *logp,
    const float *entropy);
/*
 * Put nll_token and nll_trajectory, with the standard error of the latter if
 * there are several, and the entropy of an action.
 */
void nll_report(const struct nll *, struct measures *);

#endif
