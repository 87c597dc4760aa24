/* SPDX-License-Identifier: MIT */
#include "traj/agreement.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct bag {
	uint32_t *token; /* in order */
	size_t n;
};

static int
by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static struct bag
bag_of(const struct traj *t)
{
	struct bag b = { .token = mem_alloc(t->actions, sizeof *b.token) };
	size_t k, n;

	for (k = 0; k < t->spans; k++, b.n += n) {
		n = t->span[k].end - t->span[k].start;
		memcpy(b.token + b.n, t->tokens + t->span[k].start,
		    n * sizeof *b.token);
	}
	qsort(b.token, b.n, sizeof *b.token, by_number);
	return b;
}

static double
likeness(const struct bag *a, const struct bag *b)
{
	size_t i = 0, j = 0, same = 0;

	while (i < a->n && j < b->n)
		if (a->token[i] == b->token[j]) {
			same++;
			i++;
			j++;
		} else if (a->token[i] < b->token[j])
			i++;
		else
			j++;
	return same == 0 ? 0 : 2 * (double)same / (double)(a->n + b->n);
}

void
agreement(const struct traj *const *t, size_t n, double *mean)
{
	struct bag *bag = mem_alloc(n, sizeof *bag);
	double x;
	size_t i, j;

	for (i = 0; i < n; i++) {
		bag[i] = bag_of(t[i]);
		mean[i] = 0;
	}
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++) {
			x = likeness(&bag[i], &bag[j]) / (double)(n - 1);
			mean[i] += x;
			mean[j] += x;
		}
	for (i = 0; i < n; i++)
		free(bag[i].token);
	free(bag);
}
