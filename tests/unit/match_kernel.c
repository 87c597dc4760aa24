/* SPDX-License-Identifier: MIT */
/*
 * match_kernel: with all sequences of a small vocabulary listed, the expected
 * policy gradient of the rewards is the gradient of the distance, whatever the
 * baseline.
 */
#include "discriminator/match_kernel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "objective/credit.h"
#include "../naive.h"
#include "../tap.h"

/* Sequences of two tokens of four; features of P numbers; most rollouts. */
enum { V = 4, SEQS = V * V, P = 5, MOST = 4, THETA = V + V * V, DEMOS = 2 };

struct toy {
	double theta[THETA]; /* logits of the first token, of the second */
	float phi[SEQS][P], y[DEMOS][P];
	enum match_kernel kernel;
	double diversity;
	size_t demos;
};

static void
toy_make(struct toy *x)
{
	float draw[THETA];
	size_t i;

	naive_fill(draw, THETA, 3);
	for (i = 0; i < THETA; i++)
		x->theta[i] = 1.5 * (double)draw[i];
	naive_fill(x->phi[0], SEQS * P, 4);
	naive_fill(x->y[0], DEMOS * P, 5);
}

static void
probabilities(const struct toy *x, double *p)
{
	double first[V], second[V];
	size_t a, b;

	(void)naive_softmax(first, x->theta, V);
	for (a = 0; a < V; a++) {
		(void)naive_softmax(second, x->theta + V + a * V, V);
		for (b = 0; b < V; b++)
			p[a * V + b] = first[a] * second[b];
	}
}

static double
kernel(const struct toy *x, const float *a, const float *b)
{
	double dot = 0, square = 0;
	size_t d;

	for (d = 0; d < P; d++) {
		dot += (double)a[d] * (double)b[d];
		square += pow((double)a[d] - (double)b[d], 2);
	}
	return x->kernel == MATCH_DOT ? dot : -sqrt(square) / 2;
}

/* mean K(y, y') - 2 mean K(r, y) + diversity mean K(r, s) */
static double
distance_with(const struct toy *x, double diversity)
{
	double p[SEQS], sum = 0;
	size_t i, k;

	probabilities(x, p);
	for (i = 0; i < x->demos; i++)
		for (k = 0; k < x->demos; k++)
			sum += kernel(x, x->y[i], x->y[k]) /
			    (double)(x->demos * x->demos);
	for (i = 0; i < SEQS; i++) {
		for (k = 0; k < x->demos; k++)
			sum -= 2 * p[i] * kernel(x, x->phi[i], x->y[k]) /
			    (double)x->demos;
		for (k = 0; k < SEQS; k++)
			sum += diversity * p[i] * p[k] *
			    kernel(x, x->phi[i], x->phi[k]);
	}
	return sum;
}

static double
distance(void *ctx)
{
	const struct toy *x = ctx;

	return distance_with(x, x->diversity);
}

/* d += c grad log p of a sequence. */
static void
add_slope(const struct toy *x, size_t seq, double c, double *d)
{
	const double *logits[] = { x->theta, x->theta + V + seq / V * V };
	const size_t token[] = { seq / V, seq % V };
	double p[V];
	size_t k, v;

	for (k = 0; k < 2; k++) {
		(void)naive_softmax(p, logits[k], V);
		for (v = 0; v < V; v++)
			d[logits[k] - x->theta + v] +=
			    c * ((v == token[k]) - p[v]);
	}
}

/* n rollouts, to their coefficients by divgrad's rules. */
static void
credit(const double *reward, size_t n, enum credit_baseline baseline,
    float *coef)
{
	const struct credit c = { .estimator = ESTIMATE_ROLLOUTS,
		.baseline = baseline };
	struct traj t[MOST];
	struct traj_segment s = { .t = t, .n = n };
	struct credit_stats stats;
	float score[MOST];
	size_t j;

	memset(t, 0, sizeof t);
	for (j = 0; j < n; j++) {
		score[j] = (float)reward[j];
		t[j].id = t[j].group = (char *)(uintptr_t) "g";
		t[j].role = ROLE_POLICY;
		t[j].weight = 1;
		t[j].score = &score[j];
		t[j].scores = t[j].actions = 1;
	}
	if (credit_assign(&c, &s, coef, &stats) != 0)
		printf("# %s\n", err_last());
}

/*
 * The expectation over all n rollouts of the mean of coef grad log p, to d, and
 * of the estimate of the distance.
 */
static double
expect(const struct toy *x, size_t n, enum credit_baseline baseline, double *d)
{
	double p[SEQS], mean = 0, w, reward[MOST], one;
	float r[MOST][P], coef[MOST];
	size_t seq[MOST], i, j, all = 1;

	probabilities(x, p);
	memset(d, 0, THETA * sizeof *d);
	for (j = 0; j < n; j++)
		all *= SEQS;
	for (i = 0; i < all; i++) {
		size_t rest = i;

		for (w = 1, j = 0; j < n; j++, rest /= SEQS) {
			seq[j] = rest % SEQS;
			w *= p[seq[j]];
			memcpy(r[j], x->phi[seq[j]], sizeof r[j]);
		}
		match_rewards(x->kernel, x->diversity, x->y[0], x->demos, r[0],
		    n, P, reward, &one);
		mean += w * one;
		credit(reward, n, baseline, coef);
		for (j = 0; j < n; j++)
			add_slope(x, seq[j], w * (double)coef[j] / (double)n,
			    d);
	}
	return mean;
}

