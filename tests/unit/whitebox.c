/* SPDX-License-Identifier: MIT */
/*
 * whitebox: gradients against differences of sum_v q_v f(p_v / q_v), with f
 * written in u = p / q as in a textbook, all in double.
 */
#include "objective/whitebox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"

enum { V = 9, PARAMETER = 3 };

static double
f_of(const char *name, double u, double a)
{
	double m = a * u + 1 - a;

	if (strcmp(name, "fkl") == 0)
		return u * log(u);
	if (strcmp(name, "rkl") == 0)
		return -log(u);
	if (strcmp(name, "js") == 0)
		return (u * log(2 * u / (1 + u)) + log(2 / (1 + u))) / 2;
	if (strcmp(name, "jsd") == 0)
		return a * u * log(u) - m * log(m);
	if (strcmp(name, "alpha") == 0)
		return (pow(u, a) - a * u - 1 + a) / (a * (a - 1));
	if (strcmp(name, "hellinger") == 0)
		return pow(sqrt(u) - 1, 2);
	if (strcmp(name, "pearson") == 0)
		return (u - 1) * (u - 1);
	if (strcmp(name, "neyman") == 0)
		return (u - 1) * (u - 1) / u;
	if (strcmp(name, "jeffreys") == 0)
		return (u - 1) * log(u);
	if (strcmp(name, "tv") == 0)
		return fabs(u - 1) / 2;
	if (strcmp(name, "skl") == 0)
		return u * log(u / m);
	if (strcmp(name, "srkl") == 0)
		return -log((1 - a) * u + a);
	if (strcmp(name, "logd") == 0)
		return (1 + u) * log((1 + u) / u) - 2 * log(2);
	if (strcmp(name, "lecam") == 0)
		return (u - 1) * (u - 1) / (u + 1);
	printf("Bail out! no textbook has %s\n", name);
	exit(1);
}

/* What is differentiated: V logits z, a distribution p, and how they are
 * compared. */
struct textbook {
	const char *name;
	double a, T;
	double z[V], p[V];
	size_t cell[V], cells; /* of each token */
};

static double
divergence_now(void *ctx)
{
	const struct textbook *x = ctx;
	double q[V], Q[V] = { 0 }, P[V] = { 0 }, D = 0;
	size_t v;

	for (v = 0; v < V; v++)
		q[v] = x->z[v] / x->T;
	naive_softmax(q, q, V);
	for (v = 0; v < V; v++) {
		Q[x->cell[v]] += q[v];
		P[x->cell[v]] += x->p[v];
	}
	for (v = 0; v < x->cells; v++)
		D += Q[v] * f_of(x->name, P[v] / Q[v], x->a);
	return D;
}

static double
minus_entropy_now(void *ctx)
{
	const struct textbook *x = ctx;
	double q[V], sum = 0;
	size_t v;

	naive_softmax(q, x->z, V);
	for (v = 0; v < V; v++)
		sum += q[v] * log(q[v]);
	return sum;
}

/* Logits of q and of p, and their textbook, each token a cell. */
static void
fill(struct textbook *x, float *z, float *y, uint64_t seed)
{
	size_t v;

	naive_fill(z, V, seed);
	naive_fill(y, V, seed + 100);
	for (v = 0; v < V; v++) {
		z[v] *= 3;
		y[v] *= 3;
		x->z[v] = (double)z[v];
		x->p[v] = (double)y[v] / x->T;
		x->cell[v] = v;
	}
	x->cells = V;
	naive_softmax(x->p, x->p, V);
}

static double
slopes(struct textbook *x, double (*f)(void *), const float *got, double by)
{
	double want[V];
	size_t v;

	for (v = 0; v < V; v++)
		want[v] = by * naive_slope(f, x, &x->z[v]);
	return naive_error(got, want, V);
}

static void
test_row(const struct divergence *d)
{
	struct textbook x = { .name = d->row->name, .a = d->a };
	float z[V], y[V], dz[V];
	double worst = 0, apart = 0, D, clipped = 0;
	struct whitebox w;
	uint64_t seed;

	for (seed = 1; seed <= 6; seed++) {
		x.T = seed % 3 == 0 ? 2.5 : seed % 3 == 1 ? 1 : 0.7;
		fill(&x, z, y, seed);
		whitebox_init(&w, d, x.T, 300);
		memset(dz, 0, sizeof dz);
		D = whitebox_full(&w, z, y, V, 0.5, dz, &clipped);
		apart = fmax(apart, fabs(D - divergence_now(&x)) / D);
		worst = fmax(worst, slopes(&x, divergence_now, dz, 0.5));
	}
	ok(worst < 1e-5 && apart < 1e-5 && clipped == 0,
	    "%s%s: the gradient is off by %.1e, D by %.1e", x.name,
	    d->row->parameter.letter ? " of a parameter" : "", worst, apart);
}

