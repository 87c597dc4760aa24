/* SPDX-License-Identifier: MIT */
/*
 * mismatch: which response follows which prompt, whatever the order of the
 * segment, and what happens at the end of the context.
 */
#include "objective/mismatch.h"

#include <string.h>

#include "../tap.h"

enum { N = 5, T = 6 };

static uint32_t tokens[N][T];
static struct span spans[N];
static char ids[N][2];
static struct traj all[N];

/* Record i: id a, b, ...; tokens 10 i, 10 i + 1, ...; actions from..T. */
static struct traj *
record(size_t i, const char *group, uint32_t from)
{
	size_t k;

	for (k = 0; k < T; k++)
		tokens[i][k] = (uint32_t)(10 * i + k);
	ids[i][0] = (char)('a' + i);
	spans[i] = (struct span){ from, T };
	all[i] = (struct traj){ .id = ids[i],
		.group = (char *)(uintptr_t)group,
		.weight = (double)i + 1,
		.tokens = tokens[i],
		.n = T,
		.span = &spans[i],
		.spans = 1,
		.actions = T - from };
	return &all[i];
}

static const struct traj *
of(const struct mismatch *m, const char *id)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (strcmp(m->t[i].id, id) == 0)
			return &m->t[i];
	return NULL;
}

static bool
is(const struct traj *t, size_t prompt, size_t before, size_t response,
    size_t from, size_t n)
{
	size_t k;
	bool same = t != NULL && t->n == before + n && t->spans == 1 &&
	    t->span->start == before && t->span->end == before + n &&
	    t->actions == n;

	for (k = 0; same && k < t->n; k++)
		same = t->tokens[k] ==
		    (k < before ? tokens[prompt][k] :
				  tokens[response][from + k - before]);
	return same;
}

int
main(void)
{
	struct traj_segment s = { .t = all, .n = 4 };
	struct mismatch m;
	struct traj swap;

	record(0, "x", 2);
	record(1, "y", 3);
	record(2, "x", 5);
	record(3, "z", 1);
	mismatch_init(&m, &s, false, 100);
	ok(m.n == 4, "each prompt has one response");
	ok(is(of(&m, "a"), 0, 2, 1, 3, 3) && is(of(&m, "c"), 2, 5, 1, 3, 3),
	    "both prompts of group x have the response of group y");
	ok(is(of(&m, "b"), 1, 3, 3, 1, 5), "y has that of z");
	ok(is(of(&m, "d"), 3, 1, 0, 2, 4), "z has the first of x");
	ok(of(&m, "c")->weight > 2.9, "the weight is the prompt's");
	mismatch_release(&m);

	swap = all[0];
	all[0] = all[3];
	all[3] = swap;
	mismatch_init(&m, &s, false, 100);
	ok(m.n == 4 && is(of(&m, "a"), 0, 2, 1, 3, 3) &&
		is(of(&m, "d"), 3, 1, 0, 2, 4),
	    "another order of the segment changes nothing");
	mismatch_release(&m);

	mismatch_init(&m, &s, false, T);
	ok(is(of(&m, "c"), 2, 5, 1, 3, 1) && is(of(&m, "b"), 1, 3, 3, 1, 3),
	    "a response is cut at the end of the context");
	mismatch_release(&m);

	mismatch_init(&m, &s, false, 5);
	ok(of(&m, "c") == NULL && of(&m, "b") != NULL,
	    "a prompt that fills the context is left out");
	mismatch_release(&m);

	all[1].stop = STOP_LENGTH;
	mismatch_init(&m, &s, true, 100);
	ok(m.n == 3 && of(&m, "b") == NULL && is(of(&m, "a"), 0, 2, 3, 1, 5),
	    "trajectories that were cut off are left out");
	mismatch_release(&m);

	s.n = 1;
	mismatch_init(&m, &s, false, 100);
	ok(m.n == 0, "one prompt has no other");
	mismatch_release(&m);
	all[0].actions = 0;
	all[0].spans = 0;
	mismatch_init(&m, &s, false, 100);
	ok(m.n == 0, "a trajectory without actions has no response");
	mismatch_release(&m);
	return tap_done();
}
