/* SPDX-License-Identifier: MIT */
/*
 * In double, for every action of the segment: first its return; then the
 * baseline, which needs the returns of the whole group; last the importance
 * weight, which multiplies return and baseline alike, because
 * E_E[e^-l b grad log pi] vanishes for every b that does not depend on the
 * sample.
 *
 * The leave-one-out baseline at action index j is the weighted mean over the
 * group's other samples of their return at j, 0 where they end before j.
 * Groups are found by sorting, so a segment may hold any number of them in
 * any order.
 */
#include "objective/credit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "traj/members.h"

const char *const credit_levels[] = { "auto", "prefix", "trajectory", "token",
	NULL };
const char *const credit_estimators[] = { "auto", "rollouts", "demos", "both",
	NULL };
const char *const credit_baselines[] = { "rloo", "mean", "none", NULL };
const char *const credit_scales[] = { "none", "rms", "std", NULL };

/* Whether scores of a ratio are enough for a row; NULL: a reward. */
static bool
is_enough(enum traj_ratio ratio, const struct divergence_row *row)
{
	switch (ratio) {
	case RATIO_NONE:
	case RATIO_CALIBRATED:
		return true;
	case RATIO_PROMPT:
	case RATIO_CONSTANT:
		return row == NULL || row->linear;
	case RATIO_SIGN:
		return row != NULL && row->sign;
	default:
		return row == NULL;
	}
}

/* What can use scores of a ratio, for the hint. */
static const char *
user_of(enum traj_ratio ratio)
{
	const struct divergence_row *rows;
	size_t i, n;

	rows = divergence_rows(&n);
	for (i = 0; i < n; i++)
		if (is_enough(ratio, &rows[i]))
			return rows[i].name;
	return "reward";
}

int
credit_ratio(const struct credit *c, enum traj_ratio ratio)
{
	static const char *const what[] = {
		[RATIO_PROMPT] = "log-ratios up to a constant of each prompt",
		[RATIO_CONSTANT] = "log-ratios up to a constant",
		[RATIO_SIGN] = "the signs of log-ratios",
		[RATIO_REWARD] = "rewards"
	};
	const struct divergence_row *row = c->divergence.row;

	if (is_enough(ratio, row))
		return 0;
	return fail_kind(ERR_RATIO, user_of(ratio),
	    "%s cannot use scores of ratio %s: they are %s",
	    row != NULL ? row->name : "reward", traj_ratio_name(ratio),
	    what[ratio]);
}

static double
reward_of(const struct credit *c, double l, bool *clipped)
{
	if (c->divergence.row == NULL)
		return l;
	if (c->divergence.row->clips && fabs(l) > c->clip) {
		*clipped = true;
		l = copysign(c->clip, l);
	}
	return divergence_reward(&c->divergence, l);
}

static enum credit_level
level_of(const struct credit *c, const struct traj_segment *s)
{
	size_t i;

	if (c->level != LEVEL_AUTO)
		return c->level;
	for (i = 0; i < s->n; i++)
		if (s->t[i].scores != 1 || s->t[i].actions != 1)
			return s->t[i].scores == 1 ? LEVEL_TRAJECTORY :
						     LEVEL_PREFIX;
	return LEVEL_TRAJECTORY;
}

/* The number of returns: one for each action, at least one. */
static size_t
width(const struct traj *t)
{
	return t->actions > 0 ? t->actions : 1;
}

/* Returns of one trajectory into ret[width]; its L_T into *total. */
static void
returns_of(const struct credit *c, enum credit_level level,
    const struct traj *t, double *ret, double *total,
    struct credit_stats *stats)
{
	double sum = sum_floats(t->score, t->scores), before = 0, h;
	bool clipped = false, one;
	size_t j;

	*total = sum;
	if (level == LEVEL_TRAJECTORY) {
		h = reward_of(c, sum, &clipped);
		for (j = 0; j < width(t); j++)
			ret[j] = h;
		stats->clipped += clipped;
		stats->reward += t->weight * h;
		return;
	}
	sum = 0;
	for (j = 0; j < t->actions; j++) {
		one = false;
		if (level == LEVEL_PREFIX && c->divergence.row != NULL) {
			sum += (double)t->score[j];
			h = reward_of(c, sum, &one);
			ret[j] = h - before;
			before = h;
		} else {
			ret[j] = reward_of(c, (double)t->score[j], &one);
		}
		stats->reward += t->weight * ret[j];
		if (level == LEVEL_TOKEN)
			stats->clipped += one;
		clipped |= one;
	}
	if (level == LEVEL_PREFIX)
		stats->clipped += clipped;
	for (j = t->actions; j-- > 1;)
		ret[j - 1] += (level == LEVEL_TOKEN ? c->future : 1) * ret[j];
}

