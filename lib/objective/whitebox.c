/* SPDX-License-Identifier: MIT */
/*
 * The ratio p / q is never formed.  Where l is above FAR, so that e^l would
 * overflow, q is replaced by p e^-FAR; the difference is below rounding.
 *
 * Everything is in double, because near convergence a divergence is a small
 * sum of larger terms, and in vector code over blocks of the vocabulary.
 */
#include "objective/whitebox.h"

#include <math.h>

#include "divergence/logistic.h"
#include "tensor/softmax.h"
#include "tensor/vector.h"

enum { FAR = 500, LANES = 8, BLOCK = 32 * LANES };

void
whitebox_init(struct whitebox *w, const struct divergence *d, double T,
    double clip)
{
	double above = d->row->h(FAR, d->a), below = d->row->h(-FAR, d->a);

	*w = (struct whitebox){ *d, T, clip, d->row->h(0, d->a), false };
	w->explodes = !(above <= 2 * exp(FAR)) || !(below >= -2 * FAR);
}

struct cell {
	double q, h, f;
};

static struct cell
cell_of(const struct whitebox *w, double logp, double logq, double *clipped)
{
	const struct divergence *d = &w->divergence;
	double l = logp - logq, q = exp(logq);

	if (w->explodes && fabs(l) > w->clip) {
		*clipped += 1;
		l = copysign(w->clip, l);
	} else if (l > FAR) {
		l = FAR;
		q = exp(logp - FAR);
	}
	return (
	    struct cell){ q, d->row->h(l, d->a) - w->h1, d->row->f(l, d->a) };
}

/* sum_v exp((x_v - max) / T) */
VECTOR_CLONES static double
sum_at(const float *x, size_t V, double max, double T)
{
	double lane[LANES] = { 0 }, sum = 0;
	size_t v, j;

	for (v = 0; v + LANES <= V; v += LANES)
		for (j = 0; j < LANES; j++)
			lane[j] += vector_expd(((double)x[v + j] - max) / T);
	for (; v < V; v++)
		sum += vector_expd(((double)x[v] - max) / T);
	for (j = 0; j < LANES; j++)
		sum += lane[j];
	return sum;
}

double
whitebox_lse(const float *x, size_t V, double T)
{
	double max = (double)row_max(x, V);

	if (!(T < 1) && !(T > 1))
		return logsumexp(x, V);
	return max / T + log(sum_at(x, V, max, T));
}

/* Values of n tokens, padded with q = 0 to a multiple of LANES. */
struct block {
	double l[BLOCK], q[BLOCK], f[BLOCK], h[BLOCK];
};

/*
 * l and q of n <= BLOCK tokens; returns how many were clipped.  The same as
 * cell_of without branches: q is at least p e^-far, |l| at most clip.
 */
VECTOR_CLONES static size_t
compare(struct block *b, const float *z, const float *y, size_t n, double T,
    double lse_q, double lse_p, double far, double clip)
{
	size_t i, clipped = 0;

	for (i = 0; i < n; i++) {
		double p = (double)y[i] / T - lse_p;
		double q = (double)z[i] / T - lse_q, l;

		q = p - q > far ? p - far : q;
		l = p - q;
		clipped += fabs(l) > clip;
		l = l > clip ? clip : l;
		b->l[i] = l < -clip ? -clip : l;
		b->q[i] = vector_expd(q);
	}
	for (; i % LANES != 0; i++)
		b->l[i] = b->q[i] = 0;
	return clipped;
}

/* h := q (h - h1); add q f to the lanes D, and h to the lanes mean. */
VECTOR_CLONES static void
weigh(struct block *b, size_t n, double h1, double *restrict D,
    double *restrict mean)
{
	size_t i, j;

	for (i = 0; i < n; i += LANES)
		for (j = 0; j < LANES; j++) {
			double q = b->q[i + j];

			b->h[i + j] = q * (b->h[i + j] - h1);
			D[j] += q * b->f[i + j];
			mean[j] += b->h[i + j];
		}
}

static void
copy_down(float *y, const double *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		y[i] = (float)x[i];
}

/* dz_v += by (q_v mean - y_v) */
VECTOR_CLONES static void
add_slope(float *restrict dz, const float *restrict z, const float *restrict y,
    size_t V, double T, double lse, double mean, double by)
{
	size_t v;

	for (v = 0; v < V; v++) {
		double q = vector_expd((double)z[v] / T - lse);

		dz[v] += (float)(by * (q * mean - (double)y[v]));
	}
}

