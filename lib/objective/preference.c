/* SPDX-License-Identifier: MIT */
/*
 * Pairs.  The members of a group stand side by side, each side in the order
 * of the segment; the k-th pair has the k-th of either, and the shorter side
 * begins anew until the longer one is through.  A pair weighs the mean of its
 * two trajectories.
 *
 * The reference.  Where a policy is given, it is that one; where none is, the
 * policy that sampled, whose log-probabilities the records carry.  For spin
 * the reference is the policy that sampled in any case: given or recorded,
 * it must be the one of the segment's header, and where that is the policy
 * itself, at this very step, demonstrations need no other.
 */
#include "likelihood/frozen.h"
#include "objective/preference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "objective/objective.h"
#include "divergence/logistic.h"
#include "nn/packed.h"

struct pair_row {
	enum traj_role chosen, rejected;
	bool sampled; /* the reference is the policy that sampled */
	double (*loss)(double m, double beta, double *slope);
};

static double
logistic_loss(double m, double beta, double *slope)
{
	*slope = -beta * sigmoid(-beta * m);
	return softplus(-beta * m);
}

static double
squared_loss(double m, double beta, double *slope)
{
	double x = m - 1 / (2 * beta);

	*slope = 2 * x;
	return x * x;
}

/* ---- the regulariser */

int
preference_parse_f(const char *text, struct divergence *f)
{
	if (divergence_parse(text, f) != 0)
		return -1;
	return divergence_is_barrier(f) ?
	    0 :
	    fail("%s: as a regulariser its slope is bounded where the policy "
		 "gives up what the reference says: 0 is in its domain",
		text);
}

/* -h(l) and its derivative by l; l is bounded for what overflows. */
static double
reward_slope(const struct divergence *f, double l)
{
	enum { FAR = 700 }; /* e^FAR is finite */

	l = fmax(-FAR, fmin(FAR, l));
	return f->row->slope(l, f->a) * exp(l);
}

double
preference_implied(const struct preference *p, double g, double *slope)
{
	double l = -g, at = l;

	*slope = 1;
	if (p->f.row == NULL)
		return g;
	if (p->f.row->clips)
		at = fmax(-p->clip, fmin(p->clip, l));
	*slope = reward_slope(&p->f, at);
	/* beyond the bound along the tangent, so that nothing is given up */
	return -(divergence_reward(&p->f, at) + *slope * (l - at));
}

/* ---- the reference */

int
preference_refer(struct objective_settings *o, struct ckpt *ref,
    const char *dir, const struct ckpt *policy, size_t micro)
{
	if (ckpt_open(ref, dir) != 0)
		return -1;
	if (ckpt_check_finite(ref) != 0 || frozen_check(ref, policy) != 0) {
		ckpt_close(ref);
		return -1;
	}
	packed_set_type(&ref->params, packed_type(&policy->params));
	o->reference = ref;
	o->reference_work = likelihood_new(&ref->config, micro);
	return 0;
}

static int
check_reference(const struct objective_work *w, const struct pair_row *row)
{
	const struct ckpt *ref = w->o->reference;
	const struct traj_segment *s = w->s;

	if (!row->sampled || ref == NULL || s->policy[0] == '\0' ||
	    (strcmp(ref->id, s->policy) == 0 && ref->step == s->policy_step))
		return 0;
	return fail("sampled by policy %s at step %llu, but the reference is "
		    "%s at step %llu",
	    s->policy, (unsigned long long)s->policy_step, ref->id,
	    (unsigned long long)ref->step);
}

/* Does the record tell what the reference thought of it? */
static bool
is_recorded(const struct objective_work *w, const struct pair_row *row,
    const struct traj *t)
{
	return t->logps == t->actions &&
	    (row->sampled ? t->role == ROLE_POLICY : w->o->reference == NULL);
}

static bool
is_own(const struct objective_work *w, const struct pair_row *row)
{
	return row->sampled && w->s->policy[0] != '\0' &&
	    strcmp(w->s->policy, w->policy->id) == 0 &&
	    w->s->policy_step == w->policy->step;
}

static int
fail_unknown(const struct objective_work *w, const struct pair_row *row,
    size_t i)
{
	const struct traj *t = &w->s->t[i];

	if (row->sampled && t->role == ROLE_EXPERT)
		return traj_fail(t,
		    "nothing tells what the policy that sampled thought of it: "
		    "--ref DIR");
	return traj_fail(t,
	    "field \"logp\": missing, and no --ref DIR is given");
}

