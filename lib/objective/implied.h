/* SPDX-License-Identifier: MIT */
/*
 * implied: the reward that a policy implies relative to a reference.
 *
 * With g = log pi - log ref of a trajectory, phi(g) is g where the regularizer
 * is KL(pi || ref).  For another row D_f(ref || pi) = E_ref[k(v)] with
 * v = pi / ref and k(v) = v f(1/v), phi is k'(v) = -h(-g), h the row's reward.
 * It must rise without bound as v goes to 0.
 *
 * Source: Wang et al. 2023 (f-DPO).
 */
#ifndef OBJECTIVE_IMPLIED_H
#define OBJECTIVE_IMPLIED_H

#include "base/err.h"
#include "divergence/divergence.h"

/* Settings of preferences. */
struct preference {
	double beta;         /* 0: the row's default */
	double margin;       /* below 0: the row's default */
	double undesirable;  /* singles: weight of the rejected; 0: 1 */
	struct divergence f; /* the regularizer; row NULL: KL(pi || ref) */
	double smooth;       /* assumed rate of flipped labels */
	double clip; /* rows that explode: phi is linear beyond |g| = clip */
};

/* The regularizer of f-DPO by name; -1 names the fault. */
must_use int preference_parse_f(const char *, void *divergence);
/* phi(g) and its derivative. */
double preference_implied(const struct preference *, double g, double *slope);

#endif
