/* SPDX-License-Identifier: MIT */
#include "tensor/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/isa.h"
#include "base/mem.h"
#include "base/par.h"

/* What a number of BF16 is: the nearest, and of two the even one. */
static double
bf16(float x)
{
	int e;
	double m = frexp((double)x, &e);

	return ldexp(nearbyint(ldexp(m, 8)), e - 8);
}

static double *
copy(const float *x, size_t n, enum tile_type type)
{
	double *y = naive_copy(x, n);
	size_t i;

	for (i = 0; type == TILE_BF16 && i < n; i++)
		y[i] = bf16(x[i]);
	return y;
}

/* A layer, what goes through it, and the same rounded for the textbook. */
struct layer {
	size_t M, N, K;
	enum tile_type type;
	struct linear l;
	float *x, *w, *dout, *scratch;
	double *xd, *wd, *od, *want;
};

static void
layer_make(struct layer *s, bool transposed)
{
	const size_t M = s->M, N = s->N, K = s->K;

	s->x = mem_floats(M * K);
	s->w = mem_floats(N * K);
	s->dout = mem_floats(M * N);
	s->scratch = mem_floats(linear_floats(N > K ? N : K, 0, M, s->type));
	naive_fill(s->x, M * K, 1);
	naive_fill(s->w, N * K, 2);
	naive_fill(s->dout, M * N, 3);
	s->xd = copy(s->x, M * K, s->type);
	s->wd = copy(s->w, N * K, s->type);
	s->od = copy(s->dout, M * N, s->type);
	s->want = mem_alloc(M * N + N * K + M * K, sizeof(*s->want));
	s->l = (struct linear){ .w = { s->w, STORED_F32 },
		.transposed = transposed };
	panel_place(&s->l.panel, N, K, s->type,
	    mem_floats(panel_floats(N, K, s->type)));
	panel_pack(&s->l.panel, s->w, transposed);
	if (s->type == TILE_F32)
		return;
	panel_place(&s->l.back, K, N, s->type,
	    mem_floats(panel_floats(K, N, s->type)));
	panel_pack(&s->l.back, s->w, !transposed);
}

static void
layer_release(struct layer *s)
{
	free(s->l.panel.p);
	free(s->l.back.p);
	free(s->x);
	free(s->w);
	free(s->dout);
	free(s->scratch);
	free(s->xd);
	free(s->wd);
	free(s->od);
	free(s->want);
}

static double
forward_error(struct layer *s)
{
	float *out = mem_floats(s->M * s->N);
	double error;

	panel_forward(out, s->x, &s->l.panel, NULL, NULL, s->M);
	naive_gemm(s->want, s->xd, s->wd, s->M, s->N, s->K, false,
	    !s->l.transposed);
	error = naive_error(out, s->want, s->M * s->N);
	free(out);
	return error;
}

/* Set, and added to. */
static double
input_error(struct layer *s)
{
	const size_t n = s->M * s->K;
	float *dx = mem_floats(n);
	double error;
	size_t i;

	linear_input(dx, s->dout, &s->l, s->M, false);
	linear_input(dx, s->dout, &s->l, s->M, true);
	naive_gemm(s->want, s->od, s->wd, s->M, s->K, s->N, false,
	    s->l.transposed);
	for (i = 0; i < n; i++)
		s->want[i] *= 2;
	error = naive_error(dx, s->want, n);
	free(dx);
	return error;
}

/* Of dw and dbias, the larger; both are added to. */
static double
weight_error(struct layer *s)
{
	const size_t M = s->M, N = s->N, K = s->K;
	float *dw = mem_floats(N * K), *db = mem_floats(N);
	double error, bias;
	size_t i, j;

	for (i = 0; i < N * K; i++)
		dw[i] = 1.0f;
	linear_weight(dw, db, s->dout, s->x, &s->l, M, s->scratch);
	if (s->l.transposed)
		naive_gemm(s->want, s->xd, s->od, K, N, M, true, false);
	else
		naive_gemm(s->want, s->od, s->xd, N, K, M, true, false);
	for (i = 0; i < N * K; i++)
		s->want[i] += 1;
	error = naive_error(dw, s->want, N * K);
	for (j = 0; j < N; j++)
		for (s->want[j] = 0, i = 0; i < M; i++)
			s->want[j] += (double)s->dout[i * N + j];
	bias = naive_error(db, s->want, N);
	free(dw);
	free(db);
	return fmax(error, bias);
}

/*
 * All products of a layer against the textbook's of factors that are rounded
 * first: what is left is the rounding of sums.
 */
static void
check_layer(const size_t shape[3], bool transposed, enum tile_type type)
{
	struct layer s = { .M = shape[0],
		.N = shape[1],
		.K = shape[2],
		.type = type };
	double forward, input, weight;

	layer_make(&s, transposed);
	forward = forward_error(&s);
	input = input_error(&s);
	weight = weight_error(&s);
	ok(forward < 1e-6 && input < 1e-6 && weight < 1e-6,
	    "%s %zu x %zu x %zu%s: %.0e %.0e %.0e",
	    type == TILE_F32 ? "f32" : "bf16", s.M, s.N, s.K,
	    transposed ? ", transposed" : "", forward, input, weight);
	layer_release(&s);
}

/* The same bits of dw from one thread and from many. */
static void
check_threads(void)
{
	enum { M = 333, N = 700, K = 190 };
	float *x = mem_floats(M * K), *dout = mem_floats(M * N);
	float *one = mem_floats(N * K), *many = mem_floats(N * K);
	float *scratch = mem_floats(linear_floats(N, 0, M, TILE_BF16));
	struct linear l = { .panel = { .N = N, .K = K, .type = TILE_BF16 } };

	naive_fill(x, M * K, 1);
	naive_fill(dout, M * N, 2);
	panel_place(&l.back, K, N, TILE_BF16,
	    mem_floats(panel_floats(K, N, TILE_BF16)));
	linear_weight(one, NULL, dout, x, &l, M, scratch);
	par_start(3);
	linear_weight(many, NULL, dout, x, &l, M, scratch);
	ok(memcmp(one, many, N * K * sizeof(*one)) == 0,
	    "the number of threads does not change the result");
	free(l.back.p);
	free(x);
	free(dout);
	free(one);
	free(many);
	free(scratch);
}

int
main(void)
{
	static const size_t shape[][3] = { { 1, 1, 1 }, { 1, 70, 33 },
		{ 9, 13, 21 }, { 17, 31, 8 }, { 300, 200, 90 }, { 31, 64, 64 },
		{ 150, 130, 700 }, { 1400, 50, 33 } };
	size_t i, k;

	printf("# by %s\n", isa_name(isa_here()));
	for (i = 0; i < sizeof(shape) / sizeof(*shape); i++)
		for (k = 0; k < 4; k++)
			check_layer(shape[i], k % 2 > 0,
			    k < 2 ? TILE_F32 : TILE_BF16);
	check_threads();
	return tap_done();
}
