/* SPDX-License-Identifier: MIT */
/*
 * With g = grad log pi, the gradient of -D is, for samples r, s of the policy,
 *
 *   E[2 K(r, y) g(r)] - c E[2 K(r, s) g(r)],   c the diversity,
 *
 * so the obvious reward of rollout j of n is 2 K(j, y) - c 2/(n-1) sum_{i != j}
 * K(j, i).  But a baseline over the other rollouts' rewards, which is what
 * divgrad subtracts, contains K(i, j), and thereby takes 1/(n-1) of the second
 * term away.  What is exact with such a baseline and without one is
 *
 *   2 K(j, y) - c [ 2/(n-2) sum_{i != j} K(j, i)
 *                   - 1/((n-1)(n-2)) sum_{i != k} K(i, k) ]:
 *
 * the sum over all pairs is the same for all rollouts of the prompt, so that a
 * baseline takes it away, and leaves the term times (n-1)/(n-2), which makes up
 * for what the baseline takes.  Without a baseline, E[g(j)] = 0 leaves of the
 * sum the pairs with j, 2 sum_{i != j} K(j, i), and 2/(n-2) - 2/((n-1)(n-2)) is
 * 2/(n-1).
 *
 * Whitening lies in the span of the rollouts.  With R[n, P] their features and
 * G = R R^T, S+ = n R^T (G+)^2 R, so only G is decomposed.  Without the scaling
 * to length 1, the products would have no bound: where two rollouts hardly
 * differ, a demonstration has large coordinates of both signs in them.
 */
#include "discriminator/match_kernel.h"

#include <math.h>
#include <stdlib.h>

#include "base/eigen.h"
#include "base/mem.h"

const char *const match_kernels[] = {
	[MATCH_WHITENED] = "whitened",
	[MATCH_DOT] = "dot",
	[MATCH_ENERGY] = "energy",
	NULL,
};

/*
 * The share of the largest second moment below which a direction counts as
 * one in which the rollouts do not differ.
 */
static const double flat = 1e-6;

static double
kernel_of(enum match_kernel kernel, const float *a, const float *b, size_t P)
{
	double sum = 0, x;
	size_t d;

	for (d = 0; d < P; d++) {
		x = (double)a[d] - (double)b[d];
		sum += kernel == MATCH_ENERGY ? x * x :
						(double)a[d] * (double)b[d];
	}
	return kernel == MATCH_ENERGY ? -sqrt(sum) / 2 : sum;
}

/*
 * Whiten the Gram matrix K[N, N] of n rollouts and what follows them: with k_a
 * the products of a and the rollouts, w_a = G+ k_a in the eigenvectors of G, at
 * length 1 or 0, and K(a, b) = w_a . w_b.
 */
static void
whiten(double *K, size_t n, size_t N)
{
	double *G = mem_alloc(n * n, sizeof *G),
	       *U = mem_alloc(n * n, sizeof *U);
	double *value = mem_alloc(n, sizeof *value), most = 0;
	double *w = mem_alloc(N * n, sizeof *w), square;
	size_t a, b, i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
			G[i * n + k] = K[i * N + k];
	eigen_symmetric(G, n, value, U);
	for (k = 0; k < n; k++)
		most = fmax(most, value[k]);
	for (a = 0; a < N; a++) {
		for (k = 0, square = 0; k < n; k++) {
			for (i = 0; i < n && value[k] > flat * most; i++)
				w[a * n + k] += U[k * n + i] * K[a * N + i];
			if (value[k] > flat * most)
				w[a * n + k] /= value[k];
			square += w[a * n + k] * w[a * n + k];
		}
		for (k = 0; k < n && square > 0; k++)
			w[a * n + k] /= sqrt(square);
	}
	for (a = 0; a < N; a++)
		for (b = 0; b < N; b++)
			for (K[a * N + b] = 0, k = 0; k < n; k++)
				K[a * N + b] += w[a * n + k] * w[b * n + k];
	free(G);
	free(U);
	free(value);
	free(w);
}

/* K[N, N] of the rollouts, then the demonstrations; the caller frees. */
static double *
gram(enum match_kernel kernel, const float *r, size_t n, const float *y,
    size_t m, size_t P)
{
	const size_t N = n + m;
	double *K = mem_alloc(N * N, sizeof *K);
	const float *x, *z;
	size_t a, b;

	for (a = 0; a < N; a++)
		for (b = 0; b <= a; b++) {
			x = a < n ? r + a * P : y + (a - n) * P;
			z = b < n ? r + b * P : y + (b - n) * P;
			K[a * N + b] = K[b * N + a] =
			    kernel_of(kernel, x, z, P);
		}
	if (kernel == MATCH_WHITENED)
		whiten(K, n, N);
	return K;
}

void
match_rewards(enum match_kernel kernel, double diversity, const float *y,
    size_t m, const float *r, size_t n, size_t P, double *reward,
    double *distance)
{
	const size_t N = n + m;
	const double count = (double)n, demos = (double)m;
	double *K = gram(kernel, r, n, y, m, P), pairs = 0, near = 0, own = 0;
	double *others = mem_alloc(n, sizeof *others);
	size_t i, j;

	for (j = 0; j < n; j++) {
		for (i = 0; i < n; i++)
			others[j] += i == j ? 0 : K[j * N + i];
		pairs += others[j];
		reward[j] = 0;
		for (i = n; i < N; i++)
			reward[j] += 2 * K[j * N + i] / demos;
		near += reward[j] / count;
	}
	for (i = n; i < N; i++)
		for (j = n; j < N; j++)
			own += K[i * N + j] / (demos * demos);
	*distance = own - near + pairs / (count * (count - 1));
	for (j = 0; j < n && diversity > 0; j++)
		reward[j] -= diversity / (count - 2) *
		    (2 * others[j] - pairs / (count - 1));
	free(K);
	free(others);
}
