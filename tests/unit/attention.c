/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/half.h"
#include "base/mem.h"
#include "base/par.h"
#include "tensor/attention.h"

/* sum of g . out of one sequence, in double. */
struct textbook {
	double *q, *k, *v, *g, *out;
	size_t T, H, K, E, window;
};

static double
objective(void *ctx)
{
	struct textbook *t = ctx;
	double sum = 0;
	size_t i;

	naive_attention(t->out, t->q, t->k, t->v, t->T, t->H, t->K, t->E,
	    t->window);
	for (i = 0; i < t->T * t->H * t->E; i++)
		sum += t->out[i] * t->g[i];
	return sum;
}

/* Every step-th slope; the rest of d is compared by these alone. */
static void
check_slopes(struct textbook *t, const float *d, double *at, size_t n,
    const char *what)
{
	size_t step = n / 97 + 1, m = 0, i;
	double *want = mem_alloc(n, sizeof(*want));
	float *got = mem_floats(n);

	for (i = 0; i < n; i += step, m++) {
		want[m] = naive_slope(objective, t, &at[i]);
		got[m] = d[i];
	}
	ok(naive_error(got, want, m) < 1e-5, "gradient of %s", what);
	free(want);
	free(got);
}

static float *
filled(size_t n, uint64_t seed, float scale)
{
	float *x = mem_floats(n);
	size_t i;

	naive_fill(x, n, seed);
	for (i = 0; i < n; i++)
		x[i] *= scale;
	return x;
}

/* A pack of B sequences against each alone; gradients of the last. */
static void
check(const size_t *start, size_t B, size_t H, size_t K, size_t E, float scale,
    enum tile_type type, size_t window)
{
	const size_t T = start[B], Q = H * E, KV = K * E;
	float *q = filled(T * Q, 1, scale), *k = filled(T * KV, 2, scale);
	float *v = filled(T * KV, 3, 1.0f), *g = filled(T * Q, 4, 1.0f);
	float *out = mem_floats(T * Q), *lse = mem_floats(T * H);
	float *dq = mem_floats(T * Q), *dk = mem_floats(T * KV);
	float *dv = mem_floats(T * KV), *dot = mem_floats(T * H);
	float *kv = mem_floats(attention_floats(start, NULL, B, K, E, type));
	struct attention a = { q, k, v, Q, KV, KV, H, K, E, start, NULL, B,
		type, window };
	struct textbook t = { .H = H, .K = K, .E = E, .window = window };
	double worst = 0;
	size_t b, at = 0;

	attention_forward(out, lse, kv, &a);
	attention_backward(dq, dk, dv, dot, g, out, lse, &a);
	/* With TILE_HALF that has left k and v as attention saw them. */
	for (b = 0; b < B; b++) {
		at = start[b];
		t.T = start[b + 1] - at;
		t.q = naive_copy(q + at * Q, t.T * Q);
		t.k = naive_copy(k + at * KV, t.T * KV);
		t.v = naive_copy(v + at * KV, t.T * KV);
		t.g = naive_copy(g + at * Q, t.T * Q);
		t.out = mem_alloc(t.T * Q, sizeof(*t.out));
		objective(&t);
		worst = fmax(worst, naive_error(out + at * Q, t.out, t.T * Q));
		if (b + 1 == B) {
			check_slopes(&t, dq + at * Q, t.q, t.T * Q, "q");
			check_slopes(&t, dk + at * KV, t.k, t.T * KV, "k");
			check_slopes(&t, dv + at * KV, t.v, t.T * KV, "v");
		}
		free(t.q);
		free(t.k);
		free(t.v);
		free(t.g);
		free(t.out);
	}
	ok(worst < 2e-6,
	    "%s: %zu sequences, %zu tokens, %zu/%zu heads of %zu, a window "
	    "of %zu, scores up to %g stay exact: error %g",
	    type == TILE_HALF ? "rounded keys and values" : "f32", B, T, H, K,
	    E, window, (double)(scale * scale) * sqrt((double)E), worst);
	free(q);
	free(k);
	free(v);
	free(g);
	free(out);
	free(lse);
	free(kv);
	free(dq);
	free(dk);
	free(dv);
	free(dot);
}

