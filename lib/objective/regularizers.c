/* SPDX-License-Identifier: MIT */
/*
 * KL(pi || ref) is the row rkl with the reference as the expert.  k3 = r - 1 -
 * log r with r = ref(a) / pi(a) estimates the same from the action alone; its
 * gradient would be another one, so it is told and not used.
 */
#include "objective/regularizers.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "likelihood/frozen.h"
#include "objective/objective.h"
#include "objective/whitebox.h"
#include "tensor/softmax.h"
#include "traj/topk.h"

struct regularizers {
	struct regularizer_settings choice;
	size_t V;
	struct frozen *teacher, *ref; /* NULL: none */
	struct whitebox how, rkl;
	struct likelihood_beside beside;
	/* the segment at hand */
	struct likelihood *work;
	const struct traj_segment *s;
	struct topk *topk; /* of each record */
	size_t topks, topk_cap;
	struct regularizer_value *value;
	size_t values, value_cap;
};

static int
beside_pack(void *ctx, const struct pack *p)
{
	struct regularizers *x = ctx;

	if (x->teacher != NULL && frozen_pack(x->teacher, p) != 0)
		return fail_in("the teacher");
	if (x->ref != NULL && frozen_pack(x->ref, p) != 0)
		return fail_in("the reference");
	return 0;
}

static void
beside_block(void *ctx, size_t first, size_t n)
{
	struct regularizers *x = ctx;

	if (x->teacher != NULL)
		frozen_block(x->teacher, first, n);
	if (x->ref != NULL)
		frozen_block(x->ref, first, n);
}

static double
from_record(const struct regularizers *x, const struct likelihood_at *at,
    const float *z, double lse, float *dz, double *clipped)
{
	const struct topk *c = &x->topk[at->traj];
	const struct topk_row cells = { c->k, c->token + at->action * c->k,
		c->logp + at->action * c->k,
		c->tails > 0 ? c->tail + at->action : NULL };

	return whitebox_topk(&x->how, z, lse, &cells, x->V,
	    x->s->t[at->traj].weight, dz, clipped);
}

static void
from_ref(const struct regularizers *x, size_t i, uint32_t action, double weight,
    const float *z, double lse, float *dz, struct regularizer_value *out)
{
	float *y = frozen_row(x->ref, i);
	double l =
	    (double)y[action] - logsumexp(y, x->V) - ((double)z[action] - lse);

	out->k3 = expm1(l) - l;
	out->kl = whitebox_full(&x->rkl, z, y, x->V, weight * x->choice.kl, dz,
	    &out->clipped);
}

static void
beside_row(void *ctx, size_t i, size_t k, const struct likelihood_at *at,
    const float *z, double lse, float *dz)
{
	const struct regularizers *x = ctx;
	const struct traj *t = &x->s->t[at->traj];
	struct regularizer_value v = { 0 };

	if (x->teacher != NULL)
		v.divergence = whitebox_full(&x->how, z,
		    frozen_row(x->teacher, i), x->V, t->weight, dz, &v.clipped);
	else if (x->choice.cached)
		v.divergence = from_record(x, at, z, lse, dz, &v.clipped);
	if (x->ref != NULL)
		from_ref(x, i, t->tokens[at->token], t->weight, z, lse, dz, &v);
	if (x->choice.entropy > 0)
		v.entropy = whitebox_entropy(z, lse, x->V,
		    t->weight * x->choice.entropy, dz);
	x->value[k] = v;
}

int
regularizers_check(const struct regularizer_settings *choice,
    const struct objective *objective, struct credit *credit, bool future_given)
{
	if (choice->kl > 0 && choice->ref == NULL)
		return fail("--kl wants a reference: --ref DIR");
	if (choice->teacher == NULL &&
	    (choice->temperature < 1 || choice->temperature > 1))
		return fail("--temperature is of --teacher");
	if (choice->teacher == NULL && !choice->cached)
		return 0;
	if (choice->teacher != NULL && choice->cached)
		return fail("--teacher or --cached-teacher, not both");
	if (objective->divergence.row == NULL)
		return fail("-d %s is no divergence of a teacher",
		    objective->name);
	if ((credit->level != LEVEL_AUTO && credit->level != LEVEL_TOKEN) ||
	    credit->estimator != ESTIMATE_AUTO)
		return fail("a teacher is of level token, and needs no "
			    "estimator");
	if (!future_given)
		credit->future = 0;
	return 0;
}

