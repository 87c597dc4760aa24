/* SPDX-License-Identifier: MIT */
#include "eval/winrate.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "eval/bootstrap.h"

void
winrate_add(struct winrate *w, int side, const char *group, double score)
{
	w->sample[side] = mem_grow(w->sample[side], &w->cap[side],
	    w->n[side] + 1, sizeof *w->sample[side]);
	w->sample[side][w->n[side]++] =
	    (struct winrate_sample){ groups_index(&w->groups, group), score };
}

int
winrate_add_segment(struct winrate *w, int side, const struct traj_segment *s)
{
	const struct traj *t;

	for (t = s->t; t < s->t + s->n; t++) {
		if (t->scores == 0)
			return traj_fail_missing(t, "score");
		winrate_add(w, side, t->group, sum_floats(t->score, t->scores));
	}
	return 0;
}

static int
by_group_and_score(const void *a, const void *b)
{
	const struct winrate_sample *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->score > y->score) - (x->score < y->score);
}

/* How many samples from p on, sorted, are of its group. */
static size_t
same_group(const struct winrate_sample *p, size_t n)
{
	size_t k = 0;

	while (k < n && p[k].group == p[0].group)
		k++;
	return k;
}

/* The share of pairs that x wins; both are sorted by score. */
static double
rate_of(const struct winrate_sample *x, size_t n,
    const struct winrate_sample *y, size_t m)
{
	size_t i, below = 0, upto = 0; /* of y: below x, and not above it */
	double won = 0;

	for (i = 0; i < n; i++) {
		while (below < m && y[below].score < x[i].score)
			below++;
		while (upto < m && y[upto].score <= x[i].score)
			upto++;
		won += ((double)below + (double)upto) / 2;
	}
	return won / ((double)n * (double)m);
}

void
winrate_close(struct winrate *w)
{
	const struct winrate_sample *x, *y, *x_end, *y_end;
	size_t n, m;
	int side;

	for (side = 0; side < WINRATE_SIDES; side++)
		if (w->n[side] > 0)
			qsort(w->sample[side], w->n[side],
			    sizeof *w->sample[side], by_group_and_score);
	w->rate = mem_alloc(w->groups.n, sizeof *w->rate);
	x = w->sample[WINRATE_OWN];
	y = w->sample[WINRATE_OTHER];
	x_end = x + w->n[WINRATE_OWN];
	y_end = y + w->n[WINRATE_OTHER];
	while (x < x_end && y < y_end) {
		n = same_group(x, (size_t)(x_end - x));
		m = same_group(y, (size_t)(y_end - y));
		if (x->group == y->group)
			w->rate[w->prompts++] = rate_of(x, n, y, m);
		if (x->group < y->group) {
			x += n;
		} else {
			x += x->group == y->group ? n : 0;
			y += m;
		}
	}
}

double
winrate_value(const struct winrate *w)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < w->prompts; i++)
		sum += w->rate[i];
	return sum / (double)w->prompts;
}

void
winrate_interval(const struct winrate *w, uint64_t seed, double *low,
    double *high)
{
	double *one = mem_alloc(w->prompts, sizeof *one);
	struct interval found;
	size_t i;

	for (i = 0; i < w->prompts; i++)
		one[i] = 1;
	found =
	    bootstrap_ratio(w->rate, one, w->prompts, BOOTSTRAP_DRAWS, seed);
	*low = found.low;
	*high = found.high;
	free(one);
}

int
winrate_report(struct winrate *w, uint64_t seed, struct measures *r)
{
	double low, high;

	winrate_close(w);
	if (w->prompts == 0)
		return fail("no prompt in common");
	winrate_interval(w, seed, &low, &high);
	measures_put(r, "win_rate", winrate_value(w));
	measures_put(r, "win_rate_low", low);
	measures_put(r, "win_rate_high", high);
	measures_put(r, "win_prompts", (double)w->prompts);
	return 0;
}

void
winrate_release(struct winrate *w)
{
	groups_release(&w->groups);
	free(w->sample[WINRATE_OWN]);
	free(w->sample[WINRATE_OTHER]);
	free(w->rate);
	*w = (struct winrate){ 0 };
}