/* One fused matrix, as GPT-2 has it, gives what three matrices give. */
static void
check_fused(void)
{
	enum { T = 70, H = 2, E = 4, D = H * E };
	static const size_t start[] = { 0, T };
	float *qkv = filled(T * 3 * D, 5, 1.0f);
	float *kv =
	    mem_floats(attention_floats(start, NULL, 1, H, E, TILE_F32));
	float *part[3], *out = mem_floats(T * D), *out2 = mem_floats(T * D);
	struct attention a = { qkv, qkv + D, qkv + 2 * D, 3 * D, 3 * D, 3 * D,
		H, H, E, start, NULL, 1, TILE_F32 };
	size_t i, t;

	attention_forward(out, NULL, kv, &a);
	for (i = 0; i < 3; i++) {
		part[i] = mem_floats(T * D);
		for (t = 0; t < T; t++)
			memcpy(part[i] + t * D, qkv + t * 3 * D + i * D,
			    D * sizeof(*qkv));
	}
	a = (struct attention){ part[0], part[1], part[2], D, D, D, H, H, E,
		start, NULL, 1, TILE_F32 };
	attention_forward(out2, NULL, kv, &a);
	ok(memcmp(out, out2, T * D * sizeof(*out)) == 0,
	    "strides do not change the result");
	for (i = 0; i < 3; i++)
		free(part[i]);
	free(qkv);
	free(kv);
	free(out);
	free(out2);
}

/* Rounding changes k and v by at most 2^-11 of each, and is done once. */
static void
check_rounding(void)
{
	enum { T = 70, D = 32 };
	static const size_t start[] = { 0, T };
	float *x = filled(T * D, 6, 1.0f), *k = filled(T * D, 6, 1.0f);
	float *d = mem_floats(T * D), *y = mem_floats(T * D);
	struct attention a = { x, k, k, D, D, D, 2, 2, D / 2, start, NULL, 1,
		TILE_HALF };
	size_t i, near = 0, changed = 0;

	attention_backward(d, d, d, y, x, x, y, &a);
	for (i = 0; i < T * D; i++) {
		near += fabsf(k[i] - x[i]) <= fabsf(x[i]) / 2048 + 0x1p-25f;
		changed += memcmp(&k[i], &x[i], sizeof *x) != 0;
	}
	k[0] = 65519.0f;
	k[1] = -65520.0f;
	kv_round(k, 2);
	ok(!(k[0] < 65504.0f || k[0] > 65504.0f) && isinf(k[1]),
	    "numbers beyond 65504 become infinite");
	k[0] = k[1] = 0.0f;
	ok(near == T * D && changed > T * D / 2,
	    "keys and values are rounded to F16");
	memcpy(y, k, T * D * sizeof *k);
	attention_backward(d, d, d, x, x, x, x, &a);
	ok(memcmp(y, k, T * D * sizeof *k) == 0,
	    "numbers in F16 stay as they are");
	free(x);
	free(k);
	free(d);
	free(y);
}

/* Every F16 number, as the tiles of this instruction set read it. */
static void
check_halves(void)
{
	enum { HALVES = 1 << 16 };
	const float one = 1.0f;
	uint16_t w[TILE_COLS];
	float out[TILE_COLS];
	struct tile_walk t = { TILE_HALF, &one, w, TILE_COLS, 1, 1, 1, w, 0 };
	size_t i, j, right = 0;

	for (i = 0; i < HALVES; i += TILE_COLS) {
		for (j = 0; j < TILE_COLS; j++)
			w[j] = (uint16_t)(i + j);
		tile_walk(out, TILE_COLS, &t);
		for (j = 0; j < TILE_COLS; j++) {
			const float want = half_from_f16(w[j]);

			right += isnan(want) ?
			    isnan(out[j]) :
			    !(out[j] < want || out[j] > want);
		}
	}
	ok(right == HALVES, "all F16 numbers are read as they are: %zu", right);
}

int
main(void)
{
	static const enum tile_type types[] = { TILE_F32, TILE_HALF };
	static const size_t one[] = { 0, 1 };
	static const size_t few[] = { 0, 3, 4, 20 };
	static const size_t blocks[] = { 0, 64, 129, 279 };

	size_t i;

	par_start(2);
	for (i = 0; i < 2; i++) {
		check(one, 1, 1, 1, 4, 1.0f, types[i], 0);
		check(few, 3, 4, 2, 6, 2.0f, types[i], 0);
		check(blocks, 3, 4, 4, 8, 1.0f, types[i], 0);
		check(blocks, 3, 6, 2, 16, 8.0f, types[i], 0);
		check(few, 3, 4, 2, 6, 2.0f, types[i], 1);
		check(few, 3, 4, 2, 6, 2.0f, types[i], 5);
		check(blocks, 3, 6, 2, 16, 4.0f, types[i], 10);
		check(blocks, 3, 4, 4, 8, 1.0f, types[i], 64);
		check(blocks, 3, 4, 2, 8, 1.0f, types[i], 100);
		check(blocks, 3, 4, 4, 8, 1.0f, types[i], 1000);
	}
	check_rounding();
	check_halves();
	check_fused();
	return tap_done();
}
