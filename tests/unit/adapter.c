/* SPDX-License-Identifier: MIT */
/* adapter: the weights that A and B make, and the gradients that reach them. */
#include "nn/adapter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../models.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "nn/packed.h"
#include "nn/transformer.h"

enum { T = 9, RANK = 3 };
#define ALPHA 5.0

static const size_t starts[] = { 0, 4, T };
static const size_t rows[] = { 1, 3, 4, 8 };
static const uint32_t tokens[T] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const struct pack pack = { tokens, T, 2, 4, starts, rows };

/* A policy with adapters, and the naive model of the same weights. */
struct bench {
	struct config c;
	struct params base, w; /* w: base and adapters, side by side */
	struct params merged;  /* their product, multiplied out */
	struct adapter a;
	struct naive naive;    /* of w */
	double **base64, **ab; /* of each tensor of base, of the adapters */
	float *g;
};

static void
fill_adapters(struct adapter *a)
{
	size_t i, j;

	for (i = 0; i < a->table.tensors; i++) {
		struct tensor *t = &a->table.tensor[i];

		naive_fill(t->p, t->n, 1000 + i);
		for (j = 0; j < t->n; j++)
			t->p[j] *= 0.3f;
	}
}

static double **
doubles(const struct params *p)
{
	double **x = mem_alloc(p->tensors, sizeof(double *));
	size_t i;

	for (i = 0; i < p->tensors; i++)
		x[i] = naive_copy(p->tensor[i].p, p->tensor[i].n);
	return x;
}

static void
make_weights(struct bench *b)
{
	size_t i;

	params_table(&b->w, &b->base, &b->c);
	for (i = 0; i < b->w.tensors; i++)
		params_share(&b->w, i, &b->base, i);
	adapter_attach(&b->a, &b->w, &b->a.table);
	params_like(&b->merged, &b->base, &b->c);
	for (i = 0; i < b->w.tensors; i++)
		params_widen(&b->w, i, b->merged.tensor[i].p);
}

static bool
bench_init(struct bench *b, const struct model *m)
{
	*b = (struct bench){ 0 };
	model_make(&b->c, &b->base, m, false);
	if (adapter_init(&b->a,
		&(struct adapter_spec){ .rank = RANK, .alpha = ALPHA },
		&b->base) != 0 ||
	    adapter_bind(&b->a, &b->base, &b->c) != 0)
		return false;
	params_alloc(&b->a.table);
	fill_adapters(&b->a);
	make_weights(b);
	naive_init(&b->naive, &b->c, &b->merged);
	b->base64 = doubles(&b->base);
	b->ab = doubles(&b->a.table);
	b->g = mem_floats(pack.R * b->c.V);
	naive_fill(b->g, pack.R * b->c.V, 7);
	return true;
}

static void
free_doubles(double **x, size_t n)
{
	while (n-- > 0)
		free(x[n]);
	free(x);
}

static void
bench_release(struct bench *b)
{
	naive_release(&b->naive);
	free_doubles(b->base64, b->base.tensors);
	free_doubles(b->ab, b->a.table.tensors);
	free(b->g);
	params_release(&b->w);
	params_release(&b->merged);
	params_release(&b->base);
	adapter_release(&b->a);
}

/*
 * W of pair i into `out`, by loops: out[o, n] = W0 + s sum_r B[o, r] A[r, n].
 */
static void
textbook_weights(const struct bench *b, size_t i, double *out)
{
	const size_t of = b->a.of[i], in = b->a.table.tensor[2 * i].cols;
	const size_t n = b->a.table.tensor[2 * i + 1].rows;
	const double *A = b->ab[2 * i], *B = b->ab[2 * i + 1];
	size_t o, k, r, at;

	for (o = 0; o < n; o++)
		for (k = 0; k < in; k++) {
			at = b->c.transposed ? k * n + o : o * in + k;
			out[at] = b->base64[of][at];
			for (r = 0; r < RANK; r++)
				out[at] += ALPHA / RANK * B[o * RANK + r] *
				    A[r * in + k];
		}
}

static const double *
head_of(const struct bench *b)
{
	size_t i;

	for (i = 0; b->w.tensor[i].p != b->w.head; i++)
		;
	return b->naive.w[i];
}