/* ref[i] := log-probability of trajectory i, by the model for n of them. */
static int
reference_of(struct likelihood *work, const struct params *p,
    const struct traj *some, const size_t *index, size_t n, double *ref)
{
	float *logp = mem_floats(likelihood_actions(some, n)), *at = logp;
	int rc = likelihood_logp(work, p, some, n, logp, NULL);
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < some[i].actions; j++)
			ref[index[i]] += (double)*at++;
	free(logp);
	return rc < 0 ? fail_in("the reference") : 0;
}

/* ref[n], zero before, of all trajectories; own[n] where they are ours. */
static int
reference_logp(struct objective_work *w, const struct pair_row *row,
    const double *own, double *ref)
{
	const struct traj_segment *s = w->s;
	struct traj *some =
	    mem_alloc(s->n, sizeof *some); /* borrowed insides */
	size_t *index = mem_alloc(s->n, sizeof *index), i, j, n = 0;
	int rc = check_reference(w, row);

	for (i = 0; i < s->n && rc == 0; i++) {
		if (is_recorded(w, row, &s->t[i])) {
			for (j = 0; j < s->t[i].actions; j++)
				ref[i] += (double)s->t[i].logp[j];
		} else if (w->o->reference != NULL) {
			some[n] = s->t[i];
			index[n++] = i;
		} else if (is_own(w, row)) {
			ref[i] = own[i];
		} else {
			rc = fail_unknown(w, row, i);
		}
	}
	if (rc == 0 && n > 0)
		rc = reference_of(w->o->reference_work,
		    &w->o->reference->params, some, index, n, ref);
	free(some);
	free(index);
	return rc;
}

/* ---- pairs */

/* By group, the chosen before the rejected, then as they came. */
struct member {
	const char *group;
	bool rejected;
	size_t i;
};

static int
by_side(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	if (order == 0)
		order = x->rejected - y->rejected;
	return order != 0 ? order : (x->i > y->i) - (x->i < y->i);
}

static int
list_members(const struct objective_work *w, const struct pair_row *row,
    struct member *m)
{
	const struct traj *t;
	size_t i;

	for (i = 0; i < w->s->n; i++) {
		t = &w->s->t[i];
		if (t->role != row->chosen && t->role != row->rejected)
			return traj_fail(t,
			    "role %s, but -d %s takes %s and %s",
			    t->role == ROLE_NONE ? "none" :
						   traj_role_name(t->role),
			    w->o->objective.name, traj_role_name(row->chosen),
			    traj_role_name(row->rejected));
		m[i] = (struct member){ t->group, t->role == row->rejected, i };
	}
	qsort(m, w->s->n, sizeof *m, by_side);
	return 0;
}

struct pair_sums {
	double loss, margin, right, chosen, rejected, clipped;
	double units, masked; /* weights of pairs: at work, and left out */
};

struct pairing {
	struct objective_work *w;
	const struct pair_row *row;
	struct preference how;
	const double *gap; /* log pi - log ref of each trajectory */
	double *push;      /* d loss / d log pi of each; [n] */
	struct pair_sums sum;
};

static bool
is_beyond(const struct preference *p, double g)
{
	return p->f.row != NULL && p->f.row->clips && fabs(g) > p->clip;
}

static int
add_pair(struct pairing *x, size_t c, size_t r)
{
	const struct traj *t = x->w->s->t;
	const double e = x->how.smooth, beta = x->how.beta;
	const double weight = (t[c].weight + t[r].weight) / 2;
	double m, loss, up, down, slope_c, slope_r, slope;

	if (x->w->o->mask_cut &&
	    (t[c].stop == STOP_LENGTH || t[r].stop == STOP_LENGTH)) {
		x->sum.masked += weight;
		return 0;
	}
	m = preference_implied(&x->how, x->gap[c], &slope_c) -
	    preference_implied(&x->how, x->gap[r], &slope_r);
	loss = (1 - e) * x->row->loss(m, beta, &up) +
	    e * x->row->loss(-m, beta, &down);
	slope = (1 - e) * up - e * down;
	if (!isfinite(loss) || !isfinite(slope * slope_c) ||
	    !isfinite(slope * slope_r))
		return traj_fail(&t[c], "the loss of its pair is not finite");
	x->push[c] += weight * slope * slope_c;
	x->push[r] -= weight * slope * slope_r;
	x->sum.loss += weight * loss;
	x->sum.margin += weight * beta * m;
	x->sum.right += weight * (m > 0);
	x->sum.chosen += weight * x->gap[c];
	x->sum.rejected += weight * x->gap[r];
	x->sum.clipped +=
	    is_beyond(&x->how, x->gap[c]) + is_beyond(&x->how, x->gap[r]);
	x->sum.units += weight;
	return 0;
}