/* Whether all returns of the group are the same: it has no signal. */
static bool
all_equal(const struct member *m, size_t n, const struct traj *t,
    double *const *ret)
{
	double first = ret[m[0].i][0];
	size_t k, j;

	for (k = 0; k < n; k++)
		for (j = 0; j < width(&t[m[k].i]); j++)
			if (ret[m[k].i][j] != first)
				return false;
	return true;
}

/*
 * out = ret - baseline for the n members of one group.  whole: a return is
 * the trajectory's, so it counts at every index, also after its end.
 */
static void
subtract_baseline(const struct credit *c, bool whole, const struct member *m,
    size_t n, const struct traj *t, double *const *ret, double *const *out)
{
	size_t k, j, at, longest = 0, A;
	double total = 0, *sum, w, rest, weight;

	for (k = 0; k < n; k++) {
		total += t[m[k].i].weight;
		if (width(&t[m[k].i]) > longest)
			longest = width(&t[m[k].i]);
	}
	sum = mem_alloc(longest, sizeof *sum);
	for (k = 0; k < n; k++)
		for (j = 0; j < width(&t[m[k].i]); j++)
			sum[j] += t[m[k].i].weight * ret[m[k].i][j];
	for (k = 0; k < n; k++) {
		w = t[m[k].i].weight;
		A = t[m[k].i].actions;
		rest = c->baseline == BASELINE_RLOO ? w : 0;
		weight = total - rest;
		for (j = 0; j < A && weight > 0; j++) {
			at = whole ? 0 : j;
			out[m[k].i][j] -=
			    (sum[at] - rest * ret[m[k].i][at]) / weight;
		}
	}
	free(sum);
}

/*
 * The standard deviation of a group's whole returns, by weight; 0 where they
 * differ by no more than rounding.
 */
static double
deviation(const struct member *m, size_t n, const struct traj *t,
    double *const *ret)
{
	const double rounding = 1e-6; /* scores are single */
	double weight = 0, mean = 0, squares = 0, size = 0, x, w;
	size_t k;

	for (k = 0; k < n; k++) {
		w = t[m[k].i].weight;
		weight += w;
		mean += w * ret[m[k].i][0];
		size += w * ret[m[k].i][0] * ret[m[k].i][0];
	}
	mean /= weight;
	for (k = 0; k < n; k++) {
		x = ret[m[k].i][0] - mean;
		squares += t[m[k].i].weight * x * x;
	}
	x = sqrt(squares / weight);
	return x > rounding * sqrt(size / weight) ? x : 0;
}

static void
scale_std(const struct member *m, size_t n, const struct traj *t,
    double *const *ret, double *const *out)
{
	double s = deviation(m, n, t, ret);
	size_t k, j;

	for (k = 0; k < n && s > 0; k++)
		for (j = 0; j < t[m[k].i].actions; j++)
			out[m[k].i][j] /= s;
}

static void
baselines(const struct credit *c, bool whole, const struct traj_segment *s,
    double *const *ret, double *const *out, struct credit_stats *stats)
{
	struct member *m = members_of(s->t, s->n);
	size_t i, k;

	for (i = 0; i < s->n; i = k) {
		k = members_end(m, s->n, i);
		if (k - i == 1)
			stats->alone++;
		else if (all_equal(m + i, k - i, s->t, ret))
			stats->flat++;
		if (c->baseline == BASELINE_MEAN ||
		    (c->baseline == BASELINE_RLOO && k - i > 1))
			subtract_baseline(c, whole, m + i, k - i, s->t, ret,
			    out);
		if (c->scale == SCALE_STD && k - i > 1)
			scale_std(m + i, k - i, s->t, ret, out);
	}
	free(m);
}

