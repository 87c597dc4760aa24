/* SPDX-License-Identifier: MIT */
#include "tensor/linear.h"

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

	if (l->back.p != NULL)
		panel_forward(dx, dout, &l->back, NULL, add ? dx : NULL, M);
	else
		gemm(dx, dout, l->w, &g);
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

	if (l->back.p == NULL) {
		gemm(out, a, b, &g);
		return;
	}
	panel_place(&p, C, M, l->back.type, scratch);
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

size_t
linear_floats(size_t widest, size_t M, enum tile_type type)
{
	return type == TILE_F32 ? 0 : panel_floats(widest, M, type);
}
