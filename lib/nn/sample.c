/* SPDX-License-Identifier: MIT */
/*
 * One uniform number decides: the first token, in the order of ids, at which
 * the running sum of the weights passes u times their sum.  So a draw does
 * not depend on how candidates were ranked, and a last-bit difference in one
 * logit moves a boundary by that much and nothing else.
 *
 * Both cuts are one question: which is the shortest beginning of the
 * tokens, ranked by logit (lowest id first among equals), whose weights
 * reach a target?  Top-k: every weight 1, target k.  Top-p: weight
 * exp((x - max) / temperature), target p times their sum; the token that
 * crosses is then inside.  Quickselect answers it in O(V): partition, sum
 * the weights of the better part, go on in the part where the target lies.
 */
#include "nn/sample.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "tensor/softmax.h"
#include "tensor/vector.h"

enum { LANES = 8, CHUNK = 256 };

struct weighing {
	bool count; /* every token weighs 1 */
	double max, temperature;
};

bool
sampling_changes(const struct sampling *s)
{
	return s->temperature < 1.0 || s->temperature > 1.0 || s->top_k > 0 ||
	    s->top_p < 1.0;
}

static double
weigh(const struct weighing *w, float x)
{
	return w->count ? 1.0 : exp(((double)x - w->max) / w->temperature);
}

static bool
ranks_before(struct sample_pair a, struct sample_pair b)
{
	return a.x > b.x || (a.x >= b.x && a.v < b.v);
}

static void
swap(struct sample_pair *a, struct sample_pair *b)
{
	struct sample_pair c = *a;

	*a = *b;
	*b = c;
}

/* a[lo, hi) parted by its member at `at`; where that comes to stand. */
static size_t
partition(struct sample_pair *a, size_t lo, size_t hi, size_t at)
{
	size_t i, m = lo;

	swap(&a[at], &a[hi - 1]);
	for (i = lo; i + 1 < hi; i++)
		if (ranks_before(a[i], a[hi - 1]))
			swap(&a[i], &a[m++]);
	swap(&a[m], &a[hi - 1]);
	return m;
}

/* Bring the shortest beginning that weighs `target` to the front; its length. */
static size_t
select_heaviest(struct sample_pair *a, size_t n, const struct weighing *w,
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

/* The last in rank of those that the cuts leave. */
static struct sample_pair
last_kept(const float *x, size_t V, const struct sampling *how,
    const struct weighing *w, struct sample_pair *a)
{
	const struct weighing count = { .count = true };
	struct sample_pair last;
	double sum = 0.0;
	size_t n = V, v;

	for (v = 0; v < V; v++)
		a[v] = (struct sample_pair){ x[v], (uint32_t)v };
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
    double u, struct sample_pair *kept, double *logq)
{
	const struct weighing w = { .max = (double)x[best],
		.temperature = how->temperature };
	struct sample_pair last = last_kept(x, V, how, &w, kept);
	double sum = 0.0, below = 0.0;
	size_t n = 0, v, i;

	for (v = 0; v < V; v++) {
		struct sample_pair c = { x[v], (uint32_t)v };

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
	if (kept[i].x <= 0.0f) /* the sum's last bits ran out */
		kept[i].v = (uint32_t)best;
	v = kept[i].v;
	*logq = ((double)x[v] - w.max) / w.temperature - log(sum);
	return v;
}

/* In separate sums, for the vector unit. */
VECTOR_CLONES static double
sum_of(const float *x, size_t n)
{
	double s[LANES] = { 0 }, sum = 0.0;
	size_t i, j;

	for (i = 0; i + LANES <= n; i += LANES)
		for (j = 0; j < LANES; j++)
			s[j] += (double)x[i + j];
	for (; i < n; i++)
		sum += (double)x[i];
	for (j = 0; j < LANES; j++)
		sum += s[j];
	return sum;
}

/* Where the running sum first passes u times the sum: chunk, then number. */
static size_t
pass_sum(const float *x, size_t n, double u)
{
	double sum = 0.0, below = 0.0, part;
	size_t at, v, end;

	for (at = 0; at < n; at += CHUNK)
		sum += sum_of(x + at, n - at < CHUNK ? n - at : CHUNK);
	for (at = 0; at + CHUNK < n; at += CHUNK, below += part) {
		part = sum_of(x + at, CHUNK);
		if (below + part > u * sum)
			break;
	}
	end = n - at < CHUNK ? n : at + CHUNK;
	for (v = at; v + 1 < end; v++) {
		below += (double)x[v];
		if (below > u * sum)
			break;
	}
	return v;
}

/* Nothing is cut or bent: one softmax is law and log-probability. */
static size_t
draw_plain(float *x, size_t V, size_t best, double u,
    struct sample_pair *before, double *logp)
{
	double lse;
	size_t v;

	for (v = 0; v < V; v++)
		before[v].x = x[v];
	lse = softmax_row(x, V);
	v = pass_sum(x, V, u);
	if (x[v] <= 0.0f) /* the sum's last bits ran out */
		v = best;
	*logp = (double)before[v].x - lse;
	return v;
}

/* Others have an exponent of all ones. */
VECTOR_CLONES static bool
all_finite(const float *x, size_t n)
{
	const uint32_t ones = 0x7f800000u;
	uint32_t bad = 0, bits;
	size_t i;

	for (i = 0; i < n; i++) {
		memcpy(&bits, &x[i], sizeof(bits));
		bad |= (bits & ones) == ones;
	}
	return bad == 0;
}

int
sample_token(float *logits, size_t V, const struct sampling *how, double u,
    struct sample_pair *scratch, uint32_t *token, float *logp, float *logq)
{
	size_t best = 0, v;
	double p, q = 0.0;
	float max;

	if (!all_finite(logits, V)) {
		for (v = 0; isfinite(logits[v]); v++)
			continue;
		return fail("logit %zu is %g", v, (double)logits[v]);
	}
	max = row_max(logits, V);
	while (logits[best] < max)
		best++;
	if (!sampling_changes(how)) {
		v = draw_plain(logits, V, best, u, scratch, &p);
		q = p;
	} else {
		v = best;
		if (how->temperature > 0.0)
			v = draw_cut(logits, V, best, how, u, scratch, &q);
		p = (double)logits[v] - logsumexp(logits, V);
	}
	*token = (uint32_t)v;
	*logp = (float)p;
	*logq = (float)q;
	return 0;
}