static double
sum_of(const double lane[LANES])
{
	double sum = 0;
	size_t j;

	for (j = 0; j < LANES; j++)
		sum += lane[j];
	return sum;
}

double
whitebox_full(const struct whitebox *w, const float *z, float *y, size_t V,
    double by, float *dz, double *clipped)
{
	const double lse_p = whitebox_lse(y, V, w->T),
		     lse_q = whitebox_lse(z, V, w->T);
	const double far = w->explodes ? (double)INFINITY : FAR;
	const double clip = w->explodes ? w->clip : (double)INFINITY;
	const struct divergence *d = &w->divergence;
	double D[LANES] = { 0 }, mean[LANES] = { 0 };
	struct block b;
	size_t at, n;

	for (at = 0; at < V; at += n) {
		n = V - at < BLOCK ? V - at : BLOCK;
		*clipped += (double)compare(&b, z + at, y + at, n, w->T, lse_q,
		    lse_p, far, clip);
		n = (n + LANES - 1) / LANES * LANES;
		d->row->each(b.l, n, d->a, b.f, b.h);
		weigh(&b, n, w->h1, D, mean);
		n = V - at < BLOCK ? V - at : BLOCK;
		copy_down(y + at, b.h, n);
	}
	if (dz != NULL)
		add_slope(dz, z, y, V, w->T, lse_q, sum_of(mean), by / w->T);
	return sum_of(D);
}

/* The run of tokens before the j-th of p: *from, and its length. */
static size_t
run_of(const struct topk_row *p, size_t j, size_t V, size_t *from)
{
	*from = j == 0 ? 0 : (size_t)p->token[j - 1] + 1;
	return (j < p->k ? p->token[j] : V) - *from;
}

/* log of the sum of q over the tokens that are not in p */
static double
log_rest(const float *z, double lse, const struct topk_row *p, size_t V)
{
	double rest = -(double)INFINITY;
	size_t j, from, n;

	for (j = 0; j <= p->k; j++)
		if ((n = run_of(p, j, V, &from)) > 0)
			rest = logaddexp(logsumexp(z + from, n), rest);
	return rest - lse;
}

/* dz_v += by (q_v mean - s_v qh), s_v = q_v / e^left: v's share of qh */
VECTOR_CLONES static void
add_shares(float *restrict dz, const float *restrict z, size_t n, double lse,
    double left, double mean, double qh, double by)
{
	size_t v;

	for (v = 0; v < n; v++) {
		double logq = (double)z[v] - lse;

		dz[v] += (float)(by *
		    (vector_expd(logq) * mean - vector_expd(logq - left) * qh));
	}
}

double
whitebox_topk(const struct whitebox *w, const float *z, double lse,
    const struct topk_row *p, size_t V, double by, float *dz, double *clipped)
{
	struct cell c, rest = { 0 };
	double D = 0, mean = 0, left = 0, unused = 0;
	size_t j, from, n;

	for (j = 0; j < p->k; j++) {
		c = cell_of(w, (double)p->logp[j], (double)z[p->token[j]] - lse,
		    clipped);
		D += c.q * c.f;
		mean += c.q * c.h;
	}
	if (p->tail != NULL) {
		left = log_rest(z, lse, p, V);
		rest = cell_of(w, (double)*p->tail, left, clipped);
		D += rest.q * rest.f;
		mean += rest.q * rest.h;
	}
	for (j = 0; dz != NULL && j <= p->k; j++) {
		double logq;

		n = run_of(p, j, V, &from);
		add_shares(dz + from, z + from, n, lse, left, mean,
		    rest.q * rest.h, by);
		if (j == p->k)
			break;
		logq = (double)z[p->token[j]] - lse;
		c = cell_of(w, (double)p->logp[j], logq, &unused);
		dz[p->token[j]] += (float)(by * (exp(logq) * mean - c.q * c.h));
	}
	return D;
}

/* dz_v += by q_v (log q_v + H) */
VECTOR_CLONES static void
add_entropy(float *restrict dz, const float *restrict z, size_t V, double lse,
    double H, double by)
{
	size_t v;

	for (v = 0; v < V; v++) {
		double logq = (double)z[v] - lse;

		dz[v] += (float)(by * vector_expd(logq) * (logq + H));
	}
}

double
whitebox_entropy(const float *z, double lse, size_t V, double by, float *dz)
{
	double H = softmax_entropy(z, V);

	if (dz != NULL)
		add_entropy(dz, z, V, lse, H, by);
	return H;
}
