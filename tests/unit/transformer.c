/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "nn/transformer.h"

enum { T = 17 };

static const size_t starts[] = { 0, 5, 6, T };
static const size_t rows[] = { 0, 2, 4, 5, 6, 11, 12, 16 };
static const uint32_t tokens[T] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 2,
	2, 3, 1 };
static const struct pack pack = { tokens, T, 3, sizeof(rows) / sizeof(*rows),
	starts, rows };
/* The same with generators for dropout. */
static const struct rng noise[] = { { 1 }, { 77 }, { 1u << 20 } };
static const struct pack noisy = { tokens, T, 3, sizeof(rows) / sizeof(*rows),
	starts, rows, .noise = noise };

/* sum of g . logits over the rows: its gradient needs no softmax. */
struct linear_loss {
	const struct naive *naive;
	float *g;
	float *logits; /* where the blocks are noted */
	bool give;     /* g is left in place of the logits */
};

static void
note(void *ctx, size_t first, size_t n, float *logits)
{
	struct linear_loss *o = ctx;
	const size_t V = o->naive->config.V;

	memcpy(o->logits + first * V, logits, n * V * sizeof(*logits));
	if (o->give)
		memcpy(logits, o->g + first * V, n * V * sizeof(*logits));
}

/* Logits of the naive model at the rows, one sequence at a time. */
static void
hidden_rows(const struct naive *n, double *out)
{
	const size_t D = n->config.D;
	double *h = mem_alloc(T * D, sizeof(*h));
	size_t b, r;

	for (b = 0; b < pack.B; b++) {
		struct naive one = *n;

		one.noise = noise[b];
		naive_hidden(&one, tokens + starts[b],
		    starts[b + 1] - starts[b], h + starts[b] * D);
	}
	for (r = 0; r < pack.R; r++)
		memcpy(out + r * D, h + rows[r] * D, D * sizeof(*h));
	free(h);
}

static const double *
head_of(const struct naive *n)
{
	size_t i;

	for (i = 0; n->params->tensor[i].p != n->params->head; i++)
		;
	return n->w[i];
}

static void
naive_logits(const struct naive *n, double *z)
{
	double *h = mem_alloc(pack.R * n->config.D, sizeof(*h));

	hidden_rows(n, h);
	naive_gemm(z, h, head_of(n), pack.R, n->config.V, n->config.D, false,
	    true);
	free(h);
}

static double
objective(void *ctx)
{
	struct linear_loss *o = ctx;
	const size_t n = pack.R * o->naive->config.V;
	double *z = mem_alloc(n, sizeof(*z)), sum = 0;
	size_t i;

	naive_logits(o->naive, z);
	for (i = 0; i < n; i++)
		sum += z[i] * (double)o->g[i];
	free(z);
	return sum;
}

static void
check(const struct model *m, double dropout)
{
	struct config c;
	struct params p, d;
	struct naive naive;
	struct linear_loss o = { .naive = &naive };
	struct activations *a;
	const char *name;
	double *want, error;
	size_t n;

	model_make(&c, &p, m, false);
	naive_init(&naive, &c, &p);
	naive.dropout = dropout;
	params_init(&d, &c, "");
	params_alloc(&d);
	n = pack.R * c.V;
	o.g = mem_floats(n);
	o.logits = mem_floats(n);
	want = mem_alloc(n, sizeof(*want));
	naive_fill(o.g, n, 99);
	naive_logits(&naive, want);
	a = activations_new(&c);
	a->dropout = dropout;
	transformer_forward(a, &p, &noisy, false);
	head_rows(a, &noisy, note, &o, NULL);
	error = naive_error(o.logits, want, n);
	ok(error < 2e-6,
	    "%s, dropout %g: logits within 2e-6 of the naive model, %g",
	    m->name, dropout, error);
	memset(o.logits, 0, n * sizeof(*o.logits));
	head_block(a, 0, pack.R, o.logits);
	ok(naive_error(o.logits, want, n) < 2e-6,
	    "%s: head_block gives the same logits", m->name);

	o.give = true;
	transformer_forward(a, &p, &noisy, true);
	head_rows(a, &noisy, note, &o, &d);
	ok(naive_error(o.logits, want, n) < 2e-6,
	    "%s: the same logits when activations are kept", m->name);
	transformer_backward(a, &p, &noisy, &d);
	error = naive_slopes(objective, &o, naive.w, &d, SIZE_MAX, &name);
	ok(error < 1e-4,
	    "%s: gradients within 1e-4 of finite differences, %g (%s)", m->name,
	    error, name);
	activations_free(a);
	naive_release(&naive);
	params_release(&p);
	params_release(&d);
	free(o.g);
	free(o.logits);
	free(want);
}

/* The gradient of some loss, in a block; *arena: floats of the activations. */
static void
gradient(const struct model *m, bool recompute, double dropout,
    struct params *d, size_t *arena)
{
	struct linear_loss o = { .give = true };
	struct activations *a;
	struct config c;
	struct params p;

	model_make(&c, &p, m, false);
	params_like(d, &p, &c);
	o.g = mem_floats(pack.R * c.V);
	o.logits = mem_floats(pack.R * c.V);
	o.naive = &(struct naive){ .config = c };
	naive_fill(o.g, pack.R * c.V, 99);
	a = activations_new(&c);
	a->recompute = recompute;
	a->dropout = dropout;
	transformer_forward(a, &p, &noisy, true);
	head_rows(a, &noisy, note, &o, d);
	transformer_backward(a, &p, &noisy, d);
	*arena = a->arena_cap;
	activations_free(a);
	params_release(&p);
	free(o.g);
	free(o.logits);
}

static void
check_recompute(const struct model *m, double dropout)
{
	struct model deep = *m;
	struct params kept, again;
	size_t arena, few, more;
	/* the input of a layer, in whole groups of 16 floats */
	const size_t input = (T * m->c.D + 15) / 16 * 16;

	deep.c.L = 5;
	gradient(&deep, false, dropout, &kept, &arena);
	gradient(&deep, true, dropout, &again, &few);
	ok(memcmp(kept.block, again.block, kept.total * sizeof(float)) == 0,
	    "%s, dropout %g: recompute gives the same gradient, to the bit",
	    m->name, dropout);
	params_release(&again);
	deep.c.L = 9;
	gradient(&deep, true, dropout, &again, &more);
	ok(more - few == 4 * input && few < arena,
	    "recompute: a layer more keeps its input alone, %zu floats in "
	    "place of %zu",
	    (more - few) / 4, arena / 5);
	params_release(&kept);
	params_release(&again);
}

int
main(void)
{
	size_t i;

	par_start(2);
	for (i = 0; i < MODELS; i++) {
		check(&models[i], 0);
		check(&models[i], 0.3);
	}
	for (i = 0; i < MODELS; i++) {
		check_recompute(&models[i], 0);
		check_recompute(&models[i], 0.3);
	}
	return tap_done();
}
