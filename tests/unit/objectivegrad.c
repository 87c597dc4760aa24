/* SPDX-License-Identifier: MIT */
/*
 * objectivegrad: with every trajectory listed once, weighted by its
 * probability, the gradient is exactly that of D_f(E || pi), which is taken
 * here by differences of its definition, all in double.
 */
#include "objective/objectivegrad.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/par.h"

/* Prompts of one token; responses end with 0, or after LONG tokens. */
enum { V = 3, LONG = 3, ALL = 1 + 2 + 4 * V, SIDES = 2, SLOPES = 1000 };

static const struct model small = { "small",
	{ .family = FAMILY_LLAMA,
	    .D = 8,
	    .L = 1,
	    .H = 2,
	    .K = 1,
	    .E = 4,
	    .F = 10,
	    .V = V,
	    .context = 16 } };

struct bench {
	struct ckpt policy;
	struct config expert_config;
	struct params expert, d;
	struct naive naive, naive_expert;
	struct likelihood *work;
	struct traj_segment s;
	struct traj t[SIDES * ALL];
	struct span span;
	uint32_t tokens[ALL][LONG + 1];
	size_t length[ALL];
	float score[ALL][LONG];
	const struct definition *definition;
	double slope[SLOPES];
};

static void
list_responses(struct bench *b)
{
	size_t code, i, n = 0;
	uint32_t y[LONG];

	for (code = 0; code < V * V * V; code++) {
		y[0] = (uint32_t)(code / (V * V));
		y[1] = (uint32_t)(code / V % V);
		y[2] = (uint32_t)(code % V);
		i = y[0] == 0 ? 1 : y[1] == 0 ? 2 : 3;
		if ((i < 2 && y[1] != 0) || (i < 3 && y[2] != 0))
			continue; /* it has ended before */
		b->length[n] = i;
		b->tokens[n][0] = 1;
		memcpy(b->tokens[n] + 1, y, sizeof y);
		n++;
	}
	ok(n == ALL, "%zu responses", n);
}

/* l_t of each action into each[], and the log-probability of response i. */
static double
distribution(const struct naive *m, const struct bench *b, size_t i,
    double *each)
{
	double hidden[(LONG + 1) * 8], sum = 0;
	size_t k;

	naive_hidden(m, b->tokens[i], b->length[i] + 1, hidden);
	for (k = 0; k < b->length[i]; k++) {
		each[k] = naive_logp(m, hidden, b->tokens[i], k + 1);
		sum += each[k];
	}
	return sum;
}

static void
bench_make(struct bench *b)
{
	size_t i;

	memset(b, 0, sizeof *b);
	model_make(&b->policy.config, &b->policy.params, &small, false);
	model_make(&b->expert_config, &b->expert, &small, false);
	for (i = 0; i < b->expert.total; i += 3)
		b->expert.block[i] *= -0.5f;
	params_like(&b->d, &b->policy.params, &b->policy.config);
	naive_init(&b->naive, &b->policy.config, &b->policy.params);
	naive_init(&b->naive_expert, &b->expert_config, &b->expert);
	b->work = likelihood_new(&b->policy.config, 64);
	(void)snprintf(b->policy.id, sizeof b->policy.id, "me");
	b->span.start = 1;
	b->s.t = b->t;
	list_responses(b);
}

static void
bench_release(struct bench *b)
{
	likelihood_free(b->work);
	naive_release(&b->naive);
	naive_release(&b->naive_expert);
	params_release(&b->policy.params);
	params_release(&b->expert);
	params_release(&b->d);
}

