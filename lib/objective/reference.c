/* SPDX-License-Identifier: MIT */
#include "objective/reference.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "objective/coefficients.h"

static bool
needs_sampler(const struct objective_segment *x)
{
	return x->row->reference == REFERENCE_SAMPLER;
}

/* A given model must be the policy that sampled, where the row needs that. */
static int
check_sampler(const struct objective_segment *x)
{
	const struct ckpt *ref = x->settings->reference;
	const struct traj_segment *s = x->segment;

	if (!needs_sampler(x) || ref == NULL || s->policy[0] == '\0' ||
	    (strcmp(ref->id, s->policy) == 0 && ref->step == s->policy_step))
		return 0;
	return fail("sampled by policy %s at step %llu, but the reference is "
		    "%s at step %llu",
	    s->policy, (unsigned long long)s->policy_step, ref->id,
	    (unsigned long long)ref->step);
}

/* Whether the record's logp are the reference's. */
static bool
is_recorded(const struct objective_segment *x, const struct traj *t)
{
	return t->logps == t->actions &&
	    (needs_sampler(x) ? t->role == ROLE_POLICY :
				x->settings->reference == NULL);
}

/* Whether the policy itself, at this very step, is the reference. */
static bool
is_own(const struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;

	return needs_sampler(x) && s->policy[0] != '\0' &&
	    strcmp(s->policy, x->policy->id) == 0 &&
	    s->policy_step == x->policy->step;
}

static int
fail_unknown(const struct objective_segment *x, const struct traj *t)
{
	if (needs_sampler(x) && t->role == ROLE_EXPERT)
		(void)fail_kind(ERR_NO_REFERENCE, NULL,
		    "the policy that sampled is not at hand, and only it "
		    "knows the log-probability of a demonstration");
	else
		(void)fail_kind(ERR_NO_REFERENCE, NULL,
		    "field \"logp\": missing, and there is no reference");
	return traj_fail_in(t);
}

int
reference_given(const struct objective_settings *o, const struct traj *t,
    size_t n, double *sum)
{
	int rc = likelihood_sums(o->reference_work, &o->reference->params, t, n,
	    sum);

	return rc < 0 ? fail_in("the reference") : 0;
}

/* The policy itself, with nothing dropped. */
static int
own_sums(const struct objective_segment *x, const struct traj *t, size_t n,
    double *sum)
{
	int rc;

	likelihood_drop(x->likelihood, NULL);
	rc = likelihood_sums(x->likelihood, &x->policy->params, t, n, sum);
	likelihood_drop(x->likelihood, &x->dropout);
	return rc < 0 ? fail_in("the reference") : 0;
}

/* ref[index[i]] = log-probability of some[i] under the reference. */
static int
add_reference(const struct objective_segment *x, const struct traj *some,
    const size_t *index, size_t n, double *ref)
{
	double *sum = mem_alloc(n, sizeof *sum);
	int rc = x->settings->reference != NULL ?
	    reference_given(x->settings, some, n, sum) :
	    own_sums(x, some, n, sum);
	size_t i;

	for (i = 0; i < n; i++)
		ref[index[i]] = sum[i];
	free(sum);
	return rc;
}

int
reference_logp(struct objective_segment *x, const double *own, double *ref)
{
	const struct traj_segment *s = x->segment;
	const bool dropped = x->dropout.rate > 0; /* own is not of the policy */
	struct traj *some; /* for a model; their insides borrowed */
	size_t *index, i, n = 0;
	int rc = check_sampler(x);

	if (rc < 0 || x->row->reference == REFERENCE_NONE)
		return rc;
	some = mem_alloc(s->n, sizeof *some);
	index = mem_alloc(s->n, sizeof *index);
	for (i = 0; i < s->n && rc == 0; i++) {
		if (is_recorded(x, &s->t[i])) {
			ref[i] = sum_floats(s->t[i].logp, s->t[i].actions);
		} else if (x->settings->reference != NULL ||
		    (dropped && is_own(x))) {
			some[n] = s->t[i];
			index[n++] = i;
		} else if (is_own(x)) {
			ref[i] = own[i];
		} else {
			rc = fail_unknown(x, &s->t[i]);
		}
	}
	if (rc == 0 && n > 0)
		rc = add_reference(x, some, index, n, ref);
	free(some);
	free(index);
	return rc;
}
