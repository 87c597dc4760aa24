/* SPDX-License-Identifier: MIT */
#include "nn/embedding.h"

#include "base/par.h"
#include "tensor/rows.h"

void
embedding_forward(float *x, const struct config *c, const struct params *p,
    uint32_t token, size_t pos)
{
	const size_t D = c->D;

	stored_widen(x, &p->embed_view, token * D, D);
	rows_scale(x, (float)c->embedding_scale, 1, D, D);
	if (c->learned_positions)
		stored_add(x, &p->position_view, pos * D, D);
}

/* By tasks of columns: tokens repeat among rows, columns do not. */
enum { COLUMNS = 256 };

struct backward {
	struct params *d;
	const float *dx;
	const uint32_t *tokens;
	const size_t *pos;
	size_t T, D;
	float scale; /* of the embedding */
};

static void
backward_columns(size_t block, void *arg)
{
	const struct backward *b = arg;
	const size_t D = b->D, at = block * COLUMNS;
	const size_t end = D - at < COLUMNS ? D : at + COLUMNS;
	float *embed = b->d->embed, *position = b->d->position;
	size_t t, j;

	for (t = 0; t < b->T; t++) {
		const float *dx = b->dx + t * D;

		if (embed != NULL)
			for (j = at; j < end; j++)
				embed[b->tokens[t] * D + j] += b->scale * dx[j];
		if (position != NULL)
			for (j = at; j < end; j++)
				position[b->pos[t] * D + j] += dx[j];
	}
}

void
embedding_backward(struct params *d, const float *dx, const struct config *c,
    const uint32_t *tokens, const size_t *pos, size_t T)
{
	struct backward b = { d, dx, tokens, pos, T, c->D,
		(float)c->embedding_scale };

	par_for((c->D + COLUMNS - 1) / COLUMNS, backward_columns, &b);
}
