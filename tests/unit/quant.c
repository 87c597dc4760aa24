/* SPDX-License-Identifier: MIT */
/* Integers for floats, and their products at the ends of the range. */
#include "tensor/quant.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "tensor/panel.h"

enum { MOST = QUANT_MOST };

static int
low(uint32_t word)
{
	return (int16_t)(word & 0xffffu);
}

static int
high(uint32_t word)
{
	return (int16_t)(word >> 16);
}

/* Each number is the nearest multiple of the scale, and none lies behind the
 * last. */
static void
check_row(size_t n, float size)
{
	float x[MOST], scale;
	uint32_t to[MOST / 2 + 1];
	double worst = 0;
	size_t i;

	naive_fill(x, n, 5);
	for (i = 0; i < n; i++)
		x[i] *= size;
	to[(n + 1) / 2] = 7;
	scale = quant_row(to, x, n);
	for (i = 0; i < n; i++) {
		int q = i % 2 ? high(to[i / 2]) : low(to[i / 2]);

		worst = fmax(worst, fabs((double)x[i] / (double)scale - q));
	}
	ok(worst < 0.51 && to[(n + 1) / 2] == 7 &&
		(n % 2 == 0 || high(to[n / 2]) == 0),
	    "a row of %zu of size %.0e: within %.2f of a step", n, (double)size,
	    worst);
}

static void
check_not_finite(void)
{
	static const float bad[] = { NAN, INFINITY, -INFINITY };
	float x[40] = { 1, 2, 3 };
	uint32_t to[20];
	size_t i, j, found = 0;

	for (i = 0; i < 3; i++)
		for (j = 0; j < 40; j++) {
			x[j] = bad[i];
			found += isnan(quant_row(to, x, 40));
			x[j] = 0;
		}
	ok(found == 3 * 40, "a row that is not finite has no scale");
}

/* Bytes of pairs of rows, each the nearest multiple of its column's scale. */
static void
check_panel(size_t K)
{
	float *y = mem_floats(K * TILE_COLS), scale[TILE_COLS];
	int8_t *to = mem_alloc((K + 1) * TILE_COLS + 1, 1);
	double worst = 0;
	size_t k, j;
	bool filled = true;

	naive_fill(y, K * TILE_COLS, 6);
	for (k = 0; k < K; k++)
		y[k * TILE_COLS + 3] = 0;
	to[(K + 1) / 2 * 2 * TILE_COLS] = 7;
	quant_panel(to, scale, y, K);
	for (k = 0; k < K + K % 2; k++)
		for (j = 0; j < TILE_COLS; j++) {
			int q = to[(k / 2 * TILE_COLS + j) * 2 + k % 2];

			if (k == K || j == 3)
				filled &= q == 0;
			else
				worst = fmax(worst,
				    fabs((double)(y[k * TILE_COLS + j] /
					     scale[j]) -
					q));
		}
	ok(worst < 0.51 && filled && to[(K + 1) / 2 * 2 * TILE_COLS] == 7,
	    "a panel of %zu: within %.2f of a step", K, worst);
	free(y);
	free(to);
}

/* out[M, N] = x[M, K] @ w[N, K]^T, by whole numbers. */
static void
product(float *out, const float *x, const float *w, size_t M, size_t N,
    size_t K)
{
	struct panel p;

	panel_place(&p, N, K, TILE_INT8,
	    mem_floats(panel_floats(N, K, TILE_INT8)));
	panel_pack(&p, w, false);
	panel_forward(out, x, &p, NULL, NULL, M);
	free(p.p);
}

/* K numbers of the largest magnitude: no sum of a block overflows. */
static void
check_ends(size_t K)
{
	enum { M = 7, N = 18 };
	float *x = mem_floats(M * K), *w = mem_floats(N * K), out[M * N];
	const double want = 3.0 * 0.5 * (double)K;
	double worst = 0;
	size_t i;

	for (i = 0; i < M * K; i++)
		x[i] = i / K % 2 ? -3.0f : 3.0f;
	for (i = 0; i < N * K; i++)
		w[i] = 0.5f;
	product(out, x, w, M, N, K);
	for (i = 0; i < M * N; i++)
		worst = fmax(worst,
		    fabs((double)out[i] - (i / N % 2 ? -want : want)));
	ok(worst < 1e-5 * want,
	    "a sum of %zu of the largest products: error %.1e", K,
	    worst / want);
	free(x);
	free(w);
}

/*
 * Weights that are multiples of their scale: what is left is the rounding of x.
 */
static void
check_whole(size_t K)
{
	enum { M = 13, N = 40 };
	float *x = mem_floats(M * K), *w = mem_floats(N * K), out[M * N];
	double *xd, *wd, want[M * N], error;
	size_t i;

	naive_fill(x, M * K, 1);
	for (i = 0; i < N * K; i++)
		w[i] = i % K == 0 ? 127 : (float)(i * 2654435761u % 255) - 127;
	xd = naive_copy(x, M * K);
	wd = naive_copy(w, N * K);
	naive_gemm(want, xd, wd, M, N, K, false, true);
	product(out, x, w, M, N, K);
	error = naive_error(out, want, M * N);
	ok(error < 5e-5, "weights that are integers, K = %zu: within %.1e", K,
	    error);
	free(x);
	free(w);
	free(xd);
	free(wd);
}

int
main(void)
{
	static const size_t depth[] = { 1, 2, 3, 31, 32, 33, 63, 100, 511,
		512 };
	size_t i;

	for (i = 0; i < sizeof(depth) / sizeof(*depth); i++) {
		check_row(depth[i], 1.0f);
		check_panel(depth[i]);
	}
	check_row(77, 1e30f);
	check_row(77, 1e-25f);
	check_not_finite();
	check_ends(512);
	check_ends(1024);
	check_ends(3001);
	check_whole(7);
	check_whole(288);
	check_whole(3072);
	return tap_done();
}
