/* SPDX-License-Identifier: MIT */
/*
 * The rows give h up to a constant, and f where f(1) = 0.  As f is convex and
 * f(0) finite, u f'(u) vanishes at u = 0, so f(0) = -h(0) for the h without
 * that constant, whose value at u = 1 is f'(1).
 *
 * q_y h(1 / q_y) is e^-l h(l).  Beyond FAR nats both factors leave the range
 * of a double, so l stays there.
 */
#include "objective/onehot.h"

#include <float.h>
#include <math.h>

#include "objective/whitebox.h"
#include "tensor/vector.h"

enum { FAR = 700 };

int
onehot_init(struct onehot *x, const struct divergence *d, double T, double clip)
{
	const struct divergence_row *r = d->row;
	const double h0 = r->h(-(double)INFINITY, d->a);

	if (!isfinite(h0))
		return fail("the divergence of a single token from any policy "
			    "is infinite, because h(0) is");
	*x = (struct onehot){ .divergence = *d,
		.T = T,
		.clip = clip,
		.h0 = h0,
		.f0 = r->h(0, d->a) - h0 - r->df(0, d->a) };
	x->explodes = !(r->h(FAR, d->a) <= 2 * exp(FAR));
	return 0;
}

double
onehot_weight(const struct onehot *x, double l, double *D, double *clipped)
{
	const struct divergence *d = &x->divergence;
	double q;

	if (x->explodes && l > x->clip) {
		*clipped += 1;
		l = x->clip;
	}
	l = fmax(DBL_MIN, fmin(FAR, l)); /* above 0, where tv's h jumps */
	q = exp(-l);
	*D = q * d->row->f(l, d->a) + (1 - q) * x->f0;
	return q * (d->row->h(l, d->a) - x->h0);
}

/* dz_v += by q_v */
VECTOR_CLONES static void
add_softmax(float *restrict dz, const float *restrict z, size_t V, double T,
    double lse, double by)
{
	size_t v;

	for (v = 0; v < V; v++)
		dz[v] += (float)(by * vector_expd((double)z[v] / T - lse));
}

double
onehot_logits(const struct onehot *x, const float *z, double lse, size_t V,
    uint32_t y, double by, float *dz, double *clipped)
{
	const double lse_q = x->T == 1 ? lse : whitebox_lse(z, V, x->T);
	double D, w;

	w = onehot_weight(x, lse_q - (double)z[y] / x->T, &D, clipped);
	if (dz != NULL) {
		add_softmax(dz, z, V, x->T, lse_q, by * w / x->T);
		dz[y] -= (float)(by * w / x->T);
	}
	return D;
}
