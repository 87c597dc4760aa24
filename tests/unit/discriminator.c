/* SPDX-License-Identifier: MIT */
/*
 * discriminator: scores, gradients and statistics against the textbook in
 * double.
 */
#include "discriminator/discriminator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/par.h"

enum { N = 6, TOKENS = 9, ACTIONS = 24 };
enum { SEED = 3, STEP = 5, PASS = 2 }; /* of dropout */

struct bench {
	struct ckpt disc, policy, base;
	struct params d;
	struct naive naive, naive_policy, naive_base;
	struct discriminator x;
	struct traj t[N];
	struct span span[N][2];
	uint32_t tokens[N][TOKENS];
	float logp[N][TOKENS];
	const char *loss; /* of the objective */
};

/* Two prompts with both sides each, in no order; one span or two. */
static void
trajectories(struct bench *b, bool pairs)
{
	static const struct {
		const char *id, *group;
		bool expert;
		double weight;
		uint32_t n, start, end, again;
	} shape[N] = { { "a", "p", false, 1, 5, 2, 5, 0 },
		{ "b", "q", true, 2, 7, 1, 3, 5 },
		{ "c", "p", true, 1, 6, 3, 6, 0 },
		{ "d", "q", false, 0.5, 9, 2, 8, 0 },
		{ "e", "q", false, 1, 4, 1, 4, 0 },
		{ "f", "r", true, 1, 6, 1, 2, 4 } };
	size_t i, k;

	for (i = 0; i < N; i++) {
		struct traj *t = &b->t[i];

		t->id = (char *)(uintptr_t)shape[i].id;
		t->group = (char *)(uintptr_t)shape[i].group;
		t->role = shape[i].expert ? pairs ? ROLE_CHOSEN : ROLE_EXPERT :
		    pairs                 ? ROLE_REJECTED :
					    ROLE_POLICY;
		t->weight = shape[i].weight;
		t->n = shape[i].n;
		t->tokens = b->tokens[i];
		for (k = 0; k < t->n; k++)
			t->tokens[k] = (uint32_t)((i * 5 + k * k * 3 + k) % 11);
		t->span = b->span[i];
		t->span[t->spans++] =
		    (struct span){ shape[i].start, shape[i].end };
		t->actions = shape[i].end - shape[i].start;
		if (shape[i].again == 0)
			continue;
		t->span[t->spans++] =
		    (struct span){ shape[i].again, shape[i].n };
		t->actions += shape[i].n - shape[i].again;
	}
}

static void
bench_make(struct bench *b, enum discriminator_shape shape, bool pairs)
{
	bool scored = shape != SHAPE_LM;

	memset(b, 0, sizeof *b);
	model_make(&b->disc.config, &b->disc.params, &models[0], scored);
	model_make(&b->policy.config, &b->policy.params, model_of(FAMILY_QWEN2),
	    false);
	model_make(&b->base.config, &b->base.params, &models[2], false);
	params_init(&b->d, &b->disc.config, "");
	params_alloc(&b->d);
	naive_init(&b->naive, &b->disc.config, &b->disc.params);
	naive_init(&b->naive_policy, &b->policy.config, &b->policy.params);
	naive_init(&b->naive_base, &b->base.config, &b->base.params);
	trajectories(b, pairs);
	discriminator_init(&b->x, &b->disc, &b->policy,
	    shape == SHAPE_OFFSET ? &b->base : NULL, 16);
	if (loss_parse("logistic", &b->x.loss) != 0)
		ok(false, "%s", err_last());
}

static void
bench_release(struct bench *b)
{
	discriminator_release(&b->x);
	naive_release(&b->naive);
	naive_release(&b->naive_policy);
	naive_release(&b->naive_base);
	params_release(&b->disc.params);
	params_release(&b->policy.params);
	params_release(&b->base.params);
	params_release(&b->d);
}

/* logp of each action, or the head's output, by the textbook. */
static void
each_action(const struct naive *m, const struct traj *t, double *out)
{
	double hidden[TOKENS * 8];
	struct naive one = *m;
	size_t s, k;

	one.noise = naive_noise(SEED, STEP, PASS, t->id);
	naive_hidden(&one, t->tokens, t->n, hidden);
	for (s = 0; s < t->spans; s++)
		for (k = t->span[s].start; k < t->span[s].end; k++)
			*out++ = m->config.scored ?
			    naive_score(m, hidden, k) :
			    naive_logp(m, hidden, t->tokens, k);
}