/* Every response, from the sides asked for, with weight its probability. */
static void
enumerate(struct bench *b, bool rollouts, bool demos, bool whole)
{
	static struct span spans[LONG + 1];
	double p, e, x[LONG], y[LONG];
	size_t i, k, side;

	b->s.n = 0;
	memset(b->t, 0, sizeof b->t);
	for (side = 0; side < SIDES; side++)
		for (i = 0; i < ALL && (side == 0 ? rollouts : demos); i++) {
			struct traj *t = &b->t[b->s.n++];

			p = distribution(&b->naive, b, i, x);
			e = distribution(&b->naive_expert, b, i, y);
			for (k = 0; k < b->length[i]; k++)
				b->score[i][k] = (float)(y[k] - x[k]);
			if (whole)
				b->score[i][0] = (float)(e - p);
			t->id = t->group = (char *)(uintptr_t) "g";
			t->role = side == 0 ? ROLE_POLICY : ROLE_EXPERT;
			t->weight = exp(side == 0 ? p : e);
			t->tokens = b->tokens[i];
			t->actions = b->length[i];
			t->n = t->actions + 1;
			spans[t->actions] = (struct span){ 1, (uint32_t)t->n };
			t->span = &spans[t->actions];
			t->spans = 1;
			t->score = b->score[i];
			t->scores = whole ? 1 : t->actions;
		}
}

/*
 * q f(p / q) of every row of the table, by definition in the probabilities p
 * of the expert and q of the policy.
 */
static double
kl(double p, double q)
{
	return p * log(p / q);
}

static double
of_rkl(double p, double q)
{
	return kl(q, p);
}

static double
of_js(double p, double q)
{
	return (kl(p, (p + q) / 2) + kl(q, (p + q) / 2)) / 2;
}

static double
of_jsd(double p, double q)
{
	double m = 0.3 * p + 0.7 * q;

	return 0.3 * kl(p, m) + 0.7 * kl(q, m);
}

static double
of_alpha(double p, double q)
{
	const double a = 1.5;

	return (pow(p, a) * pow(q, 1 - a) - a * p - (1 - a) * q) /
	    (a * (a - 1));
}

static double
of_hellinger(double p, double q)
{
	return pow(sqrt(p) - sqrt(q), 2);
}

static double
of_pearson(double p, double q)
{
	return (p - q) * (p - q) / q;
}

static double
of_neyman(double p, double q)
{
	return (p - q) * (p - q) / p;
}

static double
of_jeffreys(double p, double q)
{
	return kl(p, q) + kl(q, p);
}

static double
of_tv(double p, double q)
{
	return fabs(p - q) / 2;
}

static double
of_skl(double p, double q)
{
	return kl(p, 0.1 * p + 0.9 * q);
}

static double
of_srkl(double p, double q)
{
	return kl(q, 0.9 * p + 0.1 * q);
}

static double
of_logd(double p, double q)
{
	return (p + q) * log((p + q) / p) - 2 * log(2) * q;
}

static double
of_lecam(double p, double q)
{
	return (p - q) * (p - q) / (p + q);
}

static const struct definition {
	const char *name;
	double (*term)(double p, double q);
} definitions[] = {
	{ "fkl", kl },
	{ "rkl", of_rkl },
	{ "js", of_js },
	{ "jsd:0.3", of_jsd },
	{ "alpha:1.5", of_alpha },
	{ "hellinger", of_hellinger },
	{ "pearson", of_pearson },
	{ "neyman", of_neyman },
	{ "jeffreys", of_jeffreys },
	{ "tv", of_tv },
	{ "skl:0.1", of_skl },
	{ "srkl:0.1", of_srkl },
	{ "logd", of_logd },
	{ "lecam", of_lecam },
};
enum { DEFINITIONS = sizeof definitions / sizeof *definitions };

/* D_f(E || pi). */
static double
divergence_now(void *ctx)
{
	const struct bench *b = ctx;
	double sum = 0, x[LONG];
	size_t i;

	for (i = 0; i < ALL; i++)
		sum += b->definition->term(exp(distribution(&b->naive_expert, b,
					       i, x)),
		    exp(distribution(&b->naive, b, i, x)));
	return sum;
}

/* Its slopes, of up to 20 numbers of each tensor. */
static void
define(struct bench *b, const struct definition *of)
{
	size_t i, j, m = 0;

	b->definition = of;
	for (i = 0; i < b->d.tensors; i++)
		for (j = 0; j < b->d.tensor[i].n;
		     j += b->d.tensor[i].n / 20 + 1)
			b->slope[m++] =
			    naive_slope(divergence_now, b, &b->naive.w[i][j]);
}

