/* SPDX-License-Identifier: MIT */
/*
 * imitation: objectives that use only demonstrations, unit token.
 *
 *   sft      -log pi for each action
 *   onehot   the divergence of each action from the policy, a term of
 *            regularizers.h; coefficients of 0
 *   prefix   -log pi with weight (K-t)/K on action t = 0 .. K-1 of K: the
 *            mean over t of the divergence between marginals of prefixes
 *   iq       -log pi + lambda r^2, with the reward that the logits imply when
 *            they are read as soft Q values: r_t = z_t[a_t] - gamma V(s_t+1),
 *            V = logsumexp(z), and 0 after the last action
 *
 * Source: inverse soft Q-learning for language, Wulfmeier et al. 2024.
 */
#ifndef OBJECTIVE_IMITATION_H
#define OBJECTIVE_IMITATION_H

#include "base/err.h"

struct objective_segment;

/* Coefficients of rows of objective.h. */
must_use int imitation_sft(struct objective_segment *);
must_use int imitation_onehot(struct objective_segment *);
must_use int imitation_prefix(struct objective_segment *);
must_use int imitation_iq(struct objective_segment *);

#endif
