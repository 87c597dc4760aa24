/* SPDX-License-Identifier: MIT */
#include "optim/training.h"

enum { SKIPS_MAX = 10 };

void
training_begin(struct training *r, int metrics)
{
	r->journal = (struct journal){ .trainer = &r->trainer, .fd = metrics };
}

void
training_release(struct training *r)
{
	trainer_release(&r->trainer);
	journal_release(&r->journal);
}

int
training_step(struct training *r, const struct gradient_metadata *o, size_t n,
    double seconds, struct metrics *m)
{
	int rc, said;

	recipe_apply(&r->recipe, &r->trainer, m);
	m->tokens = r->trainer.tokens += metrics_tokens(o, n);
	m->seconds = seconds - r->seconds;
	r->seconds = seconds;
	r->skips = m->skipped ? r->skips + 1 : 0;
	rc = trainer_step(&r->trainer, (size_t)r->keep);
	if (rc < 0)
		return -1;
	said = journal_add(&r->journal, m, o, n);
	return rc > 0 || said != 0;
}

int
training_check(const struct training *r)
{
	return r->skips < SKIPS_MAX ?
	    0 :
	    fail("%d gradients in a row were not finite", SKIPS_MAX);
}

int
training_finish(struct training *r)
{
	return journal_finish(&r->journal, (size_t)r->keep);
}
