/* SPDX-License-Identifier: MIT */
/*
 * discriminator: an estimate of l = log p_E(y|x) - log pi(y|x), fitted to
 * tell demonstrations from rollouts.
 *
 * It has one of three shapes, in all of which the output s of a trajectory is
 * the sum over its actions of s_t, and the loss sees that sum:
 *   lm      a language model, s_t = log p_D(a_t|s_t) - log pi(a_t|s_t).  The
 *           policy's half of the ratio is exact; p_D's target, the expert,
 *           does not move while the policy does.
 *   head    a sequence classifier, s_t = score . hidden at each action, or
 *           s = score . hidden at the last action (level trajectory, where
 *           s_t is what action t adds to it).
 *   offset  a head f and what it need not learn: s_t = f_t + log p_base - log
 *           pi, where base is the policy before the rounds (SFT).  f's target,
 *           p_E / p_base, does not move either.
 * What is added to the network's output is `known` and costs no gradient, so
 * every gradient is a weighted sum of gradients of the network, one backward
 * pass of one causal model (likelihood.h).
 *
 * log pi comes with the rollouts (field `logp`); for demonstrations, and
 * where it is missing, it is computed with the policy at hand.
 *
 * From outputs to l (discriminator_ratios): most losses have their optimum at
 * s = l.  Where a loss leaves a constant open, an lm has none, for p_D sums to
 * one after every prompt; of the other shapes the constant is estimated from
 * the rollouts (contrast.h) and taken off the first action, so that every
 * prefix has it off.
 */
#ifndef DISCRIMINATOR_DISCRIMINATOR_H
#define DISCRIMINATOR_DISCRIMINATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "likelihood/likelihood.h"
#include "discriminator/loss.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

enum discriminator_shape { SHAPE_LM, SHAPE_HEAD, SHAPE_OFFSET };

struct discriminator {
	const struct ckpt *ckpt;      /* borrowed */
	const struct params *weights; /* that score: the ckpt's, or those being
					 fitted; borrowed */
	struct likelihood *work;      /* owned */
	const struct ckpt *policy;    /* borrowed; NULL: none at hand */
	struct likelihood *policy_work; /* owned */
	const struct ckpt *base;        /* of shape offset; borrowed */
	struct likelihood *base_work;   /* owned */
	enum discriminator_shape shape;
	struct loss loss;
	bool whole;       /* level trajectory: one score for all actions */
	bool implicit;    /* log pi is always the policy's at hand, never the
			     record's */
	bool preferences; /* what is compared is not expert and policy */
};

/*
 * What a fit is judged by: means, taken before it.  Of a loss of pairs or
 * lists both accuracies are the share of pairs in order.
 */
struct discriminator_stats {
	double loss, acc_expert, acc_policy, l_expert, l_policy;
	double u_policy,
	    iu_expert; /* E_pi[e^l] and E_E[e^-l]: 1 when calibrated */
	double ece;    /* expected calibration error of sigmoid(l), 10 bins */
};

/* The shape is lm or head by what ckpt is, and offset where there is a base. */
/*
 * Is the policy what is asked for: of that shape (a name, NULL: any), of the
 * loss's, and a language model where its distributions are wanted?
 */
must_use int discriminator_serves(const struct ckpt *, const char *shape,
    const struct loss *, bool distributions);
void discriminator_init(struct discriminator *, const struct ckpt *,
    const struct ckpt *policy, const struct ckpt *base, size_t micro);
void discriminator_release(struct discriminator *);

/*
 * known[sum A] of the trajectories: - log pi, log p_base - log pi, or 0 for a
 * head; -1 where log pi is missing and there is no policy.
 */
must_use int discriminator_known(struct discriminator *, const struct traj *,
    size_t n, float *known);
/* s[sum A]: s_t of each action. */
must_use int discriminator_score(struct discriminator *, const struct traj *,
    size_t n, const float *known, float *s);
/*
 * l[sum A] of outputs s; what it is of the first `told` trajectories.  The
 * rollouts that a constant is estimated from are all n.
 */
enum traj_ratio discriminator_ratios(const struct discriminator *,
    const struct traj *, size_t n, size_t told, const float *s, float *l);
/*
 * The gradient of the loss over n trajectories, whose roles say which side
 * they are on, from their outputs s, added to d.  A head of level trajectory
 * learns from all prefixes, where the loss is of sides (contrast.h): its
 * output at an action is meant to be l of what was said so far, which leaves
 * the optimum at the last action what it is, and gives as many examples as
 * there are actions.
 */
must_use int discriminator_gradient(struct discriminator *, const struct traj *,
    size_t n, const float *s, struct params *d);
must_use int discriminator_measure(const struct discriminator *,
    const struct traj *, size_t n, const float *s, const float *l,
    struct discriminator_stats *);
/* Write the scores l of one trajectory into its record, as f32[1] or f32[A]. */
void discriminator_write(const struct discriminator *, struct traj *,
    const float *l);

#endif
