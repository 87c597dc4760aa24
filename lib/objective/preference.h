/* SPDX-License-Identifier: MIT */
/*
 * preference: of two trajectories of a group one is preferred.
 *
 * With g = log pi - log ref of a trajectory and phi its implied reward, a
 * pair's margin is m = phi(g chosen) - phi(g rejected), and its loss
 *
 *   dpo, spin   -log sigmoid(beta m)              (Rafailov et al. 2023)
 *   ipo         (m - 1 / (2 beta))^2              (Azar et al. 2023)
 *
 * phi is g itself where the regulariser is KL(pi || ref), row rkl.  Another
 * row D_f(ref || pi) = E_ref[k(v)], v = pi / ref, has phi = k'(v) = -h(-g),
 * with h the row's reward, for k(v) = v f(1/v) has k' = f(1/v) - f'(1/v) / v
 * (f-DPO: Wang et al. 2023).  It must rise without bound as v goes to 0.
 *
 * Sides: chosen and rejected; for spin demonstrations and the policy's own
 * samples of their prompts (Chen et al. 2024).
 */
#ifndef OBJECTIVE_PREFERENCE_H
#define OBJECTIVE_PREFERENCE_H

#include <stddef.h>

#include "base/err.h"
#include "divergence/divergence.h"

struct objective_work;

struct preference {
	double beta;         /* 0: as the row of the objective says */
	struct divergence f; /* row NULL: rkl */
	double smooth;       /* share of pairs that are the other way round */
	double clip; /* |g| beyond which rows that explode go straight */
};

/* The regulariser of f-DPO by name; -1 where it is none, with the reason. */
must_use int preference_parse_f(const char *, struct divergence *);
/* phi(g), and its derivative. */
double preference_implied(const struct preference *, double g, double *slope);

struct objective_settings;
struct ckpt;
/* The reference of pairs, opened; -1 where it cannot be one. */
must_use int preference_refer(struct objective_settings *, struct ckpt *ref,
    const char *dir, const struct ckpt *policy, size_t micro);

/* Rows of the table of objective.h. */
must_use int preference_dpo(struct objective_work *);
must_use int preference_ipo(struct objective_work *);
must_use int preference_spin(struct objective_work *);

#endif
