/* SPDX-License-Identifier: MIT */
/*
 * members: things sorted by the group that each belongs to, most often the
 * trajectories of a segment.
 *
 *	m = members_of(s->t, s->n);
 *	for (k = 0; k < s->n; k = end) {
 *		end = members_end(m, s->n, k);
 *		... one group: s->t[m[k].i], ..., s->t[m[end - 1].i] ...
 *	}
 *	free(m);
 */
#ifndef TRAJ_MEMBERS_H
#define TRAJ_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "traj/traj.h"

struct member {
	const char *group; /* borrowed */
	size_t i;          /* its place; the order within the group */
};

/* Those of n trajectories, sorted; the caller frees. */
struct member *members_of(const struct traj *, size_t n);
/* Sort by the groups' names, byte by byte, then by place. */
void members_sort(struct member *, size_t n);
/* Where the group of member k ends. */
size_t members_end(const struct member *, size_t n, size_t k);
/* The same order, for qsort of structs that begin with a struct member. */
int member_order(const void *, const void *);
bool member_same_group(const struct member *, const struct member *);

#endif
