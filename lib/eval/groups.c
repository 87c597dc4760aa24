/* SPDX-License-Identifier: MIT */
#include "eval/groups.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

/* Where a name is, or the free place where it would be. */
static size_t
place_of(const struct groups *g, const char *name)
{
	struct rng hash = rng_at(0, 0, 0, name, 0);
	size_t i = rng_u64(&hash) & (g->places - 1);

	while (g->slot[i] != 0 && strcmp(g->name[g->slot[i] - 1], name) != 0)
		i = (i + 1) & (g->places - 1);
	return i;
}

static void
enlarge(struct groups *g)
{
	enum { FIRST = 64 };
	size_t i;

	g->places = g->places > 0 ? 2 * g->places : FIRST;
	free(g->slot);
	g->slot = mem_alloc(g->places, sizeof *g->slot);
	for (i = 0; i < g->n; i++)
		g->slot[place_of(g, g->name[i])] = i + 1;
}

size_t
groups_index(struct groups *g, const char *name)
{
	size_t place;

	if (2 * (g->n + 1) > g->places)
		enlarge(g);
	place = place_of(g, name);
	if (g->slot[place] == 0) {
		g->name = mem_grow(g->name, &g->cap, g->n + 1, sizeof *g->name);
		g->name[g->n++] = mem_dup(name, strlen(name));
		g->slot[place] = g->n;
	}
	return g->slot[place] - 1;
}

void
groups_release(struct groups *g)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		free(g->name[i]);
	free(g->name);
	free(g->slot);
	*g = (struct groups){ 0 };
}