/* A vocabulary of several blocks and a part of one, by plain loops. */
static void
test_many(const struct divergence *d)
{
	enum { MANY = 1003 };
	static float z[MANY], y[MANY], dz[MANY];
	static double p[MANY], q[MANY], want[MANY];
	double D = 0, mean = 0, got, clipped = 0;
	struct whitebox w;
	size_t v;

	naive_fill(z, MANY, 8);
	naive_fill(y, MANY, 9);
	for (v = 0; v < MANY; v++) {
		q[v] = (double)(z[v] *= 4);
		p[v] = (double)(y[v] *= 4);
	}
	naive_softmax(p, p, MANY);
	naive_softmax(q, q, MANY);
	for (v = 0; v < MANY; v++) {
		want[v] = divergence_reward(d, log(p[v] / q[v]));
		D += q[v] * f_of(d->row->name, p[v] / q[v], d->a);
		mean += q[v] * want[v];
	}
	for (v = 0; v < MANY; v++)
		want[v] = q[v] * (mean - want[v]);
	memset(dz, 0, sizeof dz);
	whitebox_init(&w, d, 1, 300);
	got = whitebox_full(&w, z, y, MANY, 1, dz, &clipped);
	ok(fabs(got - D) < 1e-6 * D && naive_error(dz, want, MANY) < 1e-6,
	    "%s of %d tokens: off by %.1e, D by %.1e", d->row->name, MANY,
	    naive_error(dz, want, MANY), fabs(got - D) / D);
}

/* Cells of the k likeliest of p; the rest is one. */
static void
coarsen(struct textbook *x, size_t k, uint32_t *token, float *logp, float *tail)
{
	double rest = 1;
	size_t v, r, n = 0;

	for (v = 0; v < V; v++) {
		size_t better = 0;

		for (r = 0; r < V; r++)
			better += x->p[r] > x->p[v];
		x->cell[v] = k;
		if (better >= k)
			continue;
		token[n] = (uint32_t)v;
		logp[n] = (float)log(x->p[v]);
		rest -= x->p[v];
		x->cell[v] = n++;
	}
	x->cells = k < V ? k + 1 : k;
	*tail = k < V ? (float)log(rest) : 0;
}

static void
test_cells(const struct divergence *d)
{
	struct textbook x = { .name = d->row->name, .a = d->a, .T = 1 };
	float z[V], y[V], dz[V], logp[V], tail;
	uint32_t token[V];
	double worst = 0, apart = 0, D, clipped = 0, before, full;
	struct whitebox w;
	bool below = true;
	size_t k;

	whitebox_init(&w, d, 1, 300);
	fill(&x, z, y, 17);
	full = divergence_now(&x);
	for (k = 1, before = 0; k <= V; k++) {
		struct topk_row c = { k, token, logp, k < V ? &tail : NULL };

		coarsen(&x, k, token, logp, &tail);
		memset(dz, 0, sizeof dz);
		D = whitebox_topk(&w, z,
		    naive_softmax((double[V]){ 0 }, x.z, V), &c, V, 2, dz,
		    &clipped);
		apart = fmax(apart, fabs(D - divergence_now(&x)) / full);
		worst = fmax(worst, slopes(&x, divergence_now, dz, 2));
		below = below && D >= before - 1e-7 && D <= full + 1e-6;
		before = D;
	}
	ok(worst < 1e-5 && apart < 1e-5,
	    "%s of 1 to %d cells: off by %.1e, D by %.1e", x.name, V, worst,
	    apart);
	ok(below && fabs(D - full) < 1e-6,
	    "more cells never lower D, and all give the whole: %g, %g", D,
	    full);
}

