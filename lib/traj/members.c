/* SPDX-License-Identifier: MIT */
#include "traj/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int
member_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

bool
member_same_group(const struct member *x, const struct member *y)
{
	return strcmp(x->group, y->group) == 0;
}

void
members_sort(struct member *m, size_t n)
{
	qsort(m, n, sizeof *m, member_order);
}

struct member *
members_of(const struct traj *t, size_t n)
{
	struct member *m = mem_alloc(n, sizeof *m);
	size_t i;

	for (i = 0; i < n; i++)
		m[i] = (struct member){ t[i].group, i };
	members_sort(m, n);
	return m;
}

size_t
members_end(const struct member *m, size_t n, size_t k)
{
	size_t end = k + 1;

	while (end < n && member_same_group(&m[end], &m[k]))
		end++;
	return end;
}
