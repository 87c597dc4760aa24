/* SPDX-License-Identifier: MIT */
/*
 * imitation: gradients of losses of demonstrations against differences of
 * the losses, as a textbook has them, in double.
 */
#include "objective/imitation.h"

#include <math.h>
#include <string.h>

#include "../fixture.h"
#include "../tap.h"
#include "base/par.h"

/* The loss of a segment, from z and lse of each action. */
struct book {
	struct fixture *x;
	double lambda, gamma;
	bool prefix;
};

static double
textbook(void *ctx)
{
	const struct book *b = ctx;
	double z[FIXTURE_TOKENS], lse[FIXTURE_TOKENS], sum = 0, r, next, share;
	const struct traj *t;
	size_t i, j;

	for (i = 0; i < b->x->s.n; i++) {
		t = &b->x->t[i];
		(void)fixture_logits(&b->x->naive, t, z, lse);
		for (j = 0; j < t->actions; j++) {
			next = j + 1 == t->actions ? 0 : lse[j + 1];
			r = z[j] - b->gamma * next;
			share =
			    b->prefix ? 1 - (double)j / (double)t->actions : 1;
			sum += t->weight * share * (lse[j] - z[j]) +
			    t->weight * b->lambda * r * r;
		}
	}
	return sum;
}

static double
nats(const struct fixture *x)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < x->s.n; i++)
		sum -= x->t[i].weight * fixture_logp(&x->naive, &x->t[i]);
	return sum;
}

static void
test_losses(struct fixture *x, double dropout)
{
	static const struct {
		const char *name;
		double lambda, gamma;
		bool prefix;
	} rows[] = { { "fkl", 0, 1, false }, { "prefix", 0, 1, true },
		{ "iq:0", 0, 1, false }, { "iq:0.3", 0.3, 1, false },
		{ "iq:0.3", 0.3, 0.8, false }, { "iq:2", 2, 0, false } };
	struct objective_settings o = { .dropout = dropout,
		.seed = FIXTURE_SEED };
	struct book b = { .x = x };
	double error, total;
	size_t i;

	x->naive.dropout = dropout;
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		fixture_demos(x);
		b.lambda = rows[i].lambda;
		b.gamma = o.credit.future = rows[i].gamma;
		b.prefix = rows[i].prefix;
		ok(fixture_gradient(x, &o, rows[i].name) == 0,
		    "%s, gamma %g: a gradient is computed", rows[i].name,
		    rows[i].gamma);
		error = fixture_error(x, textbook, &b);
		ok(error < 1e-5,
		    "%s, gamma %g, dropout %g: gradient within 1e-5 of "
		    "differences: %g",
		    rows[i].name, rows[i].gamma, dropout, error);
		ok(fabs(x->h.units - 16.5) < 1e-9, "%s: units are actions: %g",
		    rows[i].name, x->h.units);
		total = fixture_stat(x, "divgrad.loss");
		ok(fabs(total - nats(x)) < 1e-4, "%s: loss is %g nats",
		    rows[i].name, total);
		if (b.lambda > 0)
			ok(fabs(total + fixture_stat(x, "divgrad.penalty") -
			       textbook(&b)) < 1e-3 * textbook(&b),
			    "%s: loss and penalty are %g", rows[i].name,
			    textbook(&b));
	}
	x->naive.dropout = 0;
}

/* At gamma = 1 implied rewards add up to log pi + V(s_0). */
static void
test_telescopes(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1 };
	double z[FIXTURE_TOKENS], lse[FIXTURE_TOKENS], want = 0;
	size_t i;

	fixture_demos(x);
	for (i = 0; i < x->s.n; i++)
		want += x->t[i].weight *
		    (fixture_logits(&x->naive, &x->t[i], z, lse) + lse[0]);
	ok(fixture_gradient(x, &o, "iq:0.1") == 0 &&
		fabs(fixture_stat(x, "divgrad.reward") - want) < 1e-4,
	    "iq: rewards telescope to %g", want);
}

static void
test_annealed(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1 };
	struct book b = { x, 0.75, 1, false };
	double error;

	fixture_demos(x);
	x->policy.step = 5;
	ok(fixture_gradient(x, &o, "iq:1..0.5/10") == 0,
	    "iq with an annealed parameter");
	error = fixture_error(x, textbook, &b);
	ok(error < 1e-5 &&
		fabs(fixture_stat(x, "divgrad.parameter") / x->h.units - 0.75) <
		    1e-6,
	    "iq: the parameter is half way at step 5 of 10: %g", error);
	x->policy.step = 0;
}

static void
test_masked(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1, .mask_cut = true };
	static float whole[2000];
	size_t i;

	fixture_demos(x);
	x->s.n = 2;
	if (fixture_gradient(x, &o, "fkl") != 0)
		ok(false, "%s", err_last());
	memcpy(whole, x->d.block, x->d.total * sizeof *whole);
	fixture_demos(x);
	x->t[2].stop = STOP_LENGTH;
	ok(fixture_gradient(x, &o, "fkl") == 0 &&
		memcmp(whole, x->d.block, x->d.total * sizeof *whole) == 0,
	    "a masked trajectory leaves the gradient of the others");
	ok(fabs(x->h.units - 6.5) < 1e-9 &&
		fabs(fixture_stat(x, "divgrad.cut") - 1) < 1e-9,
	    "a masked trajectory is counted");
	o.mask_cut = false;
	ok(fixture_gradient(x, &o, "fkl") == 0 && x->h.units > 16 &&
		fabs(fixture_stat(x, "divgrad.cut") - 1) < 1e-9,
	    "a cut trajectory is counted where it is not masked");
	o.mask_cut = true;
	x->t[0].stop = x->t[1].stop = STOP_LENGTH;
	ok(fixture_gradient(x, &o, "fkl") == 0 && fabs(x->h.units - 3) < 1e-9,
	    "with all trajectories masked there is a step");
	for (i = 0; i < x->d.total && x->d.block[i] == 0;)
		i++;
	ok(i == x->d.total, "... of zeros");
}

static void
test_refused(struct fixture *x)
{
	struct objective_settings o = { .credit.future = 1 };

	fixture_demos(x);
	x->t[1].role = ROLE_POLICY;
	ok(fixture_gradient(x, &o, "iq:0.1") == -1 &&
		strcmp(err_last(),
		    "record (\"t1\"): role policy, but iq:0.1 takes role "
		    "expert") == 0,
	    "%s", err_last());
	x->t[1].role = ROLE_NONE;
	ok(fixture_gradient(x, &o, "prefix") == -1 &&
		strcmp(err_last(),
		    "record (\"t1\"): role none, but prefix takes role "
		    "expert") == 0,
	    "%s", err_last());
}

int
main(void)
{
	static struct fixture x;

	par_start(2);
	fixture_make(&x);
	test_losses(&x, 0);
	test_losses(&x, 0.3);
	test_telescopes(&x);
	test_annealed(&x);
	test_masked(&x);
	test_refused(&x);
	fixture_release(&x);
	return tap_done();
}
