/* SPDX-License-Identifier: MIT */
#include "objective/objectivegrad.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "objective/regularizers.h"

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
gradient_of(const struct objective_settings *o, struct likelihood *work,
    const struct ckpt *policy, const struct objective_row *row,
    const struct traj_segment *s, struct params *d, struct gradient_head *h)
{
	size_t A = likelihood_actions(s->t, s->n);
	float *logp = mem_floats(A);
	struct objective_work w = { .o = o,
		.now = objective_at(&o->objective, policy->step),
		.likelihood = work,
		.policy = policy,
		.s = s,
		.coef = mem_floats(A),
		.h = h };
	int rc = 0;

	if (o->regularizers != NULL)
		rc = regularizers_begin(o->regularizers, work, s,
		    &w.now.divergence, o->credit.clip);
	if (rc == 0)
		rc = row->coefficients(&w);
	if (rc == 0)
		rc = likelihood_logits_gradient(work, &policy->params, s->t,
		    s->n, w.coef, w.lse, logp, d);
	if (rc == 0 && !row->pairs)
		traj_stat(&h->header, "divgrad.loss", weighted_loss(s, logp));
	if (rc == 0 && objective_has_parameter(&o->objective))
		traj_stat(&h->header, "divgrad.parameter", h->units * w.now.a);
	if (o->regularizers != NULL &&
	    regularizers_end(o->regularizers, rc == 0 ? &h->header : NULL) != 0)
		rc = -1;
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
segment_gradient(const struct objective_settings *o, struct likelihood *work,
    const struct ckpt *policy, const struct traj_segment *s, struct params *d,
    struct gradient_head *h)
{
	const struct objective_row *row = objective_row_of(o, s);
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
		if (likelihood_gradient(work, &policy->params, &s->t[i], 1, one,
			NULL, d) != 0 ||
		    !all_finite(d)) {
			(void)traj_fail_in(&s->t[i]);
			break;
		}
	}
out:
	free(one);
}

int
segment_sums_init(struct segment_sums *sums, struct ckpt *policy, double weight,
    bool bf16)
{
	*sums = (struct segment_sums){ .weight = weight, .bf16 = bf16 };
	params_like(&sums->d, ckpt_trained(policy), &policy->config);
	sums->back = ckpt_backward(policy, &sums->d, &sums->whole);
	return sums->back == NULL ? -1 : 0;
}

void
segment_sums_release(struct segment_sums *sums)
{
	params_release(&sums->d);
	params_release(&sums->whole);
}

/* The gradient of a segment that has records, and its way out. */
static int
send_sums(const struct objective_settings *o, struct likelihood *work,
    struct ckpt *policy, const struct traj_segment *s,
    struct segment_sums *sums, struct gradient_head *h, struct stream_out *out)
{
	if (segment_gradient(o, work, policy, s, sums->back, h) != 0)
		return -1;
	ckpt_chain(policy, &sums->d, sums->back, ckpt_trained(policy));
	if (gradient_write(out, h, &sums->d, sums->bf16) == 0)
		return 0;
	segment_blame(work, policy, s, sums->back);
	return -1;
}

int
segment_send(const struct objective_settings *o, struct likelihood *work,
    struct ckpt *policy, const struct traj_segment *s,
    struct segment_sums *sums, struct stream_out *out)
{
	struct gradient_head h = { .weight = sums->weight,
		.step = policy->step };
	int rc;

	(void)snprintf(h.objective, sizeof h.objective, "%s%s",
	    o->regularizers != NULL && regularizers_teach(o->regularizers) ?
		"teacher:" :
		"",
	    o->objective.name);
	(void)snprintf(h.policy, sizeof h.policy, "%s", policy->id);
	(void)snprintf(h.unit, sizeof h.unit, "%s",
	    objective_row_of(o, s)->unit);
	msg_copy(&h.header, &s->header);
	msg_del(&h.header, "ratio");
	h.more = s->more;
	rc = traj_same_tokenizer(s, policy->tokenizer, policy->config.V);
	if (rc == 0)
		rc = traj_check(s, policy->config.V, policy->config.context);
	if (rc == 0)
		rc = s->n > 0 ? send_sums(o, work, policy, s, sums, &h, out) :
				gradient_write(out, &h, NULL, sums->bf16);
	gradient_head_release(&h);
	return rc;
}
