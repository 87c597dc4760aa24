/* SPDX-License-Identifier: MIT */
#include "tensor/linear.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tensor/gemm.h"
#include "tensor/rows.h"

void
linear_input(float *dx, const float *dout, const struct linear *l, size_t M,
    bool add)
{
	const struct gemm g = { .m = M,
		.n = l->panel.K,
		.k = l->panel.N,
		.tb = l->transposed,
		.alpha = 1.0f,
		.beta = add ? 1.0f : 0.0f };

	if (l->back.N > 0)
		panel_forward(dx, dout, &l->back, NULL, add ? dx : NULL, M);
	else
		gemm(dx, dout, l->w.p, &g);
}

/* out[R, C] += a[M, R]^T @ b[M, C] */
static void
add_outer(float *out, const float *a, const float *b, size_t M, size_t R,
    size_t C, const struct linear *l, float *scratch)
{
	const struct gemm g = { .m = R,
		.n = C,
		.k = M,
		.ta = true,
		.alpha = 1.0f,
		.beta = 1.0f };
	struct panel p;

	if (l->panel.type != TILE_BF16) {
		gemm(out, a, b, &g);
		return;
	}
	panel_place(&p, C, M, l->panel.type, scratch);
	panel_pack(&p, b, true);
	panel_forward_transposed(out, a, &p, out, R);
}

void
linear_weight(float *dw, float *dbias, const float *dout, const float *x,
    const struct linear *l, size_t M, float *scratch)
{
	const size_t N = l->panel.N, K = l->panel.K;

	if (dw != NULL && l->transposed)
		add_outer(dw, x, dout, M, K, N, l, scratch);
	else if (dw != NULL)
		add_outer(dw, dout, x, M, N, K, l, scratch);
	if (dbias != NULL)
		rows_sum(dbias, dout, M, N);
}

void
linear_forward(float *out, const float *x, const struct linear *l,
    const float *bias, const float *onto, size_t M, float *low)
{
	panel_forward(out, x, &l->panel, bias, onto, M);
	if (l->low.rank == 0)
		return;
	panel_forward(low, x, &l->low.down, NULL, NULL, M);
	panel_forward(out, low, &l->low.up, NULL, out, M);
}

size_t
low_rank_floats(const struct linear *l)
{
	const size_t r = l->low.rank;

	return panel_floats(r, l->panel.K, TILE_F32) +
	    panel_floats(l->panel.N, r, TILE_F32);
}

void
low_rank_pack(struct linear *l, float *memory)
{
	struct low_rank *a = &l->low;
	const size_t N = l->panel.N, K = l->panel.K, r = a->rank;
	float *scaled = mem_scratch(N * r * sizeof *scaled);
	size_t i;

	panel_place(&a->down, r, K, TILE_F32, memory);
	panel_pack(&a->down, a->A, false);
	for (i = 0; i < N * r; i++)
		scaled[i] = a->scale * a->B[i];
	panel_place(&a->up, N, r, TILE_F32,
	    memory + panel_floats(r, K, TILE_F32));
	panel_pack(&a->up, scaled, false);
	free(scaled);
}

/* The adapter's part; scratch: twice M times rank. */
static void
low_rank_backward(float *dx, const struct linear_gradient *d, const float *dout,
    const float *x, const struct linear *l, size_t M, float *scratch)
{
	const struct low_rank *a = &l->low;
	const size_t N = l->panel.N, K = l->panel.K, r = a->rank;
	float *low = scratch, *dlow = scratch + M * r;
	/* dlow[M, r] = s dout[M, N] @ B[N, r] */
	const struct gemm down = { .m = M, .n = r, .k = N, .alpha = a->scale };
	/* dx[M, K] += dlow[M, r] @ A[r, K] */
	const struct gemm up = { .m = M,
		.n = K,
		.k = r,
		.alpha = 1,
		.beta = 1 };
	/* dA[r, K] += dlow[M, r]^T @ x[M, K] */
	const struct gemm da = { .m = r,
		.n = K,
		.k = M,
		.ta = true,
		.alpha = 1,
		.beta = 1 };
	/* dB[N, r] += s dout[M, N]^T @ low[M, r] */
	const struct gemm db = { .m = N,
		.n = r,
		.k = M,
		.ta = true,
		.alpha = a->scale,
		.beta = 1 };

	gemm(dlow, dout, a->B, &down);
	gemm(dx, dlow, a->A, &up);
	if (d->A != NULL)
		gemm(d->A, dlow, x, &da);
	if (d->B == NULL)
		return;
	panel_forward(low, x, &a->down, NULL, NULL, M);
	gemm(d->B, dout, low, &db);
}

void
linear_backward(float *dx, bool add, const struct linear_gradient *d,
    const float *dout, const float *x, const struct linear *l, size_t M,
    float *scratch)
{
	linear_input(dx, dout, l, M, add);
	if (l->low.rank > 0)
		low_rank_backward(dx, d, dout, x, l, M, scratch);
	linear_weight(d->w, d->bias, dout, x, l, M, scratch);
}

size_t
linear_floats(size_t widest, size_t rank, size_t M, enum tile_type type)
{
	const size_t low = 2 * M * rank;
	const size_t packed =
	    type == TILE_BF16 ? panel_floats(widest, M, type) : 0;

	return packed > low ? packed : low;
}
