/* SPDX-License-Identifier: MIT */
/*
 * The result is cut into a grid of blocks, and each block is one call of BLAS.
 * BLAS first packs its part of a and b, which costs relatively less for larger
 * blocks.  The grid depends on the shape only.
 */
#include "tensor/gemm.h"

#include <assert.h>
#include <cblas.h>
#include <dlfcn.h>
#include <pthread.h>

#include "base/par.h"

enum {
	ONE_THREAD = 1 << 21, /* up to so many multiplications: one block */
	SIDE = 512,           /* preferred side of a block */
	SIDE_LEAST = 128,     /* side if there would be too few blocks */
	BLOCKS = 16,          /* enough blocks */
	EVEN = 16             /* blocks begin at multiples of this */
};

struct grid {
	float *out;
	const float *a, *b;
	const struct gemm *g;
	size_t lda, ldb, ldo; /* floats from row to row */
	size_t down, across;  /* numbers of blocks */
};

/*
 * BLAS is loaded at first use: loading takes longer than many runs of a tool,
 * and forward passes do not need it.
 */
static struct {
	pthread_once_t once;
	__typeof__(cblas_sgemm) *sgemm;
} blas = { .once = PTHREAD_ONCE_INIT };

static void
load(void)
{
	void *so = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
	__typeof__(openblas_set_num_threads) *threads;

	if (so == NULL)
		return;
	*(void **)&blas.sgemm = dlsym(so, "cblas_sgemm");
	*(void **)&threads = dlsym(so, "openblas_set_num_threads");
	if (threads != NULL)
		threads(1);
}

int
gemm_ready(void)
{
	(void)pthread_once(&blas.once, load);
	if (blas.sgemm == NULL)
		return fail("libopenblas.so.0: cannot be loaded");
	return 0;
}

/* The start of part i of n. */
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

/* Reduce the side of blocks until there are enough, or each is too small. */
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

	blas.sgemm(CblasRowMajor, g->ta ? CblasTrans : CblasNoTrans,
	    g->tb ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
	    (blasint)g->k, g->alpha, a, (blasint)s->lda, b, (blasint)s->ldb,
	    g->beta, s->out + r * s->ldo + c, (blasint)s->ldo);
}

void
gemm(float *out, const float *a, const float *b, const struct gemm *g)
{
	struct grid s = { out, a, b, g, g->ta ? g->m : g->k,
		g->tb ? g->k : g->n, g->n, 1, 1 };

	if (g->m == 0 || g->n == 0)
		return;
	(void)pthread_once(&blas.once, load);
	assert(blas.sgemm != NULL); /* gemm_ready was called */
	choose_grid(&s, g);
	par_for(s.down * s.across, multiply_block, &s);
}
