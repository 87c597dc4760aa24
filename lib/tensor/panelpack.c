/* SPDX-License-Identifier: MIT */
/* Panels: their memory, and packing of weights. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/bf16.h"
#include "tensor/panel.h"
#include "tensor/quant.h"
#include "tensor/transpose.h"
#include "tensor/vector.h"

size_t
panel_count(const struct panel *w)
{
	return (w->N + TILE_COLS - 1) / TILE_COLS;
}

/* Floats that hold the packed weights; 16 columns of bytes are whole floats. */
static size_t
weights_floats(size_t N, size_t K, enum tile_type type)
{
	const size_t cols = (N + TILE_COLS - 1) / TILE_COLS * TILE_COLS;

	return cols * tile_words(type, K) * tile_bytes(type) / sizeof(float);
}

size_t
panel_floats(size_t N, size_t K, enum tile_type type)
{
	const size_t cols = (N + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
	size_t n = weights_floats(N, K, type) + (type == TILE_INT8 ? cols : 0);

	return (n + TILE_COLS - 1) / TILE_COLS * TILE_COLS;
}

void
panel_place(struct panel *w, size_t N, size_t K, enum tile_type type,
    float *memory)
{
	*w = (struct panel){ N, K, type, memory, NULL };
	if (type == TILE_INT8)
		w->scale = memory + weights_floats(N, K, type);
}

struct packing {
	const struct panel *to;
	const float *w;
	bool transposed;
};

/* y[K, 16] := panel i in F32; columns beyond N stay zero. */
VECTOR_CLONES static void
gather_panel(float *y, const struct packing *s, size_t i)
{
	const size_t N = s->to->N, K = s->to->K, n = i * TILE_COLS;
	const size_t cols = N - n < TILE_COLS ? N - n : TILE_COLS;
	const float *w = s->w + n * K;
	size_t j, k = 0;

	if (s->transposed) {
		for (k = 0; k < K; k++)
			memcpy(y + k * TILE_COLS, s->w + k * N + n,
			    cols * sizeof(*y));
		return;
	}
	for (; cols == TILE_COLS && k + TRANSPOSE <= K; k += TRANSPOSE)
		for (j = 0; j < TILE_COLS; j += TRANSPOSE)
			transpose8((uint32_t *)(void *)(y + k * TILE_COLS + j),
			    TILE_COLS,
			    (const uint32_t *)(const void *)(w + j * K + k), K);
	for (; k < K; k++)
		for (j = 0; j < cols; j++)
			y[k * TILE_COLS + j] = w[j * K + k];
}

VECTOR_CLONES static void
pack_bf16(uint16_t *to, const float *y, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		to[i] = (uint16_t)(round_bf16(&y[i]) >> 16);
}

/* Panel i in BF16 words of two, directly from w if its rows are contiguous. */
static void
pack_bf16_words(uint32_t *to, const struct packing *s, size_t i)
{
	const size_t N = s->to->N, K = s->to->K;
	const size_t words = tile_words(s->to->type, K);
	const bool direct = s->transposed && (i + 1) * TILE_COLS <= N;
	float *y = direct ? NULL : mem_floats(2 * words * TILE_COLS);
	const float *x = direct ? s->w + i * TILE_COLS : y;
	const size_t stride = direct ? N : TILE_COLS;
	static const float none[TILE_COLS];
	size_t k;

	if (!direct)
		gather_panel(y, s, i);
	for (k = 0; k < words; k++, to += TILE_COLS)
		bf16_pack_rows(to, 2 * k < K ? x + 2 * k * stride : none,
		    2 * k + 1 < K ? x + (2 * k + 1) * stride : none, TILE_COLS);
	free(y);
}

static void
pack_panel(size_t i, void *arg)
{
	const struct packing *s = arg;
	const struct panel *to = s->to;
	const size_t n = tile_words(to->type, to->K) * TILE_COLS;
	char *at = (char *)to->p + i * n * tile_bytes(to->type);
	float *y;

	if (to->type == TILE_F32) {
		gather_panel((float *)(void *)at, s, i);
		return;
	}
	if (to->type == TILE_BF16 && tile_packs_two(to->type)) {
		pack_bf16_words((uint32_t *)(void *)at, s, i);
		return;
	}
	y = mem_floats(to->K * TILE_COLS);
	gather_panel(y, s, i);
	if (to->type == TILE_BF16)
		pack_bf16((uint16_t *)(void *)at, y, n);
	else
		quant_panel((int8_t *)at, to->scale + i * TILE_COLS, y, to->K);
	free(y);
}

void
panel_pack(struct panel *to, const float *w, bool transposed)
{
	struct packing s = { to, w, transposed };

	par_for(panel_count(to), pack_panel, &s);
}

void
panel_pack_one(struct panel *to, const float *w, bool transposed, size_t i)
{
	struct packing s = { to, w, transposed };

	pack_panel(i, &s);
}
