/* SPDX-License-Identifier: MIT */
#include "tensor/rope.h"

#include <math.h>

#include "tensor/rows.h"

struct rope {
	float *x;
	const size_t *pos;
	const float *table;
	size_t heads, E, R, stride;
	float sign; /* of the angle */
};

void
rope_table(float *table, const double *freq, size_t R, size_t first, size_t n,
    double scale)
{
	size_t p, i;

	for (p = 0; p < n; p++)
		for (i = 0; i < R / 2; i++) {
			double angle = (double)(first + p) * freq[i];

			table[p * R + i] = (float)(scale * cos(angle));
			table[p * R + R / 2 + i] = (float)(scale * sin(angle));
		}
}

static void
rotate(float *x, const float *cosine, const float *sine, size_t half,
    float sign)
{
	size_t i;

	for (i = 0; i < half; i++) {
		float a = x[i], b = x[half + i];
		float c = cosine[i], s = sine[i] * sign;

		x[i] = a * c - b * s;
		x[half + i] = b * c + a * s;
	}
}

static void
rotate_rows(void *arg, size_t first, size_t n)
{
	const struct rope *a = arg;
	size_t t, h, half = a->R / 2;

	for (t = first; t < first + n; t++) {
		const float *row = a->table + a->pos[t] * a->R;

		for (h = 0; h < a->heads; h++)
			rotate(a->x + t * a->stride + h * a->E, row, row + half,
			    half, a->sign);
	}
}

void
rope_forward(float *x, const size_t *pos, const float *table, size_t rows,
    size_t heads, size_t E, size_t R, size_t stride)
{
	struct rope a = { x, pos, table, heads, E, R, stride, 1.0f };

	rows_for(rows, heads * R, rotate_rows, &a);
}

void
rope_backward(float *dx, const size_t *pos, const float *table, size_t rows,
    size_t heads, size_t E, size_t R, size_t stride)
{
	struct rope a = { dx, pos, table, heads, E, R, stride, -1.0f };

	rows_for(rows, heads * R, rotate_rows, &a);
}
