/* SPDX-License-Identifier: MIT */
#include "likelihood/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "likelihood/frozen.h"
#include "tensor/softmax.h"

void
export_topk_take(struct topk *c, size_t j, float *z, size_t V)
{
	uint32_t *token = c->token + j * c->k;
	float *logp = c->logp + j * c->k;
	double lse = logsumexp(z, V);
	size_t n = 0, v, at;

	/* Until the loop below, logp holds logits, descending. */
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

struct exporting {
	struct topk *topk; /* of each trajectory */
	const struct likelihood_at *at;
	float *logits;
	size_t V;
};

static void
take_row(size_t i, void *arg)
{
	const struct exporting *x = arg;

	export_topk_take(&x->topk[x->at[i].traj], x->at[i].action,
	    x->logits + i * x->V, x->V);
}

static int
take_block(void *ctx, const struct likelihood_at *at, size_t n, size_t V,
    float *logits)
{
	struct exporting *x = ctx;

	x->at = at;
	x->logits = logits;
	x->V = V;
	par_for(n, take_row, x);
	return 0;
}

int
export_open(struct ckpt *c, const char *dir, enum tile_type type)
{
	int rc = ckpt_open_passes(c, dir, type);

	if (rc < 0 || frozen_check_head(c) == 0)
		return rc;
	ckpt_close(c);
	return -1;
}

int
export_topk(struct likelihood *work, const struct ckpt *c,
    struct traj_segment *s, size_t k)
{
	const size_t V = c->config.V;
	struct exporting x = { 0 };
	size_t i;
	int rc;

	if (traj_same_tokenizer(s, c->tokenizer, V) != 0 ||
	    traj_check(s, V, c->config.context) != 0)
		return -1;
	x.topk = mem_alloc(s->n, sizeof *x.topk);
	for (i = 0; i < s->n; i++)
		topk_fit(&x.topk[i], s->t[i].actions, k, V);
	rc =
	    likelihood_rows(work, &c->params, s->t, s->n, take_block, &x, NULL);
	for (i = 0; i < s->n; i++) {
		if (rc == 0)
			topk_write(&x.topk[i], &s->t[i].rec);
		topk_release(&x.topk[i]);
	}
	free(x.topk);
	return rc;
}

int
export_stream(const struct ckpt *c, size_t micro, size_t k,
    struct stream_in *in, struct stream_out *out, uint64_t *n)
{
	struct likelihood *work = likelihood_new(&c->config, micro);
	struct traj_segment s = { 0 };
	int r;

	*n = 0;
	while ((r = traj_read(in, &s)) > 0) {
		if (export_topk(work, c, &s, k) != 0 ||
		    traj_write(out, &s) != 0) {
			r = -1;
			break;
		}
		*n += s.n;
	}
	likelihood_free(work);
	traj_segment_release(&s);
	return r;
}
