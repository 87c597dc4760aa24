/* SPDX-License-Identifier: MIT */
/* dropout: the formula, the shares, and what a mask depends on. */
#include "tensor/dropout.h"

#include <math.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/par.h"

enum { ROWS = 700, WIDE = 100 };

static float x[ROWS * WIDE], y[ROWS * WIDE], z[ROWS * WIDE];
static struct rng rng[ROWS];

static void
fill(void)
{
	size_t i;

	naive_fill(x, ROWS * WIDE, 4);
	for (i = 0; i < ROWS; i++)
		rng[i] = rng_at(1, 2, 3, "id", i);
}

/* As the header says it, number by number. */
static double
textbook(const struct dropout *d, size_t t, size_t column)
{
	struct rng r = d->row[t];
	uint64_t draw;

	rng_skip(&r, d->skip + column / 16 * 8 + column % 8);
	draw = rng_u64(&r);
	draw = column % 16 < 8 ? draw & UINT32_MAX : draw >> 32;
	return (double)draw / 4294967296.0 < d->rate ? 0 : 1 / (1 - d->rate);
}

static void
check_formula(size_t D, double rate)
{
	const struct dropout d = { rate, rng, 24 };
	const size_t rows = 40;
	double worst = 0, want;
	size_t i, kept = 0;

	dropout_rows(y, x, 0.5f, &d, rows, D);
	dropout_add_to(z, x, x, 0.5f, &d, rows, D);
	for (i = 0; i < rows * D; i++) {
		want = 0.5 * (double)x[i] * textbook(&d, i / D, i % D);
		worst = fmax(worst, fabs((double)y[i] - want));
		worst =
		    fmax(worst, fabs((double)z[i] - (double)x[i] - want) / 2);
		kept += fabs(want) > 0;
	}
	ok(worst < 1e-6 / (1 - rate) && kept > 0 && kept < rows * D,
	    "%zu columns, rate %g: as by hand, within %g", D, rate, worst);
}

static void
check_shares(double rate)
{
	const struct dropout d = { rate, rng, 0 };
	const double n = ROWS * WIDE, bound = 5 * sqrt(rate * (1 - rate) / n);
	double zeros = 0, both = 0;
	size_t i;

	for (i = 0; i < ROWS * WIDE; i++)
		y[i] = 1;
	dropout_rows(y, y, 1, &d, ROWS, WIDE);
	for (i = 0; i < ROWS * WIDE; i++) {
		zeros += !(y[i] > 0);
		both += i > 0 && !(y[i] > 0) && !(y[i - 1] > 0);
	}
	ok(fabs(zeros / n - rate) < bound, "rate %g: a share of %g is dropped",
	    rate, zeros / n);
	ok(fabs(both / n - rate * rate) < bound,
	    "rate %g: neighbors are independent, %g", rate, both / n);
}

/* A row depends on its generator and the skip, not on rows or threads. */
static void
check_place(void)
{
	struct dropout d = { 0.4, rng, 0 };
	size_t i, same = 0;

	dropout_rows(y, x, 1, &d, ROWS, WIDE);
	for (i = 0; i < ROWS; i++) {
		d.row = rng + i;
		dropout_rows(z + i * WIDE, x + i * WIDE, 1, &d, 1, WIDE);
	}
	ok(memcmp(y, z, sizeof y) == 0, "rows alone are as rows together");
	d.row = rng;
	memcpy(z, x, sizeof z);
	dropout_rows(z, z, 1, &d, ROWS, WIDE);
	ok(memcmp(y, z, sizeof y) == 0, "in place is the same");
	d.skip = dropout_draws(WIDE);
	dropout_rows(z, x, 1, &d, ROWS, WIDE);
	for (i = 0; i < ROWS * WIDE; i++)
		same += (z[i] == 0.0f) == (y[i] == 0.0f);
	ok(fabs((double)same / (ROWS * WIDE) - 0.52) < 0.02,
	    "the next place has another mask: %zu of %d are alike", same,
	    ROWS * WIDE);
	ok(dropout_draws(1) == 8 && dropout_draws(16) == 8 &&
		dropout_draws(17) == 16,
	    "a block of 16 columns takes 8 draws");
	for (i = 0; i < WIDE; i++)
		z[i] = i % 2 == 0 ? INFINITY : NAN;
	d.rate = 0.999;
	dropout_rows(z, z, 1, &d, 1, WIDE);
	for (i = same = 0; i < WIDE; i++)
		same += z[i] == 0.0f;
	ok(same > 80, "what is dropped is 0, also if it is not finite");
}

int
main(void)
{
	par_start(2);
	fill();
	check_formula(1, 0.5);
	check_formula(8, 0.3);
	check_formula(16, 0.3);
	check_formula(37, 0.1);
	check_formula(96, 0.9);
	check_shares(0.1);
	check_shares(0.5);
	check_place();
	return tap_done();
}
