/* SPDX-License-Identifier: MIT */
/*
 * freq_i = theta^(-2i / R), scaled if the context was extended after the first
 * training:
 *
 *   linear    freq / factor
 *   llama3    by wavelength 2 pi / freq: below original / high it stays,
 *             above original / low it is divided by factor, between the two it
 *             is a linear blend in 1 / wavelength
 */
#include "nn/rotary.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tensor/rope.h"

static double
scaled(const struct rope *r, double freq)
{
	double turns, blend;

	if (r->kind == ROPE_PLAIN)
		return freq;
	if (r->kind == ROPE_LINEAR)
		return freq / r->factor;
	turns = (double)r->original * freq / (2 * acos(-1));
	if (turns > r->high)
		return freq;
	if (turns < r->low)
		return freq / r->factor;
	blend = (turns - r->low) / (r->high - r->low);
	return (1 - blend) * freq / r->factor + blend * freq;
}

void
rotary_grow(struct rotary *r, const struct config *c, size_t n)
{
	const size_t R = config_rotated(c);
	size_t i, floats = r->cap * R;

	if (c->learned_positions || n <= r->n)
		return;
	if (r->freq == NULL) {
		r->freq = mem_alloc(R / 2, sizeof(*r->freq));
		for (i = 0; i < R / 2; i++)
			r->freq[i] = scaled(&c->rope,
			    pow(c->rope.theta, -2 * (double)i / (double)R));
	}
	r->table = mem_grow(r->table, &floats, n * R, sizeof(*r->table));
	r->cap = floats / R;
	rope_table(r->table + r->n * R, r->freq, R, r->n, n - r->n);
	r->n = n;
}

const float *
rotary_table(const struct rotary *r, const struct config *c, size_t layer)
{
	return c->unrotated[layer] ? NULL : r->table;
}

void
rotary_release(struct rotary *r)
{
	free(r->freq);
	free(r->table);
	*r = (struct rotary){ 0 };
}
