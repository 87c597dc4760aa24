/* SPDX-License-Identifier: MIT */
/*
 * Files have the factor by which each frequency of llama3 is divided: 1 for
 * short wavelengths, F for long ones, and between the two
 *
 *	1 / ((1 - s) / F + s),  s = (original / wavelength - low) / (high - low)
 *
 * F is the largest factor.  s is linear in 1 / wavelength, so two factors
 * between 1 and F give high / low and original / low.  Only these ratios
 * matter, so low is 1.  Of fewer factors many settings are right.
 */
#include <math.h>

#include "gguf/ggufkeys.h"
#include "nn/rotary.h"
#include "tensor/blocks.h"

/* The settings of the models that Meta published. */
enum { USUAL_LOW = 1, USUAL_HIGH = 4, USUAL_ORIGINAL = 8192 };

static double
plain(const struct config *c, size_t i)
{
	return pow(c->rope.theta, -2 * (double)i / (double)config_rotated(c));
}

void
ggufkeys_factors(const struct config *c, float *factor)
{
	struct rotary r = { 0 };
	size_t i;

	rotary_grow(&r, c, 1);
	for (i = 0; i < config_rotated(c) / 2; i++)
		factor[i] = (float)(plain(c, i) / r.all.freq[i]);
	rotary_release(&r);
}

static double
factor_at(const struct gguf_tensor *t, size_t i)
{
	float x;

	blocks_widen(&x, t->data, t->type, i, 1);
	return (double)x;
}

static bool
agrees(const struct config *c, const struct gguf_tensor *t)
{
	struct rotary r = { 0 };
	bool good = true;
	size_t i;
	double f;

	rotary_grow(&r, c, 1);
	for (i = 0; i < config_rotated(c) / 2; i++) {
		f = plain(c, i) / r.all.freq[i];
		good = good && fabs(factor_at(t, i) - f) < 1e-4 * f;
	}
	rotary_release(&r);
	return good;
}

/* s of factor i, of which F is the largest. */
static double
blend(const struct config *c, double f)
{
	return (1 / f - 1 / c->rope.factor) / (1 - 1 / c->rope.factor);
}

/* The outermost factors between 1 and F: 1 / wavelength, and s. */
struct between {
	double x[2], s[2];
	size_t n;         /* how many there are */
	double one, last; /* 1 / wavelength of the last 1, of the first F */
};

static struct between
find_between(const struct config *c, const struct gguf_tensor *t)
{
	struct between b = { 0 };
	double f, x;
	size_t i;

	for (i = 0; i < config_rotated(c) / 2; i++) {
		f = factor_at(t, i);
		x = plain(c, i) / (2 * acos(-1));
		if (f < 1.001) {
			b.one = x;
		} else if (f > c->rope.factor * 0.999) {
			b.last = b.last > 0 ? b.last : x;
		} else {
			b.x[b.n > 0] = x;
			b.s[b.n > 0] = blend(c, f);
			b.n++;
		}
	}
	return b;
}

/* Solve for the settings, with low = 1. */
static bool
solve(struct config *c, const struct gguf_tensor *t)
{
	const struct between b = find_between(c, t);
	double slope, high = USUAL_HIGH, original;

	if (b.n > 1) { /* s = slope x - 1 / (high - 1) */
		slope = (b.s[0] - b.s[1]) / (b.x[0] - b.x[1]);
		high = 1 + 1 / (slope * b.x[0] - b.s[0]);
		high = round(high * 1e3) / 1e3;
		original = slope * (high - 1);
	} else if (b.n == 1) {
		original = (b.s[0] * (high - 1) + 1) / b.x[0];
	} else if (b.one > 0) { /* halfway between the two */
		original = 1 / sqrt(b.one * b.last);
		high = (1 + original * b.one) / 2;
	} else {
		original = 1;
	}
	original = round(original);
	if (!(high > 1 && high < 1e6 && original >= 1 && original < 0x1p31))
		return false;
	c->rope.high = high;
	c->rope.original = (size_t)original;
	return agrees(c, t);
}

int
ggufkeys_read_factors(struct config *c, const struct gguf_tensor *t)
{
	double most = 1;
	size_t i;

	if (t->dims != 1 || t->n != config_rotated(c) / 2 ||
	    t->type != BLOCK_F32)
		return fail("tensor rope_freqs.weight: expected %zu numbers in "
			    "F32",
		    config_rotated(c) / 2);
	for (i = 0; i < t->n; i++) {
		if (!(factor_at(t, i) >= 1 && factor_at(t, i) < 1e6))
			return fail("tensor rope_freqs.weight: a factor of %g",
			    factor_at(t, i));
		most = fmax(most, factor_at(t, i));
	}
	if (most == 1)
		return 0;
	if (c->rope.kind != ROPE_PLAIN)
		return fail("tensor rope_freqs.weight: beside another scaling");
	c->rope.kind = ROPE_LLAMA3;
	c->rope.factor = most;
	c->rope.low = USUAL_LOW;
	c->rope.high = USUAL_HIGH;
	c->rope.original = USUAL_ORIGINAL;
	if (agrees(c, t) || solve(c, t))
		return 0;
	return fail("tensor rope_freqs.weight: not the factors of a scaling of "
		    "llama3");
}

double
ggufkeys_yarn_scale(const struct config *c)
{
	return 1 + 0.1 * log(c->rope.factor);
}

static int
read_long(const struct config *c, const struct gguf_tensor *t, float *factor)
{
	const size_t n = config_rotated(c) / 2;
	size_t i;

	if (t == NULL || t->dims != 1 || t->n != n || t->type != BLOCK_F32 ||
	    n > CONFIG_PAIRS_MAX)
		return fail("expected %zu numbers in F32", n);
	blocks_widen(factor, t->data, t->type, 0, n);
	for (i = 0; i < n; i++)
		if (!(factor[i] > 0 && isfinite(factor[i])))
			return fail("a factor of %g", (double)factor[i]);
	return 0;
}

int
ggufkeys_read_long(struct config *c, const struct gguf *g)
{
	static const char *const names[] = { "rope_factors_short.weight",
		"rope_factors_long.weight" };
	const struct gguf_tensor *t[2] = { gguf_find_tensor(g, names[0]),
		gguf_find_tensor(g, names[1]) };

	if (read_long(c, t[0], c->short_factor) != 0)
		return fail_in("tensor %s", names[0]);
	if (read_long(c, t[1], c->long_factor) != 0)
		return fail_in("tensor %s", names[1]);
	return 0;
}
