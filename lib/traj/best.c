/* SPDX-License-Identifier: MIT */
#include "traj/best.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct rank {
	const char *group;
	double score;
	size_t i;
	bool kept;
};

/* By group, the highest score first, of equal ones the first in order. */
static int
by_score(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	if (order == 0)
		order = (x->score < y->score) - (x->score > y->score);
	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static int
by_place(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	return (x->i > y->i) - (x->i < y->i);
}

void
segment_move(struct traj_segment *s, size_t k, size_t i)
{
	struct traj swap = s->t[k];

	if (k == i)
		return;
	s->t[k] = s->t[i];
	s->t[i] = swap;
}

static int
rank_all(const struct traj_segment *s, struct rank *rank)
{
	const struct traj *t;
	size_t i, j;

	for (i = 0; i < s->n; i++) {
		t = &s->t[i];
		if (t->scores == 0)
			return traj_fail_missing(t, "score");
		rank[i] = (struct rank){ .group = t->group, .i = i };
		for (j = 0; j < t->scores; j++)
			rank[i].score += (double)t->score[j];
	}
	return 0;
}

int
segment_best(struct traj_segment *s, uint64_t most)
{
	struct rank *rank = mem_alloc(s->n, sizeof *rank);
	size_t i, n = s->n, k = 0;
	uint64_t before = 0;
	int rc = rank_all(s, rank);

	if (rc == 0) {
		qsort(rank, n, sizeof *rank, by_score);
		for (i = 0; i < n; i++) {
			before = i > 0 &&
				strcmp(rank[i].group, rank[i - 1].group) == 0 ?
			    before + 1 :
			    0;
			rank[i].kept = before < most;
		}
		qsort(rank, n, sizeof *rank, by_place);
		for (i = 0; i < n; i++)
			if (rank[i].kept)
				segment_move(s, k++, i);
		s->n = k;
	}
	free(rank);
	return rc;
}
