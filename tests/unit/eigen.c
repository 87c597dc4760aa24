/* SPDX-License-Identifier: MIT */
/* eigen: random symmetric matrices, full and of low rank, put together again.
 */
#include "base/eigen.h"

#include <math.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"

enum { MOST = 24 };

/* The largest element of U^T diag(value) U - A, and of U U^T - 1. */
static double
error(const double *A, const double *value, const double *U, size_t n)
{
	double worst = 0, a, one;
	size_t i, j, k;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			for (a = one = 0, k = 0; k < n; k++) {
				a += U[k * n + i] * value[k] * U[k * n + j];
				one += U[i * n + k] * U[j * n + k];
			}
			worst = fmax(worst, fabs(a - A[i * n + j]));
			worst = fmax(worst, fabs(one - (i == j)));
		}
	return worst;
}

/* R R^T of R[n, rank], or with rank 0 a matrix of both signs. */
static double
try(size_t n, size_t rank)
{
	double A[MOST * MOST] = { 0 }, copy[MOST * MOST], value[MOST],
			U[MOST * MOST];
	float r[MOST * MOST];
	size_t i, j, k;

	naive_fill(r, MOST * MOST, n + rank);
	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++) {
			for (k = 0; k < rank; k++)
				A[i * n + j] += (double)r[i * MOST + k] *
				    (double)r[j * MOST + k];
			if (rank == 0)
				A[i * n + j] = (double)r[i * MOST + j] +
				    (double)r[j * MOST + i];
		}
	memcpy(copy, A, sizeof A);
	eigen_symmetric(copy, n, value, U);
	return error(A, value, U, n);
}

int
main(void)
{
	double zero[4] = { 0 }, value[2], U[4], e;
	size_t n;

	for (n = 1; n <= MOST; n += n < 4 ? 1 : 5) {
		e = try(n, n);
		ok(e < 1e-12, "%zu rows of full rank, within %.0e", n, e);
		e = try(n, 1 + n / 3);
		ok(e < 1e-12, "%zu rows of rank %zu, within %.0e", n, 1 + n / 3,
		    e);
		e = try(n, 0);
		ok(e < 1e-12, "%zu rows of both signs, within %.0e", n, e);
	}
	eigen_symmetric(zero, 2, value, U);
	ok(value[0] == 0 && value[1] == 0 && fabs(U[0]) == 1,
	    "a matrix of zeros");
	return tap_done();
}
