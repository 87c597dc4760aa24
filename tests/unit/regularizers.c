/* SPDX-License-Identifier: MIT */
/*
 * regularizers: which terms there are, and their sums.  Their gradients and
 * models are tested with distill.
 */
#include "objective/regularizers.h"

#include <math.h>
#include <string.h>

#include "../fixture.h"
#include "../tap.h"
#include "base/par.h"

/* The entropy of the naive model's distribution at each action, weighted. */
static double
entropy_of(const struct fixture *x)
{
	double hidden[FIXTURE_TOKENS * FIXTURE_D], sum = 0, lse, l;
	size_t i, s, k;
	uint32_t v, any[FIXTURE_TOKENS];

	for (i = 0; i < x->s.n; i++) {
		const struct traj *t = &x->t[i];

		naive_hidden(&x->naive, t->tokens, t->n, hidden);
		memcpy(any, t->tokens, sizeof any);
		for (s = 0; s < t->spans; s++)
			for (k = t->span[s].start; k < t->span[s].end; k++)
				for (v = 0; v < FIXTURE_V; v++) {
					any[k] = v;
					l = naive_logit(&x->naive, hidden, any,
					    k, &lse);
					l -= lse;
					sum -= t->weight * exp(l) * l;
				}
	}
	return sum;
}

/* sum of -w log pi - beta w H */
static double
loss_now(void *ctx)
{
	const struct fixture *x = ctx;
	double sum = -0.5 * entropy_of(x);
	size_t i;

	for (i = 0; i < x->s.n; i++)
		sum -= x->t[i].weight * fixture_logp(&x->naive, &x->t[i]);
	return sum;
}

static void
test_terms(void)
{
	struct regularizer_settings none = { .temperature = 1 }, cached = none,
				    entropy = none;
	struct regularizers *r;

	cached.cached = true;
	entropy.entropy = 0.1;
	r = regularizers_new(&none, FIXTURE_V);
	ok(regularizers_terms(r) == NULL && !regularizers_teach(r),
	    "without settings there are no terms");
	regularizers_free(r);
	r = regularizers_new(&entropy, FIXTURE_V);
	ok(regularizers_terms(r) != NULL && !regularizers_teach(r),
	    "an entropy is a term, and no teacher");
	regularizers_free(r);
	r = regularizers_new(&cached, FIXTURE_V);
	ok(regularizers_terms(r) != NULL && regularizers_teach(r),
	    "a teacher in the records is a term");
	regularizers_free(r);
	regularizers_free(NULL);
}

static void
test_entropy(struct fixture *x)
{
	const struct regularizer_settings choice = { .temperature = 1,
		.entropy = 0.5 };
	struct objective_settings o = { .credit.future = 1 };
	double error, want;

	x->s.n = 0;
	fixture_add(x, ROLE_EXPERT, "a", 1, false);
	fixture_add(x, ROLE_EXPERT, "b", 2, true);
	o.regularizers = regularizers_new(&choice, FIXTURE_V);
	ok(fixture_gradient(x, &o, "fkl") == 0, "SFT with an entropy bonus");
	want = entropy_of(x);
	ok(fabs(fixture_stat(x, "divgrad.entropy") - want) < 1e-4,
	    "the entropy is reported: %g", want);
	error = fixture_error(x, loss_now, x);
	ok(error < 1e-4,
	    "SFT with an entropy bonus: gradient within 1e-4 of differences: "
	    "%g",
	    error);
	regularizers_free(o.regularizers);
}

static void
test_missing(struct fixture *x)
{
	const struct regularizer_settings choice = { .cached = true,
		.temperature = 1 };
	struct objective_settings o = { .credit.future = 0 };

	o.regularizers = regularizers_new(&choice, FIXTURE_V);
	ok(fixture_gradient(x, &o, "js") == -1 &&
		strcmp(err_last(),
		    "record (\"t0\"): field \"teacher_token\": missing") == 0,
	    "%s", err_last());
	regularizers_free(o.regularizers);
}

int
main(void)
{
	static struct fixture x;

	par_start(2);
	fixture_make(&x);
	test_terms();
	test_entropy(&x);
	test_missing(&x);
	fixture_release(&x);
	return tap_done();
}
