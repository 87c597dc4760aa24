/* SPDX-License-Identifier: MIT */
/*
 * Jacobi's method: rotate in the plane of each pair of rows so that their
 * element becomes 0, until all are small beside the largest.  Each sweep over
 * the pairs squares what is left, so few are needed.
 */
#include "base/eigen.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { SWEEPS = 60 };

/*
 * Lines p and q of M[n, n]: (p, q) becomes (c p - s q, s p + c q).  Lines are
 * `apart` numbers from each other and go on every `step`: n and 1 are rows, 1
 * and n columns.
 */
static void
rotate_lines(double *M, size_t n, size_t apart, size_t step, size_t p, size_t q,
    double c, double s)
{
	double *const u = M + p * apart, *const v = M + q * apart;
	size_t i;
	double x, y;

	for (i = 0; i < n; i++) {
		x = u[i * step];
		y = v[i * step];
		u[i * step] = c * x - s * y;
		v[i * step] = s * x + c * y;
	}
}

/* Make A[p, q] zero; false where it is as good as zero. */
static bool
rotate(double *A, size_t n, size_t p, size_t q, double zero, double *U)
{
	const double a = A[p * n + p], b = A[q * n + q], m = A[p * n + q];
	double theta, t, c;

	if (fabs(m) <= zero)
		return false;
	theta = (b - a) / (2 * m);
	t = copysign(1, theta) / (fabs(theta) + hypot(theta, 1));
	c = 1 / hypot(t, 1);
	rotate_lines(A, n, n, 1, p, q, c, t * c);
	rotate_lines(A, n, 1, n, p, q, c, t * c);
	rotate_lines(U, n, n, 1, p, q, c, t * c);
	return true;
}

void
eigen_symmetric(double *A, size_t n, double *value, double *U)
{
	size_t p, q, sweep;
	bool moved = true;
	double zero = 0;

	for (p = 0; p < n * n; p++)
		zero = fmax(zero, DBL_EPSILON / 4 * fabs(A[p]));
	memset(U, 0, n * n * sizeof *U);
	for (p = 0; p < n; p++)
		U[p * n + p] = 1;
	for (sweep = 0; moved && sweep < SWEEPS; sweep++)
		for (moved = false, p = 0; p < n; p++)
			for (q = p + 1; q < n; q++)
				moved |= rotate(A, n, p, q, zero, U);
	for (p = 0; p < n; p++)
		value[p] = A[p * n + p];
}
