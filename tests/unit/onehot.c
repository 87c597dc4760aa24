/* SPDX-License-Identifier: MIT */
/*
 * onehot: weights and divergences of one-hot demonstrations by the definition
 * in u = p / q, and gradients against differences of it, in double.
 */
#include "objective/onehot.h"

#include <math.h>
#include <string.h>

#include "../fixture.h"
#include "../tap.h"
#include "base/par.h"
#include "objective/regularizers.h"
#include "tensor/softmax.h"

static const char *const tried[] = { "fkl", "js", "jsd:0.3", "alpha:0.5",
	"alpha:1", "alpha:2", "hellinger", "pearson", "tv", "skl:0.1",
	"srkl:0.1", "lecam" };
enum { FINITE = sizeof tried / sizeof *tried };

static double
xlogy(double x, double y)
{
	return x > 0 ? x * log(y) : 0;
}

/* f(u), as the papers have it. */
static double
f_of(const char *name, double u)
{
	double m;

	if (strcmp(name, "fkl") == 0 || strcmp(name, "alpha:1") == 0)
		return xlogy(u, u) - (name[0] == 'a' ? u - 1 : 0);
	if (strcmp(name, "js") == 0)
		return (xlogy(u, 2 * u / (1 + u)) + log(2 / (1 + u))) / 2;
	if (strcmp(name, "jsd:0.3") == 0)
		return 0.3 * xlogy(u, u) - (0.3 * u + 0.7) * log(0.3 * u + 0.7);
	if (strcmp(name, "alpha:0.5") == 0)
		return 2 * pow(sqrt(u) - 1, 2);
	if (strcmp(name, "alpha:2") == 0)
		return (u - 1) * (u - 1) / 2;
	if (strcmp(name, "hellinger") == 0)
		return pow(sqrt(u) - 1, 2);
	if (strcmp(name, "pearson") == 0)
		return (u - 1) * (u - 1);
	if (strcmp(name, "tv") == 0)
		return fabs(u - 1) / 2;
	m = 0.1 * u + 0.9;
	if (strcmp(name, "skl:0.1") == 0)
		return xlogy(u, u / m);
	if (strcmp(name, "srkl:0.1") == 0)
		return -log(0.9 * u + 0.1);
	return strcmp(name, "lecam") == 0 ? (u - 1) * (u - 1) / (u + 1) :
					    (double)NAN;
}

/* The sum over the vocabulary: y has p = 1, all others p = 0. */
static double
definition(const char *name, const double *q, size_t V, size_t y)
{
	double D = 0;
	size_t v;

	for (v = 0; v < V; v++)
		D += q[v] * f_of(name, v == y ? 1 / q[v] : 0);
	return D;
}

/* w by the table of divergences(7), exact for every q. */
static double
weight_of(const char *name, double q)
{
	if (strcmp(name, "fkl") == 0 || strcmp(name, "alpha:1") == 0)
		return 1;
	if (strcmp(name, "tv") == 0)
		return q;
	if (strcmp(name, "js") == 0)
		return q / 2 * (log1p(q) - log(q));
	if (strcmp(name, "hellinger") == 0)
		return sqrt(q);
	if (strcmp(name, "alpha:0.5") == 0)
		return 2 * sqrt(q);
	if (strcmp(name, "lecam") == 0)
		return 4 * q / ((1 + q) * (1 + q));
	if (strcmp(name, "pearson") == 0)
		return 1 / q;
	if (strcmp(name, "alpha:2") == 0)
		return 0.5 / q;
	if (strcmp(name, "jsd:0.3") == 0)
		return 0.7 * q * log1p(0.3 / (0.7 * q));
	if (strcmp(name, "skl:0.1") == 0)
		return 9 * q / (1 + 9 * q);
	/* srkl:0.1: q [log(m) - log(.1) + .1/m - 1], m = .9/q + .1 */
	return q * (log1p(9 / q) + 0.1 * q / (0.9 + 0.1 * q) - 1);
}

static struct onehot
made(const char *name, double T, double clip)
{
	struct divergence d;
	struct onehot x = { 0 };

	if (divergence_parse(name, &d) != 0 || onehot_init(&x, &d, T, clip) < 0)
		ok(false, "%s: %s", name, err_last());
	return x;
}

