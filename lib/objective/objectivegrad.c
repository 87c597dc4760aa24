/* SPDX-License-Identifier: MIT */
#include "objective/objectivegrad.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* One backward pass of a segment's coefficients and terms. */
static int
backward(const struct objective_segment *x, float *logp, float *entropy,
    struct params *d)
{
	struct regularizers *r = x->settings->regularizers;
	const struct traj_segment *s = x->segment;

	return likelihood_logits_gradient(x->likelihood, &x->policy->params,
	    s->t, s->n, x->coef, x->lse,
	    r != NULL ? regularizers_terms(r) : NULL, logp, entropy, d);
}

/* Tokens of the sequences; w times the actions, and w times their entropies. */
static void
report_size(const struct traj_segment *s, const float *entropy,
    struct msg *header)
{
	double tokens = 0, actions = 0, nats = 0;
	size_t i, j;

	for (i = 0; i < s->n; i++) {
		tokens += (double)s->t[i].n;
		actions += s->t[i].weight * (double)s->t[i].actions;
		for (j = 0; j < s->t[i].actions; j++)
			nats += s->t[i].weight * (double)*entropy++;
	}
	traj_stat(header, "divgrad.tokens", tokens);
	traj_stat(header, "divgrad.actions", actions);
	traj_stat(header, "divgrad.entropy", nats);
}

/* The gradient of x->segment, which has no masked trajectories any more. */
static int
sum_segment(struct objective_segment *x, struct params *d)
{
	const struct objective_settings *o = x->settings;
	struct msg *header = &x->head->header;
	size_t A = likelihood_actions(x->segment->t, x->segment->n);
	float *logp = mem_floats(A), *entropy = mem_floats(A);
	int rc = 0;

	x->coef = mem_floats(A);
	if (o->regularizers != NULL)
		rc = regularizers_begin(o->regularizers, x->segment,
		    &x->objective.divergence, o->credit.clip);
	if (rc == 0)
		rc = x->row->coefficients(x);
	if (rc == 0)
		rc = backward(x, logp, entropy, d);
	if (rc == 0)
		report_size(x->segment, entropy, header);
	if (rc == 0 && x->row->loss == NULL)
		traj_stat(header, "divgrad.loss",
		    weighted_loss(x->segment, logp));
	if (rc == 0 && objective_has_parameter(&x->objective))
		traj_stat(header, "divgrad.parameter",
		    x->head->units * x->objective.a);
	if (rc == 0 && o->regularizers != NULL)
		rc = regularizers_report(o->regularizers, header);
	free(x->coef);
	free(x->lse);
	free(logp);
	free(entropy);
	return rc;
}

size_t
objectivegrad_whole(const struct traj_segment *s, struct traj *whole)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		if (s->t[i].stop != STOP_LENGTH)
			whole[n++] = s->t[i];
	return n;
}

/*
 * Units are above 0, so a segment in which nothing counts, a step of zeros, has
 * as many as trajectories.
 */
static int
check_units(const struct traj_segment *s, struct gradient_head *head)
{
	size_t i;

	if (head->units > 0)
		return 0;
	for (i = 0; i < s->n; i++)
		if (s->t[i].actions > 0 && fabs(s->t[i].weight) > 0)
			return fail("the weights of the segment's actions add "
				    "up to %g, expected more than 0",
			    head->units);
	head->units = (double)s->n;
	return 0;
}

int
objectivegrad_sum(const struct objective_settings *o, struct likelihood *work,
    const struct ckpt *policy, const struct traj_segment *s, struct params *d,
    struct gradient_head *head)
{
	struct traj_segment whole = *s;
	struct objective_segment x = { .settings = o,
		.row = objective_row_of(o, s),
		.objective = objective_at(&o->objective, policy->step),
		.likelihood = work,
		.dropout = { o->dropout, o->seed, policy->step, 0 },
		.policy = policy,
		.segment = s,
		.head = head };
	size_t cut;
	int rc = 0;

	whole.t = mem_alloc(s->n, sizeof *whole.t);
	whole.n = objectivegrad_whole(s, whole.t);
	cut = s->n - whole.n;
	params_zero(d);
	likelihood_drop(work, &x.dropout);
	if (o->mask_cut && x.row->loss == NULL)
		x.segment = &whole;
	if (x.segment->n > 0)
		rc = sum_segment(&x, d);
	else
		head->units = (double)cut;
	if (rc == 0)
		rc = check_units(s, head);
	traj_stat(&head->header, "divgrad.cut", (double)cut);
	free(whole.t);
	return rc;
}

/*
 * Where d could not be written because it is not finite: put the first record
 * whose own gradient is not finite in front of the message.  Overwrites d.
 */
static void
blame_record(struct likelihood *work, const struct ckpt *policy,
    const struct traj_segment *s, struct params *d)
{
	float *one;
	size_t i, k;

	if (params_finite(d))
		return;
	one = mem_floats(likelihood_actions(s->t, s->n));
	for (i = 0; i < s->n; i++) {
		params_zero(d);
		for (k = 0; k < s->t[i].actions; k++)
			one[k] = 1.0f;
		if (likelihood_gradient(work, &policy->params, &s->t[i], 1, one,
			NULL, d) != 0 ||
		    !params_finite(d)) {
			(void)traj_fail_in(&s->t[i]);
			break;
		}
	}
	free(one);
}

