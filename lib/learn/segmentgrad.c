/* SPDX-License-Identifier: MIT */
#include "learn/segmentgrad.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

/* The sum of -weight * log pi over the segment's actions. */
static double
weighted_loss(const struct traj_segment *s, const float *logp)
{
	double loss = 0;
	size_t i, j;

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			loss -= s->t[i].weight * (double)*logp++;
	return loss;
}

/* Of a segment from which what is masked is gone. */
static int
gradient_of(const struct objective_choice *o, struct likelihood *work,
    const struct ckpt *policy, const struct criterion_row *row,
    const struct traj_segment *s, struct params *d, struct gradient_head *h)
{
	size_t A = likelihood_actions(s->t, s->n);
	float *logp = mem_floats(A);
	struct criterion_work w = { .o = o,
		.now = criterion_at(&o->criterion, policy->step),
		.likelihood = work, .policy = policy, .s = s,
		.coef = mem_floats(A), .h = h };
	int rc = row->coefficients(&w);

	if (rc == 0)
		rc = likelihood_logits_gradient(work, &policy->params, s->t,
		    s->n, w.coef, w.lse, logp, d);
	if (rc == 0 && !row->pairs)
		traj_stat(&h->header, "divgrad.loss", weighted_loss(s, logp));
	if (rc == 0 && criterion_has_parameter(&o->criterion))
		traj_stat(&h->header, "divgrad.parameter",
		    h->units * w.now.a);
	free(w.coef);
	free(w.lse);
	free(logp);
	return rc;
}

/* Trajectories that were cut off, and all others into rest[s->n]. */
static size_t
sort_out(const struct traj_segment *s, struct traj *rest, size_t *n)
{
	size_t i;

	*n = 0;
	for (i = 0; i < s->n; i++)
		if (s->t[i].stop != STOP_LENGTH)
			rest[(*n)++] = s->t[i]; /* insides borrowed */
	return s->n - *n;
}

int
segment_gradient(const struct objective_choice *o, struct likelihood *work,
    const struct ckpt *policy, const struct traj_segment *s, struct params *d,
    struct gradient_head *h)
{
	const struct criterion_row *row = criterion_row_of(o, s);
	struct traj *rest = mem_alloc(s->n, sizeof *rest);
	struct traj_segment left = *s;
	size_t cut = sort_out(s, rest, &left.n);
	int rc = 0;

	left.t = rest;
	params_zero(d);
	if (!o->mask_cut || row->pairs)
		left = *s;
	if (left.n > 0)
		rc = gradient_of(o, work, policy, row, &left, d, h);
	else
		h->units = (double)cut;
	traj_stat(&h->header, "divgrad.cut", (double)cut);
	free(rest);
	return rc;
}

static bool
all_finite(const struct params *d)
{
	size_t i, k;

	for (i = 0; i < d->tensors; i++)
		for (k = 0; d->tensor[i].p != NULL && k < d->tensor[i].n; k++)
			if (!isfinite((double)d->tensor[i].p[k]))
				return false;
	return true;
}

void
segment_blame(struct likelihood *work, const struct ckpt *policy,
    const struct traj_segment *s, struct params *d)
{
	float *one = mem_floats(likelihood_actions(s->t, s->n));
	size_t i, k;

	if (all_finite(d))
		goto out;
	for (i = 0; i < s->n; i++) {
		params_zero(d);
		for (k = 0; k < s->t[i].actions; k++)
			one[k] = 1.0f;
		if (likelihood_gradient(work, &policy->params, &s->t[i], 1,
			one, NULL, d) != 0 || !all_finite(d)) {
			(void)fail_in("record %zu (\"%s\")", i + 1,
			    s->t[i].id);
			break;
		}
	}
out:
	free(one);
}
