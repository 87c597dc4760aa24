/* SPDX-License-Identifier: MIT */
/*
 * discriminator: an estimate of l = log p_E(y|x) - log pi(y|x), fitted to
 * tell demonstrations from rollouts.
 *
 * It has one of three shapes.  In all of them the output s of a trajectory is
 * the sum over its actions of s_t, and the loss is a function of that sum:
 *   lm      a language model, s_t = log p_D(a_t|s_t) - log pi(a_t|s_t).  The
 *           policy's half of the ratio is exact, and the target of p_D is the
 *           expert, which does not move while the policy does.  Several
 *           models may be one p_D (likelihood/mixture.h); they are not fitted.
 *   head    a sequence classifier, s_t = score . hidden at each action; at
 *           level trajectory s = score . hidden at the last action, and s_t is
 *           what action t adds to it.
 *   offset  a head f and a base policy: s_t = f_t + log p_base - log pi,
 *           where base is the policy before the rounds (SFT).  The target of
 *           f, log p_E / p_base, does not move either.
 * What is added to the network's output (`known`) costs no gradient, so every
 * gradient is one backward pass of one causal model (likelihood.h).
 *
 * log pi comes with the rollouts (field `logp`); for demonstrations, and
 * where it is missing, the policy at hand computes it.
 *
 * From outputs to l: most losses have their optimum at s = l.  Some leave a
 * constant open.  For an lm it is 0, because p_D sums to one after every
 * prompt; for the other shapes it is estimated from the rollouts (contrast.h)
 * and subtracted at the first action, so that every prefix is corrected.
 *
 * Arrays [sum A] have an element for each action, of trajectory after
 * trajectory.
 */
#ifndef DISCRIMINATOR_DISCRIMINATOR_H
#define DISCRIMINATOR_DISCRIMINATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "likelihood/likelihood.h"
#include "likelihood/mixture.h"
#include "discriminator/loss.h"
#include "nn/ckpt.h"
#include "traj/traj.h"

enum discriminator_shape { SHAPE_LM, SHAPE_HEAD, SHAPE_OFFSET };
/* Whether a score is of each action or of all of a trajectory together. */
enum discriminator_level { SCORE_TOKEN, SCORE_TRAJECTORY };
/* The names of both, in these orders; they end with NULL. */
extern const char *const discriminator_shapes[];
extern const char *const discriminator_levels[];

struct discriminator {
	const struct ckpt *ckpt;       /* borrowed */
	const struct params *weights;  /* to score with: the ckpt's, or those in
					  training; borrowed */
	const struct mixture *members; /* with `weights`, p_D of an lm;
					 borrowed, or NULL */
	const struct ckpt *policy;     /* computes log pi; borrowed, or NULL */
	const struct ckpt *base;       /* of shape offset; borrowed, or NULL */
	struct likelihood *work, *policy_work, *base_work; /* owned */
	enum discriminator_shape shape;
	enum discriminator_level level;
	struct loss loss;
	bool implicit;    /* log pi is always the policy's, not the record's */
	bool preferences; /* the sides are not expert and policy */
};

/*
 * Means over a batch, before it is fitted.  For a loss of pairs or lists both
 * accuracies are the share of pairs in order.
 */
struct discriminator_stats {
	double loss, acc_expert, acc_policy, l_expert, l_policy;
	double u_policy, iu_expert; /* E_pi[e^l], E_E[e^-l]: 1 if calibrated */
	double ece; /* expected calibration error of sigmoid(l), 10 bins */
};

/* Does the model fit the shape (-1: any) and the loss? */
must_use int discriminator_check(const struct ckpt *, int shape,
    const struct loss *);
/* The shape is offset where there is a base, else lm or head by the ckpt. */
void discriminator_init(struct discriminator *, const struct ckpt *,
    const struct ckpt *policy, const struct ckpt *base, size_t micro);
void discriminator_release(struct discriminator *);

/*
 * known[sum A] = - log pi, log p_base - log pi, or 0 for a head; -1 where log
 * pi is missing and there is no policy.
 */
must_use int discriminator_known(struct discriminator *, const struct traj *,
    size_t n, float *known);
/* Add what `known`, a score and a gradient would take (nn/plan.h). */
struct discriminator_passes {
	struct plan_passes policy, base, score, gradient;
};
must_use int discriminator_plan(struct discriminator *, const struct traj *,
    size_t n, struct discriminator_passes *);
/* s[sum A] = s_t of each action, with `known` added. */
must_use int discriminator_score(struct discriminator *, const struct traj *,
    size_t n, const float *known, float *s);
/*
 * l[sum A] from s[sum A].  A constant is estimated from the rollouts among all
 * n; returns what l is of the first `passed`.
 */
enum traj_ratio discriminator_ratios(const struct discriminator *,
    const struct traj *, size_t n, size_t passed, const float *s, float *l);
/*
 * d += gradient of the loss over n trajectories, whose roles name their side,
 * from their outputs s[sum A].  A head of level trajectory learns from all
 * prefixes where the loss is of sides (contrast.h): its output at an action
 * estimates l of the prefix.  The optimum at the last action is the same, and
 * every action is an example.
 */
must_use int discriminator_gradient(struct discriminator *, const struct traj *,
    size_t n, const float *s, struct params *d);
must_use int discriminator_measure(const struct discriminator *,
    const struct traj *, size_t n, const float *s, const float *l,
    struct discriminator_stats *);
/* Write the score of one trajectory into its record, as f32[1] or f32[A]. */
void discriminator_write(const struct discriminator *, struct traj *,
    const float *l);

#endif