/* Open the models, and let the regularizers and preferences borrow them. */
static int
open_models(struct objectivegrad *g, const struct objectivegrad_options *o)
{
	const struct ckpt *policy = g->policy;
	struct objective_settings *settings = &g->settings;
	struct regularizer_settings r = { .cached = o->cached,
		.temperature = o->temperature,
		.kl = o->kl,
		.entropy = o->entropy };
	const struct teachers_settings teachers = { o->teachers, o->mix,
		o->temperature, g->plan };

	if (teachers.dirs.n > 0 &&
	    (g->teacher = teachers_open(&teachers, policy)) == NULL)
		return -1;
	if (o->ref != NULL &&
	    (g->reference = frozen_open(o->ref, policy, !g->plan)) == NULL)
		return -1;
	/* At temperature 1 the divergence that is the likelihood is SFT. */
	r.one_hot = settings->one_hot &&
	    !(objective_is_likelihood(&settings->objective) &&
		o->temperature == 1);
	r.teacher = g->teacher;
	r.reference = g->reference;
	if (g->reference != NULL &&
	    settings->objective.row->reference != REFERENCE_NONE) {
		settings->reference = frozen_ckpt(g->reference);
		settings->reference_work =
		    likelihood_new(&settings->reference->config, o->micro);
		if (!(o->kl > 0))
			r.reference = NULL;
	}
	settings->regularizers = regularizers_new(&r, policy->config.V);
	return 0;
}

/* What stands before the name of an objective, to tell it from the scored. */
static const char *
prefix_of(const struct regularizers *r)
{
	if (regularizers_teach(r))
		return gradient_of_teacher;
	return regularizers_one_hot(r) ? gradient_of_onehot : "";
}

static int
make_sums(struct objectivegrad *g)
{
	params_like(&g->d, ckpt_trained(g->policy), &g->policy->config);
	g->back = ckpt_backward(g->policy, &g->d, &g->whole);
	return g->back != NULL ? 0 : -1;
}

int
objectivegrad_parse_name(const char *text, void *name)
{
	const size_t n = strspn(text,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"
	    "_");
	const struct gradient_head *head = NULL;

	if (n == 0 || text[n] != '\0' || n >= sizeof head->objective)
		return fail("%s: expected 1 to %zu letters, digits, '.', '-' "
			    "and '_'",
		    text, sizeof head->objective - 1);
	*(const char **)name = text;
	return 0;
}

bool
objectivegrad_has_teacher(const struct objectivegrad_options *o)
{
	return o->teachers.n > 0 || o->cached;
}

bool
objectivegrad_one_hot(const struct objective_settings *settings,
    const struct objectivegrad_options *o)
{
	return settings->one_hot ||
	    (o->temperature != 1 && !objectivegrad_has_teacher(o));
}

int
objectivegrad_open(struct objectivegrad *g,
    const struct objective_settings *settings,
    const struct objectivegrad_options *o, struct ckpt *policy)
{
	*g = (struct objectivegrad){ .settings = *settings,
		.weight = o->weight,
		.name = o->name,
		.bf16 = o->bf16,
		.plan = o->plan,
		.policy = policy,
		.work = likelihood_new(&policy->config, o->micro) };
	g->settings.one_hot = objectivegrad_one_hot(settings, o);
	g->settings.preference.clip = settings->credit.clip;
	if (settings->credit.future < 0)
		g->settings.credit.future =
		    objectivegrad_has_teacher(o) ? 0 : 1;
	if (o->recompute)
		likelihood_recompute(g->work);
	if (ckpt_check_frozen(policy) == 0 && (g->plan || make_sums(g) == 0) &&
	    open_models(g, o) == 0)
		return 0;
	objectivegrad_close(g);
	return -1;
}

void
objectivegrad_close(struct objectivegrad *g)
{
	regularizers_free(g->settings.regularizers);
	likelihood_free(g->settings.reference_work);
	likelihood_free(g->work);
	teachers_close(g->teacher);
	frozen_close(g->reference);
	params_release(&g->d);
	params_release(&g->whole);
}

/* Compute and write the gradient of a segment that has records. */
static int
send_sums(struct objectivegrad *g, const struct traj_segment *s,
    struct gradient_head *head, struct stream_out *out)
{
	struct ckpt *policy = g->policy;

	if (objectivegrad_sum(&g->settings, g->work, policy, s, g->back,
		head) != 0)
		return -1;
	if (gradient_write(out, head, &g->d, g->bf16) == 0)
		return 0;
	blame_record(g->work, policy, s, g->back);
	return -1;
}

int
objectivegrad_send(struct objectivegrad *g, const struct traj_segment *s,
    struct stream_out *out)
{
	const struct objective_settings *o = &g->settings;
	const struct ckpt *policy = g->policy;
	struct gradient_head head = { .weight = g->weight,
		.step = policy->step,
		.more = s->more };
	int rc;

	if (snprintf(head.objective, sizeof head.objective, "%s%s",
		g->name != NULL ? "" : prefix_of(o->regularizers),
		g->name != NULL ? g->name : o->objective.name) >=
	    (int)sizeof head.objective)
		return fail("%s: longer than %zu bytes", o->objective.name,
		    sizeof head.objective - 1);
	(void)snprintf(head.policy, sizeof head.policy, "%s", policy->id);
	(void)snprintf(head.unit, sizeof head.unit, "%s",
	    objective_unit_name(objective_row_of(o, s)->unit));
	msg_copy(&head.header, &s->header);
	msg_del(&head.header, "ratio");
	rc = traj_same_tokenizer(s, policy->tokenizer, policy->config.V);
	if (rc == 0)
		rc = traj_check(s, policy->config.V, policy->config.context);
	if (rc == 0)
		rc = s->n > 0 ? send_sums(g, s, &head, out) :
				gradient_write(out, &head, NULL, g->bf16);
	gradient_head_release(&head);
	return rc;
}