/* sum of g . logits over the rows, from A and B in double. */
static double
objective(void *ctx)
{
	const struct bench *b = ctx;
	const size_t D = b->c.D, V = b->c.V;
	double *h = mem_alloc(T * D, sizeof *h), *z, sum = 0;
	size_t i, k, v;

	for (i = 0; i < b->a.table.tensors / 2; i++)
		textbook_weights(b, i, b->naive.w[b->a.of[i]]);
	for (i = 0; i < pack.B; i++)
		naive_hidden(&b->naive, tokens + starts[i],
		    starts[i + 1] - starts[i], h + starts[i] * D);
	z = mem_alloc(V, sizeof *z);
	for (k = 0; k < pack.R; k++) {
		naive_gemm(z, h + rows[k] * D, head_of(b), 1, V, D, false,
		    true);
		for (v = 0; v < V; v++)
			sum += z[v] * (double)b->g[k * V + v];
	}
	free(z);
	free(h);
	return sum;
}

static void
give(void *ctx, size_t first, size_t n, float *logits)
{
	const struct bench *b = ctx;

	memcpy(logits, b->g + first * b->c.V, n * b->c.V * sizeof *logits);
}

static double
worst_weights(const struct bench *b)
{
	double worst = 0, error, *want;
	size_t i;

	for (i = 0; i < b->a.table.tensors / 2; i++) {
		const struct tensor *t = &b->merged.tensor[b->a.of[i]];

		want = mem_alloc(t->n, sizeof *want);
		textbook_weights(b, i, want);
		error = naive_error(t->p, want, t->n);
		if (!(error <= worst) && !isnan(worst))
			worst = error;
		free(want);
	}
	return worst;
}

/* Every matrix, multiplied out a row at a time. */
static bool
rows_alone(const struct bench *b)
{
	double *want, worst = 0, error;
	float *row;
	size_t i, r;

	for (i = 0; i < b->w.tensors; i++) {
		const struct tensor *t = &b->merged.tensor[i];

		row = mem_floats(t->cols);
		want = naive_copy(t->p, t->n);
		for (r = 0; r < t->rows; r++) {
			params_widen_part(&b->w, i, r * t->cols, t->cols, row);
			error = naive_error(row, want + r * t->cols, t->cols);
			worst = error > worst ? error : worst;
		}
		free(row);
		free(want);
	}
	return worst < 1e-5;
}

static bool
adapted(const struct adapter *a, size_t i)
{
	size_t k;

	for (k = 0; k < a->table.tensors / 2; k++)
		if (a->of[k] == i)
			return true;
	return false;
}

/* In a gradient only the adapters of the layers' matrices have memory. */
static bool
only_adapted(const struct params *whole, const struct adapter *a)
{
	size_t i;

	for (i = 0; i < whole->tensors; i++) {
		if (whole->tensor[i].p != NULL ||
		    params_adapted(whole, i) != adapted(a, i) ||
		    adapted(a, i) !=
			(whole->tensor[i].dims == 2 &&
			    (strstr(whole->tensor[i].name, "layers.") ||
				strstr(whole->tensor[i].name, ".h."))))
			return false;
	}
	return true;
}

static float *logits_of(const struct config *, const struct params *);

/* Adapters beside their matrices against adapters multiplied out. */
static double
logit_error(const struct bench *b)
{
	const size_t n = pack.R * b->c.V;
	float *beside = logits_of(&b->c, &b->w);
	float *merged = logits_of(&b->c, &b->merged);
	double *want = naive_copy(merged, n);
	double error = naive_error(beside, want, n);

	free(beside);
	free(merged);
	free(want);
	return error;
}

