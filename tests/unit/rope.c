/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "base/mem.h"
#include "tensor/rope.h"

enum { ROWS = 5, HEADS = 3, E = 8, STRIDE = 30, POSITIONS = 2000 };

/* R: how much of each head is rotated. */
static void
check(size_t R)
{
	static const size_t pos[ROWS] = { 0, 1, 1999, 7, 7 };
	float x[ROWS * STRIDE], y[ROWS * STRIDE], back[ROWS * STRIDE];
	float *table = mem_floats(POSITIONS * R);
	double freq[E / 2], *want, dot = 0, dot2 = 0;
	size_t t, h, i;

	for (i = 0; i < R / 2; i++)
		freq[i] = pow(10000, -2.0 * (double)i / (double)R);
	rope_table(table, freq, R, 0, 1000, 1);
	rope_table(table + 1000 * R, freq, R, 1000, 1000, 1);
	naive_fill(x, ROWS * STRIDE, 1);
	want = naive_copy(x, ROWS * STRIDE);
	memcpy(y, x, sizeof(y));
	for (t = 0; t < ROWS; t++)
		for (h = 0; h < HEADS; h++)
			naive_rope(want + t * STRIDE + h * E, freq, R, pos[t]);
	rope_forward(y, pos, table, ROWS, HEADS, E, R, STRIDE);
	ok(naive_error(y, want, ROWS * STRIDE) < 1e-6,
	    "rows at any positions rotate, %zu of %d; other floats stay", R, E);
	memcpy(back, y, sizeof(back));
	rope_backward(back, pos, table, ROWS, HEADS, E, R, STRIDE);
	free(want);
	want = naive_copy(x, ROWS * STRIDE);
	ok(naive_error(back, want, ROWS * STRIDE) < 1e-6,
	    "backward rotates back");

	/* The transpose: g . (R x) = (R^T g) . x */
	naive_fill(back, ROWS * STRIDE, 2);
	for (i = 0; i < ROWS * STRIDE; i++)
		dot += (double)back[i] * (double)y[i];
	rope_backward(back, pos, table, ROWS, HEADS, E, R, STRIDE);
	for (i = 0; i < ROWS * STRIDE; i++)
		dot2 += (double)back[i] * (double)x[i];
	ok(fabs(dot - dot2) < 1e-5, "backward is the transpose of forward");
	free(want);
	free(table);
}

int
main(void)
{
	check(E);
	check(6);
	return tap_done();
}
