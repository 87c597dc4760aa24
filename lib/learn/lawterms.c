/* SPDX-License-Identifier: MIT */
/*
 * KL(pi || ref) is the row rkl with the reference as the expert.  k3 = r - 1 -
 * log r with r = ref(a) / pi(a) estimates the same from the action alone; its
 * gradient would be another one, so it is told and not used.
 */
#include "learn/lawterms.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "learn/companion.h"
#include "learn/criterion.h"
#include "learn/whitebox.h"
#include "tensor/softmax.h"
#include "traj/coarse.h"

struct lawterms {
	struct lawterms_choice choice;
	size_t V;
	struct companion *teacher, *ref; /* NULL: none */
	struct whitebox how, rkl;
	struct likelihood_beside beside;
	/* the segment at hand */
	struct likelihood *work;
	const struct traj_segment *s;
	struct coarse *law; /* of each record */
	size_t laws, law_cap;
	struct law_value *value;
	size_t values, value_cap;
};

static int
beside_pack(void *ctx, const struct pack *p)
{
	struct lawterms *x = ctx;

	if (x->teacher != NULL && companion_pack(x->teacher, p) != 0)
		return fail_in("the teacher");
	if (x->ref != NULL && companion_pack(x->ref, p) != 0)
		return fail_in("the reference");
	return 0;
}

static void
beside_block(void *ctx, size_t first, size_t n)
{
	struct lawterms *x = ctx;

	if (x->teacher != NULL)
		companion_block(x->teacher, first, n);
	if (x->ref != NULL)
		companion_block(x->ref, first, n);
}

static double
from_record(const struct lawterms *x, const struct likelihood_at *at,
    const float *z, double lse, float *dz, double *clipped)
{
	const struct coarse *c = &x->law[at->traj];
	const struct cells cells = { c->k, c->token + at->action * c->k,
		c->logp + at->action * c->k,
		c->tails > 0 ? c->tail + at->action : NULL };

	return whitebox_cells(&x->how, z, lse, &cells, x->V,
	    x->s->t[at->traj].weight, dz, clipped);
}

static void
from_ref(const struct lawterms *x, size_t i, uint32_t action, double weight,
    const float *z, double lse, float *dz, struct law_value *out)
{
	float *y = companion_row(x->ref, i);
	double l = (double)y[action] - logsumexp(y, x->V) -
	    ((double)z[action] - lse);

	out->k3 = expm1(l) - l;
	out->kl = whitebox_law(&x->rkl, z, y, x->V, weight * x->choice.kl, dz,
	    &out->clipped);
}

static void
beside_row(void *ctx, size_t i, size_t k, const struct likelihood_at *at,
    const float *z, double lse, float *dz)
{
	const struct lawterms *x = ctx;
	const struct traj *t = &x->s->t[at->traj];
	struct law_value v = { 0 };

	if (x->teacher != NULL)
		v.divergence = whitebox_law(&x->how, z,
		    companion_row(x->teacher, i), x->V, t->weight, dz,
		    &v.clipped);
	else if (x->choice.cached)
		v.divergence = from_record(x, at, z, lse, dz, &v.clipped);
	if (x->ref != NULL)
		from_ref(x, i, t->tokens[at->token], t->weight, z, lse, dz,
		    &v);
	if (x->choice.entropy > 0)
		v.entropy = whitebox_entropy(z, lse, x->V,
		    t->weight * x->choice.entropy, dz);
	x->value[k] = v;
}

int
lawterms_check(const struct lawterms_choice *choice,
    const struct criterion *criterion, struct credit *credit,
    bool future_given)
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
	if (criterion->divergence.row == NULL)
		return fail("-d %s is no divergence of a teacher",
		    criterion->name);
	if ((credit->level != LEVEL_AUTO && credit->level != LEVEL_TOKEN) ||
	    credit->estimator != ESTIMATE_AUTO)
		return fail("a teacher is of level token, and needs no "
			    "estimator");
	if (!future_given)
		credit->future = 0;
	return 0;
}

struct lawterms *
lawterms_open(const struct lawterms_choice *choice, const struct ckpt *policy)
{
	struct lawterms *x = mem_alloc(1, sizeof *x);
	struct divergence rkl;

	x->choice = *choice;
	x->V = policy->config.V;
	x->beside = (struct likelihood_beside){ x, beside_pack, beside_block,
		beside_row };
	if (divergence_parse("rkl", &rkl) != 0)
		goto bad;
	whitebox_init(&x->rkl, &rkl, 1, 0);
	if (choice->teacher != NULL &&
	    (x->teacher = companion_open(choice->teacher, policy)) == NULL)
		goto bad;
	if (choice->ref != NULL &&
	    (x->ref = companion_open(choice->ref, policy)) == NULL)
		goto bad;
	return x;
bad:
	lawterms_close(x);
	return NULL;
}

void
lawterms_close(struct lawterms *x)
{
	size_t i;

	if (x == NULL)
		return;
	companion_close(x->teacher);
	companion_close(x->ref);
	for (i = 0; i < x->laws; i++)
		coarse_release(&x->law[i]);
	free(x->law);
	free(x->value);
	free(x);
}

bool
lawterms_teaches(const struct lawterms *x)
{
	return x->teacher != NULL || x->choice.cached;
}

static int
read_laws(struct lawterms *x, const struct traj_segment *s)
{
	size_t i;
	int rc;

	x->law = mem_grow(x->law, &x->law_cap, s->n, sizeof *x->law);
	x->laws = x->laws > s->n ? x->laws : s->n;
	for (i = 0; i < s->n; i++) {
		rc = coarse_read(&x->law[i], &s->t[i], x->V);
		if (rc == 0 && s->t[i].actions > 0)
			rc = fail("field \"teacher_token\": missing");
		if (rc < 0)
			return fail_in("record %zu (\"%s\")", i + 1,
			    s->t[i].id);
	}
	return 0;
}

int
lawterms_begin(struct lawterms *x, struct likelihood *work,
    const struct traj_segment *s, const struct divergence *d, double clip)
{
	bool any = lawterms_teaches(x) || x->ref != NULL ||
	    x->choice.entropy > 0;

	if (lawterms_teaches(x))
		whitebox_init(&x->how, d, x->choice.temperature, clip);
	if (x->choice.cached && read_laws(x, s) != 0)
		return -1;
	x->work = work;
	x->s = s;
	x->values = likelihood_actions(s->t, s->n);
	x->value = mem_grow(x->value, &x->value_cap, x->values,
	    sizeof *x->value);
	likelihood_beside(work, any ? &x->beside : NULL);
	return 0;
}

const struct law_value *
lawterms_values(const struct lawterms *x)
{
	return x->value;
}

/* The sums; clipped cells are counted. */
static struct law_value
sum_values(const struct lawterms *x)
{
	struct law_value sum = { 0 };
	const struct law_value *v = x->value;
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
check_values(const struct lawterms *x)
{
	const struct law_value *v = x->value;
	size_t i, j;

	for (i = 0; i < x->s->n; i++)
		for (j = 0; j < x->s->t[i].actions; j++, v++)
			if (!isfinite(v->divergence + v->kl + v->entropy))
				return fail("trajectory \"%s\": the divergence "
					    "at action %zu is not finite",
				    x->s->t[i].id, j);
	return 0;
}

int
lawterms_end(struct lawterms *x, struct msg *header)
{
	struct law_value sum;

	if (x->work != NULL)
		likelihood_beside(x->work, NULL);
	if (header == NULL || check_values(x) != 0)
		return -1;
	sum = sum_values(x);
	if (lawterms_teaches(x)) {
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
