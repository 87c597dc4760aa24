/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models.h"

static const struct model fixture_model = { "small",
	{ .family = FAMILY_LLAMA,
	    .D = FIXTURE_D,
	    .L = 1,
	    .H = 2,
	    .K = 1,
	    .E = 4,
	    .F = 10,
	    .V = FIXTURE_V,
	    .context = 16 } };

static const struct span fixture_spans[] = { { 2, 4 }, { 5, 8 } },
			 fixture_span = { 3, 6 };

static void
fixture_policy(struct ckpt *p, struct naive *n, const char *id, float turn)
{
	size_t i;

	model_make(&p->config, &p->params, &fixture_model, false);
	for (i = 0; i < p->params.total && turn < 0; i += 3)
		p->params.block[i] *= turn;
	(void)snprintf(p->id, sizeof p->id, "%s", id);
	naive_init(n, &p->config, &p->params);
}

void
fixture_make(struct fixture *x)
{
	memset(x, 0, sizeof *x);
	fixture_policy(&x->policy, &x->naive, "me", 1);
	fixture_policy(&x->other, &x->naive_other, "other", -0.7f);
	x->work = likelihood_new(&x->policy.config, 24);
	x->other_work = likelihood_new(&x->other.config, 24);
	params_like(&x->d, &x->policy.params, &x->policy.config);
	x->s.t = x->t;
}

void
fixture_release(struct fixture *x)
{
	likelihood_free(x->work);
	likelihood_free(x->other_work);
	naive_release(&x->naive);
	naive_release(&x->naive_other);
	params_release(&x->policy.params);
	params_release(&x->other.params);
	params_release(&x->d);
	gradient_head_release(&x->h);
}

struct traj *
fixture_add(struct fixture *x, enum traj_role role, const char *group,
    double weight, bool one)
{
	size_t i = x->s.n++, k;
	struct traj *t = &x->t[i];
	float draw[FIXTURE_TOKENS];

	memset(t, 0, sizeof *t);
	naive_fill(draw, FIXTURE_TOKENS, 100 + i);
	for (k = 0; k < FIXTURE_TOKENS; k++)
		x->tokens[i][k] =
		    (uint32_t)((draw[k] + 1) * FIXTURE_V / 2) % FIXTURE_V;
	(void)snprintf(x->id[i], sizeof x->id[i], "t%zu", i);
	t->id = x->id[i];
	t->group = (char *)(uintptr_t)group;
	t->role = role;
	t->weight = weight;
	t->tokens = x->tokens[i];
	t->n = one ? 7 : FIXTURE_TOKENS;
	t->span =
	    (struct span *)(uintptr_t)(one ? &fixture_span : fixture_spans);
	t->spans = one ? 1 : 2;
	t->actions = one ? 3 : 5;
	t->logp = x->logp[i];
	t->score = x->score[i];
	return t;
}

void
fixture_demos(struct fixture *x)
{
	x->s.n = 0;
	fixture_add(x, ROLE_EXPERT, "a", 1, false);
	fixture_add(x, ROLE_EXPERT, "b", 0.5, true);
	fixture_add(x, ROLE_EXPERT, "c", 2, false);
}

double
fixture_logits(const struct naive *n, const struct traj *t, double *z,
    double *lse)
{
	double hidden[FIXTURE_TOKENS * FIXTURE_D], sum = 0;
	struct naive one = *n;
	size_t s, k, j = 0;

	one.noise = naive_noise(FIXTURE_SEED, 0, 0, t->id);
	naive_hidden(&one, t->tokens, t->n, hidden);
	for (s = 0; s < t->spans; s++)
		for (k = t->span[s].start; k < t->span[s].end; k++, j++) {
			z[j] = naive_logit(n, hidden, t->tokens, k, &lse[j]);
			sum += z[j] - lse[j];
		}
	return sum;
}

double
fixture_logp(const struct naive *n, const struct traj *t)
{
	double z[FIXTURE_TOKENS], lse[FIXTURE_TOKENS];

	return fixture_logits(n, t, z, lse);
}

void
fixture_record(struct traj *t, const struct naive *n)
{
	double z[FIXTURE_TOKENS], lse[FIXTURE_TOKENS];
	size_t j;

	(void)fixture_logits(n, t, z, lse);
	for (j = 0; j < t->actions; j++)
		t->logp[j] = (float)(z[j] - lse[j]);
	t->logps = t->actions;
}

int
fixture_gradient(struct fixture *x, struct objective_settings *o,
    const char *name)
{
	gradient_head_release(&x->h);
	memset(&x->h, 0, sizeof x->h);
	msg_clear(&x->h.header);
	return objective_parse(name, &o->objective) != 0 ?
	    -1 :
	    objectivegrad_sum(o, x->work, &x->policy, &x->s, &x->d, &x->h);
}

double
fixture_error(struct fixture *x, double (*loss)(void *), void *ctx)
{
	static double want[1000];
	static float got[1000];
	size_t i, j, m = 0;

	for (i = 0; i < x->d.tensors; i++)
		for (j = 0; j < x->d.tensor[i].n;
		     j += x->d.tensor[i].n / 20 + 1) {
			want[m] = naive_slope(loss, ctx, &x->naive.w[i][j]);
			got[m++] = x->d.tensor[i].p[j];
		}
	return naive_error(got, want, m);
}

double
fixture_stat(const struct fixture *x, const char *name)
{
	struct msg stats = { 0 };
	double v = 0;

	if (msg_map(&x->h.header, "stats", &stats) != 1 ||
	    msg_float(&stats, name, &v) != 1)
		v = (double)NAN;
	msg_release(&stats);
	return v;
}