static double
worst_slope(const struct bench *b, double scale)
{
	static float got[SLOPES];
	size_t i, j, m = 0;

	for (i = 0; i < b->d.tensors; i++)
		for (j = 0; j < b->d.tensor[i].n;
		     j += b->d.tensor[i].n / 20 + 1)
			got[m++] = (float)(scale * (double)b->d.tensor[i].p[j]);
	return naive_error(got, b->slope, m);
}

static int
gradient(struct bench *b, struct objective_settings *o, const char *name,
    struct gradient_head *h)
{
	memset(h, 0, sizeof *h);
	msg_clear(&h->header);
	if (objective_parse(name, &o->objective) != 0)
		ok(false, "%s", err_last());
	return objectivegrad_sum(o, b->work, &b->policy, &b->s, &b->d, h);
}

static void
test_exact(struct bench *b, const struct definition *of)
{
	static const struct {
		const char *what;
		bool rollouts, demos;
		enum credit_estimator estimator;
		double units;
	} side[] = { { "rollouts", true, false, ESTIMATE_ROLLOUTS, 1 },
		{ "demos", false, true, ESTIMATE_DEMOS, 1 },
		{ "both", true, true, ESTIMATE_BOTH, 2 } };
	struct objective_settings o = { .credit = { .clip = 50, .future = 1 } };
	struct gradient_head h;
	double error;
	size_t i;
	int level, r;

	define(b, of);
	for (i = 0; i < 3; i++)
		for (level = LEVEL_PREFIX; level <= LEVEL_TOKEN; level++) {
			if (level == LEVEL_TOKEN &&
			    strcmp(of->name, "rkl") != 0)
				continue; /* another objective */
			o.credit.level = (enum credit_level)level;
			o.credit.estimator = side[i].estimator;
			/* A constant for all but changes nothing. */
			o.credit.baseline =
			    level == LEVEL_TRAJECTORY && i == 0 ?
			    BASELINE_MEAN :
			    BASELINE_NONE;
			enumerate(b, side[i].rollouts, side[i].demos,
			    level == LEVEL_TRAJECTORY);
			r = gradient(b, &o, of->name, &h);
			error = worst_slope(b, 1 / side[i].units);
			ok(r == 0 && error < 1e-4 &&
				fabs(h.units - side[i].units) < 1e-5,
			    "%s from %s, level %d: %g", of->name, side[i].what,
			    level, error);
			gradient_head_release(&h);
		}
}

static void
test_complete(void)
{
	size_t n, i, wrong = 0;
	const struct divergence_row *row = divergence_rows(&n);

	for (i = 0; i < n && i < DEFINITIONS; i++)
		wrong += strncmp(definitions[i].name, row[i].name,
			     strlen(row[i].name)) != 0;
	ok(n == DEFINITIONS && wrong == 0, "every divergence is defined here");
}

static double
stat(const struct gradient_head *h, const char *name)
{
	struct msg stats = { 0 };
	double x = 0;

	if (msg_map(&h->header, "stats", &stats) != 1 ||
	    msg_float(&stats, name, &x) != 1)
		x = (double)NAN;
	msg_release(&stats);
	return x;
}

