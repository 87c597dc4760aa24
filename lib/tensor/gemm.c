/* SPDX-License-Identifier: MIT */
/*
 * A product is cut into a grid of blocks of the result.  Each block is one
 * call of BLAS, which copies its part of a and of b into its own order: the
 * larger the blocks, the smaller the share of that.  The grid depends on the
 * shape only, so the result does not depend on the number of threads.
 *
 * linear_forward and linear_add promise more: a row of the result depends on
 * its row of x alone, to the bit, and not on how many rows stand beside it.
 * So what a policy says of a sequence does not depend on its company.  BLAS
 * keeps that promise as long as it takes the same path, with one order of
 * additions; but OpenBLAS has others for products of up to 100^3
 * multiplications, which few rows fall under.  Hence few rows are filled up
 * with rows of zeros until the product is above that, and layers too small
 * for it to be worth while are computed here.
 */
#include "tensor/gemm.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/rows.h"
#include "tensor/vector.h"

enum {
	ONE_THREAD = 1 << 21, /* multiplications not worth a second one */
	SIDE = 512,	      /* of a block, about; */
	SIDE_LEAST = 128,     /* less, to have more of them */
	BLOCKS = 16,	      /* enough of them */
	EVEN = 16,	      /* blocks begin at multiples of it */
	BLAS_SMALL = 1000000, /* multiplications on OpenBLAS' other paths */
	FILL_MOST = 64,	      /* rows that few rows are filled up to */
	LANES = 16
};

struct grid {
	float *out;
	const float *a, *b;
	const struct gemm *g;
	size_t lda, ldb, ldo;
	size_t down, across; /* blocks */
};

__attribute__((constructor)) static void
blas_alone(void)
{
	openblas_set_num_threads(1);
}

/* Where part i of n begins. */
static size_t
cut(size_t n, size_t i, size_t parts)
{
	return i == parts ? n : n * i / parts / EVEN * EVEN;
}

static size_t
parts_of(size_t n, size_t side)
{
	return n < side ? 1 : (n + side / 2) / side;
}

/* A wide product has blocks enough; a deep one is cut into smaller ones. */
static void
choose_grid(struct grid *s, const struct gemm *g)
{
	size_t work = g->m * g->n * g->k, side = SIDE;

	s->down = s->across = 1;
	if (work <= ONE_THREAD)
		return;
	for (;; side -= SIDE_LEAST / 2) {
		s->down = parts_of(g->m, side);
		s->across = parts_of(g->n, side);
		if (side <= SIDE_LEAST || s->down * s->across >= BLOCKS ||
		    work / (s->down * s->across) < 8 * ONE_THREAD)
			return;
	}
}

static void
multiply_block(size_t i, void *arg)
{
	const struct grid *s = arg;
	const struct gemm *g = s->g;
	size_t r = cut(g->m, i / s->across, s->down);
	size_t c = cut(g->n, i % s->across, s->across);
	size_t m = cut(g->m, i / s->across + 1, s->down) - r;
	size_t n = cut(g->n, i % s->across + 1, s->across) - c;
	const float *a = s->a + (g->ta ? r : r * s->lda);
	const float *b = s->b + (g->tb ? c * s->ldb : c);

	cblas_sgemm(CblasRowMajor, g->ta ? CblasTrans : CblasNoTrans,
	    g->tb ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
	    (blasint)g->k, g->alpha, a, (blasint)s->lda, b, (blasint)s->ldb,
	    g->beta, s->out + r * s->ldo + c, (blasint)s->ldo);
}

void
gemm(float *out, const float *a, const float *b, const struct gemm *g)
{
	struct grid s = { out, a, b, g, g->lda, g->ldb, g->ldo, 1, 1 };

	if (g->m == 0 || g->n == 0)
		return;
	if (s.lda == 0)
		s.lda = g->ta ? g->m : g->k;
	if (s.ldb == 0)
		s.ldb = g->tb ? g->k : g->n;
	if (s.ldo == 0)
		s.ldo = g->n;
	choose_grid(&s, g);
	par_for(s.down * s.across, multiply_block, &s);
}

/* A layer that is too small for BLAS: out = beta out + x @ w. */
struct small {
	float *out;
	const float *x, *w;
	size_t N, K;
	float beta;
	bool transposed;
};

