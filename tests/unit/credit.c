/* SPDX-License-Identifier: MIT */
/*
 * credit: what each action earns, against the definitions of divergences(7)
 * written out in plain loops, and little cases worked out by hand.
 */
#include "objective/credit.h"

#include <math.h>
#include <string.h>

#include "../tap.h"

enum { MOST = 8, LONG = 4 };

/* A segment on paper. */
struct row {
	const char *group;
	enum traj_role role;
	double weight;
	size_t actions, scores;
	float score[LONG];
};

struct sheet {
	struct traj t[MOST];
	struct traj_segment s;
};

static void
lay(struct sheet *x, const struct row *r, size_t n)
{
	size_t i;

	memset(x, 0, sizeof *x);
	for (i = 0; i < n; i++) {
		struct traj *t = &x->t[i];

		t->id = t->group = (char *)(uintptr_t)r[i].group;
		t->role = r[i].role;
		t->weight = r[i].weight;
		t->actions = r[i].actions;
		t->scores = r[i].scores;
		t->score = (float *)(uintptr_t)r[i].score;
	}
	x->s.t = x->t;
	x->s.n = n;
}

static bool
close_to(double x, double y)
{
	return fabs(x - y) <= 1e-5 * (1 + fabs(y));
}

/* ---- by definition: h of the four rows that the cases use, centred */

static double
naive_h(const struct credit *c, double l)
{
	const char *name =
	    c->divergence.row != NULL ? c->divergence.row->name : "reward";

	if (strcmp(name, "fkl") == 0) {
		l = l > c->clip ? c->clip : l < -c->clip ? -c->clip : l;
		return exp(l) - 1;
	}
	if (strcmp(name, "js") == 0)
		return 0.5 * log((1 + exp(l)) / 2);
	return l; /* rkl, reward */
}

/* The return from action j on. */
static double
naive_return(const struct credit *c, const struct row *r, size_t j)
{
	double all = 0, before = 0, sum = 0;
	size_t k;

	for (k = 0; k < r->scores; k++) {
		before += k < j ? (double)r->score[k] : 0;
		all += (double)r->score[k];
	}
	switch (c->level) {
	case LEVEL_PREFIX:
		return naive_h(c, all) - naive_h(c, before);
	case LEVEL_TOKEN:
		for (k = j; k < r->actions; k++)
			sum += pow(c->future, (double)(k - j)) *
			    naive_h(c, (double)r->score[k]);
		return sum;
	default:
		return naive_h(c, all);
	}
}

static double
naive_baseline(const struct credit *c, const struct row *r, size_t n, size_t i,
    size_t j)
{
	double sum = 0, weight = 0;
	size_t k;

	for (k = 0; k < n && c->baseline != BASELINE_NONE; k++) {
		if (strcmp(r[k].group, r[i].group) != 0 ||
		    (k == i && c->baseline == BASELINE_RLOO))
			continue;
		weight += r[k].weight;
		if (c->level == LEVEL_TRAJECTORY || j < r[k].actions)
			sum += r[k].weight * naive_return(c, &r[k], j);
	}
	return weight > 0 ? sum / weight : 0;
}

static double
naive_weight(const struct credit *c, const struct row *r, size_t n, size_t i)
{
	double l = 0, policy = 0, all = 0;
	size_t k;

	for (k = 0; k < r[i].scores; k++)
		l += (double)r[i].score[k];
	if (c->divergence.row != NULL &&
	    strcmp(c->divergence.row->name, "fkl") == 0)
		l = l > c->clip ? c->clip : l < -c->clip ? -c->clip : l;
	for (k = 0; k < n; k++) {
		all += r[k].weight;
		policy += r[k].role == ROLE_EXPERT ? 0 : r[k].weight;
	}
	if (c->estimator == ESTIMATE_DEMOS)
		return exp(-l);
	if (c->estimator == ESTIMATE_BOTH)
		return all / (policy + (all - policy) * exp(l));
	return 1;
}

