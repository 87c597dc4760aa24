/* SPDX-License-Identifier: MIT */
/*
 * likelihood: log-probabilities of trajectories under a policy, and gradients
 * of weighted sums of them.
 *
 * SFT, the `lm` discriminator, policy gradients and preferences all need
 *
 *   g = grad of  - sum_i sum_t c_it log pi(a_it | s_it),
 *
 * so one backward pass serves them all.  Trajectories are packed without
 * padding into micro-batches of at most `micro` tokens (a longer trajectory
 * makes a pack of its own).  A prompt that neighbors share, such as samples of
 * one prompt, is computed once, forward and backward; with dropout for each.
 *
 * Packs run in order, so sums do not depend on the number of threads, and a
 * trajectory's log-probabilities and scores depend on nothing but the
 * trajectory, bit for bit.
 *
 * Arrays [sum A] have an element for each action, of trajectory after
 * trajectory.  Every function fails with the name of the trajectory where a
 * token is outside the vocabulary, a trajectory is longer than the context or
 * a result is not finite.
 */
#ifndef LIKELIHOOD_LIKELIHOOD_H
#define LIKELIHOOD_LIKELIHOOD_H

#include <stddef.h>

#include "base/err.h"
#include "likelihood/packer.h"
#include "nn/ckpt.h"
#include "nn/plan.h"
#include "nn/transformer.h"
#include "traj/traj.h"

struct likelihood; /* a workspace: activations and packs */

struct likelihood *likelihood_new(const struct config *, size_t micro);
void likelihood_free(struct likelihood *);
/* Backward passes keep the layers' inputs alone (nn/activations.h). */
void likelihood_recompute(struct likelihood *);
/*
 * From now on passes are of a model with this config, in the same memory; what
 * was set stays.
 */
void likelihood_of(struct likelihood *, const struct config *);
/* Whether they do; and tokens of a micro-batch. */
bool likelihood_recomputes(const struct likelihood *);
size_t likelihood_micro(const struct likelihood *);
/*
 * From now on passes drop, with the same masks forward and backward; NULL: no
 * more.
 */
void likelihood_drop(struct likelihood *, const struct likelihood_dropout *);

/*
 * Add what a pass over n trajectories would take (nn/plan.h); computes nothing,
 * and fails as the pass does where a trajectory is unfit.
 */
must_use int likelihood_plan(struct likelihood *, const struct params *,
    const struct traj *, size_t n, bool backward, struct plan_passes *);

/* The sum of A over n trajectories. */
size_t likelihood_actions(const struct traj *, size_t n);

/* logp[sum A]; entropy[sum A] of each action's distribution, or NULL. */
must_use int likelihood_logp(struct likelihood *, const struct params *,
    const struct traj *, size_t n, float *logp, float *entropy);

/* sum[n] = log-probability of each trajectory. */
must_use int likelihood_sums(struct likelihood *, const struct params *,
    const struct traj *, size_t n, double *sum);

/* d += gradient of -sum coef * logp; coef[sum A], logp[sum A] or NULL. */
must_use int likelihood_gradient(struct likelihood *, const struct params *,
    const struct traj *, size_t n, const float *coef, float *logp,
    struct params *d);

/* The logit z[sum A] of every action, and lse[sum A] of all its row. */
must_use int likelihood_logits(struct likelihood *, const struct params *,
    const struct traj *, size_t n, float *z, float *lse);

/*
 * Terms of a loss that are functions of an action's whole distribution.  The
 * functions below call pack() for each pack, then block() for each block of n
 * rows from row `first` of the pack, then row() for row i of the block, in
 * parallel.  row() gets k, the action's index in [sum A], its logits z[V] and
 * their logsumexp, and adds d term / d z to dz[V]; dz is NULL in a forward
 * pass.
 */
struct likelihood_terms {
	void *ctx;
	int (*pack)(void *ctx, const struct pack *);
	void (*block)(void *ctx, size_t first, size_t n);
	void (*row)(void *ctx, size_t i, size_t k, const struct likelihood_at *,
	    const float *z, double lse, float *dz);
};

/* logp[sum A], and the terms, forward only. */
must_use int likelihood_evaluate(struct likelihood *, const struct params *,
    const struct traj *, size_t n, const struct likelihood_terms *,
    float *logp);
/*
 * d += gradient of sum - coef z + mass lse, plus the terms.  mass[sum A] NULL:
 * coef, which makes it -coef log pi; terms NULL: none; logp[sum A] or NULL;
 * entropy[sum A] of each action's distribution, or NULL.
 */
must_use int likelihood_logits_gradient(struct likelihood *,
    const struct params *, const struct traj *, size_t n, const float *coef,
    const float *mass, const struct likelihood_terms *terms, float *logp,
    float *entropy, struct params *d);

/*
 * The general form: fn gets the logits [n V] of a block of n actions and
 * replaces them by d loss / d logits.  d NULL: forward only.
 */
typedef int likelihood_fn(void *ctx, const struct likelihood_at *at, size_t n,
    size_t V, float *logits);
must_use int likelihood_rows(struct likelihood *, const struct params *,
    const struct traj *, size_t n, likelihood_fn *, void *ctx,
    struct params *d);

/*
 * Models with a scalar head (score.weight): s[sum A] = score . hidden at every
 * action token; and d += gradient of sum ds * s.
 */
must_use int likelihood_scores(struct likelihood *, const struct params *,
    const struct traj *, size_t n, float *s);
must_use int likelihood_scores_gradient(struct likelihood *,
    const struct params *, const struct traj *, size_t n, const float *ds,
    struct params *d);

#endif
