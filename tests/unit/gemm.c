/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "base/par.h"
#include "tensor/gemm.h"

/* A scaled product added to a matrix, against the textbook. */
static void
check_product(size_t m, size_t n, size_t k, bool ta, bool tb)
{
	struct gemm g = { .m = m,
		.n = n,
		.k = k,
		.ta = ta,
		.tb = tb,
		.alpha = 0.5f,
		.beta = 2.0f };
	float *a = mem_floats(m * k), *b = mem_floats(k * n);
	float *out = mem_floats(m * n + 1);
	double *x, *y, *want = mem_alloc(m * n, sizeof(*want));
	size_t i;

	naive_fill(a, m * k, 1);
	naive_fill(b, k * n, 2);
	for (i = 0; i <= m * n; i++)
		out[i] = 7.0f;
	x = naive_copy(a, m * k);
	y = naive_copy(b, k * n);
	naive_gemm(want, x, y, m, n, k, ta, tb);
	gemm(out, a, b, &g);
	for (i = 0; i < m * n; i++)
		want[i] = 0.5 * want[i] + 14;
	ok(naive_error(out, want, m * n) < 1e-6 && out[m * n] == 7.0f,
	    "%zu x %zu x %zu%s%s", m, n, k, ta ? ", a transposed" : "",
	    tb ? ", b transposed" : "");
	free(a);
	free(b);
	free(out);
	free(x);
	free(y);
	free(want);
}

/* The same bits from one thread and from many. */
static void
check_threads(void)
{
	const size_t M = 700, N = 1300, K = 400;
	float *x = mem_floats(M * K), *w = mem_floats(N * K);
	float *one = mem_floats(M * N), *many = mem_floats(M * N);
	struct gemm g = { .m = M, .n = N, .k = K, .tb = true, .alpha = 1 };

	naive_fill(x, M * K, 1);
	naive_fill(w, N * K, 2);
	gemm(one, x, w, &g);
	par_start(3);
	gemm(many, x, w, &g);
	ok(memcmp(one, many, M * N * sizeof(*one)) == 0,
	    "the number of threads does not change the result");
	free(x);
	free(w);
	free(one);
	free(many);
}

int
main(void)
{
	static const size_t shape[][3] = { { 1, 1, 1 }, { 1, 70, 33 },
		{ 5, 3, 129 }, { 17, 31, 8 }, { 600, 37, 130 },
		{ 40, 1100, 90 }, { 530, 700, 64 } };
	size_t i;

	for (i = 0; i < sizeof(shape) / sizeof(*shape); i++) {
		const size_t *s = shape[i];

		check_product(s[0], s[1], s[2], false, false);
		check_product(s[0], s[1], s[2], true, false);
		check_product(s[0], s[1], s[2], false, true);
		check_product(s[0], s[1], s[2], true, true);
	}
	check_threads();
	return tap_done();
}