/* s_t of each action of all, and s of each trajectory. */
static void
naive_s(const struct bench *b, double *each, double *sum)
{
	double x[TOKENS], y[TOKENS], z[TOKENS];
	size_t i, j;

	for (i = 0; i < N; i++) {
		const struct traj *t = &b->t[i];

		each_action(&b->naive, t, x);
		each_action(&b->naive_policy, t, y);
		each_action(&b->naive_base, t, z);
		sum[i] = 0;
		if (b->disc.config.scored && (b->x.level == SCORE_TRAJECTORY))
			for (j = t->actions; j-- > 1;)
				x[j] -= x[j - 1];
		for (j = 0; j < t->actions; j++) {
			if (b->x.base != NULL)
				x[j] += z[j];
			if (b->x.base != NULL || !b->disc.config.scored)
				x[j] -=
				    t->logps > 0 ? (double)t->logp[j] : y[j];
			sum[i] += x[j];
			*each++ = x[j];
		}
	}
}

static double
one_loss(const char *name, bool expert, double l)
{
	if (strcmp(name, "nwj") == 0)
		return expert ? -l : exp(l);
	return log1p(exp(expert ? -l : l)); /* logistic */
}

/* The loss over all, and where it is of pairs, the share in order. */
static double
naive_loss(const struct bench *b, const double *l, double *right)
{
	double sum[2] = { 0, 0 }, weight[2] = { 0, 0 }, pairs = 0;
	size_t i, j;
	bool e;

	*right = 0;
	for (i = 0; i < N; i++) {
		e = b->t[i].role == ROLE_EXPERT || b->t[i].role == ROLE_CHOSEN;
		if (strcmp(b->loss, "bt") != 0) {
			weight[e] += b->t[i].weight;
			sum[e] += b->t[i].weight * one_loss(b->loss, e, l[i]);
			continue;
		}
		for (j = 0; j < N; j++)
			if (e && b->t[j].role == ROLE_REJECTED &&
			    strcmp(b->t[i].group, b->t[j].group) == 0) {
				sum[1] +=
				    b->t[i].weight * log1p(exp(l[j] - l[i]));
				*right += b->t[i].weight * (l[i] > l[j]);
				pairs += b->t[i].weight;
			}
	}
	*right /= pairs;
	return pairs > 0 ? sum[1] / pairs :
			   sum[0] / weight[0] + sum[1] / weight[1];
}

/* Of each length on its own; together divided by the mean length. */
static double
naive_prefix_loss(const struct bench *b, const double *each)
{
	double weight[2] = { 0, 0 }, length[2] = { 0, 0 }, loss[2] = { 0, 0 };
	size_t i, j;
	double S;
	bool e;

	for (i = 0; i < N; each += b->t[i].actions, i++) {
		e = b->t[i].role == ROLE_EXPERT;
		weight[e] += b->t[i].weight;
		for (S = 0, j = 0; j < b->t[i].actions; j++) {
			S += each[j];
			loss[e] += b->t[i].weight * one_loss(b->loss, e, S);
			length[e] += b->t[i].weight;
		}
	}
	return (loss[0] / weight[0] + loss[1] / weight[1]) /
	    ((length[0] / weight[0] + length[1] / weight[1]) / 2);
}

static double
objective(void *ctx)
{
	const struct bench *b = ctx;
	double each[ACTIONS], l[N], right;

	naive_s(b, each, l);
	return (b->x.level == SCORE_TRAJECTORY) && b->disc.config.scored &&
		strcmp(b->loss, "bt") != 0 ?
	    naive_prefix_loss(b, each) :
	    naive_loss(b, l, &right);
}

