/* SPDX-License-Identifier: MIT */
/* Rows of queries, keys and values, by head and by kind. */
#include "tensor/heads.h"

#include <string.h>

#include "../tap.h"
#include "base/par.h"
#include "tests/naive.h"

enum { ROWS = 300, H = 3, E = 5, WIDTH = 3 * H * E };

int
main(void)
{
	static float x[ROWS * WIDTH], y[ROWS * WIDTH];
	size_t t, k, h, e, wrong = 0;

	par_start(2);
	naive_fill(x, ROWS * WIDTH, 1);
	memcpy(y, x, sizeof y);
	heads_by_kind(y, ROWS, H, E);
	for (t = 0; t < ROWS; t++)
		for (k = 0; k < 3; k++)
			for (h = 0; h < H; h++)
				for (e = 0; e < E; e++)
					wrong +=
					    y[((t * 3 + k) * H + h) * E + e] !=
					    x[((t * H + h) * 3 + k) * E + e];
	ok(wrong == 0, "all queries, then all keys, then all values");
	heads_by_head(y, ROWS, H, E);
	ok(memcmp(x, y, sizeof x) == 0, "and back");
	return tap_done();
}
