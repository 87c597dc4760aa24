/* SPDX-License-Identifier: MIT */
/*
 * groups: an index for each name of a group, from 0, in the order in which
 * they come first.
 */
#ifndef EVAL_GROUPS_H
#define EVAL_GROUPS_H

#include <stddef.h>

/* All zero: none yet. */
struct groups {
	char **name; /* owned, [n] */
	size_t n, cap;
	size_t *slot, places; /* 1 + index, or 0 where free; a power of two */
};

/* The index of a name, which is added if it is new. */
size_t groups_index(struct groups *, const char *name);
void groups_release(struct groups *);

#endif