static void
test_weights(void)
{
	static const double at[] = { 1e-300, 1e-100, 1e-9, 1e-3, 0.3, 0.9,
		1 - 1e-9, 1 };
	size_t i, k;

	for (i = 0; i < FINITE; i++) {
		struct onehot x = made(tried[i], 1, 1e4);
		double worst = 0, D, slope, up, down, clipped = 0, w;

		for (k = 0; k < sizeof at / sizeof *at; k++) {
			double want = weight_of(tried[i], at[k]);

			if (x.explodes && at[k] < 1e-99)
				continue;
			w = onehot_weight(&x, -log(at[k]), &D, &clipped);
			worst = fmax(worst, fabs(w / want - 1));
		}
		/* -log q near 0 has few digits of q left */
		ok(worst < 1e-13,
		    "%s: w by its formula, q from 1e-300 to 1: %g", tried[i],
		    worst);
		ok(clipped == 0, "%s: nothing is clipped", tried[i]);
		(void)onehot_weight(&x, 0, &D, &clipped);
		ok(fabs(D) < 1e-15, "%s: D is 0 where q is 1: %g", tried[i], D);
		for (worst = 0, k = 1; k < 20; k++) {
			double l = 0.35 * (double)k, h = 1e-5;

			w = onehot_weight(&x, l, &D, &clipped);
			(void)onehot_weight(&x, l + h, &up, &clipped);
			(void)onehot_weight(&x, l - h, &down, &clipped);
			slope = (up - down) / (2 * h);
			worst = fmax(worst, fabs(slope - w) / (1 + fabs(w)));
		}
		ok(worst < 1e-7, "%s: w is dD/dl by differences: %g", tried[i],
		    worst);
	}
}

static void
test_far(void)
{
	struct onehot x = made("fkl", 1, 5);
	double D, clipped = 0;

	ok(fabs(onehot_weight(&x, 1e4, &D, &clipped) - 1) < 1e-12 &&
		clipped == 0,
	    "fkl: w is 1 at 10000 nats, not clipped");
	x = made("tv", 1, 5);
	ok(onehot_weight(&x, 1e4, &D, &clipped) < 1e-300 && clipped == 0,
	    "tv: w vanishes at 10000 nats");
	x = made("pearson", 1, 3);
	ok(fabs(onehot_weight(&x, 7, &D, &clipped) - exp(3)) < 1e-9 &&
		clipped == 1,
	    "pearson: w stays at e^clip beyond the clip, which is counted");
}

static void
test_refused(void)
{
	static const char *const infinite[] = { "rkl", "jeffreys", "neyman",
		"logd", "alpha:0", "alpha:-1" };
	struct objective o;
	struct divergence d;
	struct onehot x;
	size_t i, n, both = 0;

	for (i = 0; i < sizeof infinite / sizeof *infinite; i++)
		ok(divergence_parse(infinite[i], &d) == 0 &&
			onehot_init(&x, &d, 1, 5) == -1 &&
			strstr(err_last(), "h(0)") != NULL,
		    "%s: %s", infinite[i], err_last());
	ok(objective_parse("alpha:1..0.5/9", &o) == 0 &&
		objective_one_hot(&o) == 0,
	    "alpha from 1 to 0.5 is finite all the way");
	ok(objective_parse("alpha:1..0/9", &o) == 0 &&
		objective_one_hot(&o) == -1,
	    "alpha from 1 to 0 ends at an infinite one");
	(void)divergence_rows(&n);
	for (i = 0; i < n; i++) {
		const char *name = divergence_rows(&n)[i].name;
		const size_t length = strlen(name);
		size_t k, found = 0;

		for (k = 0; k < FINITE; k++)
			found |= strncmp(tried[k], name, length) == 0 &&
			    (tried[k][length] == '\0' ||
				tried[k][length] == ':');
		for (k = 0; k < sizeof infinite / sizeof *infinite; k++)
			found |= strncmp(infinite[k], name, length) == 0;
		both += found;
	}
	ok(both == n, "every row of the table is tried here: %zu of %zu", both,
	    n);
}

enum { V = 6 };

static void
softmax_at(const float *z, double T, double *q)
{
	double sum = 0;
	size_t v;

	for (v = 0; v < V; v++)
		sum += q[v] = exp((double)z[v] / T);
	for (v = 0; v < V; v++)
		q[v] /= sum;
}

