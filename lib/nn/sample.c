/* SPDX-License-Identifier: MIT */
/*
 * One uniform number decides: the first token, in the order of ids, at which
 * the running sum of the weights passes u times their sum.  So a draw does
 * not depend on how candidates were ranked, and a last-bit difference in one
 * logit moves a boundary by that much and nothing else.
 *
 * Both cuts ask for the shortest prefix of the tokens, ranked by logit (lowest
 * id first among equals), whose weights reach a target.  Top-k: every weight 1,
 * target k.  Top-p: weight exp((x - max) / temperature), target p times their
 * sum; the token that crosses is then inside.  Quickselect answers it in O(V):
 * partition, sum the weights of the better part, go on in the part where the
 * target lies.
 */
#include "nn/sample.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tensor/softmax.h"
#include "tensor/vector.h"

enum { LANES = 32 };

struct weighing {
	bool count; /* every token weighs 1 */
	double max, temperature;
};

static size_t
first_of(const float *x, float max)
{
	size_t v = 0;

	while (x[v] < max)
		v++;
	return v;
}

static bool
is_cut(const struct sampling *s)
{
	return s->top_k > 0 || s->top_p < 1.0;
}

bool
sampling_changes(const struct sampling *s)
{
	return s->temperature < 1.0 || s->temperature > 1.0 || is_cut(s);
}

static double
weigh(const struct weighing *w, float x)
{
	return w->count ? 1.0 :
			  vector_expd(((double)x - w->max) / w->temperature);
}

static bool
ranks_before(struct sample_candidate a, struct sample_candidate b)
{
	return a.x > b.x || (a.x >= b.x && a.v < b.v);
}

static void
swap(struct sample_candidate *a, struct sample_candidate *b)
{
	struct sample_candidate c = *a;

	*a = *b;
	*b = c;
}

/* Partition a[lo, hi) by the member at `at`; returns its new index. */
static size_t
partition(struct sample_candidate *a, size_t lo, size_t hi, size_t at)
{
	size_t i, m = lo;

	swap(&a[at], &a[hi - 1]);
	for (i = lo; i + 1 < hi; i++)
		if (ranks_before(a[i], a[hi - 1]))
			swap(&a[i], &a[m++]);
	swap(&a[m], &a[hi - 1]);
	return m;
}

/* Move the shortest prefix of weight `target` to the front; its length. */
static size_t
select_heaviest(struct sample_candidate *a, size_t n, const struct weighing *w,
    double target)
{
	struct rng r = { .state = n }; /* no input makes every pivot bad */
	size_t lo = 0, hi = n, m, i;
	double mass = 0.0, part;

	while (lo < hi && mass < target) {
		m = partition(a, lo, hi, lo + rng_below(&r, hi - lo));
		part = 0.0;
		for (i = lo; i < m; i++)
			part += weigh(w, a[i].x);
		if (mass + part >= target) {
			hi = m;
		} else {
			mass += part + weigh(w, a[m].x);
			lo = m + 1;
		}
	}
	return lo;
}

/* The lowest-ranked token that the cuts keep. */
static struct sample_candidate
last_kept(const float *x, size_t V, const struct sampling *how,
    const struct weighing *w, struct sample_candidate *a)
{
	const struct weighing count = { .count = true };
	struct sample_candidate last;
	double sum = 0.0;
	size_t n = V, v;

	for (v = 0; v < V; v++)
		a[v] = (struct sample_candidate){ x[v], (uint32_t)v };
	if (how->top_k > 0 && how->top_k < n)
		n = select_heaviest(a, n, &count, (double)how->top_k);
	if (how->top_p < 1.0) {
		for (v = 0; v < n; v++)
			sum += weigh(w, a[v].x);
		n = select_heaviest(a, n, w, how->top_p * sum);
	}
	last = a[0];
	for (v = 1; v < n; v++)
		if (ranks_before(last, a[v]))
			last = a[v];
	return last;
}

