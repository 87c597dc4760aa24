/* SPDX-License-Identifier: MIT */
#include "optim/recipe.h"

#include <math.h>

void
recipe_apply(const struct recipe *r, struct trainer *t, struct metrics *m)
{
	struct update u = r->update;

	*m = (struct metrics){ .step = t->step + 1 };
	u.lr = m->lr = schedule_lr(r->schedule, u.lr, t->step, r->warmup,
	    r->steps, r->floor);
	m->norm = gradient_norm(&t->d, t->touched);
	m->skipped = !isfinite(m->norm);
	m->clipped = !m->skipped && r->clip > 0 && m->norm > r->clip;
	u.scale = m->clipped ? r->clip / m->norm : 1;
	if (!m->skipped)
		trainer_update(t, u);
}
