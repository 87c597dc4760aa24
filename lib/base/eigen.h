/* SPDX-License-Identifier: MIT */
/* eigen: eigenvalues and eigenvectors of a small symmetric matrix. */
#ifndef BASE_EIGEN_H
#define BASE_EIGEN_H

#include <stddef.h>

/*
 * A = U^T diag(value) U for a symmetric, finite A[n, n], which is lost: row k
 * of U[n, n] is the eigenvector of value[k], of length 1.  In no order.
 */
void eigen_symmetric(double *A, size_t n, double *value, double *U);

#endif
