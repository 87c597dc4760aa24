/* SPDX-License-Identifier: MIT */
/*
 * nll: the negative log-likelihood of weighted trajectories under a policy.
 *
 *	struct nll u = { 0 };
 *
 *	nll_add(&u, &groups, s.t, s.n, logp, entropy, bytes); // each segment
 *	nll_report(&u, &report);
 *	nll_release(&u);
 */
#ifndef EVAL_NLL_H
#define EVAL_NLL_H

#include <stddef.h>

#include "eval/groups.h"
#include "eval/ratio.h"
#include "eval/measures.h"
#include "traj/traj.h"

/* Of trajectories of weight w, A actions and log-probability L. */
struct nll {
	struct ratio token;      /* -w L by w A */
	struct ratio trajectory; /* -w L by w */
	struct ratio entropy;    /* w times the entropies by w A */
	struct ratio byte;       /* -w L / log 2 by w times the bytes */
};

/*
 * logp and entropy: of all actions, trajectory after trajectory, in nats;
 * entropy NULL: not known, and not reported.
 * bytes[n]: of the actions as text, or NULL.
 */
void nll_add(struct nll *, struct groups *, const struct traj *, size_t n,
    const float *logp, const float *entropy, const size_t *bytes);
/*
 * Put nll_token, nll_trajectory, bits_per_byte and the entropy of an action,
 * the first three with their standard errors.
 */
void nll_report(const struct nll *, struct measures *);
void nll_release(struct nll *);

#endif