static void
check(const struct model *m)
{
	struct bench b;
	struct params whole, d;
	struct activations *acts;
	const char *name;
	double error;

	if (!ok(bench_init(&b, m), "%s: adapters", m->name))
		return;
	error = worst_weights(&b);
	ok(error < 1e-6, "W0 + s B @ A, error %g", error);
	ok(rows_alone(&b), "the same by rows");
	params_table(&whole, &b.w, &b.c);
	params_like(&d, &b.a.table, &b.c);
	adapter_attach(&b.a, &whole, &d);
	ok(only_adapted(&whole, &b.a),
	    "gradients for all matrices of layers, and no others");
	acts = activations_new(&b.c);
	transformer_forward(acts, &b.w, &pack, true);
	head_rows(acts, &pack, give, &b, &whole);
	transformer_backward(acts, &b.w, &pack, &whole);
	error = naive_slopes(objective, &b, b.ab, &d, SIZE_MAX, &name);
	ok(error < 1e-4,
	    "gradient of every A and B within 1e-4 of finite differences, %g "
	    "(%s)",
	    error, name);
	activations_free(acts);
	error = logit_error(&b);
	ok(error < 1e-5, "merged and beside the matrix: logits within %g",
	    error);
	params_release(&whole);
	params_release(&d);
	bench_release(&b);
}

/* Logits of the pack, [R, V]; the caller frees. */
static float *
logits_of(const struct config *c, const struct params *p)
{
	struct activations *acts = activations_new(c);
	float *z = mem_floats(pack.R * c->V);

	transformer_forward(acts, p, &pack, false);
	head_block(acts, 0, pack.R, z);
	activations_free(acts);
	return z;
}

static bool
same_logits(const struct config *c, const struct params *p,
    const struct params *q)
{
	const size_t n = pack.R * c->V;
	float *x = logits_of(c, p), *y = logits_of(c, q);
	bool same = true;
	size_t i;

	for (i = 0; i < n; i++)
		same &= !(x[i] < y[i]) && !(x[i] > y[i]);
	free(x);
	free(y);
	return same;
}

/* Round a matrix to what INT8 keeps, so that it loses nothing more. */
static void
quantize(const struct tensor *t, bool transposed)
{
	const size_t out = transposed ? t->cols : t->rows, in = t->n / out;
	const size_t row = transposed ? 1 : in, col = transposed ? out : 1;
	float *w, most, step;
	size_t o, i;

	for (o = 0; o < out; o++) {
		w = t->p + o * row;
		for (i = 0, most = 0; i < in; i++)
			most = fmaxf(most, fabsf(w[i * col]));
		step = most / 127;
		for (i = 0; i < in && step > 0; i++)
			w[i * col] = step * nearbyintf(w[i * col] / step);
	}
}

/* d of A and B in a type of weights. */
static void
gradient_of(struct bench *b, enum tile_type type, struct params *d)
{
	struct activations *acts = activations_new(&b->c);
	struct params whole;

	packed_set_type(&b->w, type);
	params_changed(&b->w);
	params_table(&whole, &b->w, &b->c);
	params_like(d, &b->a.table, &b->c);
	adapter_attach(&b->a, &whole, d);
	transformer_forward(acts, &b->w, &pack, true);
	head_rows(acts, &pack, give, b, &whole);
	transformer_backward(acts, &b->w, &pack, &whole);
	activations_free(acts);
	params_release(&whole);
}

/*
 * Of weights that INT8 keeps, it gives the gradient of F32, but for the
 * rounding to BF16 in products of the backward pass.
 */
static void
test_int8(const struct model *m)
{
	struct bench b;
	struct params d, of_f32;
	double error, worst = 0, *want;
	size_t i;

	if (!ok(bench_init(&b, m), "%s: adapters in INT8", m->name))
		return;
	for (i = 0; i < b.base.tensors; i++)
		if (b.base.tensor[i].dims == 2)
			quantize(&b.base.tensor[i],
			    b.c.transposed && adapted(&b.a, i));
	gradient_of(&b, TILE_INT8, &d);
	gradient_of(&b, TILE_F32, &of_f32);
	for (i = 0; i < d.tensors; i++) {
		want = naive_copy(of_f32.tensor[i].p, of_f32.tensor[i].n);
		error = naive_error(d.tensor[i].p, want, d.tensor[i].n);
		worst = fmax(worst, error);
		free(want);
	}
	ok(worst > 1e-6 && worst < 2e-1,
	    "gradients of A and B in INT8 are within %g of F32 of the same "
	    "weights",
	    worst);
	params_release(&d);
	params_release(&of_f32);
	bench_release(&b);
}