/* Of the whole returns of i's group; 1 where it is alone. */
static double
naive_deviation(const struct credit *c, const struct row *r, size_t n, size_t i)
{
	double weight = 0, one = 0, two = 0, x;
	size_t k, of = 0;

	for (k = 0; k < n; k++) {
		if (strcmp(r[k].group, r[i].group) != 0)
			continue;
		x = naive_return(c, &r[k], 0);
		weight += r[k].weight;
		one += r[k].weight * x;
		two += r[k].weight * x * x;
		of++;
	}
	return of > 1 ? sqrt(two / weight - pow(one / weight, 2)) : 1;
}

/* Coefficients of the segment; how many. */
static size_t
naive_credit(const struct credit *c, const struct row *r, size_t n, double *out)
{
	double squares = 0, weights = 0;
	size_t i, j, k = 0;

	for (i = 0; i < n; i++)
		for (j = 0; j < r[i].actions; j++, k++) {
			out[k] = naive_weight(c, r, n, i) *
			    (naive_return(c, &r[i], j) -
				naive_baseline(c, r, n, i, j));
			squares += r[i].weight * out[k] * out[k];
			weights += r[i].weight;
		}
	for (i = 0, k = 0; i < n; i++)
		for (j = 0; j < r[i].actions; j++, k++)
			out[k] *= r[i].weight /
			    (c->scale == SCALE_NONE ?
				    1 :
				    c->scale == SCALE_RMS ?
				    sqrt(squares / weights) :
				    naive_deviation(c, r, n, i));
	return k;
}

static void
check_all(const char *what, struct credit c, const struct row *r, size_t n)
{
	struct sheet x;
	struct credit_stats stats;
	float coef[MOST * LONG];
	double want[MOST * LONG];
	size_t wrong = 0, m, k;
	int b, scale, level;

	lay(&x, r, n);
	for (level = LEVEL_PREFIX; level <= LEVEL_TOKEN; level++)
		for (b = BASELINE_RLOO; b <= BASELINE_NONE; b++)
			for (scale = SCALE_NONE; scale <= SCALE_STD; scale++) {
				c.level = (enum credit_level)level;
				c.baseline = (enum credit_baseline)b;
				c.scale = (enum credit_scale)scale;
				m = naive_credit(&c, r, n, want);
				wrong +=
				    credit_assign(&c, &x.s, coef, &stats) != 0;
				for (k = 0; k < m; k++)
					wrong +=
					    !close_to((double)coef[k], want[k]);
			}
	ok(wrong == 0, "%s: coefficients are the definition's, %zu are not",
	    what, wrong);
}

/* Groups in no order, of one and of several, of different lengths. */
static const struct row rollouts[] = {
	{ "p", ROLE_POLICY, 1, 3, 3, { 0.5f, -1, 0.25f } },
	{ "q", ROLE_POLICY, 2, 1, 1, { 0.7f } },
	{ "p", ROLE_POLICY, 0.5, 1, 1, { -0.4f } },
	{ "alone", ROLE_POLICY, 1, 2, 2, { 1, 2 } },
	{ "q", ROLE_NONE, 1, 2, 2, { -3, 6.5f } },
	{ "p", ROLE_POLICY, 3, 4, 4, { 0.1f, 0.2f, 0.3f, -2 } },
};
enum { ROLLOUTS = sizeof rollouts / sizeof *rollouts };

