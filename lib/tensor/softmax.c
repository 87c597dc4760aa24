/* SPDX-License-Identifier: MIT */
/*
 * Numbers are added in LANES separate float sums, so that the compiler can use
 * vectors without a change of the order of additions.  After every CHUNK
 * numbers these are added to a double.
 */
#include "tensor/softmax.h"

#include <math.h>

#include "tensor/vector.h"

enum { LANES = 32, CHUNK = SOFTMAX_CHUNK };

VECTOR_CLONES float
row_max(const float *x, size_t n)
{
	float max[LANES], m = x[0];
	size_t i, j;

	for (j = 0; j < LANES; j++)
		max[j] = x[0];
	for (i = 0; i + LANES <= n; i += LANES)
		for (j = 0; j < LANES; j++)
			max[j] = x[i + j] > max[j] ? x[i + j] : max[j];
	for (j = 0; j < LANES; j++)
		m = max[j] > m ? max[j] : m;
	for (; i < n; i++)
		m = x[i] > m ? x[i] : m;
	return m;
}

VECTOR_CLONES double
softmax_sum(const float *x, size_t n, float max, float scale)
{
	float s[LANES] = { 0 };
	double sum = 0;
	size_t i, j;

	for (i = 0; i + LANES <= n; i += LANES)
		for (j = 0; j < LANES; j++)
			s[j] += vector_exp((x[i + j] - max) * scale);
	for (; i < n; i++)
		s[0] += vector_exp((x[i] - max) * scale);
	for (j = 0; j < LANES; j++)
		sum += (double)s[j];
	return sum;
}

static double
row_sum(const float *x, size_t n, float max)
{
	double sum = 0;
	size_t at;

	for (at = 0; at < n; at += CHUNK)
		sum += softmax_sum(x + at, n - at < CHUNK ? n - at : CHUNK, max,
		    1.0f);
	return sum;
}

/* x_i := exp(x_i - max); the sum, added in the order of row_sum. */
VECTOR_CLONES static double
row_exp(float *x, size_t n, float max)
{
	double sum = 0;
	size_t at, i, j;

	for (at = 0; at < n; at += CHUNK) {
		size_t end = n - at < CHUNK ? n : at + CHUNK;
		float s[LANES] = { 0 };

		for (i = at; i + LANES <= end; i += LANES)
			for (j = 0; j < LANES; j++) {
				x[i + j] = vector_exp(x[i + j] - max);
				s[j] += x[i + j];
			}
		for (; i < end; i++) {
			x[i] = vector_exp(x[i] - max);
			s[0] += x[i];
		}
		for (j = 0; j < LANES; j++)
			sum += (double)s[j];
	}
	return sum;
}

VECTOR_CLONES void
row_scale(float *x, size_t n, float by)
{
	size_t i;

	for (i = 0; i < n; i++)
		x[i] *= by;
}

/* sum_i e^y_i y_i of y = x - max; the entropy is log sum e^y - this / sum e^y
 */
VECTOR_CLONES static double
row_moment(const float *x, size_t n, float max)
{
	double sum = 0;
	size_t at, i, j;

	for (at = 0; at < n; at += CHUNK) {
		size_t end = n - at < CHUNK ? n : at + CHUNK;
		float s[LANES] = { 0 };

		for (i = at; i < end; i += LANES) {
			size_t m = end - i < LANES ? end - i : LANES;

			for (j = 0; j < m; j++) {
				/* e^y y is 0 at -infinity, not NaN. */
				float y = x[i + j] - max;

				y = y < -100.0f ? -100.0f : y;
				s[j] += vector_exp(y) * y;
			}
		}
		for (j = 0; j < LANES; j++)
			sum += (double)s[j];
	}
	return sum;
}

double
logsumexp(const float *x, size_t n)
{
	float max = row_max(x, n);

	return (double)max + log(row_sum(x, n, max));
}

double
softmax_scaled(float *x, size_t n, float by, float *entropy)
{
	float max = row_max(x, n);
	double moment = entropy != NULL ? row_moment(x, n, max) : 0;
	double sum = row_exp(x, n, max);

	row_scale(x, n, (float)((double)by / sum));
	if (entropy != NULL)
		*entropy = (float)(log(sum) - moment / sum);
	return (double)max + log(sum);
}

double
softmax_row(float *x, size_t n)
{
	return softmax_scaled(x, n, 1.0f, NULL);
}

double
softmax_entropy(const float *x, size_t n)
{
	float max = row_max(x, n);
	double sum = row_sum(x, n, max);

	return log(sum) - row_moment(x, n, max) / sum;
}