/* Fresh adapters change nothing, to the bit. */
static void
test_fresh(const struct model *m)
{
	struct bench b;
	const struct tensor *t, *other;
	float *once;
	size_t i, k, wrong = 0;
	double bound, square = 0, n = 0;

	if (!ok(bench_init(&b, m), "%s: fresh adapters", m->name))
		return;
	adapter_random(&b.a, &b.base, 3);
	params_low_changed(&b.w);
	ok(same_logits(&b.c, &b.w, &b.base),
	    "fresh adapters: the logits of the base, to the bit");
	for (i = 0; i < b.w.tensors; i++) {
		params_widen(&b.w, i, b.merged.tensor[i].p);
		wrong += memcmp(b.merged.tensor[i].p, b.base.tensor[i].p,
			     b.w.tensor[i].n * sizeof(float)) != 0;
	}
	ok(wrong == 0, "fresh adapters: the weights of the base, merged");
	for (i = 0; i < b.a.table.tensors; i++) {
		t = &b.a.table.tensor[i];
		bound = i % 2 == 1 ? 0 : 1 / sqrt((double)t->cols);
		for (k = 0; k < t->n; k++)
			wrong += !(fabs((double)t->p[k]) <= bound);
		for (k = 0; i % 2 == 0 && k < t->n; k++, n++)
			square +=
			    (double)(t->p[k] * t->p[k]) * 3 / (bound * bound);
	}
	ok(wrong == 0 && fabs(square / n - 1) < 0.15,
	    "fresh adapters: A uniform within its bound, B zero: %g",
	    square / n);
	t = &b.a.table.tensor[0];
	other = &b.a.table.tensor[b.a.table.tensors - 2];
	ok(memcmp(t->p, other->p, 8 * sizeof *t->p) != 0,
	    "each A has its own numbers");
	once = (void *)mem_dup(t->p, t->n * sizeof *t->p);
	adapter_random(&b.a, &b.base, 4);
	ok(memcmp(once, t->p, t->n * sizeof *t->p) != 0,
	    "another seed gives other numbers");
	adapter_random(&b.a, &b.base, 3);
	ok(memcmp(once, t->p, t->n * sizeof *t->p) == 0,
	    "the same seed repeats the numbers");
	free(once);
	bench_release(&b);
}

/* Tensor names are PEFT's. */
static void
test_names(void)
{
	static const char *const want[][2] = {
		{ "base_model.model.model.layers.0.self_attn.q_proj."
		  "lora_A.weight",
		    "base_model.model.model.layers.1.mlp.down_proj."
		    "lora_B.weight" },
		{ "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight",
		    "base_model.model.transformer.h.1.mlp.c_proj."
		    "lora_B.weight" },
	};
	static const char *const prefixes[] = { "model.", "transformer." };
	const struct adapter_spec spec = { .rank = RANK, .alpha = 1 };
	size_t i, bare;

	for (i = 0; i < 2; i++)
		for (bare = 0; bare < 2; bare++) {
			struct config c;
			const struct tensor *last;
			struct adapter a;
			struct params p;

			model_config(&c,
			    i == 0 ? &models[0] : model_of(FAMILY_GPT2));
			params_init(&p, &c, bare ? "" : prefixes[i]);
			if (!ok(adapter_init(&a, &spec, &p) == 0 &&
				    adapter_bind(&a, &p, &c) == 0,
				"a table"))
				continue;
			last = &a.table.tensor[a.table.tensors - 1];
			ok(strcmp(a.table.tensor[0].name, want[i][0]) == 0 &&
				strcmp(last->name, want[i][1]) == 0,
			    "names, %s prefix: %s", bare ? "no" : "with",
			    last->name);
			adapter_release(&a);
			params_release(&p);
		}
}

int
main(void)
{
	size_t i;

	par_start(2);
	for (i = 0; i < MODELS; i++)
		check(&models[i]);
	for (i = 0; i < MODELS; i++)
		test_int8(&models[i]);
	test_fresh(&models[0]);
	test_fresh(model_of(FAMILY_GPT2));
	test_names();
	return tap_done();
}
