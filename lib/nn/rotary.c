/* SPDX-License-Identifier: MIT */
/*
 * freq_i = theta^(-2i / R), scaled if the context was extended after the first
 * training:
 *
 *   linear    freq / factor
 *   llama3    by wavelength 2 pi / freq: below original / high it stays,
 *             above original / low it is divided by factor, between the two it
 *             is a linear blend in 1 / wavelength
 *   yarn      by i: below that of `high` turns in the original context it
 *             stays, above that of `low` turns it is divided by factor,
 *             between the two a linear blend in i (Peng et al. 2023)
 *   longrope  freq / short_factor_i or, in texts longer than the original
 *             context, freq / long_factor_i (Ding et al. 2024)
 *
 * yarn and longrope also scale cosines and sines.
 */
#include "nn/rotary.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tensor/rope.h"

static double
llama3(const struct rope *r, double freq)
{
	double turns = (double)r->original * freq / (2 * acos(-1)), blend;

	if (turns > r->high)
		return freq;
	if (turns < r->low)
		return freq / r->factor;
	blend = (turns - r->low) / (r->high - r->low);
	return (1 - blend) * freq / r->factor + blend * freq;
}

/* The i, not whole, whose pair makes so many turns in the original context. */
static double
turning(const struct rope *r, double R, double turns)
{
	const double n = (double)r->original / (turns * 2 * acos(-1));

	return R * log(n) / (2 * log(r->theta));
}

static double
yarn(const struct rope *r, double freq, double i, double R)
{
	double low = turning(r, R, r->high), high = turning(r, R, r->low), ramp;

	if (!r->fractional) {
		low = floor(low);
		high = ceil(high);
	}
	low = fmax(low, 0);
	high = fmin(high, R - 1);
	if (low == high)
		high += 0.001;
	ramp = fmin(fmax((i - low) / (high - low), 0), 1);
	return freq / r->factor * ramp + freq * (1 - ramp);
}

static double
frequency(const struct config *c, size_t i, bool is_long)
{
	const struct rope *r = &c->rope;
	const double R = (double)config_rotated(c);
	const double freq = pow(r->theta, -2 * (double)i / R);

	switch (r->kind) {
	case ROPE_LINEAR:
		return freq / r->factor;
	case ROPE_LLAMA3:
		return llama3(r, freq);
	case ROPE_YARN:
		return yarn(r, freq, (double)i, R);
	case ROPE_LONG:
		return freq /
		    (double)(is_long ? c->long_factor : c->short_factor)[i];
	default:
		return freq;
	}
}

size_t
rotary_row(const struct config *c, size_t pos, bool is_long)
{
	return is_long ? c->rope.original + pos : pos;
}

static void
make_frequencies(struct rotary *r, const struct config *c)
{
	const size_t half = config_rotated(c) / 2;
	size_t i;

	r->freq = mem_alloc(2 * half, sizeof(*r->freq));
	for (i = 0; i < half; i++) {
		r->freq[i] = frequency(c, i, false);
		r->freq[half + i] = frequency(c, i, true);
	}
}

void
rotary_grow(struct rotary *r, const struct config *c, size_t n)
{
	const size_t R = config_rotated(c);
	const size_t shorts = c->rope.kind == ROPE_LONG ? c->rope.original : n;
	size_t floats = r->cap * R, end;

	if (c->learned_positions || n <= r->n)
		return;
	if (r->freq == NULL)
		make_frequencies(r, c);
	r->table = mem_grow(r->table, &floats, n * R, sizeof(*r->table));
	r->cap = floats / R;
	end = n < shorts ? n : shorts;
	if (r->n < end) {
		rope_table(r->table + r->n * R, r->freq, R, r->n, end - r->n,
		    c->rope.scale);
		r->n = end;
	}
	if (r->n < n)
		rope_table(r->table + r->n * R, r->freq + R / 2, R,
		    r->n - shorts, n - r->n, c->rope.scale);
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