static size_t
draw_cut(const float *x, size_t V, size_t best, const struct sampling *how,
    double u, struct sample_candidate *kept, double *logq)
{
	const struct weighing w = { .max = (double)x[best],
		.temperature = how->temperature };
	struct sample_candidate last = last_kept(x, V, how, &w, kept);
	double sum = 0.0, below = 0.0;
	size_t n = 0, v, i;

	for (v = 0; v < V; v++) {
		struct sample_candidate c = { x[v], (uint32_t)v };

		if (ranks_before(last, c))
			continue;
		c.x = (float)weigh(&w, c.x);
		kept[n++] = c;
		sum += (double)c.x;
	}
	for (i = 0; i + 1 < n; i++) {
		below += (double)kept[i].x;
		if (below > u * sum)
			break;
	}
	if (kept[i].x <= 0.0f) /* rounding: u fell beyond the last weight */
		kept[i].v = (uint32_t)best;
	v = kept[i].v;
	*logq = ((double)x[v] - w.max) / w.temperature - log(sum);
	return v;
}

/*
 * Without cuts every token has a weight.  They are summed by chunks; those of
 * the chunk that u falls into are computed again.
 */
static size_t
draw_whole(const float *x, size_t V, float max, double temperature, double u,
    struct sample_candidate *chunk, double *logq)
{
	const float scale = (float)fmin(1.0 / temperature, (double)FLT_MAX);
	double sum = 0.0, all = 0.0, below = 0.0;
	size_t c, v, end;

	for (c = 0; c * SOFTMAX_CHUNK < V; c++) {
		size_t left = V - c * SOFTMAX_CHUNK;
		double part = softmax_sum(x + c * SOFTMAX_CHUNK,
		    left < SOFTMAX_CHUNK ? left : SOFTMAX_CHUNK, max, scale);

		chunk[c].x = (float)part;
		all += (double)chunk[c].x;
		sum += part;
	}
	for (c = 0; (c + 1) * SOFTMAX_CHUNK < V; c++) {
		if (below + (double)chunk[c].x > u * all)
			break;
		below += (double)chunk[c].x;
	}
	v = c * SOFTMAX_CHUNK;
	end = V - v < SOFTMAX_CHUNK ? V : v + SOFTMAX_CHUNK;
	for (; v + 1 < end; v++) {
		below += (double)vector_exp((x[v] - max) * scale);
		if (below > u * all)
			break;
	}
	if (vector_exp((x[v] - max) * scale) <=
	    0.0f) /* rounding: u fell beyond the last weight */
		v = first_of(x, max);
	/* Without temperature, to the bit what logsumexp gives. */
	*logq = (double)x[v] * (double)scale -
	    ((double)max * (double)scale + log(sum));
	return v;
}

/*
 * The largest of n.  False: one is not finite, which shows in its bits as an
 * exponent of all ones.
 */
VECTOR_CLONES static bool
find_max(const float *x, size_t n, float *max)
{
	const uint32_t magnitude = 0x7fffffffu, infinite = 0x7f800000u;
	float most[LANES];
	uint32_t far[LANES] = { 0 }, bits;
	size_t i, j;
	bool finite = true;

	for (j = 0; j < LANES; j++)
		most[j] = x[0];
	for (i = 0; i + LANES <= n; i += LANES)
		for (j = 0; j < LANES; j++) {
			memcpy(&bits, &x[i + j], sizeof(bits));
			bits &= magnitude;
			far[j] = bits > far[j] ? bits : far[j];
			most[j] = x[i + j] > most[j] ? x[i + j] : most[j];
		}
	*max = x[0];
	for (j = 0; j < LANES; j++) {
		*max = most[j] > *max ? most[j] : *max;
		finite &= far[j] < infinite;
	}
	for (; i < n; i++) {
		*max = x[i] > *max ? x[i] : *max;
		finite &= (bool)isfinite(x[i]);
	}
	return finite;
}

int
sample_token(const float *logits, size_t V, const struct sampling *how,
    double u, struct sample_candidate *scratch, uint32_t *token, float *logp,
    float *logq)
{
	size_t v;
	double p, q = 0.0;
	float max = 0; /* find_max sets it: -fanalyzer cannot see a clone */

	if (!find_max(logits, V, &max)) {
		for (v = 0; isfinite(logits[v]); v++)
			continue;
		return fail("logit %zu is %g", v, (double)logits[v]);
	}
	if (how->temperature > 0.0 && !is_cut(how)) {
		v = draw_whole(logits, V, max, how->temperature, u, scratch,
		    &q);
	} else {
		v = first_of(logits, max);
		if (how->temperature > 0.0)
			v = draw_cut(logits, V, v, how, u, scratch, &q);
	}
	p = sampling_changes(how) ? (double)logits[v] - logsumexp(logits, V) :
				    q;
	*token = (uint32_t)v;
	*logp = (float)p;
	*logq = (float)q;
	return 0;
}