/* The weight with which a sample of its role estimates E_pi. */
static double
importance(const struct credit *c, double l, double share_policy)
{
	if (c->divergence.row != NULL && c->divergence.row->clips)
		l = fmax(-c->clip, fmin(c->clip, l));
	switch (c->estimator) {
	case ESTIMATE_DEMOS:
		return exp(-l);
	case ESTIMATE_BOTH:
		return 1 / (share_policy + (1 - share_policy) * exp(l));
	default:
		return 1;
	}
}

static int
check_record(const struct credit *c, enum credit_level level,
    const struct traj *t)
{
	const char *role =
	    t->role == ROLE_NONE ? "none" : traj_role_name(t->role);
	bool demo = t->role == ROLE_EXPERT;

	if (level != LEVEL_TRAJECTORY && t->scores != t->actions)
		return traj_fail(t,
		    "field \"score\": one for %zu actions, but this level "
		    "needs one for each",
		    t->actions);
	if ((c->estimator == ESTIMATE_ROLLOUTS && demo) ||
	    (c->estimator == ESTIMATE_DEMOS && !demo)) {
		(void)fail_kind(ERR_ESTIMATOR, NULL,
		    "role %s, but the estimator takes %s only", role,
		    demo ? "rollouts" : "demonstrations");
		return traj_fail_in(t);
	}
	return 0;
}

static void
scale_rms(const struct traj_segment *s, double *const *out)
{
	double squares = 0, weight = 0, r;
	size_t i, j;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++) {
			squares += s->t[i].weight * out[i][j] * out[i][j];
			weight += s->t[i].weight;
		}
	r = squares > 0 && weight > 0 ? sqrt(weight / squares) : 1;
	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			out[i][j] *= r;
}

int
credit_assign(const struct credit *c, const struct traj_segment *s, float *coef,
    struct credit_stats *stats)
{
	enum credit_level level = level_of(c, s);
	double *all, **ret, **out, *total, policy = 0, w;
	size_t i, j, A = 0;

	*stats = (struct credit_stats){ 0 };
	for (i = 0; i < s->n; i++) {
		if (check_record(c, level, &s->t[i]) != 0)
			return -1;
		A += width(&s->t[i]);
		stats->units += s->t[i].weight;
		if (s->t[i].role != ROLE_EXPERT)
			policy += s->t[i].weight;
	}
	all = mem_alloc(2 * A, sizeof *all);
	total = mem_alloc(s->n, sizeof *total);
	ret = mem_alloc(s->n, sizeof *ret);
	out = mem_alloc(s->n, sizeof *out);
	for (i = 0, j = 0; i < s->n; j += width(&s->t[i]), i++) {
		ret[i] = all + j;
		out[i] = all + A + j;
		returns_of(c, level, &s->t[i], ret[i], &total[i], stats);
	}
	memcpy(all + A, all, A * sizeof *all);
	baselines(c, level == LEVEL_TRAJECTORY, s, ret, out, stats);
	for (i = 0; i < s->n; i++) {
		w = importance(c, total[i], policy / stats->units);
		for (j = 0; j < s->t[i].actions; j++)
			out[i][j] *= w;
	}
	if (c->scale == SCALE_RMS)
		scale_rms(s, out);
	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			*coef++ = (float)(s->t[i].weight * out[i][j]);
	free(all);
	free(total);
	free(ret);
	free(out);
	return 0;
}

int
credit_off_policy(const struct traj_segment *s, const float *logp, double e,
    float *coef, double *cut)
{
	size_t i, j;
	double r;

	for (i = 0; i < s->n; i++) {
		const struct traj *t = &s->t[i];

		if (t->role != ROLE_EXPERT && t->logps != t->actions)
			return traj_fail(t,
			    "field \"logp\": missing, and the policy has made "
			    "steps since it sampled");
		for (j = 0; t->role != ROLE_EXPERT && j < t->actions; j++) {
			r = exp((double)(logp[j] - t->logp[j]));
			if (coef[j] > 0 ? r > 1 + e : r < 1 - e) {
				*cut += coef[j] != 0;
				coef[j] = 0;
			} else if (coef[j] != 0) { /* r may be infinite */
				coef[j] *= (float)r;
			}
		}
		coef += t->actions;
		logp += t->actions;
	}
	return 0;
}
