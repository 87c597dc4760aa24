/* SPDX-License-Identifier: MIT */
#include "traj/best.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "traj/agreement.h"

const char *const best_figures[] = {
	[BEST_SCORE] = "score",
	[BEST_LOGP] = "logp",
	[BEST_LOGP_TOKEN] = "logp/token",
	[BEST_AGREEMENT] = "agreement",
	NULL,
};

struct rank {
	const struct traj *t;
	double figure;
	size_t i; /* its place among all */
	bool kept;
};

/* By group, the best first. */
static int
by_figure(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	int order = strcmp(x->t->group, y->t->group);

	if (order == 0)
		order = (x->figure < y->figure) - (x->figure > y->figure);
	if (order == 0)
		order = strcmp(x->t->id, y->t->id);
	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static int
by_place(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	return (x->i > y->i) - (x->i < y->i);
}

static int
figure_of(const struct traj *t, enum best_by by, double *figure)
{
	const bool score = by == BEST_SCORE;
	const float *x = score ? t->score : t->logp;
	const size_t n = score ? t->scores : t->logps;
	double sum;

	if (n == 0)
		return traj_fail_missing(t, score ? "score" : "logp");
	sum = sum_floats(x, n);
	*figure = by == BEST_LOGP_TOKEN ? sum / (double)n : sum;
	return 0;
}

/* How many from the first on are of its group. */
static size_t
group_size(const struct rank *rank, size_t n)
{
	size_t i = 1;

	while (i < n && strcmp(rank[i].t->group, rank[0].t->group) == 0)
		i++;
	return i;
}

/* The figures of trajectories that lie group by group. */
static void
agree(struct rank *rank, size_t n)
{
	const struct traj **t = mem_alloc(n, sizeof *t);
	double *figure = mem_alloc(n, sizeof *figure);
	size_t i, of;

	for (i = 0; i < n; i++)
		t[i] = rank[i].t;
	for (i = 0; i < n; i += of) {
		of = group_size(rank + i, n - i);
		agreement(t + i, of, figure + i);
	}
	for (i = 0; i < n; i++)
		rank[i].figure = figure[i];
	free(figure);
	free(t);
}

static int
rank_all(const struct traj_segment *s, size_t segments, enum best_by by,
    struct rank *rank)
{
	size_t k, i, n = 0;

	for (k = 0; k < segments; k++)
		for (i = 0; i < s[k].n; i++, n++) {
			rank[n] = (struct rank){ .t = &s[k].t[i], .i = n };
			if (by != BEST_AGREEMENT &&
			    figure_of(rank[n].t, by, &rank[n].figure) != 0)
				return -1;
		}
	if (by == BEST_AGREEMENT) {
		qsort(rank, n, sizeof *rank, by_figure);
		agree(rank, n);
	}
	return 0;
}

/* Mark the first of each group. */
static void
mark(struct rank *rank, size_t n, uint64_t most)
{
	size_t i, of, first;

	qsort(rank, n, sizeof *rank, by_figure);
	for (first = 0; first < n; first += of) {
		of = group_size(rank + first, n - first);
		for (i = 0; i < of; i++)
			rank[first + i].kept = i < most;
	}
	qsort(rank, n, sizeof *rank, by_place);
}

int
best_keep(struct traj_segment *s, size_t segments, uint64_t most,
    enum best_by by)
{
	struct rank *rank, *r;
	size_t k, i, n = 0, left;
	int rc;

	for (k = 0; k < segments; k++)
		n += s[k].n;
	r = rank = mem_alloc(n, sizeof *rank);
	rc = rank_all(s, segments, by, rank);
	if (rc == 0)
		mark(rank, n, most);
	for (k = 0; rc == 0 && k < segments; k++) {
		for (i = left = 0; i < s[k].n; i++, r++)
			if (r->kept)
				traj_move(&s[k], left++, i);
		s[k].n = left;
	}
	free(rank);
	return rc;
}
