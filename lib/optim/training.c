/* SPDX-License-Identifier: MIT */
#include "optim/training.h"

enum { SKIPS_MAX = 10 };

int
training_begin(struct training *r, int metrics)
{
	return journal_begin(&r->journal, &r->trainer, metrics);
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
	int rc;

	recipe_apply(&r->recipe, &r->trainer, m);
	m->tokens = r->trainer.tokens += metrics_tokens(o, n);
	m->seconds = seconds - r->seconds;
	r->seconds = seconds;
	r->skips = m->skipped ? r->skips + 1 : 0;
	journal_add(&r->journal, m, o, n);
	rc = trainer_step(&r->trainer, (size_t)r->keep);
	if (rc < 0)
		return -1;
	return journal_write(&r->journal) != 0 || rc > 0;
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
	int rc = trainer_finish(&r->trainer, (size_t)r->keep);

	return journal_write(&r->journal) != 0 ? -1 : rc;
}