static void
test_definition(void)
{
	static const char *const names[] = { "fkl", "rkl", "js", "reward" };
	struct row r[ROLLOUTS];
	char what[64];
	size_t i, k;
	int e;

	for (i = 0; i < 4; i++)
		for (e = ESTIMATE_ROLLOUTS; e <= ESTIMATE_BOTH; e++) {
			struct credit c = { .clip = 1.5,
				.future = 0.8,
				.estimator = (enum credit_estimator)e };

			if (i < 3 &&
			    divergence_parse(names[i], &c.divergence) != 0)
				ok(false, "%s", err_last());
			memcpy(r, rollouts, sizeof r);
			for (k = 0; k < ROLLOUTS; k++)
				if (e == ESTIMATE_DEMOS ||
				    (e == ESTIMATE_BOTH && k % 2 == 0))
					r[k].role = ROLE_EXPERT;
			(void)snprintf(what, sizeof what, "%s, estimator %d",
			    names[i], e);
			check_all(what, c, r, ROLLOUTS);
		}
}

/* ---- by hand */

struct hand {
	const char *what, *divergence; /* NULL: reward */
	struct credit c;
	struct row r[4];
	size_t n;
	double want[8];
};

#define R(group, weight, A, ...) \
	{ \
		group, ROLE_POLICY, weight, A, \
		    sizeof((float[]){ __VA_ARGS__ }) / sizeof(float), \
		{ \
			__VA_ARGS__ \
		} \
	}
#define D(weight, A, ...) \
	{ \
		"d", ROLE_EXPERT, weight, A, \
		    sizeof((float[]){ __VA_ARGS__ }) / sizeof(float), \
		{ \
			__VA_ARGS__ \
		} \
	}
#define LN2 0.69314718f

static const struct hand hands[] = {
	{ "leave-one-out of three rewards", NULL, { 0 },
	    { R("g", 1, 1, 1), R("g", 1, 2, 2), R("g", 1, 1, 6) }, 3,
	    { 1 - 4, 2 - 3.5, 2 - 3.5, 6 - 1.5 } },
	{ "the mean of them", NULL, { .baseline = BASELINE_MEAN },
	    { R("g", 1, 1, 1), R("g", 1, 2, 2), R("g", 1, 1, 6) }, 3,
	    { -2, -1, -1, 3 } },
	{ "no baseline", NULL, { .baseline = BASELINE_NONE },
	    { R("g", 1, 1, 1), R("g", 1, 2, 2), R("g", 1, 1, 6) }, 3,
	    { 1, 2, 2, 6 } },
	{ "leave-one-out by weight", NULL, { 0 },
	    { R("g", 1, 1, 1), R("g", 3, 1, 2), R("g", 1, 1, 6) }, 3,
	    { 1 - 3, 3 * (2 - 3.5), 6 - 1.75 } },
	{ "a group of one has no leave-one-out", NULL, { 0 },
	    { R("a", 1, 1, 4), R("b", 1, 1, 7) }, 2, { 4, 7 } },
	{ "but a mean", NULL, { .baseline = BASELINE_MEAN },
	    { R("a", 1, 1, 4), R("b", 1, 1, 7) }, 2, { 0, 0 } },
	{ "root mean square", NULL,
	    { .baseline = BASELINE_NONE, .scale = SCALE_RMS },
	    { R("a", 1, 1, 1), R("b", 1, 1, 7) }, 2, { 0.2, 1.4 } },
	{ "a group by its standard deviation", NULL,
	    { .baseline = BASELINE_MEAN, .scale = SCALE_STD },
	    { R("g", 1, 1, 1), R("g", 1, 2, 2), R("g", 1, 1, 6),
		R("alone", 1, 1, 5) },
	    4,
	    { -2 / 2.1602468995, -1 / 2.1602468995, -1 / 2.1602468995,
		3 / 2.1602468995, 0 } },
	{ "equal but for rounding", "rkl",
	    { .baseline = BASELINE_NONE, .scale = SCALE_STD },
	    { R("g", 1, 3, 0.1f, 0.2f, 0.3f), R("g", 1, 3, 0.3f, 0.2f, 0.1f) },
	    2, { 0.6, 0.5, 0.3, 0.6, 0.3, 0.1 } },
	{ "of nothing but zeros", NULL, { .scale = SCALE_RMS },
	    { R("g", 1, 1, 3), R("g", 1, 1, 3) }, 2, { 0, 0 } },
	{ "prefix: h(L_T) - h(L_t-1)", "fkl",
	    { .baseline = BASELINE_NONE, .clip = 5 },
	    { R("a", 1, 3, LN2, LN2, -LN2) }, 1, { 1, 0, -2 } },
	{ "prefix: returns of the others end with them", "rkl", { 0 },
	    { R("g", 1, 1, 1), R("g", 1, 3, 1, 1, 4) }, 2,
	    { 1 - 6, 6 - 1, 5, 4 } },
	{ "trajectory: they do not", NULL, { .level = LEVEL_TRAJECTORY },
	    { R("g", 1, 1, 1), R("g", 1, 3, 1, 1, 4) }, 2, { 1 - 6, 5, 5, 5 } },
	{ "token: a discount", "rkl",
	    { .level = LEVEL_TOKEN, .future = 0.5, .baseline = BASELINE_NONE },
	    { R("a", 1, 3, 4, 2, 8) }, 1, { 4 + 1 + 2, 2 + 4, 8 } },
	{ "token: no future", "rkl",
	    { .level = LEVEL_TOKEN, .baseline = BASELINE_NONE },
	    { R("a", 1, 3, 4, 2, 8) }, 1, { 4, 2, 8 } },
	{ "clipped at log 2", "fkl",
	    { .baseline = BASELINE_NONE, .clip = (double)LN2 },
	    { R("a", 1, 1, 9), R("b", 1, 1, -9) }, 2, { 1, -0.5 } },
	{ "demonstrations weigh e^-l", "rkl",
	    { .baseline = BASELINE_NONE, .estimator = ESTIMATE_DEMOS },
	    { D(1, 1, LN2), D(1, 1, -LN2) }, 2,
	    { 0.5 * 0.69314718, -2 * 0.69314718 } },
	{ "both weigh 1 / (w_pi + w_E e^l)", "rkl",
	    { .baseline = BASELINE_NONE, .estimator = ESTIMATE_BOTH },
	    { R("p", 3, 1, LN2), D(1, 1, LN2) }, 2,
	    { 3 * 0.8 * 0.69314718, 0.8 * 0.69314718 } },
	{ "one without actions is in the others' baseline", NULL, { 0 },
	    { R("g", 1, 0, 4), R("g", 1, 2, 6) }, 2, { 2, 2 } },
};