/* |got + times want| / |times want| */
static double
error(const double *got, const double *want, double times)
{
	double off = 0, norm = 0;
	size_t i;

	for (i = 0; i < THETA; i++) {
		off += pow(got[i] + times * want[i], 2);
		norm += pow(times * want[i], 2);
	}
	return sqrt(off / norm);
}

static void
test_gradient(struct toy *x)
{
	static const char *const names[] = { "rloo", "mean", "none" };
	double want[THETA], got[THETA], e, mean, times;
	size_t i, n, b;

	for (i = 0; i < THETA; i++)
		want[i] = naive_slope(distance, x, &x->theta[i]);
	for (n = x->diversity > 0 ? 3 : 2; n <= 3 + (x->diversity > 0.9); n++)
		for (b = BASELINE_RLOO; b <= BASELINE_NONE; b++) {
			times = b == BASELINE_MEAN ?
			    (double)(n - 1) / (double)n :
			    1;
			mean = expect(x, n, (enum credit_baseline)b, got);
			e = error(got, want, times);
			ok(e < 1e-4,
			    "%s, diversity %g, %zu demonstrations, %zu "
			    "rollouts, baseline %s: gradient off by %.1e",
			    match_kernels[x->kernel], x->diversity, x->demos, n,
			    names[b], e);
			e = fabs(mean - distance_with(x, 1));
			ok(e < 1e-9, "the distance is estimated without bias");
		}
}

/* Of rollouts that span as many dimensions as they are. */
static void
test_whitened(struct toy *x)
{
	double reward[4], twice[4], distance, other, worst = 0, square = 0;
	double off[P], dot;
	float r[4][P];
	size_t i, j, d;

	memcpy(r, x->phi, sizeof r);
	match_rewards(MATCH_WHITENED, 1, x->y[0], 1, r[0], 3, P, reward,
	    &distance);
	/* y = sum_j a_j r_j + off, off at right angles to all: reward ~ a */
	for (j = 0; j < 3; j++)
		square += pow(reward[j] / 2, 2);
	ok(fabs(square - 1) < 1e-9,
	    "whitened: rewards are cosines with "
	    "vectors at right angles");
	for (dot = square = 0, d = 0; d < P; d++) {
		for (off[d] = 0, j = 0; j < 3; j++)
			off[d] += reward[j] * (double)r[j][d];
		dot += off[d] * (double)x->y[0][d];
		square += off[d] * off[d];
	}
	for (d = 0; d < P; d++)
		off[d] = (double)x->y[0][d] - dot / square * off[d];
	for (j = 0; j < 3; j++) {
		for (dot = 0, d = 0; d < P; d++)
			dot += off[d] * (double)r[j][d];
		worst = fmax(worst, fabs(dot));
	}
	ok(worst < 1e-6,
	    "whitened: rewards are as the demonstration's "
	    "coordinates in the rollouts");
	memcpy(r[3], r[0], sizeof r[3]);
	match_rewards(MATCH_WHITENED, 1, x->y[0], 1, r[0], 4, P, twice, &other);
	ok(fabs(twice[0] - twice[3]) < 1e-9,
	    "whitened: a rollout that comes twice is like its twin");
	match_rewards(MATCH_WHITENED, 0, x->y[0], 1, r[0], 4, P, reward,
	    &other);
	ok(fabs(twice[0] - reward[0] + 2. / 2 - 2. / 6) < 1e-9 &&
		fabs(twice[1] - reward[1] - 2. / 6) < 1e-9,
	    "whitened: diversity tells twins apart from others");
	for (i = 0; i < 4; i++)
		memcpy(r[i], r[0], sizeof r[i]);
	match_rewards(MATCH_WHITENED, 1, r[0], 1, r[0], 4, P, twice, &other);
	ok(fabs(twice[0] - 2 + 3 - 2) < 1e-9 && fabs(other) < 1e-9,
	    "whitened: nothing is to be gained where all are the "
	    "demonstration");
	memset(r, 0, sizeof r);
	match_rewards(MATCH_WHITENED, 1, x->y[0], 1, r[0], 4, P, twice, &other);
	ok(twice[0] == 0 && twice[3] == 0 && other == 0,
	    "whitened: rollouts without features get nothing");
}

static void
test_energy(struct toy *x)
{
	double reward[3], distance, want = 0;
	float r[3][P];
	size_t j;

	for (j = 0; j < 3; j++)
		memcpy(r[j], x->y[0], sizeof r[j]);
	match_rewards(MATCH_ENERGY, 1, x->y[0], 1, r[0], 3, P, reward,
	    &distance);
	for (j = 0; j < 3; j++)
		want = fmax(want, fabs(reward[j]));
	ok(want == 0 && distance == 0,
	    "energy: nothing is to be gained where all are the demonstration");
}

int
main(void)
{
	struct toy x = { 0 };
	const double diversity[] = { 1, 0.5, 0 };
	size_t i, k;

	toy_make(&x);
	for (k = MATCH_DOT; k <= MATCH_ENERGY; k++)
		for (i = 0; i < 3; i++) {
			x.kernel = (enum match_kernel)k;
			x.diversity = diversity[i];
			x.demos = 1 + i % DEMOS;
			test_gradient(&x);
		}
	test_whitened(&x);
	test_energy(&x);
	return tap_done();
}
