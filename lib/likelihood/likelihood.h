/* SPDX-License-Identifier: MIT */
/*
 * likelihood: log-probabilities of trajectories under a policy, and the
 * gradient of weighted sums of them.
 *
 * SFT, the `lm` discriminator, policy gradients and preferences are all
 *     g = grad of  - sum_i sum_t c_it log pi(a_it | s_it),
 * so one backward pass serves them all.  Trajectories are packed, without
 * padding, into micro-batches of at most `micro` tokens (one longer
 * trajectory makes a pack of its own), and what neighbours begin with alike,
 * as samples of one prompt do, is there and computed once, forward and
 * backward.  Packs run in order, so sums do not depend on the number of
 * threads.  Log-probabilities and scores depend on nothing but the
 * trajectory, to the bit.  Actions are concatenated in the order of
 * trajectories: action j of trajectory i is element offset(i) + j.
 */
#ifndef LIKELIHOOD_LIKELIHOOD_H
#define LIKELIHOOD_LIKELIHOOD_H

#include <stddef.h>

#include "base/err.h"
#include "nn/ckpt.h"
#include "nn/transformer.h"
#include "traj/traj.h"

struct likelihood; /* a workspace: activations and packs */

struct likelihood *likelihood_new(const struct config *, size_t micro);
void likelihood_free(struct likelihood *);

/* Sum of A over trajectories. */
size_t likelihood_actions(const struct traj *, size_t n);

/* logp[sum A] of every action; entropy[sum A] of the distribution at each, or
 * NULL. */
must_use int likelihood_logp(struct likelihood *, const struct params *,
    const struct traj *, size_t n, float *logp, float *entropy);

/*
 * d += gradient of -sum coef * logp; coef[sum A].  logp as above, or NULL.
 * -1 when a log-probability is not finite, naming the trajectory.
 */
must_use int likelihood_gradient(struct likelihood *, const struct params *,
    const struct traj *, size_t n, const float *coef, float *logp,
    struct params *d);

/*
 * The logit z[sum A] of every action, and lse[sum A] of its row; and the
 * gradient of sum - coef z + mass lse, which of -coef log pi is the case
 * that mass is coef, or NULL.  logp as above, or NULL.
 */
must_use int likelihood_logits(struct likelihood *, const struct params *,
    const struct traj *, size_t n, float *z, float *lse);
must_use int likelihood_logits_gradient(struct likelihood *,
    const struct params *, const struct traj *, size_t n, const float *coef,
    const float *mass, float *logp, struct params *d);

/*
 * The general form: for each block of rows, distribution(ctx, first, n, logits,
 * at) sees the logits of actions first .. first+n-1 (at[i].traj, at[i].action)
 * and leaves d loss / d logits.  d NULL: forward only.
 */
struct likelihood_at {
	size_t traj, action, token /* index in its tokens */;
};
typedef int likelihood_fn(void *ctx, const struct likelihood_at *at, size_t n,
    size_t V, float *logits);
must_use int likelihood_rows(struct likelihood *, const struct params *,
    const struct traj *, size_t n, likelihood_fn *, void *ctx,
    struct params *d);

/*
 * Terms of the loss that are functions of an action's whole distribution,
 * beside c: while they are set, likelihood_logp and likelihood_gradient call,
 * for each pack, pack(); for each block of n rows from `first` of the pack,
 * block(); and for row i of it, action k of all, row(), which sees the logits
 * z[V] and their log-sum-exp and adds d loss / d z to dz[V] (NULL: forward
 * only). Rows run in parallel.
 */
struct likelihood_beside {
	void *ctx;
	int (*pack)(void *ctx, const struct pack *);
	void (*block)(void *ctx, size_t first, size_t n);
	void (*row)(void *ctx, size_t i, size_t k, const struct likelihood_at *,
	    const float *z, double lse, float *dz);
};
/* Borrowed until it is replaced; NULL: none. */
void likelihood_beside(struct likelihood *, const struct likelihood_beside *);

/*
 * A scalar head (score.weight): s[sum A] at every action token, f(action) =
 * score . hidden; and its gradient d += sum ds * grad s.
 */
must_use int likelihood_scores(struct likelihood *, const struct params *,
    const struct traj *, size_t n, float *s);
must_use int likelihood_scores_gradient(struct likelihood *,
    const struct params *, const struct traj *, size_t n, const float *ds,
    struct params *d);

#endif