static void
test_hands(void)
{
	struct credit_stats stats;
	struct sheet x;
	struct credit c;
	float coef[8];
	size_t i, j, k, wrong;

	for (i = 0; i < sizeof hands / sizeof *hands; i++) {
		c = hands[i].c;
		if (hands[i].divergence != NULL &&
		    divergence_parse(hands[i].divergence, &c.divergence) != 0)
			ok(false, "%s", err_last());
		if (c.estimator == ESTIMATE_AUTO)
			c.estimator = ESTIMATE_ROLLOUTS;
		lay(&x, hands[i].r, hands[i].n);
		wrong = credit_assign(&c, &x.s, coef, &stats) != 0;
		for (j = k = 0; j < hands[i].n; k += x.t[j++].actions)
			;
		while (k-- > 0)
			wrong += !close_to((double)coef[k], hands[i].want[k]);
		ok(wrong == 0, "%s", hands[i].what);
	}
}

static void
test_stats(void)
{
	static const struct row r[] = { R("a", 2, 2, 1, 9), R("b", 1, 1, 3),
		R("c", 1, 1, 3), R("c", 1, 1, 3), R("b", 1, 1, -9) };
	struct credit c = { .clip = 5, .future = 1 };
	struct credit_stats s;
	struct sheet x;
	float coef[8];

	lay(&x, r, 5);
	if (divergence_parse("fkl", &c.divergence) != 0)
		ok(false, "%s", err_last());
	c.level = LEVEL_TRAJECTORY;
	ok(credit_assign(&c, &x.s, coef, &s) == 0, "fkl with a clip");
	ok(close_to(s.units, 6) && close_to(s.clipped, 2) &&
		close_to(s.alone, 1) && close_to(s.flat, 1),
	    "units %g, clipped %g, alone %g, flat %g", s.units, s.clipped,
	    s.alone, s.flat);
	ok(close_to(s.reward,
	       2 * (exp(5) - 1) + 3 * (exp(3) - 1) + (exp(-5) - 1)),
	    "trajectory: weighted sum of rewards %g", s.reward);
	c.level = LEVEL_PREFIX;
	ok(credit_assign(&c, &x.s, coef, &s) == 0 && close_to(s.clipped, 2) &&
		close_to(s.reward,
		    2 * (exp(5) - 1) + 3 * (exp(3) - 1) + (exp(-5) - 1)),
	    "prefix: rewards telescope to the same sum %g", s.reward);
	c.level = LEVEL_TOKEN;
	ok(credit_assign(&c, &x.s, coef, &s) == 0 && close_to(s.clipped, 2) &&
		close_to(s.reward,
		    2 * (exp(5) + exp(1) - 2) + 3 * (exp(3) - 1) +
			(exp(-5) - 1)),
	    "token: each action is counted: %g", s.reward);
	x.s.n = 0;
	ok(credit_assign(&c, &x.s, coef, &s) == 0 && s.units == 0 &&
		s.reward == 0 && s.alone == 0,
	    "a segment without records has no units");
}

