/* SPDX-License-Identifier: MIT */
#include "tensor/heads.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tensor/rows.h"

struct heads {
	float *x;
	size_t H, E;
	bool back;
};

static void
arrange_rows(void *arg, size_t first, size_t n)
{
	const struct heads *a = arg;
	const size_t H = a->H, E = a->E, width = 3 * H * E;
	float *copy = mem_scratch(width * sizeof *copy);
	size_t t, h, k;

	for (t = first; t < first + n; t++) {
		float *row = a->x + t * width;

		memcpy(copy, row, width * sizeof *copy);
		for (h = 0; h < H; h++)
			for (k = 0; k < 3; k++) {
				const size_t by_head = (h * 3 + k) * E;
				const size_t by_kind = (k * H + h) * E;

				memcpy(row + (a->back ? by_head : by_kind),
				    copy + (a->back ? by_kind : by_head),
				    E * sizeof *row);
			}
	}
	free(copy);
}

void
heads_by_kind(float *x, size_t rows, size_t H, size_t E)
{
	struct heads a = { x, H, E, false };

	rows_for(rows, 3 * H * E, arrange_rows, &a);
}

void
heads_by_head(float *x, size_t rows, size_t H, size_t E)
{
	struct heads a = { x, H, E, true };

	rows_for(rows, 3 * H * E, arrange_rows, &a);
}
