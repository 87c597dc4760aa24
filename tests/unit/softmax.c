/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "tensor/softmax.h"
#include "tensor/vector.h"

/* n numbers in -spread .. spread. */
static void
check(size_t n, float spread)
{
	float *x = mem_floats(n), *y = mem_floats(n);
	double *xd, *p = mem_alloc(n, sizeof(*p)), lse, entropy = 0;
	size_t i;

	naive_fill(x, n, n);
	for (i = 0; i < n; i++)
		x[i] *= spread;
	xd = naive_copy(x, n);
	lse = naive_softmax(p, xd, n);
	for (i = 0; i < n; i++)
		if (p[i] > 0)
			entropy -= p[i] * log(p[i]);
	ok(fabs(logsumexp(x, n) - lse) < 1e-6 * fmax(1, fabs(lse) / 10),
	    "log-sum-exp of %zu numbers within %g", n, (double)spread);
	ok(fabs(softmax_entropy(x, n) - entropy) < 3e-6 * fmax(1, entropy),
	    "entropy of %zu numbers within %g", n, (double)spread);
	memcpy(y, x, n * sizeof(*y));
	ok(fabs(softmax_row(y, n) - lse) < 1e-6 * fmax(1, fabs(lse) / 10) &&
		naive_error(y, p, n) < 1e-6,
	    "softmax of %zu numbers within %g", n, (double)spread);
	free(x);
	free(y);
	free(xd);
	free(p);
}

static void
check_exp(void)
{
	double worst = 0;
	float x;

	for (x = -87.2f; x < 88.2f; x += 0.0037f)
		worst = fmax(worst,
		    fabs((double)vector_exp(x) / exp((double)x) - 1));
	ok(worst < 2e-7, "vector_exp: relative error %g", worst);
	ok(vector_exp(-1e4f) == 0.0f && vector_exp(-INFINITY) == 0.0f &&
		vector_exp(0.0f) == 1.0f && isfinite(vector_exp(1e4f)) &&
		isnan(vector_exp(NAN)),
	    "vector_exp at the ends of its range");
}

static double
apart(double got, double want)
{
	return fabs(got - want) / fmax(fabs(want), 1e-300);
}

static void
check_double(void)
{
	double e = 0, m = 0, l = 0, x, tiny;

	for (x = -707.9; x < 709; x += 0.00917) {
		e = fmax(e, apart(vector_expd(x), exp(x)));
		m = fmax(m, apart(vector_expm1d(x), expm1(x)));
	}
	for (x = 0; x <= 1; x += 1.3e-5)
		l = fmax(l, apart(vector_log1pd(x), log1p(x)));
	for (tiny = 1; tiny > 1e-300; tiny *= 0.7) {
		m = fmax(m, apart(vector_expm1d(tiny), expm1(tiny)));
		m = fmax(m, apart(vector_expm1d(-tiny), expm1(-tiny)));
		l = fmax(l, apart(vector_log1pd(tiny), log1p(tiny)));
	}
	ok(e < 1e-15 && m < 1e-15 && l < 1e-15,
	    "in double: relative error of exp %.1e, expm1 %.1e, log1p %.1e", e,
	    m, l);
	ok(vector_expd(-1e300) == 0 && vector_expd(-(double)INFINITY) == 0 &&
		vector_expd(0) == 1 && isinf(vector_expd(1e300)) &&
		isnan(vector_expd((double)NAN)) &&
		vector_expm1d(-1e300) == -1 &&
		isinf(vector_expm1d((double)INFINITY)) &&
		isnan(vector_expm1d((double)NAN)) && vector_log1pd(0) == 0 &&
		isnan(vector_log1pd((double)NAN)),
	    "vector_expd and vector_expm1d at the ends of their range");
}

int
main(void)
{
	float hidden[3] = { -INFINITY, 0.0f, 0.0f };
	float bad[40] = { 0 }, far[2] = { 1e4f, -1e4f };
	static const size_t size[] = { 1, 2, 31, 32, 33, 1000, 1024, 1025,
		50257 };
	size_t i;

	for (i = 0; i < sizeof(size) / sizeof(*size); i++) {
		check(size[i], 1.0f);
		check(size[i], 30.0f);
		check(size[i], 1e4f);
	}
	check_exp();
	check_double();
	ok(logsumexp(far, 2) == 1e4, "log-sum-exp of numbers 20000 apart");
	softmax_row(far, 2);
	ok(far[0] == 1.0f && far[1] == 0.0f,
	    "softmax of numbers 20000 apart is 1 and 0");
	ok(fabs(softmax_entropy(hidden, 3) - log(2)) < 1e-6,
	    "-inf does not change the entropy");
	softmax_row(hidden, 3);
	ok(hidden[0] == 0.0f && hidden[1] == 0.5f, "softmax of -inf is 0");
	bad[35] = NAN;
	ok(isnan(logsumexp(bad, 40)), "log-sum-exp of NaN is NaN");
	bad[35] = INFINITY;
	ok(!isfinite(logsumexp(bad, 40)),
	    "log-sum-exp of infinity is not finite");
	return tap_done();
}
