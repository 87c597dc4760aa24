/* SPDX-License-Identifier: MIT */
#include "report/shade.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "report/html.h"
#include "report/runsample.h"

enum { STEPS = 4 };

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
shade_scale(const struct rundir *run, size_t runs, bool rewards)
{
	const struct json *scores;
	double *size = NULL, x, scale = 0;
	size_t n = 0, cap = 0, i, k, j;

	for (i = 0; i < runs; i++)
		for (k = 0; k < run[i].samples; k++) {
			if (!runsample_has_tokens(run[i].sample[k]) ||
			    runsample_is_rewarded(run[i].sample[k]) != rewards)
				continue;
			scores = json_get(run[i].sample[k], "scores");
			for (j = 0; j < json_count(scores); j++) {
				x = json_number(json_at(scores, j),
				    (double)NAN);
				if (!isfinite(x))
					continue;
				size =
				    mem_grow(size, &cap, n + 1, sizeof *size);
				size[n++] = fabs(x);
			}
		}
	if (n > 0) {
		qsort(size, n, sizeof *size, by_size);
		scale = size[(size_t)(0.95 * (double)(n - 1))];
	}
	free(size);
	return scale;
}

/* -4 .. 4 */
static int
step_of(double score, double scale)
{
	int step;

	if (!isfinite(score) || !(scale > 0))
		return 0;
	step = (int)fmin(STEPS, (STEPS + 1) * fabs(score) / scale);
	return score < 0 ? -step : step;
}

static void
change(struct buf *b, int *now, int next)
{
	if (*now == next)
		return;
	if (*now != 0)
		buf_adds(b, "</span>");
	if (next != 0)
		buf_addf(b, "<span class=\"%c%d\">", next > 0 ? 'p' : 'm',
		    abs(next));
	*now = next;
}

void
shade_put(struct buf *b, const struct json *sample, double scale, size_t most)
{
	const struct json *tokens = json_get(sample, "tokens");
	const struct json *scores = json_get(sample, "scores");
	const char *text;
	int now = 0;
	size_t i, n, used = 0;

	for (i = 0; i < json_count(tokens) && used < most; i++) {
		text = json_text(json_at(tokens, i), &n);
		if (text == NULL)
			continue;
		change(b, &now,
		    step_of(json_number(json_at(scores, i), (double)NAN),
			scale));
		html_cut(b, text, n, most - used);
		used += n;
	}
	change(b, &now, 0);
	if (i < json_count(tokens))
		buf_adds(b, "\u2026");
}
