/* SPDX-License-Identifier: MIT */
/*
 * KL(pi || ref) is the reverse KL with the reference as the expert.
 * k3 = r - 1 - log r with r = ref(a) / pi(a) estimates it from the
 * sampled action.  The gradient of k3 is that of the forward KL, so k3 is
 * reported and not used.
 */
#include "objective/regularizers.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "objective/onehot.h"
#include "objective/whitebox.h"
#include "tensor/softmax.h"
#include "traj/topk.h"

struct regularizers {
	struct regularizer_settings settings;
	size_t V;
	struct whitebox teacher, reverse_kl;
	struct onehot onehot;
	struct likelihood_terms terms;
	/* the current segment */
	const struct traj_segment *s;
	struct topk *topk; /* of each record, where the teacher is cached */
	size_t topks, topk_cap;
	struct regularizer_value *value;
	size_t values, value_cap;
};

static int
terms_pack(void *ctx, const struct pack *p)
{
	struct regularizers *x = ctx;

	if (x->settings.teacher != NULL &&
	    teachers_pack(x->settings.teacher, p) != 0)
		return fail_in("the teacher");
	if (x->settings.reference != NULL &&
	    frozen_pack(x->settings.reference, p) != 0)
		return fail_in("the reference");
	return 0;
}

static void
terms_block(void *ctx, size_t first, size_t n)
{
	struct regularizers *x = ctx;

	if (x->settings.teacher != NULL)
		teachers_block(x->settings.teacher, first, n);
	if (x->settings.reference != NULL)
		frozen_block(x->settings.reference, first, n);
}

static double
from_record(const struct regularizers *x, const struct likelihood_at *at,
    const float *z, double lse, float *dz, double *clipped)
{
	const struct topk *c = &x->topk[at->traj];
	const struct topk_row cells = { c->k, c->token + at->action * c->k,
		c->logp + at->action * c->k,
		c->tails > 0 ? c->tail + at->action : NULL };

	return whitebox_topk(&x->teacher, z, lse, &cells, x->V,
	    x->s->t[at->traj].weight, dz, clipped);
}

static void
from_ref(const struct regularizers *x, size_t i, uint32_t action, double weight,
    const float *z, double lse, float *dz, struct regularizer_value *out)
{
	float *y = frozen_row(x->settings.reference, i);
	double l =
	    (double)y[action] - logsumexp(y, x->V) - ((double)z[action] - lse);

	out->k3 = expm1(l) - l;
	out->kl = whitebox_full(&x->reverse_kl, z, y, x->V,
	    weight * x->settings.kl, dz, &out->clipped);
}

static void
terms_row(void *ctx, size_t i, size_t k, const struct likelihood_at *at,
    const float *z, double lse, float *dz)
{
	const struct regularizers *x = ctx;
	const struct traj *t = &x->s->t[at->traj];
	struct regularizer_value v = { 0 };

	if (x->settings.teacher != NULL)
		v.divergence = whitebox_full(&x->teacher, z,
		    teachers_row(x->settings.teacher, i), x->V, t->weight, dz,
		    &v.clipped);
	else if (x->settings.cached)
		v.divergence = from_record(x, at, z, lse, dz, &v.clipped);
	else if (x->settings.one_hot)
		v.divergence = onehot_logits(&x->onehot, z, lse, x->V,
		    t->tokens[at->token], t->weight, dz, &v.clipped);
	if (x->settings.reference != NULL)
		from_ref(x, i, t->tokens[at->token], t->weight, z, lse, dz, &v);
	if (x->settings.entropy > 0)
		v.entropy = whitebox_entropy(z, lse, x->V,
		    t->weight * x->settings.entropy, dz);
	x->value[k] = v;
}

struct regularizers *
regularizers_new(const struct regularizer_settings *settings, size_t V)
{
	struct regularizers *x = mem_alloc(1, sizeof *x);
	const struct divergence reverse_kl = divergence_reverse_kl();

	x->settings = *settings;
	x->V = V;
	x->terms =
	    (struct likelihood_terms){ x, terms_pack, terms_block, terms_row };
	whitebox_init(&x->reverse_kl, &reverse_kl, 1, 0);
	return x;
}

void
regularizers_free(struct regularizers *x)
{
	size_t i;

	if (x == NULL)
		return;
	for (i = 0; i < x->topks; i++)
		topk_release(&x->topk[i]);
	free(x->topk);
	free(x->value);
	free(x);
}

bool
regularizers_teach(const struct regularizers *x)
{
	return x->settings.teacher != NULL || x->settings.cached;
}

bool
regularizers_one_hot(const struct regularizers *x)
{
	return x->settings.one_hot;
}

/* Whether a term of the loss is the divergence from an expert. */
static bool
has_expert(const struct regularizers *x)
{
	return regularizers_teach(x) || regularizers_one_hot(x);
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
regularizers_begin(struct regularizers *x, const struct traj_segment *s,
    const struct divergence *d, double clip)
{
	if (regularizers_teach(x))
		whitebox_init(&x->teacher, d, x->settings.temperature, clip);
	if (x->settings.one_hot &&
	    onehot_init(&x->onehot, d, x->settings.temperature, clip) != 0)
		return -1;
	if (x->settings.cached && read_topk(x, s) != 0)
		return -1;
	x->s = s;
	x->values = likelihood_actions(s->t, s->n);
	x->value =
	    mem_grow(x->value, &x->value_cap, x->values, sizeof *x->value);
	return 0;
}

const struct likelihood_terms *
regularizers_terms(const struct regularizers *x)
{
	return has_expert(x) || x->settings.reference != NULL ||
		x->settings.entropy > 0 ?
	    &x->terms :
	    NULL;
}

const struct regularizer_value *
regularizers_values(const struct regularizers *x)
{
	return x->value;
}

/* Weighted sums over the segment; `clipped` is a plain count. */
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
regularizers_report(const struct regularizers *x, struct msg *header)
{
	struct regularizer_value sum;

	if (check_values(x) != 0)
		return -1;
	sum = sum_values(x);
	if (has_expert(x)) {
		traj_stat(header, "divgrad.loss", sum.divergence);
		traj_stat(header, "divgrad.clipped", sum.clipped);
	}
	if (x->settings.reference != NULL) {
		traj_stat(header, "divgrad.kl", sum.kl);
		traj_stat(header, "divgrad.k3", sum.k3);
	}
	if (x->settings.entropy > 0)
		traj_stat(header, "divgrad.entropy", sum.entropy);
	return 0;
}
