/* SPDX-License-Identifier: MIT */
#include "optim/saving.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"

int
saving_parse_commit(const char *text, void *saving)
{
	struct saving *s = saving;
	uint64_t n = 1;

	s->commit = COMMIT_SECONDS;
	if (strcmp(text, "auto") == 0)
		s->commit = COMMIT_SHARE;
	else if (strcmp(text, "step") == 0 ||
	    (strncmp(text, "steps:", 6) == 0 &&
		num_u64(text + 6, 1, 1000000000, &n) == 0))
		s->commit = COMMIT_STEPS;
	else if (num_f64(text, 0, 1e9, &s->every) != 0)
		return fail("%s: expected auto, step, steps:N or seconds",
		    text);
	if (s->commit == COMMIT_STEPS)
		s->every = (double)n;
	return 0;
}

int
saving_parse_sync(const char *text, void *saving)
{
	struct saving *s = saving;

	if (strcmp(text, "step") == 0)
		s->sync = 0;
	else if (strcmp(text, "never") == 0)
		s->sync = HUGE_VAL;
	else if (num_f64(text, 0, 1e9, &s->sync) != 0)
		return fail("%s: expected step, never or seconds", text);
	return 0;
}

void
saving_begin(struct saving *s, bool unsynced)
{
	s->committed = s->synced = clock_steady();
	s->cost = 0;
	if (unsynced)
		s->synced -= s->sync;
}

bool
saving_commit_due(const struct saving *s, uint64_t step)
{
	const double share = 0.1, since = clock_steady() - s->committed;

	switch (s->commit) {
	case COMMIT_STEPS:
		return step % (uint64_t)s->every == 0;
	case COMMIT_SECONDS:
		return since >= s->every;
	default:
		return since * share >= s->cost * (1 - share);
	}
}

bool
saving_sync_due(const struct saving *s)
{
	return clock_steady() - s->synced >= s->sync;
}

void
saving_commit_begins(struct saving *s)
{
	s->committed = clock_steady();
}

void
saving_commit_ends(struct saving *s, bool synced)
{
	const double now = clock_steady();

	s->cost = now - s->committed;
	s->committed = now;
	if (synced)
		s->synced = now;
}
