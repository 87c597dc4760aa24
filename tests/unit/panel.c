/* SPDX-License-Identifier: MIT */
#include "tensor/panel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/half.h"
#include "base/mem.h"
#include "base/par.h"

/* Against the textbook: plain, with a bias, and onto what is there. */
static void
check_product(size_t M, size_t N, size_t K, bool transposed)
{
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *bias = mem_floats(N), *out = mem_floats(M * N + 1);
	double *xd, *wd, *want = mem_alloc(M * N, sizeof(*want));
	struct panel p;
	size_t i;
	double plain, biased, onto;

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	naive_fill(bias, N, 3);
	xd = naive_copy(x, M * K);
	wd = naive_copy(w, N * K);
	naive_gemm(want, xd, wd, M, N, K, false, !transposed);
	panel_place(&p, N, K, TILE_F32,
	    mem_floats(panel_floats(N, K, TILE_F32)));
	panel_pack(&p, w, transposed);
	out[M * N] = 7.0f;
	panel_forward(out, x, &p, NULL, NULL, M);
	plain = naive_error(out, want, M * N);
	for (i = 0; i < M * N; i++)
		want[i] += (double)bias[i % N];
	panel_forward(out, x, &p, bias, NULL, M);
	biased = naive_error(out, want, M * N);
	panel_forward(out, x, &p, bias, out, M);
	for (i = 0; i < M * N; i++)
		want[i] *= 2;
	onto = naive_error(out, want, M * N);
	ok(plain < 1e-6 && biased < 1e-6 && onto < 1e-6 && out[M * N] == 7.0f,
	    "%zu x %zu x %zu%s: %.0e %.0e %.0e", M, N, K,
	    transposed ? ", transposed" : "", plain, biased, onto);
	free(p.p);
	free(x);
	free(w);
	free(bias);
	free(out);
	free(xd);
	free(wd);
	free(want);
}

/* A row has the same bits whether it is multiplied alone or with others. */
static void
check_rows(size_t N, size_t K)
{
	enum { M = 170 };
	static const size_t some[] = { 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 15,
		16, 17, 31, 33, 63, 65, 145 };
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *all = mem_floats(M * N), *few = mem_floats(M * N);
	size_t i, different = 0;
	struct panel p;

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	panel_place(&p, N, K, TILE_F32,
	    mem_floats(panel_floats(N, K, TILE_F32)));
	panel_pack(&p, w, false);
	panel_forward(all, x, &p, NULL, NULL, M);
	for (i = 0; i < sizeof(some) / sizeof(*some); i++) {
		size_t m = some[i], from = M - m;

		panel_forward(few, x + from * K, &p, NULL, NULL, m);
		different +=
		    memcmp(few, all + from * N, m * N * sizeof(*few)) != 0;
	}
	ok(different == 0, "rows of %zu x %zu do not know of each other", N, K);
	free(p.p);
	free(x);
	free(w);
	free(all);
	free(few);
}

/* Rounded weights: how far off, and whether rows stay by themselves. */
static void
check_rounded(enum tile_type type, const char *name, double bound)
{
	enum { M = 31, N = 77, K = 333 };
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *out = mem_floats(M * N), *row = mem_floats(N);
	double *xd, *wd, *want = mem_alloc(M * N, sizeof(*want)), error;
	size_t i, different = 0;
	struct panel p;

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	for (i = 0; i < K; i++)
		w[i] = 0.0f; /* a row of zeros, without a largest */
	xd = naive_copy(x, M * K);
	wd = naive_copy(w, N * K);
	naive_gemm(want, xd, wd, M, N, K, false, true);
	panel_place(&p, N, K, type, mem_floats(panel_floats(N, K, type)));
	panel_pack(&p, w, false);
	panel_forward(out, x, &p, NULL, NULL, M);
	error = naive_error(out, want, M * N);
	for (i = 0; i < M; i++) {
		panel_forward(row, x + i * K, &p, NULL, NULL, 1);
		different += memcmp(row, out + i * N, N * sizeof(*row)) != 0;
	}
	ok(error < bound && error > bound / 100 && different == 0,
	    "%s: within %.1e of the whole weights", name, error);
	free(p.p);
	free(x);
	free(w);
	free(out);
	free(row);
	free(xd);
	free(wd);
	free(want);
}

/* The same bits from one thread and from many. */
static void
check_threads(void)
{
	const size_t M = 700, N = 1300, K = 400;
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *one = mem_floats(M * N), *many = mem_floats(M * N);
	struct panel p;

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	panel_place(&p, N, K, TILE_F32,
	    mem_floats(panel_floats(N, K, TILE_F32)));
	panel_pack(&p, w, false);
	panel_forward(one, x, &p, NULL, NULL, M);
	par_start(3);
	panel_pack(&p, w, false);
	panel_forward(many, x, &p, NULL, NULL, M);
	ok(memcmp(one, many, M * N * sizeof(*one)) == 0,
	    "threads do not show in the result");
	free(p.p);
	free(x);
	free(w);
	free(one);
	free(many);
}

