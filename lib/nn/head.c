/* SPDX-License-Identifier: MIT */
/*
 * The logits of a pack are its largest matrix by far, so they exist a block of
 * rows at a time.  A block must not be too small either: each reads the whole
 * head once forward and three times backward.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "nn/transformer.h"
#include "tensor/linear.h"

enum { BLOCK_FLOATS = 1 << 23, ROWS_MIN = 16, ROWS_MAX = 1024 };

static size_t
block_rows(const struct config *c)
{
	size_t n = BLOCK_FLOATS / c->V;

	return n < ROWS_MIN ? ROWS_MIN : n > ROWS_MAX ? ROWS_MAX : n;
}

size_t
head_floats(const struct config *c, size_t R)
{
	const size_t block = block_rows(c);

	return (R < block ? R : block) * c->V;
}

void
head_block(const struct activations *a, size_t first, size_t n, float *logits)
{
	panel_forward(logits, a->hidden + first * a->config.D,
	    &a->matrices->head.panel, NULL, NULL, n);
}

void
head_rows(struct activations *a, const struct pack *pack, head_fn *fn,
    void *ctx, struct params *d)
{
	const struct config *c = &a->config;
	const size_t D = c->D, block = block_rows(c);
	size_t first, n;

	if (a->logits_cap < head_floats(c, pack->R)) {
		mem_block_free(a->logits);
		a->logits_cap = head_floats(c, pack->R);
		a->logits = mem_block(a->logits_cap);
	}
	for (first = 0; first < pack->R; first += n) {
		n = pack->R - first < block ? pack->R - first : block;
		head_block(a, first, n, a->logits);
		fn(ctx, first, n, a->logits);
		if (d == NULL)
			continue;
		linear_input(a->dhidden + first * D, a->logits,
		    &a->matrices->head, n, true);
		linear_weight(d->head, NULL, a->logits, a->hidden + first * D,
		    &a->matrices->head, n, a->gradients.scratch);
	}
}
