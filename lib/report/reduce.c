/* SPDX-License-Identifier: MIT */
#include "report/reduce.h"

#include <math.h>

/* Where part k of `parts` of n points begins. */
static size_t
part_of(size_t n, size_t parts, size_t k)
{
	return (size_t)((double)n * (double)k / (double)parts);
}

static size_t
keep(const double *x, const double *y, size_t i, double *out_x, double *out_y,
    size_t m)
{
	out_x[m] = x[i];
	out_y[m] = y[i];
	return m + 1;
}

size_t
reduce_extremes(const double *x, const double *y, size_t n, size_t most,
    double *out_x, double *out_y)
{
	size_t parts = most / 2, m = 0, i, k, to, lo, hi;

	if (n <= most) {
		for (i = 0; i < n; i++)
			if (isfinite(y[i]))
				m = keep(x, y, i, out_x, out_y, m);
		return m;
	}
	for (k = 0; k < parts; k++) {
		to = part_of(n, parts, k + 1);
		lo = hi = n;
		for (i = part_of(n, parts, k); i < to; i++) {
			if (!isfinite(y[i]))
				continue;
			lo = lo == n || y[i] < y[lo] ? i : lo;
			hi = hi == n || y[i] > y[hi] ? i : hi;
		}
		if (lo == n)
			continue;
		m = keep(x, y, lo < hi ? lo : hi, out_x, out_y, m);
		if (lo != hi)
			m = keep(x, y, lo < hi ? hi : lo, out_x, out_y, m);
	}
	return m;
}

static double
mean(const double *y, size_t from, size_t to)
{
	double sum = 0;
	size_t i, n = 0;

	for (i = from; i < to; i++)
		if (isfinite(y[i])) {
			sum += y[i];
			n++;
		}
	return n > 0 ? sum / (double)n : (double)NAN;
}

size_t
reduce_mean(const double *x, const double *y, size_t n, size_t half,
    size_t most, double *out_x, double *out_y)
{
	size_t parts = n < most ? n : most, m = 0, k, i, side;
	double v;

	for (k = 0; k < parts; k++) {
		i = parts > 1 ?
		    (size_t)((double)(n - 1) * (double)k / (double)(parts - 1) +
			0.5) :
		    0;
		side = i < half ? i : half; /* the first point is itself */
		v = mean(y, i - side, i + side < n ? i + side + 1 : n);
		if (!isfinite(v))
			continue;
		out_x[m] = x[i];
		out_y[m++] = v;
	}
	return m;
}