/* ---- refusals, and the policy that has moved on */

static bool
refuses(const struct credit *c, const struct row *r, const char *words)
{
	struct credit_stats stats;
	struct sheet x;
	float coef[8];

	lay(&x, r, 1);
	return credit_assign(c, &x.s, coef, &stats) == -1 &&
	    strcmp(err_last(), words) == 0;
}

static void
test_refusals(void)
{
	static const struct row demo = D(1, 1, 1), roll = R("g", 1, 2, 1, 2),
				one = R("g", 1, 2, 1);
	struct credit c = { .estimator = ESTIMATE_ROLLOUTS };

	ok(refuses(&c, &demo,
	       "record (\"d\"): role expert, but the estimator takes "
	       "rollouts only"),
	    "%s", err_last());
	c.estimator = ESTIMATE_DEMOS;
	ok(refuses(&c, &roll,
	       "record (\"g\"): role policy, but the estimator takes "
	       "demonstrations only"),
	    "%s", err_last());
	c.estimator = ESTIMATE_BOTH;
	c.level = LEVEL_PREFIX;
	ok(refuses(&c, &one,
	       "record (\"g\"): field \"score\": one for 2 "
	       "actions, but this level needs one for each"),
	    "%s", err_last());
}

/* Which divergence is served by which ratio: a table of its own. */
static void
test_ratio(void)
{
	static const char *const names[] = { "fkl", "rkl", "js", "tv", NULL };
	static const char served[][7] = { /* by none, calibrated, prompt, ... */
		"yy....", "yyyy..", "yy....", "yy..y.", "yyyy.y"
	};
	size_t i, wrong = 0;
	int r;

	for (i = 0; i < 5; i++) {
		struct credit c = { 0 };

		if (names[i] != NULL &&
		    divergence_parse(names[i], &c.divergence) != 0)
			ok(false, "%s", err_last());
		for (r = RATIO_NONE; r <= RATIO_REWARD; r++)
			wrong += (credit_ratio(&c, (enum traj_ratio)r) == 0) !=
			    (served[i][r] == 'y');
	}
	ok(wrong == 0,
	    "each ratio is enough for the rows of the table, %zu wrong", wrong);
}

