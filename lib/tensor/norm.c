/* SPDX-License-Identifier: MIT */
/*
 * Let xh = (x - mu) r with r = 1 / deviation, y = xh w + b, g = dout w, where w
 * has the base in it.
 *
 *   dx = r (g - mean(g) - xh mean(g xh))
 *   dw = sum over rows of dout xh,   db = sum over rows of dout
 *
 * RMSNorm is the same with mu = 0 and without the term mean(g).  Tasks compute
 * dx by blocks of rows, and dw and db by blocks of columns, so that each number
 * has one writer and one order of additions.
 */
#include "tensor/norm.h"

#include <math.h>

#include "base/par.h"
#include "tensor/rows.h"

enum { LANES = 16, COLUMNS = 64 };

struct call {
	float *out, *stat, *dx, *dw, *db;
	const float *x, *dout, *saved;
	const struct norm *norm;
	size_t rows;
};

/* sum of (x - mu)^power, power 1 or 2, in separate lanes. */
static inline double
row_moment(const float *x, size_t D, float mu, int power)
{
	float s[LANES] = { 0 };
	double sum = 0;
	size_t i, j;

	for (i = 0; i + LANES <= D; i += LANES)
		for (j = 0; j < LANES; j++) {
			float y = x[i + j] - mu;

			s[j] += power == 1 ? y : y * y;
		}
	for (; i < D; i++) {
		float y = x[i] - mu;

		sum += (double)(power == 1 ? y : y * y);
	}
	for (j = 0; j < LANES; j++)
		sum += (double)s[j];
	return sum;
}

static void
forward_rows(void *arg, size_t first, size_t n)
{
	const struct call *a = arg;
	const struct norm *norm = a->norm;
	const size_t D = norm->D;
	const float *w = norm->w, *b = norm->b, base = norm->base;
	size_t t, i;

	for (t = first; t < first + n; t++) {
		const float *x = a->x + t * D;
		float *out = a->out + t * D, mu = 0.0f, r;
		double square;

		if (norm->centered)
			mu = (float)(row_moment(x, D, 0.0f, 1) / (double)D);
		square = row_moment(x, D, mu, 2) / (double)D;
		/* an overflow becomes NaN, not a row of zeros */
		r = isfinite(square) ? (float)(1 / sqrt(square + norm->eps)) :
				       NAN;
		if (b != NULL)
			for (i = 0; i < D; i++)
				out[i] = (x[i] - mu) * r * (w[i] + base) + b[i];
		else
			for (i = 0; i < D; i++)
				out[i] = (x[i] - mu) * r * (w[i] + base);
		if (a->stat != NULL) {
			a->stat[2 * t] = mu;
			a->stat[2 * t + 1] = r;
		}
	}
}

void
norm_forward(float *out, float *stat, const float *x, const struct norm *norm,
    size_t rows)
{
	struct call a = { .out = out,
		.stat = stat,
		.x = x,
		.norm = norm,
		.rows = rows };

	rows_for(rows, norm->D, forward_rows, &a);
}

/* *g = sum of dout w, *gx = sum of dout w xh */
static inline void
row_sums(double *g, double *gx, const float *dout, const struct norm *norm,
    const float *x, float mu, float r)
{
	const size_t D = norm->D;
	const float *w = norm->w, base = norm->base;
	float s[LANES] = { 0 }, sx[LANES] = { 0 };
	size_t i, j;

	*g = *gx = 0;
	for (i = 0; i + LANES <= D; i += LANES)
		for (j = 0; j < LANES; j++) {
			float y = dout[i + j] * (w[i + j] + base);

			s[j] += y;
			sx[j] += y * (x[i + j] - mu) * r;
		}
	for (; i < D; i++) {
		*g += (double)(dout[i] * (w[i] + base));
		*gx += (double)(dout[i] * (w[i] + base) * (x[i] - mu) * r);
	}
	for (j = 0; j < LANES; j++) {
		*g += (double)s[j];
		*gx += (double)sx[j];
	}
}

static void
backward_rows(void *arg, size_t first, size_t n)
{
	const struct call *a = arg;
	const size_t D = a->norm->D;
	const float *w = a->norm->w, base = a->norm->base;
	size_t t, i;

	for (t = first; t < first + n; t++) {
		const float *x = a->x + t * D, *dout = a->dout + t * D;
		float *dx = a->dx + t * D;
		float mu = a->saved[2 * t], r = a->saved[2 * t + 1], m, mx;
		double g, gx;

		row_sums(&g, &gx, dout, a->norm, x, mu, r);
		m = a->norm->centered ? (float)(g / (double)D) : 0.0f;
		mx = (float)(gx / (double)D);
		for (i = 0; i < D; i++)
			dx[i] += r *
			    (dout[i] * (w[i] + base) - m -
				(x[i] - mu) * r * mx);
	}
}

static void
backward_columns(size_t block, void *arg)
{
	const struct call *a = arg;
	const size_t D = a->norm->D, at = block * COLUMNS;
	const size_t n = D - at < COLUMNS ? D - at : COLUMNS;
	float dw[COLUMNS] = { 0 }, db[COLUMNS] = { 0 };
	size_t t, j;

	for (t = 0; t < a->rows; t++) {
		const float *x = a->x + t * D + at;
		const float *dout = a->dout + t * D + at;
		float mu = a->saved[2 * t], r = a->saved[2 * t + 1];

		for (j = 0; j < n; j++) {
			dw[j] += dout[j] * ((x[j] - mu) * r);
			db[j] += dout[j];
		}
	}
	for (j = 0; j < n && a->dw != NULL; j++)
		a->dw[at + j] += dw[j];
	for (j = 0; j < n && a->db != NULL; j++)
		a->db[at + j] += db[j];
}

void
norm_backward(float *dx, float *dw, float *db, const float *dout,
    const float *x, const float *stat, const struct norm *norm, size_t rows)
{
	struct call a = { .dx = dx,
		.dw = dw,
		.db = db,
		.x = x,
		.dout = dout,
		.saved = stat,
		.norm = norm,
		.rows = rows };

	rows_for(rows, norm->D, backward_rows, &a);
	par_for((norm->D + COLUMNS - 1) / COLUMNS, backward_columns, &a);
}