static void
check(const char *loss, enum discriminator_shape shape, bool whole,
    double dropout)
{
	const struct likelihood_dropout drop = { dropout, SEED, STEP, PASS };
	struct bench b;
	float known[ACTIONS], l[ACTIONS];
	double each[ACTIONS], sum[N], worst = 0;
	const char *name = "";
	size_t i;

	bench_make(&b, shape, strcmp(loss, "bt") == 0);
	ok(b.x.shape == shape, "the shape is that of the model");
	b.loss = loss;
	b.x.level = whole ? SCORE_TRAJECTORY : SCORE_TOKEN;
	if (loss_parse(loss, &b.x.loss) != 0)
		ok(false, "%s", err_last());
	b.naive.dropout = dropout;
	likelihood_drop(b.x.work, &drop);
	naive_s(&b, each, sum);
	ok(discriminator_known(&b.x, b.t, N, known) == 0 &&
		discriminator_score(&b.x, b.t, N, known, l) == 0,
	    "%s%s: scores", discriminator_shapes[shape],
	    whole ? ", whole" : "");
	for (i = 0; i < likelihood_actions(b.t, N); i++)
		worst = fmax(worst, fabs((double)l[i] - each[i]));
	ok(worst < 1e-5, "%s%s: scores as in double, within %g",
	    discriminator_shapes[shape], whole ? ", whole" : "", worst);
	ok(discriminator_gradient(&b.x, b.t, N, l, &b.d) == 0,
	    "%s: the gradient of %s", discriminator_shapes[shape], loss);
	worst = naive_slopes(objective, &b, b.naive.w, &b.d, 12, &name);
	ok(worst < 2e-4,
	    "%s, dropout %g: gradient of %s as in double, within %g (%s)",
	    discriminator_shapes[shape], dropout, loss, worst, name);
	bench_release(&b);
}

/* log pi is the record's, where a rollout brings it and nobody else's is asked
 * for. */
static void
test_logpi(void)
{
	struct bench b;
	float got[ACTIONS];
	double x[TOKENS];
	size_t i, j, k, wrong[2] = { 0, 0 };
	int implicit;

	bench_make(&b, SHAPE_LM, false);
	for (i = 0; i < N; i++) { /* that of "e" is missing */
		for (j = 0; j < TOKENS; j++)
			b.logp[i][j] = -1.0f - (float)j;
		b.t[i].logp = b.logp[i];
		b.t[i].logps = i == 4 ? 0 : b.t[i].actions;
	}
	for (implicit = 0; implicit < 2; implicit++) {
		b.x.implicit = implicit;
		wrong[implicit] += discriminator_known(&b.x, b.t, N, got) != 0;
		for (i = 0, k = 0; i < N; i++) {
			each_action(&b.naive_policy, &b.t[i], x);
			for (j = 0; j < b.t[i].actions; j++, k++) {
				if (!implicit && (i == 0 || i == 3))
					x[j] = -1.0 - (double)j;
				wrong[implicit] +=
				    !(fabs((double)got[k] + x[j]) < 1e-5);
			}
		}
	}
	ok(wrong[0] == 0,
	    "log pi comes with rollouts, not with demonstrations");
	ok(wrong[1] == 0, "implicit: log pi is always the policy's");
	b.x.implicit = false;
	b.x.policy = NULL;
	ok(discriminator_known(&b.x, &b.t[3], 2, got) == -1 &&
		strcmp(err_last(),
		    "record (\"e\"): no log-probability under the policy") ==
		    0 &&
		err_last_kind() == ERR_NO_LOGP,
	    "without a policy: %s", err_last());
	bench_release(&b);
}

/* ---- statistics, by definition */

static bool
near(double x, double y)
{
	return fabs(x - y) < 1e-6 * (1 + fabs(y));
}

/* Mean of g over one side. */
static double
mean(const struct bench *b, bool expert, const double *l,
    double (*g)(bool expert, double l))
{
	double sum = 0, weight = 0;
	size_t i;

	for (i = 0; i < N; i++)
		if ((b->t[i].role == ROLE_EXPERT) == expert) {
			sum += b->t[i].weight * g(expert, l[i]);
			weight += b->t[i].weight;
		}
	return sum / weight;
}

static double
g_right(bool expert, double l)
{
	return expert ? l > 0 : l < 0;
}

static double
g_value(bool expert, double l)
{
	(void)expert;
	return l;
}

static double
g_exp(bool expert, double l)
{
	return exp(expert ? -l : l);
}

/*
 * Sum over bins of |confidence - share of experts|, both sides counting half.
 */