/* out[N] += x[K] @ w[N, K]^T, each sum in LANES sums. */
static inline void
small_row(float *out, const float *x, const float *w, size_t N, size_t K)
{
	size_t n, k, j, half;

	for (n = 0; n < N; n++, w += K) {
		float lane[LANES] = { 0 }, sum = 0.0f;

		for (k = 0; k + LANES <= K; k += LANES)
			for (j = 0; j < LANES; j++)
				lane[j] += x[k + j] * w[k + j];
		for (; k < K; k++)
			sum += x[k] * w[k];
		for (half = LANES / 2; half > 0; half /= 2)
			for (j = 0; j < half; j++)
				lane[j] += lane[j + half];
		out[n] += sum + lane[0];
	}
}

VECTOR_CLONES static void
small_rows(void *arg, size_t first, size_t rows)
{
	const struct small *s = arg;
	const size_t N = s->N, K = s->K;
	size_t i, n, k;

	for (i = first; i < first + rows; i++) {
		float *out = s->out + i * N;
		const float *x = s->x + i * K;

		if (s->beta == 0.0f)
			memset(out, 0, N * sizeof(*out));
		if (!s->transposed)
			small_row(out, x, s->w, N, K);
		else
			for (k = 0; k < K; k++)
				for (n = 0; n < N; n++)
					out[n] += x[k] * s->w[k * N + n];
	}
}

/* As many rows as it takes to be above BLAS_SMALL in every block. */
static size_t
rows_least(size_t N, size_t K)
{
	size_t narrowest = N < SIDE ? N : N / parts_of(N, SIDE) - EVEN;

	return (BLAS_SMALL / (narrowest * K + 1) + EVEN) / EVEN * EVEN;
}

static void
filled_up(float *out, const float *x, const float *w, size_t M, size_t rows,
    const struct gemm *g)
{
	struct gemm more = *g;
	float *y = mem_floats(rows * (g->k + g->n)), *z = y + rows * g->k;

	more.m = rows;
	memcpy(y, x, M * g->k * sizeof(*y));
	if (g->beta != 0.0f)
		memcpy(z, out, M * g->n * sizeof(*z));
	gemm(z, y, w, &more);
	memcpy(out, z, M * g->n * sizeof(*z));
	free(y);
}

/* out = beta out + x @ w^T, each row alone. */
static void
linear(float *out, const float *x, const float *w, float beta, size_t M,
    size_t N, size_t K, bool transposed)
{
	struct gemm g = { .m = M, .n = N, .k = K, .tb = !transposed,
		.alpha = 1.0f, .beta = beta };
	struct small s = { out, x, w, N, K, beta, transposed };
	size_t least = rows_least(N, K);

	if (least > FILL_MOST)
		rows_for(M, N * K, small_rows, &s);
	else if (M < least)
		filled_up(out, x, w, M, least, &g);
	else
		gemm(out, x, w, &g);
}

void
linear_forward(float *out, const float *x, const float *w, const float *bias,
    size_t M, size_t N, size_t K, bool transposed)
{
	linear(out, x, w, 0.0f, M, N, K, transposed);
	if (bias != NULL)
		rows_copy(out, out, bias, M, N);
}

void
linear_add(float *out, const float *x, const float *w, const float *bias,
    size_t M, size_t N, size_t K, bool transposed)
{
	linear(out, x, w, 1.0f, M, N, K, transposed);
	if (bias != NULL)
		rows_copy(out, out, bias, M, N);
}

void
linear_transpose(float *dx, const float *dout, const float *w, size_t M,
    size_t N, size_t K, bool transposed)
{
	struct gemm g = { .m = M, .n = K, .k = N, .tb = transposed,
		.alpha = 1.0f, .beta = 0.0f };

	gemm(dx, dout, w, &g);
}

void
linear_backward(float *dx, float *dw, float *dbias, const float *dout,
    const float *x, const float *w, size_t M, size_t N, size_t K,
    bool transposed)
{
	struct gemm to_x = { .m = M, .n = K, .k = N, .tb = transposed,
		.alpha = 1.0f, .beta = 1.0f };
	struct gemm to_w = { .m = N, .n = K, .k = M, .ta = true,
		.alpha = 1.0f, .beta = 1.0f };
	struct gemm to_w_t = { .m = K, .n = N, .k = M, .ta = true,
		.alpha = 1.0f, .beta = 1.0f };

	if (dx != NULL)
		gemm(dx, dout, w, &to_x);
	if (dw != NULL && transposed)
		gemm(dw, x, dout, &to_w_t);
	else if (dw != NULL)
		gemm(dw, dout, x, &to_w);
	if (dbias != NULL)
		rows_sum(dbias, dout, M, N);
}