/* The pairs of one group of n members. */
static int
add_group(struct pairing *x, const struct member *m, size_t n)
{
	const struct traj *t = &x->w->s->t[m[0].i];
	size_t chosen = 0, rejected, k;

	while (chosen < n && !m[chosen].rejected)
		chosen++;
	rejected = n - chosen;
	if (chosen == 0 || rejected == 0)
		return traj_fail(t,
		    "its group \"%s\" has no %s in this segment", t->group,
		    traj_role_name(
			chosen == 0 ? x->row->chosen : x->row->rejected));
	for (k = 0; k < chosen || k < rejected; k++)
		if (add_pair(x, m[k % chosen].i, m[chosen + k % rejected].i) !=
		    0)
			return -1;
	return 0;
}

static int
add_groups(struct pairing *x)
{
	const size_t n = x->w->s->n;
	struct member *m = mem_alloc(n, sizeof *m);
	int rc = list_members(x->w, x->row, m);
	size_t i, k;

	for (i = 0; i < n && rc == 0; i = k) {
		for (k = i + 1; k < n && strcmp(m[k].group, m[i].group) == 0;)
			k++;
		rc = add_group(x, m + i, k - i);
	}
	free(m);
	return rc;
}

static void
tell(const struct pair_sums *s, struct gradient_head *h)
{
	/* a step, though of nothing, where all are left out */
	h->units = s->units > 0 ? s->units : s->masked;
	traj_stat(&h->header, "divgrad.loss", s->loss);
	traj_stat(&h->header, "divgrad.margin", s->margin);
	traj_stat(&h->header, "divgrad.accuracy", s->right);
	traj_stat(&h->header, "divgrad.chosen", s->chosen);
	traj_stat(&h->header, "divgrad.rejected", s->rejected);
	traj_stat(&h->header, "divgrad.clipped", s->clipped);
}

/* own[n], zero before: log pi of each trajectory. */
static int
own_logp(struct objective_work *w, double *own)
{
	const struct traj_segment *s = w->s;
	float *logp = mem_floats(likelihood_actions(s->t, s->n)), *at = logp;
	size_t i, j;
	int rc = likelihood_logp(w->likelihood, &w->policy->params, s->t, s->n,
	    logp, NULL);

	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			own[i] += (double)*at++;
	free(logp);
	return rc;
}

static int
pairs(struct objective_work *w, const struct pair_row *row)
{
	const struct traj_segment *s = w->s;
	double *own = mem_alloc(s->n, sizeof *own);
	double *ref = mem_alloc(s->n, sizeof *ref);
	double *push = mem_alloc(s->n, sizeof *push);
	struct pairing x = { w, row, w->o->preference, own, push };
	float *coef = w->coef;
	size_t i, j;
	int rc;

	if (x.how.beta == 0)
		x.how.beta = w->now.row->beta;
	rc = own_logp(w, own);
	if (rc == 0)
		rc = reference_logp(w, row, own, ref);
	for (i = 0; i < s->n; i++)
		own[i] -= ref[i];
	if (rc == 0)
		rc = add_groups(&x);
	for (i = 0; i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++)
			*coef++ = (float)-push[i];
	if (rc == 0)
		tell(&x.sum, w->h);
	free(own);
	free(ref);
	free(push);
	return rc;
}

int
preference_dpo(struct objective_work *w)
{
	static const struct pair_row row = { ROLE_CHOSEN, ROLE_REJECTED, false,
		logistic_loss };

	return pairs(w, &row);
}

int
preference_ipo(struct objective_work *w)
{
	static const struct pair_row row = { ROLE_CHOSEN, ROLE_REJECTED, false,
		squared_loss };

	return pairs(w, &row);
}

int
preference_spin(struct objective_work *w)
{
	static const struct pair_row row = { ROLE_EXPERT, ROLE_POLICY, true,
		logistic_loss };

	return pairs(w, &row);
}
