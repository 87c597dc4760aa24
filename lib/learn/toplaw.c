/* SPDX-License-Identifier: MIT */
#include "learn/toplaw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/softmax.h"

void
toplaw_take(struct coarse *c, size_t j, float *z, size_t V)
{
	uint32_t *token = c->token + j * c->k;
	float *logp = c->logp + j * c->k;
	double lse = logsumexp(z, V);
	size_t n = 0, v, at;

	/* logp holds logits, descending, until all are there. */
	for (v = 0; v < V; v++) {
		if (n == c->k && !(z[v] > logp[n - 1]))
			continue;
		at = n < c->k ? n++ : n - 1;
		for (; at > 0 && z[v] > logp[at - 1]; at--) {
			logp[at] = logp[at - 1];
			token[at] = token[at - 1];
		}
		logp[at] = z[v];
		token[at] = (uint32_t)v;
	}
	for (at = 0; at < n; at++) {
		logp[at] = (float)((double)logp[at] - lse);
		z[token[at]] = -INFINITY;
	}
	if (c->tails > 0)
		c->tail[j] = (float)(logsumexp(z, V) - lse);
}

struct taking {
	struct coarse *law; /* of each trajectory */
	const struct likelihood_at *at;
	float *logits;
	size_t V;
};

static void
take_row(size_t i, void *arg)
{
	const struct taking *x = arg;

	toplaw_take(&x->law[x->at[i].traj], x->at[i].action,
	    x->logits + i * x->V, x->V);
}

static int
take_block(void *ctx, const struct likelihood_at *at, size_t n, size_t V,
    float *logits)
{
	struct taking *x = ctx;

	x->at = at;
	x->logits = logits;
	x->V = V;
	par_for(n, take_row, x);
	return 0;
}

int
toplaw_write(struct likelihood *work, const struct params *p,
    struct traj_segment *s, size_t V, size_t k)
{
	struct taking x = { .law = mem_alloc(s->n, sizeof *x.law) };
	size_t i;
	int rc;

	for (i = 0; i < s->n; i++)
		coarse_fit(&x.law[i], s->t[i].actions, k, V);
	rc = likelihood_rows(work, p, s->t, s->n, take_block, &x, NULL);
	for (i = 0; i < s->n; i++) {
		if (rc == 0)
			coarse_write(&x.law[i], &s->t[i].rec);
		coarse_release(&x.law[i]);
	}
	free(x.law);
	return rc;
}