/* SFT: the gradient of E_E[-log pi], which is that of fkl; a token a unit. */
static void
test_sft(struct bench *b)
{
	struct objective_settings o = { .credit.future = 1 };
	struct gradient_head h;
	double error, units = 0, loss = 0, x[LONG];
	size_t i;

	define(b, &definitions[0]); /* fkl */
	enumerate(b, false, true, false);
	for (i = 0; i < ALL; i++) {
		b->t[i].scores = 0;
		units += b->t[i].weight * (double)b->t[i].actions;
		loss -= b->t[i].weight * distribution(&b->naive, b, i, x);
	}
	ok(gradient(b, &o, "fkl", &h) == 0, "SFT needs no score");
	ok(objective_row_of(&o, &b->s)->unit == UNIT_TOKEN,
	    "SFT counts tokens");
	error = worst_slope(b, 1);
	ok(error < 1e-4, "the gradient of SFT is that of fkl: %g", error);
	ok(fabs(h.units - units) < 1e-5, "units %g, %g", h.units, units);
	ok(fabs(stat(&h, "divgrad.loss") - loss) < 1e-5, "loss %g, %g",
	    stat(&h, "divgrad.loss"), loss);
	gradient_head_release(&h);
	o.credit.estimator = ESTIMATE_DEMOS;
	ok(objective_row_of(&o, &b->s)->unit == UNIT_TRAJECTORY &&
		gradient(b, &o, "fkl", &h) == -1 &&
		strstr(err_last(), "field \"score\": missing") != NULL,
	    "with an estimator, fkl of demonstrations needs scores");
	gradient_head_release(&h);
	o.credit.estimator = ESTIMATE_AUTO;
	b->t[3].role = ROLE_POLICY;
	ok(objective_row_of(&o, &b->s)->unit == UNIT_TRAJECTORY,
	    "with one rollout, fkl is a policy gradient");
	b->s.n = 0;
	ok(objective_row_of(&o, &b->s)->unit == UNIT_TOKEN,
	    "an empty segment under fkl is SFT");
}

/*
 * Sampled by a distribution that has been left: with the ratio, the same
 * gradient. What is recorded is the expert's distribution, as if it had been
 * the policy before.
 */
static void
test_moved(struct bench *b)
{
	struct objective_settings o = { .credit = { .level = LEVEL_TRAJECTORY,
					    .baseline = BASELINE_NONE,
					    .future = 1 },
		.ratio_clip = 1e9 };
	static float logp[ALL][LONG];
	static float first[1000];
	struct gradient_head h;
	double x[LONG];
	size_t i, k;

	enumerate(b, true, false, true);
	for (i = 0; i < ALL; i++) {
		(void)distribution(&b->naive, b, i, x);
		for (k = 0; k < b->t[i].actions; k++)
			logp[i][k] = (float)(x[k] - 0.5);
		b->t[i].logp = logp[i];
		b->t[i].logps = b->t[i].actions;
	}
	(void)snprintf(b->s.policy, sizeof b->s.policy, "me");
	b->s.policy_step = 4;
	b->policy.step = 4;
	ok(gradient(b, &o, "rkl", &h) == 0, "on policy: %s", err_last());
	memcpy(first, b->d.block, b->d.total * sizeof *first);
	gradient_head_release(&h);
	b->policy.step = 5;
	ok(gradient(b, &o, "rkl", &h) == 0,
	    "a policy one step on: the gradient is computed");
	for (i = k = 0; i < b->d.total; i++)
		k += !(fabsf(b->d.block[i] - first[i] * expf(0.5f)) <
		    1e-4f * (1 + fabsf(first[i])));
	ok(k == 0 && stat(&h, "divgrad.ratio_clipped") == 0,
	    "every action has its ratio, e^.5; %zu have not", k);
	gradient_head_release(&h);
	o.ratio_clip = 0.2;
	ok(gradient(b, &o, "rkl", &h) == 0,
	    "a policy one step on, ratios clipped");
	for (i = k = 0; i < ALL; i++)
		k += b->score[i][0] > 0 ? b->t[i].actions : 0;
	ok(fabs(stat(&h, "divgrad.ratio_clipped") - (double)k) < 0.5,
	    "clipped are those that would rise further: %zu", k);
	gradient_head_release(&h);
	b->t[2].logps = 0;
	ok(gradient(b, &o, "rkl", &h) == -1, "%s", err_last());
	gradient_head_release(&h);
	(void)snprintf(b->s.policy, sizeof b->s.policy, "you");
	ok(gradient(b, &o, "rkl", &h) == -1 &&
		strcmp(err_last(), "sampled by policy you, but this is me") ==
		    0,
	    "%s", err_last());
	gradient_head_release(&h);
}

int
main(void)
{
	static struct bench b;
	size_t i;

	par_start(2);
	bench_make(&b);
	test_complete();
	for (i = 0; i < DEFINITIONS; i++)
		test_exact(&b, &definitions[i]);
	test_sft(&b);
	test_moved(&b);
	bench_release(&b);
	return tap_done();
}
