/* SPDX-License-Identifier: MIT */
#include "tensor/dropout.h"

#include "tensor/clones.h"
#include "tensor/rows.h"

enum { DRAWS = 8, COLUMNS = 2 * DRAWS };

struct work {
	float *out;
	const float *onto, *x; /* onto NULL: nothing */
	const struct dropout *dropout;
	size_t D;
	uint32_t below; /* a draw below it is a zero */
	float scale;
};

uint64_t
dropout_draws(size_t D)
{
	return (uint64_t)((D + COLUMNS - 1) / COLUMNS * DRAWS);
}

/* A row, from the state before its first draw. */
VECTOR_CLONES_64 static void
drop_row(const struct work *w, float *out, const float *onto, const float *x,
    uint64_t state)
{
	const uint32_t below = w->below;
	const float scale = w->scale;
	uint32_t word[COLUMNS];
	size_t at, n, i;

	for (at = 0; at < w->D; at += n) {
		for (i = 0; i < DRAWS; i++) {
			const uint64_t draw =
			    rng_mix(state + (i + 1) * RNG_STRIDE);

			word[i] = (uint32_t)draw;
			word[i + DRAWS] = (uint32_t)(draw >> 32);
		}
		state += DRAWS * RNG_STRIDE;
		n = w->D - at < COLUMNS ? w->D - at : COLUMNS;
		/* What is dropped may be infinite. */
		for (i = 0; i < n; i++) {
			const float y =
			    word[i] < below ? 0.0f : scale * x[at + i];

			out[at + i] = onto != NULL ? onto[at + i] + y : y;
		}
	}
}

static void
drop_rows(void *arg, size_t first, size_t n)
{
	const struct work *w = arg;
	const size_t D = w->D;
	struct rng rng;
	size_t t;

	for (t = first; t < first + n; t++) {
		rng = w->dropout->row[t];
		rng_skip(&rng, w->dropout->skip);
		drop_row(w, w->out + t * D,
		    w->onto != NULL ? w->onto + t * D : NULL, w->x + t * D,
		    rng.state);
	}
}

void
dropout_add_to(float *out, const float *onto, const float *x, float s,
    const struct dropout *d, size_t rows, size_t D)
{
	struct work w = { out, onto, x, d, D,
		(uint32_t)(d->rate * 4294967296.0),
		(float)((double)s / (1 - d->rate)) };

	rows_for(rows, D, drop_rows, &w);
}

void
dropout_rows(float *out, const float *x, float s, const struct dropout *d,
    size_t rows, size_t D)
{
	dropout_add_to(out, NULL, x, s, d, rows, D);
}