struct regularizers *
regularizers_open(const struct regularizer_settings *choice,
    const struct ckpt *policy)
{
	struct regularizers *x = mem_alloc(1, sizeof *x);
	const struct divergence rkl = divergence_reverse_kl();

	x->choice = *choice;
	x->V = policy->config.V;
	x->beside = (struct likelihood_beside){ x, beside_pack, beside_block,
		beside_row };
	whitebox_init(&x->rkl, &rkl, 1, 0);
	if (choice->teacher != NULL &&
	    (x->teacher = frozen_open(choice->teacher, policy)) == NULL)
		goto bad;
	if (choice->ref != NULL &&
	    (x->ref = frozen_open(choice->ref, policy)) == NULL)
		goto bad;
	return x;
bad:
	regularizers_close(x);
	return NULL;
}

void
regularizers_close(struct regularizers *x)
{
	size_t i;

	if (x == NULL)
		return;
	frozen_close(x->teacher);
	frozen_close(x->ref);
	for (i = 0; i < x->topks; i++)
		topk_release(&x->topk[i]);
	free(x->topk);
	free(x->value);
	free(x);
}

bool
regularizers_teach(const struct regularizers *x)
{
	return x->teacher != NULL || x->choice.cached;
}

static int
read_topk(struct regularizers *x, const struct traj_segment *s)
{
	size_t i;
	int rc;

	x->topk = mem_grow(x->topk, &x->topk_cap, s->n, sizeof *x->topk);
	x->topks = x->topks > s->n ? x->topks : s->n;
	for (i = 0; i < s->n; i++) {
		rc = topk_read(&x->topk[i], &s->t[i], x->V);
		if (rc == 0 && s->t[i].actions > 0)
			rc = fail("field \"teacher_token\": missing");
		if (rc < 0)
			return traj_fail_in(&s->t[i]);
	}
	return 0;
}

int
regularizers_begin(struct regularizers *x, struct likelihood *work,
    const struct traj_segment *s, const struct divergence *d, double clip)
{
	bool any =
	    regularizers_teach(x) || x->ref != NULL || x->choice.entropy > 0;

	if (regularizers_teach(x))
		whitebox_init(&x->how, d, x->choice.temperature, clip);
	if (x->choice.cached && read_topk(x, s) != 0)
		return -1;
	x->work = work;
	x->s = s;
	x->values = likelihood_actions(s->t, s->n);
	x->value =
	    mem_grow(x->value, &x->value_cap, x->values, sizeof *x->value);
	likelihood_beside(work, any ? &x->beside : NULL);
	return 0;
}

const struct regularizer_value *
regularizers_values(const struct regularizers *x)
{
	return x->value;
}

/* The sums; clipped cells are counted. */
static struct regularizer_value
sum_values(const struct regularizers *x)
{
	struct regularizer_value sum = { 0 };
	const struct regularizer_value *v = x->value;
	size_t i, j;

	for (i = 0; i < x->s->n; i++)
		for (j = 0; j < x->s->t[i].actions; j++, v++) {
			double w = x->s->t[i].weight;

			sum.divergence += w * v->divergence;
			sum.clipped += v->clipped;
			sum.kl += w * v->kl;
			sum.k3 += w * v->k3;
			sum.entropy += w * v->entropy;
		}
	return sum;
}

static int
check_values(const struct regularizers *x)
{
	const struct regularizer_value *v = x->value;
	size_t i, j;

	for (i = 0; i < x->s->n; i++)
		for (j = 0; j < x->s->t[i].actions; j++, v++)
			if (!isfinite(v->divergence + v->kl + v->entropy))
				return traj_fail(&x->s->t[i],
				    "the divergence at action %zu is not "
				    "finite",
				    j);
	return 0;
}

int
regularizers_end(struct regularizers *x, struct msg *header)
{
	struct regularizer_value sum;

	if (x->work != NULL)
		likelihood_beside(x->work, NULL);
	if (header == NULL || check_values(x) != 0)
		return -1;
	sum = sum_values(x);
	if (regularizers_teach(x)) {
		traj_stat(header, "divgrad.loss", sum.divergence);
		traj_stat(header, "divgrad.clipped", sum.clipped);
	}
	if (x->ref != NULL) {
		traj_stat(header, "divgrad.kl", sum.kl);
		traj_stat(header, "divgrad.k3", sum.k3);
	}
	if (x->choice.entropy > 0)
		traj_stat(header, "divgrad.entropy", sum.entropy);
	return 0;
}
