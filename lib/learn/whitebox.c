/* SPDX-License-Identifier: MIT */
/*
 * A cell of both laws is never formed as a ratio.  Where l is beyond FAR, so
 * that e^l would overflow, q is too small to be told from p e^-FAR.
 */
#include "learn/whitebox.h"

#include <math.h>

#include "tensor/softmax.h"

enum { FAR = 500 };

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
	return (struct cell){ q, d->row->h(l, d->a) - w->h1,
		d->row->f(l, d->a) };
}

/* log sum_v exp(x_v / T) */
static double
lse_at(const float *x, size_t V, double T)
{
	double max = (double)row_max(x, V), sum = 0;
	size_t v;

	if (!(T < 1) && !(T > 1))
		return logsumexp(x, V);
	for (v = 0; v < V; v++)
		sum += exp(((double)x[v] - max) / T);
	return max / T + log(sum);
}

double
whitebox_law(const struct whitebox *w, const float *z, float *y, size_t V,
    double by, float *dz, double *clipped)
{
	const double lse_p = lse_at(y, V, w->T), lse_q = lse_at(z, V, w->T);
	double D = 0, mean = 0, q;
	struct cell c;
	size_t v;

	for (v = 0; v < V; v++) {
		c = cell_of(w, (double)y[v] / w->T - lse_p,
		    (double)z[v] / w->T - lse_q, clipped);
		D += c.q * c.f;
		mean += c.q * c.h;
		y[v] = (float)(c.q * c.h);
	}
	for (v = 0; dz != NULL && v < V; v++) {
		q = exp((double)z[v] / w->T - lse_q);
		dz[v] += (float)(by / w->T * (q * mean - (double)y[v]));
	}
	return D;
}

/* log of the sum of q over the tokens that have no cell of their own */
static double
log_rest(const float *z, double lse, const struct cells *p, size_t V)
{
	double max = -INFINITY, sum = 0;
	size_t v, j, pass;

	for (pass = 0; pass < 2; pass++)
		for (v = j = 0; v < V; v++)
			if (j < p->k && p->token[j] == v)
				j++;
			else if (pass == 0)
				max = fmax(max, (double)z[v]);
			else
				sum += exp((double)z[v] - max);
	return max + log(sum) - lse;
}

double
whitebox_cells(const struct whitebox *w, const float *z, double lse,
    const struct cells *p, size_t V, double by, float *dz, double *clipped)
{
	struct cell c, rest = { 0 };
	double D = 0, mean = 0, left = 0, h, unused = 0;
	size_t v, j;

	for (j = 0; j < p->k; j++) {
		c = cell_of(w, (double)p->logp[j],
		    (double)z[p->token[j]] - lse, clipped);
		D += c.q * c.f;
		mean += c.q * c.h;
	}
	if (p->tail != NULL) {
		left = log_rest(z, lse, p, V);
		rest = cell_of(w, (double)*p->tail, left, clipped);
		D += rest.q * rest.f;
		mean += rest.q * rest.h;
	}
	for (v = 0, j = 0; dz != NULL && v < V; v++) {
		double logq = (double)z[v] - lse;

		if (j < p->k && p->token[j] == v) {
			c = cell_of(w, (double)p->logp[j++], logq, &unused);
			h = c.q * c.h;
		} else { /* the token's share of the bucket */
			h = exp(logq - left) * rest.q * rest.h;
		}
		dz[v] += (float)(by * (exp(logq) * mean - h));
	}
	return D;
}

double
whitebox_entropy(const float *z, double lse, size_t V, double by, float *dz)
{
	double H = softmax_entropy(z, V), logq;
	size_t v;

	for (v = 0; dz != NULL && v < V; v++) {
		logq = (double)z[v] - lse;
		dz[v] += (float)(by * exp(logq) * (logq + H));
	}
	return H;
}