static void
each_row(void (*test)(const struct divergence *))
{
	static const double a[PARAMETER] = { 0.1, 0.5, 0.8 };
	const struct divergence_row *row;
	struct divergence d;
	size_t n, i, k;

	row = divergence_rows(&n);
	for (i = 0; i < n; i++)
		for (k = 0; k < (row[i].parameter.letter ? PARAMETER : 1);
		     k++) {
			d = (struct divergence){ &row[i], a[k] };
			test(&d);
		}
	if (divergence_parse("alpha:-1.5", &d) == 0)
		test(&d);
	if (divergence_parse("alpha:2", &d) == 0)
		test(&d);
}

static void
test_entropy(void)
{
	struct textbook x = { .T = 1 };
	float z[V], y[V], dz[V] = { 0 };
	double H, worst;

	fill(&x, z, y, 3);
	H = whitebox_entropy(z, naive_softmax((double[V]){ 0 }, x.z, V), V, 0.3,
	    dz);
	worst = slopes(&x, minus_entropy_now, dz, 0.3);
	ok(worst < 1e-5 && fabs(H + minus_entropy_now(&x)) < 1e-5,
	    "the gradient raises the entropy %g; off by %.1e", H, worst);
}

/* Rows that explode have l clipped; the others do not. */
static void
test_clip(void)
{
	static const struct {
		const char *name;
		bool clips;
	} row[] = { { "fkl", false }, { "rkl", false }, { "jeffreys", false },
		{ "alpha:0.5", false }, { "alpha:2", true },
		{ "alpha:-1", true }, { "pearson", true }, { "neyman", true } };
	struct textbook x = { .T = 1 };
	float z[V], y[V], dz[V];
	double q[V], want[V], mean, clipped, l;
	struct divergence d;
	struct whitebox w;
	size_t i, v, n;

	for (i = 0; i < sizeof row / sizeof *row; i++) {
		if (divergence_parse(row[i].name, &d) != 0)
			ok(false, "%s", err_last());
		fill(&x, z, y, 5);
		naive_softmax(q, x.z, V);
		for (v = n = 0, mean = 0; v < V; v++) {
			l = log(x.p[v] / q[v]);
			n += fabs(l) > 1;
			if (row[i].clips)
				l = fmax(-1, fmin(1, l));
			want[v] = d.row->h(l, d.a);
			mean += q[v] * want[v];
		}
		for (v = 0; v < V; v++)
			want[v] = -q[v] * (want[v] - mean);
		memset(dz, 0, sizeof dz);
		clipped = 0;
		whitebox_init(&w, &d, 1, 1);
		(void)whitebox_full(&w, z, y, V, 1, dz, &clipped);
		ok(naive_error(dz, want, V) < 1e-5 && n > 1 &&
			fabs(clipped - (row[i].clips ? (double)n : 0)) < 0.5,
		    "%s: %g of %zu clipped", row[i].name, clipped, n);
	}
}

/* A policy that is sure of something else than its teacher. */
static void
test_far(void)
{
	static const char *const names[] = { "fkl", "rkl", "js", "jeffreys",
		"skl:0.1", "srkl:0.1", "lecam", "logd", "hellinger" };
	float z[3] = { 2000, 0, -2000 }, y[3], dz[3];
	const uint32_t token = 1;
	const float logp = 0, tail = -1000;
	const struct topk_row c = { 1, &token, &logp, &tail };
	struct divergence d;
	struct whitebox w;
	double unused = 0, D, E;
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		if (divergence_parse(names[i], &d) != 0)
			ok(false, "%s", err_last());
		whitebox_init(&w, &d, 1, 5);
		memcpy(y, ((float[]){ 0, 1000, 0 }), sizeof y);
		memset(dz, 0, sizeof dz);
		D = whitebox_full(&w, z, y, 3, 1, dz, &unused);
		E = whitebox_topk(&w, z, 2000, &c, 3, 1, dz, &unused);
		ok(isfinite(D) && isfinite(E) && isfinite(dz[0]) &&
			isfinite(dz[1]) && isfinite(dz[2]),
		    "%s: %g and %g of 2000 nats", names[i], D, E);
		if (i == 0)
			ok(fabs((double)dz[1] + 2) < 1e-5 &&
				fabs((double)dz[0] - 2) < 1e-5,
			    "fkl is q - p: %g %g", (double)dz[0],
			    (double)dz[1]);
	}
}

int
main(void)
{
	each_row(test_row);
	each_row(test_many);
	each_row(test_cells);
	test_entropy();
	test_clip();
	test_far();
	return tap_done();
}