static double
naive_ece(const struct bench *b, const double *l)
{
	double ece = 0, w, p, sure, real, weight[2] = { 0, 0 };
	size_t bin, i;
	bool e;

	for (i = 0; i < N; i++)
		weight[b->t[i].role == ROLE_EXPERT] += b->t[i].weight;
	for (bin = 0; bin < 10; bin++) {
		sure = real = 0;
		for (i = 0; i < N; i++) {
			e = b->t[i].role == ROLE_EXPERT;
			p = 1 / (1 + exp(-l[i]));
			if (p * 10 < (double)bin || p * 10 >= (double)bin + 1)
				continue;
			w = b->t[i].weight / weight[e] / 2;
			sure += w * p;
			real += w * e;
		}
		ece += fabs(sure - real);
	}
	return ece;
}

static void
need_measure(const struct bench *b, size_t n, const float *l,
    struct discriminator_stats *s)
{
	if (discriminator_measure(&b->x, b->t, n, l, l, s) != 0)
		ok(false, "%s", err_last());
}

static void
test_measure(void)
{
	static const float of[N] = { 0.4f, 2.5f, -0.3f, -1.7f, -1.6f, 0.2f };
	struct bench b;
	struct discriminator_stats s;
	float l[ACTIONS] = { 0 };
	double sum[N], right;
	size_t i, k;

	bench_make(&b, SHAPE_LM, false);
	b.loss = "logistic";
	for (i = 0, k = 0; i < N; k += b.t[i++].actions) {
		l[k] = of[i] - 0.125f; /* in two parts, exactly */
		l[k + 1] = 0.125f;
		sum[i] = (double)l[k] + (double)l[k + 1];
	}
	need_measure(&b, N, l, &s);
	ok(near(s.loss, naive_loss(&b, sum, &right)), "loss %g", s.loss);
	ok(near(s.acc_expert, mean(&b, true, sum, g_right)) &&
		near(s.acc_policy, mean(&b, false, sum, g_right)),
	    "accuracy %g %g", s.acc_expert, s.acc_policy);
	ok(near(s.l_expert, mean(&b, true, sum, g_value)) &&
		near(s.l_policy, mean(&b, false, sum, g_value)),
	    "l %g %g", s.l_expert, s.l_policy);
	ok(near(s.u_policy, mean(&b, false, sum, g_exp)) &&
		near(s.iu_expert, mean(&b, true, sum, g_exp)),
	    "u %g, 1 / u %g", s.u_policy, s.iu_expert);
	ok(near(s.ece, naive_ece(&b, sum)), "calibration error %g", s.ece);
	need_measure(&b, 1, l, &s);
	ok(s.acc_expert == 0 && s.acc_policy == 0 &&
		near(s.loss, log1p(exp((double)of[0]))),
	    "statistics of one side alone");
	need_measure(&b, 0, l, &s);
	ok(s.loss == 0 && s.ece == 0, "statistics of no trajectories");
	for (i = 0; i < N; i++) /* of pairs */
		b.t[i].role =
		    b.t[i].role == ROLE_EXPERT ? ROLE_CHOSEN : ROLE_REJECTED;
	b.loss = "bt";
	if (loss_parse("bt", &b.x.loss) != 0)
		ok(false, "%s", err_last());
	need_measure(&b, N, l, &s);
	ok(near(s.loss, naive_loss(&b, sum, &right)), "loss of pairs %g",
	    s.loss);
	ok(near(s.acc_expert, right) && near(s.acc_policy, right) &&
		right > 0 && right < 1,
	    "share of pairs in order %g, %g", s.acc_expert, right);
	bench_release(&b);
}

int
main(void)
{
	int i;

	par_start(2);
	for (i = 0; i < 2; i++) {
		const double dropout = i * 0.2;

		check("logistic", SHAPE_LM, false, dropout);
		check("nwj", SHAPE_LM, false, dropout);
		check("bt", SHAPE_LM, false, dropout);
		check("logistic", SHAPE_HEAD, false, dropout);
		check("logistic", SHAPE_HEAD, true, dropout);
		check("bt", SHAPE_HEAD, true, dropout);
		check("logistic", SHAPE_OFFSET, false, dropout);
		check("nwj", SHAPE_OFFSET, true, dropout);
	}
	test_logpi();
	test_measure();
	return tap_done();
}
