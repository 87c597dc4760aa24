/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "tensor/norm.h"

/* sum_i g_i y_i, whose gradient with respect to y is g. */
struct textbook {
	double *x, *w, *b, *g, *y;
	size_t rows, D;
	bool centered;
};

static double
objective(void *ctx)
{
	struct textbook *t = ctx;
	double sum = 0;
	size_t i, j;

	for (i = 0; i < t->rows; i++) {
		double *y = t->y + i * t->D;

		naive_norm(y, t->x + i * t->D, t->w, t->b, t->D, 1e-5,
		    t->centered);
		for (j = 0; j < t->D; j++)
			sum += y[j] * t->g[i * t->D + j];
	}
	return sum;
}

static void
check_slopes(struct textbook *t, const float *d, double *at, size_t n,
    const char *what)
{
	double *want = mem_alloc(n, sizeof(*want));
	size_t i;

	for (i = 0; i < n; i++)
		want[i] = naive_slope(objective, t, &at[i]);
	ok(naive_error(d, want, n) < 1e-5, "gradient of %s", what);
	free(want);
}

static void
check(size_t rows, size_t D, bool centered)
{
	float *x = mem_floats(rows * D), *w = mem_floats(D);
	float *b = mem_floats(D), *out = mem_floats(rows * D);
	float *g = mem_floats(rows * D), *stat = mem_floats(2 * rows);
	float *dx = mem_floats(rows * D), *dw = mem_floats(D);
	float *db = mem_floats(D);
	struct norm norm = { w, centered ? b : NULL, D, 1e-5, centered };
	struct textbook t = { .rows = rows, .D = D, .centered = centered };
	size_t i;

	naive_fill(x, rows * D, 1);
	naive_fill(w, D, 2);
	naive_fill(b, D, 3);
	naive_fill(g, rows * D, 4);
	for (i = 0; i < rows * D; i++)
		x[i] += 0.5f;
	t.x = naive_copy(x, rows * D);
	t.w = naive_copy(w, D);
	t.b = centered ? naive_copy(b, D) : NULL;
	t.g = naive_copy(g, rows * D);
	t.y = mem_alloc(rows * D, sizeof(*t.y));
	norm_forward(out, stat, x, &norm, rows);
	objective(&t);
	ok(naive_error(out, t.y, rows * D) < 1e-6, "%s norm of %zu x %zu",
	    centered ? "layer" : "RMS", rows, D);
	norm_backward(dx, dw, centered ? db : NULL, g, x, stat, &norm, rows);
	check_slopes(&t, dx, t.x, rows * D, "x");
	check_slopes(&t, dw, t.w, D, "w");
	if (centered)
		check_slopes(&t, db, t.b, D, "b");
	norm_forward(x, NULL, x, &norm, rows);
	objective(&t);
	ok(naive_error(x, t.y, rows * D) < 1e-6,
	    "%s norm of %zu x %zu in place, without stat",
	    centered ? "layer" : "RMS", rows, D);
	free(x);
	free(w);
	free(b);
	free(out);
	free(g);
	free(stat);
	free(dx);
	free(dw);
	free(db);
	free(t.x);
	free(t.w);
	free(t.b);
	free(t.g);
	free(t.y);
}

/* A mean square that overflows becomes NaN, not a row of zeros. */
static void
check_overflow(void)
{
	float x[4] = { 3e38f, -3e38f, INFINITY, 1.0f }, w[4] = { 1, 1, 1, 1 };
	float out[4];
	struct norm norm = { w, NULL, 4, 1e-5, false };

	norm_forward(out, NULL, x, &norm, 1);
	ok(isnan(out[3]), "an overflow becomes NaN");
}

int
main(void)
{
	check(1, 6, false);
	check(1, 6, true);
	check(5, 70, false);
	check(5, 70, true);
	check(3, 128, false);
	check(3, 128, true);
	check_overflow();
	return tap_done();
}
