/* SPDX-License-Identifier: MIT */
/*
 * estimate: where all outcomes are listed with their probabilities, the
 * estimate is the divergence itself, from either side or both.
 */
#include "divergence/estimate.h"

#include <math.h>
#include <string.h>

#include "../tap.h"

enum { K = 4 };

static const double expert[K] = { 0.5, 0.25, 0.2, 0.05 };
static const double policy[K] = { 0.1, 0.2, 0.3, 0.4 };

/* Divergences of two distributions, from their definitions over outcomes. */
static double
naive_fkl(const double *p, const double *q)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < K; i++)
		sum += p[i] * log(p[i] / q[i]);
	return sum;
}

static double
naive(const char *name)
{
	double m[K], tv = 0, hellinger = 0, chi = 0, neyman = 0;
	size_t i;

	for (i = 0; i < K; i++) {
		m[i] = (expert[i] + policy[i]) / 2;
		tv += fabs(expert[i] - policy[i]) / 2;
		hellinger += pow(sqrt(expert[i]) - sqrt(policy[i]), 2);
		chi += pow(expert[i] - policy[i], 2) / policy[i];
		neyman += pow(expert[i] - policy[i], 2) / expert[i];
	}
	if (strcmp(name, "fkl") == 0)
		return naive_fkl(expert, policy);
	if (strcmp(name, "rkl") == 0)
		return naive_fkl(policy, expert);
	if (strcmp(name, "js") == 0)
		return (naive_fkl(expert, m) + naive_fkl(policy, m)) / 2;
	if (strcmp(name, "jeffreys") == 0)
		return naive_fkl(expert, policy) + naive_fkl(policy, expert);
	return strcmp(name, "tv") == 0     ? tv :
	    strcmp(name, "hellinger") == 0 ? hellinger :
	    strcmp(name, "pearson") == 0   ? chi :
					     neyman;
}

/*
 * Every outcome of a distribution, scored in two parts; weights times `scale`.
 */
static void
list(struct estimate *e, const double *distribution, enum traj_role role,
    double scale)
{
	float score[2];
	struct traj t = { .role = role, .score = score, .scores = 2 };
	size_t i;

	for (i = 0; i < K; i++) {
		score[0] = 1;
		score[1] = (float)(log(expert[i] / policy[i]) - 1);
		t.weight = scale * distribution[i];
		estimate_add(e, &t);
	}
}

static void
check(const char *what, const struct estimate *e)
{
	static const char *const names[] = { "fkl", "rkl", "js", "jeffreys",
		"tv", "hellinger", "pearson", "neyman" };
	struct divergence d;
	size_t i;
	double got;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (divergence_parse(names[i], &d) != 0)
			ok(false, "%s", err_last());
		got = estimate_divergence(e, &d);
		ok(fabs(got - naive(names[i])) < 1e-5, "%s: %s is %g, %g", what,
		    names[i], got, naive(names[i]));
	}
}

static void
test_few(void)
{
	float score = 0.6931472f;
	struct traj t = { .role = ROLE_POLICY,
		.score = &score,
		.scores = 1,
		.weight = 3 };
	struct estimate e = { 0 };
	struct divergence d;

	estimate_add(&e, &t);
	ok(fabs(estimate_ess(&e) - 1) < 1e-6,
	    "the effective size of one sample is 1");
	ok(fabs(estimate_calibration(&e) - 2) < 1e-6,
	    "the calibration of one sample is its ratio");
	score = -0.6931472f;
	t.weight = 4;
	estimate_add(&e, &t);
	ok(fabs(estimate_ess(&e) - 8 * 8 / 40.0) < 1e-5 &&
		fabs(estimate_calibration(&e) - 8 / 7.0) < 1e-6,
	    "the effective size of two weighted samples: %g", estimate_ess(&e));
	estimate_release(&e);
	score = 800;
	estimate_add(&e, &t);
	if (divergence_parse("rkl", &d) != 0)
		ok(false, "%s", err_last());
	ok(fabs(estimate_divergence(&e, &d) + 800) < 1e-9,
	    "a ratio that overflows: rkl is %g", estimate_divergence(&e, &d));
	estimate_release(&e);
	ok(isnan(estimate_calibration(&e)) && isnan(estimate_ess(&e)),
	    "without samples nothing is estimated");
}

/* Unweighted rollouts: the usual standard error, n in the place of n - 1. */
static void
test_error(void)
{
	static const float l[] = { 0.5f, -1, 0.25f, 2, -0.5f };
	float score;
	struct traj t = { .role = ROLE_POLICY,
		.score = &score,
		.scores = 1,
		.weight = 1 };
	struct estimate e = { 0 };
	struct divergence d;
	double mean = 0, sum = 0;
	size_t i;

	if (divergence_parse("rkl", &d) != 0)
		ok(false, "%s", err_last());
	for (i = 0; i < 5; i++) {
		score = l[i];
		estimate_add(&e, &t);
		if (i == 0)
			ok(isnan(estimate_error(&e, &d)),
			    "one sample has no standard error");
		mean -= (double)l[i] / 5;
	}
	for (i = 0; i < 5; i++)
		sum += pow(-(double)l[i] - mean, 2) / 25;
	ok(fabs(estimate_error(&e, &d) - sqrt(sum)) < 1e-9,
	    "the standard error of a mean: %g", sqrt(sum));
	ok(isnan(estimate_auc(&e)), "one role has no AUC");
	t.role = ROLE_EXPERT;
	t.weight = 3; /* it beats three, and one it equals */
	score = 0.5f;
	estimate_add(&e, &t);
	ok(fabs(estimate_auc(&e) - 3.5 / 5) < 1e-12, "AUC %g",
	    estimate_auc(&e));
	t.weight = 1; /* beats all */
	score = 9;
	estimate_add(&e, &t);
	ok(fabs(estimate_auc(&e) - (3 * 0.7 + 1) / 4) < 1e-12, "AUC %g",
	    estimate_auc(&e));
	estimate_release(&e);
}

int
main(void)
{
	struct estimate e = { 0 };

	list(&e, policy, ROLE_POLICY, 1);
	check("rollouts", &e);
	ok(fabs(estimate_calibration(&e) - 1) < 1e-6,
	    "rollouts listed in full are calibrated");
	estimate_release(&e);
	list(&e, expert, ROLE_EXPERT, 1);
	check("demonstrations", &e);
	ok(isnan(estimate_calibration(&e)),
	    "demonstrations give no calibration");
	list(&e, policy, ROLE_NONE, 3);
	check("both, 1 : 3", &e);
	estimate_release(&e);
	test_few();
	test_error();
	return tap_done();
}
