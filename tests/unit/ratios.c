/* SPDX-License-Identifier: MIT */
/* ratios: what a discriminator's outputs say of l, and what is written. */
#include "discriminator/discriminator.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

enum { N = 6, ACTIONS = 17 };

struct toy {
	struct discriminator x;
	struct traj t[N];
};

/* Two prompts with both sides, the second with two rollouts, and one lone. */
static void
toy_make(struct toy *b)
{
	static const struct {
		const char *group;
		enum traj_role role;
		double weight;
		size_t actions;
	} row[N] = { { "p", ROLE_POLICY, 1, 3 }, { "q", ROLE_EXPERT, 2, 4 },
		{ "p", ROLE_EXPERT, 1, 2 }, { "q", ROLE_POLICY, 0.5, 3 },
		{ "q", ROLE_NONE, 1, 3 }, { "r", ROLE_EXPERT, 1, 2 } };
	size_t i;

	b->x.shape = SHAPE_HEAD;
	for (i = 0; i < N; i++)
		b->t[i] = (struct traj){ .role = row[i].role,
			.group = (char *)(uintptr_t)row[i].group,
			.weight = row[i].weight,
			.actions = row[i].actions };
}

static bool
near(double x, double y)
{
	return fabs(x - y) < 1e-6 * (1 + fabs(y));
}

static bool
sums_to(const struct toy *b, const float *l, size_t i, double want)
{
	double sum = 0;
	size_t j, k = likelihood_actions(b->t, i);

	for (j = 0; j < b->t[i].actions; j++)
		sum += (double)l[k + j];
	return near(sum, want);
}

/* s is 1, 2, 3, ... of all actions, over 16; then of each trajectory. */
static void
outputs(const struct toy *b, float *s, double *sum)
{
	size_t i, j, k = 0;

	for (i = 0; i < N; i++)
		for (sum[i] = 0, j = 0; j < b->t[i].actions; j++, k++) {
			s[k] = (float)(k + 1) / 64;
			sum[i] += (double)s[k];
		}
}

static void
test_ratios(void)
{
	struct toy b = { 0 };
	float s[ACTIONS], l[ACTIONS];
	double sum[N], c, D;
	size_t i;

	toy_make(&b);
	outputs(&b, s, sum);
	if (loss_parse("ls", &b.x.loss) != 0)
		ok(false, "%s", err_last());
	ok(discriminator_ratios(&b.x, b.t, N, N, s, l) == RATIO_CALIBRATED,
	    "ls: scores are calibrated");
	for (i = 0; i < N; i++) {
		D = fmin(sum[i] + 0.5, 0.999);
		ok(sums_to(&b, l, i, log(D / (1 - D))),
		    "ls: a score is the logit of output + 1/2, %g", D);
	}
	D = 0.5 + (double)s[0];
	ok(near((double)l[0], log(D / (1 - D))), "ls: at the first action too");
	if (loss_parse("infonce", &b.x.loss) != 0)
		ok(false, "%s", err_last());
	ok(discriminator_ratios(&b.x, b.t, N, N, s, l) == RATIO_PROMPT,
	    "infonce: a prompt with one rollout leaves its constant open");
	ok(discriminator_ratios(&b.x, &b.t[3], 2, 2, s, l) == RATIO_CALIBRATED,
	    "infonce: two rollouts give the constant");
	(void)discriminator_ratios(&b.x, b.t, N, N, s, l);
	c = log((0.5 * exp(sum[3]) + exp(sum[4])) / 1.5);
	ok(sums_to(&b, l, 3, sum[3] - c) && sums_to(&b, l, 1, sum[1] - c) &&
		sums_to(&b, l, 0, sum[0]),
	    "infonce: the constant is subtracted, for demonstrations too");
	ok(near((double)l[3], (double)s[3] - c) &&
		near((double)l[4], (double)s[4]),
	    "infonce: the constant is subtracted at the first action");
	b.x.preferences = true;
	ok(discriminator_ratios(&b.x, &b.t[3], 2, 2, s, l) == RATIO_PROMPT &&
		memcmp(l, s, 9 * sizeof *l) == 0,
	    "preferences: outputs are not changed");
	b.x.preferences = false;
	if (loss_parse("dv", &b.x.loss) != 0)
		ok(false, "%s", err_last());
	ok(discriminator_ratios(&b.x, b.t, N, N, s, l) == RATIO_CALIBRATED,
	    "dv: rollouts give the constant of the batch");
	c = log((exp(sum[0]) + 0.5 * exp(sum[3]) + exp(sum[4])) / 2.5);
	ok(sums_to(&b, l, 5, sum[5] - c),
	    "dv: the constant is subtracted from all");
	ok(discriminator_ratios(&b.x, &b.t[1], 2, 2, s, l) == RATIO_CONSTANT,
	    "dv: demonstrations alone leave the constant open");
	b.x.shape = SHAPE_LM;
	ok(discriminator_ratios(&b.x, &b.t[1], 2, 2, s, l) == RATIO_CALIBRATED,
	    "a language model has no open constant");
}

static void
test_write(void)
{
	static const float l[] = { 1, 2, 4 };
	struct discriminator d = { 0 };
	struct traj t = { .actions = 3 };
	float *got = NULL;
	size_t n = 0, cap = 0;

	msg_clear(&t.rec);
	discriminator_write(&d, &t, l);
	ok(msg_f32(&t.rec, "score", &got, &n, &cap) == 1 && n == 3 &&
		memcmp(got, l, sizeof l) == 0,
	    "level token: a score for each action");
	d.level = SCORE_TRAJECTORY;
	discriminator_write(&d, &t, l);
	ok(msg_f32(&t.rec, "score", &got, &n, &cap) == 1 && n == 1 &&
		near((double)got[0], 7),
	    "level trajectory: the sum of all");
	free(got);
	msg_release(&t.rec);
}

int
main(void)
{
	test_ratios();
	test_write();
	return tap_done();
}