/* Value and gradient of a row of logits, for every token of the vocabulary. */
static void
test_rows(void)
{
	static const float z[V] = { 0.3f, -1.2f, 2.0f, 0.1f, -0.4f, 0.9f };
	static const double at[] = { 0.7, 1, 1.5 };
	const float h = 1.0f / 1024;
	size_t i, k, v, y;

	for (i = 0; i < FINITE; i++) {
		double worst = 0, off = 0;

		for (k = 0; k < sizeof at / sizeof *at; k++)
			for (y = 0; y < V; y++) {
				struct onehot x = made(tried[i], at[k], 1e4);
				float dz[V] = { 0 }, w[V];
				double q[V], up, down, D, clipped = 0;

				softmax_at(z, at[k], q);
				D = onehot_logits(&x, z, logsumexp(z, V), V,
				    (uint32_t)y, 2, dz, &clipped);
				off = fmax(off,
				    fabs(D - definition(tried[i], q, V, y)) /
					(1 + D));
				for (v = 0; v < V; v++) {
					memcpy(w, z, sizeof w);
					w[v] = z[v] + h;
					softmax_at(w, at[k], q);
					up = definition(tried[i], q, V, y);
					w[v] = z[v] - h;
					softmax_at(w, at[k], q);
					down = definition(tried[i], q, V, y);
					worst = fmax(worst,
					    fabs((up - down) / (double)h -
						(double)dz[v]) /
						(1 + fabs((double)dz[v])));
				}
			}
		ok(off < 1e-7, "%s: D by enumeration of the vocabulary: %g",
		    tried[i], off);
		ok(worst < 1e-4, "%s: gradient by z, T .7 to 1.5: %g", tried[i],
		    worst);
	}
}

struct book {
	struct fixture *x;
	const char *name;
};

/* sum_i w_i sum_t D of a segment. */
static double
textbook(void *ctx)
{
	const struct book *b = ctx;
	double z[FIXTURE_TOKENS], lse[FIXTURE_TOKENS], sum = 0, q;
	size_t i, j;

	for (i = 0; i < b->x->s.n; i++) {
		(void)fixture_logits(&b->x->naive, &b->x->t[i], z, lse);
		for (j = 0; j < b->x->t[i].actions; j++) {
			q = exp(z[j] - lse[j]);
			sum += b->x->t[i].weight *
			    (q * f_of(b->name, 1 / q) +
				(1 - q) * f_of(b->name, 0));
		}
	}
	return sum;
}

static void
test_segments(struct fixture *x)
{
	const struct regularizer_settings r = { .one_hot = true,
		.temperature = 1 };
	struct objective_settings o = { .one_hot = true,
		.credit.clip = 1e3,
		.regularizers = regularizers_new(&r, FIXTURE_V) };
	size_t i;

	for (i = 0; i < FINITE; i++) {
		struct book b = { x, tried[i] };
		double error, loss = textbook(&b);

		fixture_demos(x);
		loss = textbook(&b);
		ok(fixture_gradient(x, &o, tried[i]) == 0 &&
			fabs(x->h.units - 16.5) < 1e-9,
		    "%s: a gradient, units are actions", tried[i]);
		error = fixture_error(x, textbook, &b);
		ok(error < 1e-4, "%s: gradient within 1e-4 of differences: %g",
		    tried[i], error);
		ok(fabs(fixture_stat(x, "divgrad.loss") - loss) <
			1e-5 * (1 + loss),
		    "%s: the loss is D: %g", tried[i], loss);
	}
	x->t[1].role = ROLE_POLICY;
	ok(fixture_gradient(x, &o, "tv") == -1 &&
		strcmp(err_last(),
		    "record (\"t1\"): role policy, but tv takes role expert") ==
		    0,
	    "%s", err_last());
	regularizers_free(o.regularizers);
}

/* Without the term, fkl is fine-tuning itself. */
static void
test_sft(struct fixture *x)
{
	static float sft[4096];
	struct objective_settings o = { 0 };

	fixture_demos(x);
	if (!ok(x->d.total < sizeof sft / sizeof *sft &&
		    fixture_gradient(x, &o, "fkl") == 0,
		"fine-tuning"))
		return;
	memcpy(sft, x->d.block, x->d.total * sizeof *sft);
	o.one_hot = true;
	ok(fixture_gradient(x, &o, "fkl") == 0 &&
		memcmp(sft, x->d.block, x->d.total * sizeof *sft) == 0,
	    "one-hot fkl is fine-tuning, bit for bit");
	x->t[2].role = ROLE_POLICY;
	ok(fixture_gradient(x, &o, "fkl") == -1, "%s", err_last());
}

int
main(void)
{
	static struct fixture x;

	par_start(2);
	fixture_make(&x);
	test_weights();
	test_far();
	test_refused();
	test_rows();
	test_segments(&x);
	test_sft(&x);
	fixture_release(&x);
	return tap_done();
}
