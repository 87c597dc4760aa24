/* SPDX-License-Identifier: MIT */
/*
 * imitation: what is made of demonstrations alone, unit token.
 *
 *   sft      -log pi for each action
 *   prefix   the same with weight (K-t)/K on action t = 0 .. K-1 of K: the
 *            mean over t of the divergence between marginals of prefixes
 *   iq       -log pi + lambda r^2, r_t = z_t[a_t] - gamma lse(z_{t+1}) the
 *            reward that the logits imply when they are read as soft Q
 *            values: V(s) = lse(z), and 0 after the last action (inverse
 *            soft Q-learning; Wulfmeier et al. 2024)
 */
#ifndef OBJECTIVE_IMITATION_H
#define OBJECTIVE_IMITATION_H

#include "base/err.h"

struct objective_work;

must_use int imitation_sft(struct objective_work *);
must_use int imitation_prefix(struct objective_work *);
must_use int imitation_iq(struct objective_work *);

#endif