/* A view gives the bits that packed panels of the same numbers give. */
static void
check_view(size_t M, size_t N, size_t K, bool transposed,
    enum stored_type stored, enum tile_type type)
{
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *bias = mem_floats(N);
	float *packed = mem_floats(M * N), *viewed = mem_floats(M * N);
	uint16_t *half = mem_alloc(N * K + 1, sizeof(*half));
	struct stored from = { w, stored };
	struct panel p, v;
	size_t i;

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	naive_fill(bias, N, 3);
	if (stored != STORED_F32) {
		from.p = half + 1; /* an odd place */
		for (i = 0; i < N * K; i++)
			half[i + 1] = stored == STORED_BF16 ?
			    half_to_bf16(w[i]) :
			    half_to_f16(w[i]);
		stored_widen(w, &from, 0, N * K);
	}
	panel_place(&p, N, K, type, mem_floats(panel_floats(N, K, type)));
	panel_pack(&p, w, transposed);
	panel_forward(packed, x, &p, bias, NULL, M);
	panel_view(&v, N, K, type, &from, transposed);
	panel_forward(viewed, x, &v, bias, NULL, M);
	ok(memcmp(packed, viewed, M * N * sizeof(*packed)) == 0,
	    "%zu x %zu x %zu%s, stored as %d, as tiles of %d: a view has the "
	    "bits of panels",
	    M, N, K, transposed ? ", transposed" : "", (int)stored, (int)type);
	memmove(half, half + 1, N * K * sizeof(*half)); /* an even place */
	from.p = stored == STORED_F32 ? (const void *)w : half;
	panel_view(&v, N, K, type, &from, transposed);
	panel_forward(viewed, x, &v, bias, NULL, M);
	ok(memcmp(packed, viewed, M * N * sizeof(*packed)) == 0,
	    "the same from an aligned address");
	free(p.p);
	free(x);
	free(w);
	free(bias);
	free(packed);
	free(viewed);
	free(half);
}

static void
check_views(void)
{
	static const size_t shape[][3] = { { 1, 1, 1 }, { 5, 3, 129 },
		{ 17, 31, 8 }, { 150, 130, 1300 }, { 1300, 40, 321 },
		{ 33, 700, 64 } };
	size_t i;
	int stored, type, t;

	for (i = 0; i < sizeof(shape) / sizeof(*shape); i++)
		for (stored = STORED_F32; stored <= STORED_BF16; stored++)
			for (type = TILE_F32; type <= TILE_BF16; type++)
				for (t = 0; t < 2; t++)
					check_view(shape[i][0], shape[i][1],
					    shape[i][2], t == 1,
					    (enum stored_type)stored,
					    (enum tile_type)type);
}

/* A view of the transpose of INT8 panels, against the textbook. */
static void
check_packed(size_t M, size_t N, size_t K, enum tile_type type, double bound)
{
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *out = mem_floats(M * N);
	double *xd, *wd, *want = mem_alloc(M * N, sizeof(*want)), step, error;
	struct panel q, v;
	size_t i, k;

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	/* w[K, N], of whose rows each has a step of its own */
	for (i = 0; i < N * K; i++)
		w[i] *= (float)(i / N % 5);
	xd = naive_copy(x, M * K);
	wd = naive_copy(w, N * K);
	for (k = 0; k < K; k++) {
		for (i = 0, step = 0; i < N; i++)
			step = fmax(step, fabs(wd[k * N + i]) / 127);
		for (i = 0; i < N && step > 0; i++)
			wd[k * N + i] = step * nearbyint(wd[k * N + i] / step);
	}
	naive_gemm(want, xd, wd, M, N, K, false, false);
	panel_place(&q, K, N, TILE_INT8,
	    mem_floats(panel_floats(K, N, TILE_INT8)));
	panel_pack(&q, w, false);
	panel_view_packed(&v, type, &q);
	panel_forward(out, x, &v, NULL, NULL, M);
	error = naive_error(out, want, M * N);
	ok(error < bound,
	    "%zu x %zu x %zu, as tiles of %d: a view of INT8 panels is the "
	    "transpose of what they stand for, within %.1e",
	    M, N, K, (int)type, error);
	free(q.p);
	free(x);
	free(w);
	free(out);
	free(xd);
	free(wd);
	free(want);
}

static void
check_packed_views(void)
{
	static const size_t shape[][3] = { { 1, 2, 1 }, { 5, 3, 129 },
		{ 17, 31, 8 }, { 150, 130, 1300 }, { 300, 1041, 321 } };
	size_t i;

	for (i = 0; i < sizeof(shape) / sizeof(*shape); i++) {
		check_packed(shape[i][0], shape[i][1], shape[i][2], TILE_F32,
		    1e-6);
		check_packed(shape[i][0], shape[i][1], shape[i][2], TILE_BF16,
		    5e-3);
	}
}

int
main(void)
{
	static const size_t shape[][3] = { { 1, 1, 1 }, { 1, 70, 33 },
		{ 5, 3, 129 }, { 17, 31, 8 }, { 290, 37, 330 },
		{ 40, 1100, 90 }, { 13, 64, 700 }, { 150, 130, 321 } };
	size_t i;

	for (i = 0; i < sizeof(shape) / sizeof(*shape); i++) {
		check_product(shape[i][0], shape[i][1], shape[i][2], false);
		check_product(shape[i][0], shape[i][1], shape[i][2], true);
	}
	check_rounded(TILE_BF16, "bf16", 3e-3);
	check_rounded(TILE_INT8, "int8", 6e-3);
	check_views();
	check_packed_views();
	check_threads();
	check_views();
	check_rows(1, 64);
	check_rows(64, 64);
	check_rows(512, 64);
	check_rows(288, 288);
	check_rows(768, 288);
	check_rows(288, 768);
	check_rows(64, 3072);
	check_rows(5000, 100);
	return tap_done();
}