static void
test_off_policy(void)
{
	static const struct row r[] = { R("g", 1, 4, 1, 1, 1, 1),
		R("h", 1, 3, 1, 1, 1) };
	float old[] = { -2, -2, -2, -2 }, ratio[7], coef[7];
	static const double now[] = { 1.5, 1.1, 0.5, 1, 0.5, 1.5, 0.9 };
	static const float was[] = { 2, 2, 2, 0, -2, -2, -2 };
	static const double want[] = { 0, 2.2, 1, 0, 0, -3, -1.8 };
	struct sheet x;
	double cut = 0;
	size_t i, wrong = 0;

	lay(&x, r, 2);
	for (i = 0; i < 7; i++) {
		ratio[i] = (float)(-2 + log(now[i]));
		coef[i] = was[i];
	}
	for (i = 0; i < 2; i++) {
		x.t[i].logp = old;
		x.t[i].logps = x.t[i].actions;
	}
	ok(credit_off_policy(&x.s, ratio, 0.2, coef, &cut) == 0,
	    "coefficients of a policy that moved");
	for (i = 0; i < 7; i++)
		wrong += !close_to((double)coef[i], want[i]);
	ok(wrong == 0 && close_to(cut, 2),
	    "each action takes its ratio, and %g are cut", cut);
	ratio[3] = 300;
	coef[3] = 0;
	ok(credit_off_policy(&x.s, ratio, 0.2, coef, &cut) == 0 && coef[3] == 0,
	    "a coefficient of 0 stays 0 at an infinite ratio");
	x.t[1].logps = 0;
	ok(credit_off_policy(&x.s, ratio, 0.2, coef, &cut) == -1 &&
		strstr(err_last(), "record (\"h\"): field \"logp\"") != NULL,
	    "%s", err_last());
}

/*
 * Estimator both after the policy moved, level trajectory, row rkl: two
 * demonstrations of L = log 3, one with a logp of its own and one without,
 * and a rollout of L = log 2 and weight 2.  Half of the weight is the
 * policy's, so a sample's weight is 1 / (1/2 + 1/2 e^L).
 */
static void
test_off_policy_experts(void)
{
	static const struct row r[] = { D(1, 2, 1.0986123f),
		D(1, 1, 1.0986123f), R("g", 2, 2, 0.6931472f) };
	struct credit c = { .estimator = ESTIMATE_BOTH,
		.level = LEVEL_TRAJECTORY,
		.baseline = BASELINE_NONE };
	float logp[] = { -1, -1, -1, (float)(-2 + log(1.1)),
		(float)(-2 + log(1.5)) };
	float experts[] = { -7, -0.001f }, sampler[] = { -2, -2 }, coef[5];
	/* log 3 / 2; 2 log 2 / (1/2 + 1/2 2), by 1.1, and cut at 1.5 */
	const double want[] = { log(3) / 2, log(3) / 2, log(3) / 2,
		2 * log(2) / 1.5 * 1.1, 0 };
	struct credit_stats stats;
	struct sheet x;
	double cut = 0;
	size_t i, wrong = 0;

	ok(divergence_parse("rkl", &c.divergence) == 0, "rkl");
	lay(&x, r, 3);
	x.t[0].logp = experts;
	x.t[0].logps = 2;
	x.t[2].logp = sampler;
	x.t[2].logps = 2;
	ok(credit_assign(&c, &x.s, coef, &stats) == 0 &&
		credit_off_policy(&x.s, logp, 0.2, coef, &cut) == 0,
	    "demonstrations need no logp after the policy moved");
	for (i = 0; i < 5; i++)
		wrong += !close_to((double)coef[i], want[i]);
	ok(wrong == 0 && close_to(cut, 1),
	    "demonstrations take no ratio and are not cut: %zu wrong", wrong);
}

int
main(void)
{
	test_definition();
	test_hands();
	test_stats();
	test_refusals();
	test_ratio();
	test_off_policy();
	test_off_policy_experts();
	return tap_done();
}
