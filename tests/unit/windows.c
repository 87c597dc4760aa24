/* SPDX-License-Identifier: MIT */
/*
 * windows: of random trajectories, compared with all places where one could
 * begin.
 */
#include "traj/windows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "../tap.h"

enum { LONG = 40 };

/* n tokens, most of them actions; spans may touch. */
static void
make(struct traj *t, size_t n, struct rng *rng, bool *action)
{
	size_t i;

	t->id = mem_dup("d", 1);
	t->group = mem_dup("g", 1);
	t->weight = 0.5;
	t->tokens = mem_grow(NULL, &t->tokens_cap, n, sizeof *t->tokens);
	t->span = mem_grow(NULL, &t->span_cap, n, sizeof *t->span);
	t->score = mem_grow(NULL, &t->score_cap, 1, sizeof *t->score);
	t->n = n;
	t->scores = 1;
	for (i = 0; i < n; i++) {
		t->tokens[i] = 100 + (uint32_t)i;
		action[i] = i > 0 && rng_below(rng, 8) != 0;
		if (!action[i])
			continue;
		if (i == 1 || !action[i - 1] || rng_below(rng, 5) == 0)
			t->span[t->spans++].start = (uint32_t)i;
		t->span[t->spans - 1].end = (uint32_t)i + 1;
		t->actions++;
	}
	traj_encode(t);
}

/* Whether a window is there, where it should be. */
static bool
is_window(const struct traj *t, size_t at, size_t length, const bool *action)
{
	char id[16];
	size_t i;

	for (i = 0; i < length; i++)
		if (!action[at + i])
			return false;
	(void)snprintf(id, sizeof id, "d@%zu", at);
	return strcmp(t->id, id) == 0 && strcmp(t->group, id) == 0 &&
	    t->n == at + length && t->spans == 1 && t->span[0].start == at &&
	    t->span[0].end == at + length && t->actions == length &&
	    t->scores == 0 && t->weight == 0.5 &&
	    t->tokens[at + length - 1] == 100 + at + length - 1;
}

/* All windows of one trajectory, in order. */
static bool
right(const struct windows *w, struct rng *rng)
{
	struct traj_segment s = { 0 };
	bool action[LONG + 1] = { false }, good = true;
	size_t n = 1 + rng_below(rng, LONG), at, run = 0, k = 0, i, said;

	make(traj_add(&s), n, rng, action);
	said = windows_count(w, &s.t[0]);
	if (windows_cut(w, &s) != 0)
		return false;
	for (at = 1; at + w->length <= n; at++) {
		if (!action[at - 1])
			run = at;
		if ((at - run) % w->stride != 0)
			continue;
		for (i = 0; i < w->length && action[at + i];)
			i++;
		if (i < w->length)
			continue;
		good &= k < s.n &&
		    is_window(&s.t[k], at, (size_t)w->length, action);
		k++;
	}
	good &= k == s.n && k == said;
	traj_segment_release(&s);
	return good;
}

int
main(void)
{
	struct rng rng = rng_at(1, 0, 0, "windows", 0);
	struct windows w;
	size_t i, bad;

	for (w.length = 1; w.length <= 9; w.length += 2)
		for (w.stride = 1; w.stride <= 10; w.stride += 3) {
			for (i = bad = 0; i < 200; i++)
				bad += !right(&w, &rng);
			ok(bad == 0,
			    "windows of %d every %d of 200 trajectories",
			    (int)w.length, (int)w.stride);
		}
	return tap_done();
}
