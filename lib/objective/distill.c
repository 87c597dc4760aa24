/* SPDX-License-Identifier: MIT */
#include "objective/distill.h"

#include <stdlib.h>

#include "base/mem.h"
#include "likelihood/likelihood.h"
#include "objective/coefficients.h"
#include "objective/policygrad.h"

static bool
sampled(const struct traj *t)
{
	return t->role != ROLE_EXPERT && t->actions > 0;
}

/*
 * The rollouts of a segment, their insides borrowed, with -G D of the next
 * action as each action's score; own_logp: the part of logp that is theirs.
 */
static void
pick_rollouts(const struct traj_segment *s, const struct regularizer_value *v,
    double future, const float *logp, struct traj_segment *r, float *score,
    float *own_logp)
{
	size_t i, j;

	for (i = 0; i < s->n; v += s->t[i].actions, i++) {
		struct traj *t = &r->t[r->n];

		if (sampled(&s->t[i])) {
			*t = s->t[i];
			t->score = score;
			t->scores = t->actions;
			for (j = 0; j < t->actions; j++) {
				*score++ = j + 1 == t->actions ?
				    0 :
				    (float)(-future * v[j + 1].divergence);
				if (logp != NULL)
					*own_logp++ = logp[j];
			}
			r->n++;
		}
		logp = logp != NULL ? logp + s->t[i].actions : NULL;
	}
}

int
distill_future(const struct credit *credit, const struct traj_segment *s,
    const struct regularizer_value *v, const float *logp, double ratio_clip,
    float *coef, struct distill_stats *stats)
{
	const size_t A = likelihood_actions(s->t, s->n);
	float *score = mem_floats(A), *own = mem_floats(A), *c = mem_floats(A);
	struct traj_segment r = { .t = mem_alloc(s->n, sizeof *r.t) };
	struct credit returns = *credit;
	struct credit_stats earned = { 0 };
	size_t i, j, k = 0;
	int rc;

	returns.divergence.row = NULL;
	returns.level = LEVEL_TOKEN;
	returns.estimator = ESTIMATE_ROLLOUTS;
	pick_rollouts(s, v, credit->future, logp, &r, score, own);
	rc = r.n == 0 ? 0 : credit_assign(&returns, &r, c, &earned);
	if (rc == 0 && logp != NULL)
		rc = credit_off_policy(&r, own, ratio_clip, c, &stats->cut);
	for (i = 0; rc == 0 && i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			*coef++ = sampled(&s->t[i]) ? c[k++] : 0;
	stats->alone = earned.alone;
	free(score);
	free(own);
	free(c);
	free(r.t);
	return rc;
}

int
distill(struct objective_segment *x)
{
	const struct objective_settings *o = x->settings;
	const struct traj_segment *s = x->segment;
	struct credit c = o->credit;
	struct distill_stats stats = { 0 };
	int moved = 0, rc;
	float *logp;
	size_t i;

	for (i = 0; i < s->n; i++)
		x->head->units += s->t[i].weight * (double)s->t[i].actions;
	if (!(c.future > 0))
		return 0;
	if ((moved = policygrad_moved(s, x->policy)) < 0 ||
	    policygrad_undropped(o) != 0)
		return -1;
	c.divergence = x->objective.divergence;
	logp = mem_floats(likelihood_actions(s->t, s->n));
	rc = likelihood_evaluate(x->likelihood, &x->policy->params, s->t, s->n,
	    regularizers_terms(o->regularizers), logp);
	if (rc == 0)
		rc = distill_future(&c, s, regularizers_values(o->regularizers),
		    moved ? logp : NULL, o->ratio_clip, x->coef, &stats);
	free(logp);
	if (rc != 0)
		return -1;
	traj_stat(&x->head->header, "divgrad.alone", stats.alone);
	traj_stat(&x->head->header, "divgrad.ratio_clipped", stats.cut);
	return 0;
}
