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
frequency(const struct config *c, const struct rope *r, size_t i, bool is_long)
{
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
make_frequencies(struct rotations *t, const struct config *c,
    const struct rope *r)
{
	const size_t half = config_rotated(c) / 2;
	size_t i;

	t->freq = mem_alloc(2 * half, sizeof(*t->freq));
	for (i = 0; i < half; i++) {
		t->freq[i] = frequency(c, r, i, false);
		t->freq[half + i] = frequency(c, r, i, true);
	}
}

static void
grow(struct rotations *t, const struct config *c, const struct rope *r,
    size_t n)
{
	const size_t R = config_rotated(c);
	const size_t shorts = c->rope.kind == ROPE_LONG ? c->rope.original : n;
	size_t floats = t->cap * R, end;

	if (t->freq == NULL)
		make_frequencies(t, c, r);
	t->table = mem_grow(t->table, &floats, n * R, sizeof(*t->table));
	t->cap = floats / R;
	end = n < shorts ? n : shorts;
	if (t->n < end) {
		rope_table(t->table + t->n * R, t->freq, R, t->n, end - t->n,
		    r->scale);
		t->n = end;
	}
	if (t->n < n)
		rope_table(t->table + t->n * R, t->freq + R / 2, R,
		    t->n - shorts, n - t->n, r->scale);
	t->n = n;
}

void
rotary_grow(struct rotary *r, const struct config *c, size_t n)
{
	if (c->learned_positions || n <= r->all.n)
		return;
	grow(&r->all, c, &c->rope, n);
	if (c->local.theta > 0)
		grow(&r->local, c, &c->local, n);
}

const float *
rotary_table(const struct rotary *r, const struct config *c, size_t layer)
{
	if (c->unrotated[layer])
		return NULL;
	return c->local.theta > 0 && c->windowed[layer] ? r->local.table :
							  r->all.table;
}

void
rotary_release(struct rotary *r)
{
	free(r->all.freq);
	free(r->all.table);
	free(r->local.freq);
	free(r->local.table);
	*r = (struct rotary){ 0 };
}
