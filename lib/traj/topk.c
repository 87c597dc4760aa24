/* SPDX-License-Identifier: MIT */
#include "traj/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/msgbuild.h"

#define TOKEN "teacher_token"
#define LOGP "teacher_logp"
#define TAIL "teacher_tail"

void
topk_release(struct topk *c)
{
	free(c->token);
	free(c->logp);
	free(c->tail);
	*c = (struct topk){ 0 };
}

void
topk_fit(struct topk *c, size_t actions, size_t k, size_t V)
{
	c->actions = actions;
	c->k = k < V ? k : V;
	c->tails = c->k < V ? actions : 0;
	c->token =
	    mem_grow(c->token, &c->token_cap, actions * c->k, sizeof *c->token);
	c->logp =
	    mem_grow(c->logp, &c->logp_cap, actions * c->k, sizeof *c->logp);
	c->tail = mem_grow(c->tail, &c->tail_cap, c->tails, sizeof *c->tail);
}

void
topk_write(const struct topk *c, struct msg *rec)
{
	const size_t n = c->actions * c->k;
	struct msg_build b;

	msg_build(&b, rec);
	msg_put_ext(msg_build_set(&b, TOKEN), MSG_U32, c->token,
	    n * sizeof *c->token);
	msg_put_ext(msg_build_set(&b, LOGP), MSG_F32, c->logp,
	    n * sizeof *c->logp);
	msg_build_drop(&b, TAIL);
	if (c->tails > 0)
		msg_put_ext(msg_build_set(&b, TAIL), MSG_F32, c->tail,
		    c->tails * sizeof *c->tail);
	msg_build_end(&b, rec);
}

/* ---- reading */

static int
check_logs(const char *key, const float *x, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isfinite(x[i]) || x[i] > 1e-5f)
			return fail("field \"%s\": element %zu is %g, expected "
				    "a log-probability",
			    key, i, (double)x[i]);
	return 0;
}

static int
check_counts(struct topk *c, const struct traj *t, size_t tokens, size_t logps,
    size_t V)
{
	const size_t A = t->actions;

	if (A == 0 ? tokens != 0 : tokens == 0 || tokens % A != 0)
		return fail("field \"" TOKEN "\": %zu values for %zu actions, "
			    "expected as many for each",
		    tokens, A);
	c->k = A == 0 ? 0 : tokens / A;
	if (c->k > V)
		return fail("field \"" TOKEN "\": %zu for an action, the "
			    "vocabulary has %zu",
		    c->k, V);
	if (logps != tokens)
		return fail("field \"" LOGP "\": %zu values for %zu tokens",
		    logps, tokens);
	if (c->tails != 0 && c->tails != A)
		return fail("field \"" TAIL "\": %zu values for %zu actions",
		    c->tails, A);
	if (c->k < V && c->tails != A)
		return fail("field \"" TAIL "\": missing, but %zu tokens are "
			    "not the vocabulary of %zu",
		    c->k, V);
	if (c->k == V && c->tails > 0 && A > 0)
		return fail("field \"" TAIL "\": nothing is left of a "
			    "vocabulary of %zu",
		    V);
	return 0;
}

struct entry {
	uint32_t token;
	float logp;
};

static int
by_token(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->token > y->token) - (x->token < y->token);
}

/* Sort distribution j by token, refuse a token twice, and scale it to sum 1. */
static int
normalize_row(struct topk *c, size_t j, struct entry *e, size_t V)
{
	uint32_t *token = c->token + j * c->k;
	float *logp = c->logp + j * c->k;
	double sum = c->tails > 0 ? exp((double)c->tail[j]) : 0;
	size_t i;

	for (i = 0; i < c->k; i++) {
		e[i] = (struct entry){ token[i], logp[i] };
		sum += exp((double)logp[i]);
	}
	if (!(fabs(sum - 1) < 0.02))
		return fail("field \"" LOGP
			    "\": the distribution of action %zu sums "
			    "to %g, expected 1",
		    j, sum);
	qsort(e, c->k, sizeof *e, by_token);
	for (i = 0; i < c->k; i++) {
		if (e[i].token >= V)
			return fail("field \"" TOKEN "\": token %u is outside "
				    "a vocabulary of %zu",
			    e[i].token, V);
		if (i > 0 && e[i].token == e[i - 1].token)
			return fail("field \"" TOKEN "\": token %u comes twice "
				    "at action %zu",
			    e[i].token, j);
		token[i] = e[i].token;
		logp[i] = (float)((double)e[i].logp - log(sum));
	}
	if (c->tails > 0)
		c->tail[j] = (float)((double)c->tail[j] - log(sum));
	return 0;
}

int
topk_read(struct topk *c, const struct traj *t, size_t V)
{
	struct entry *e;
	size_t tokens = 0, logps = 0, j;
	int rc;

	c->k = c->tails = 0;
	c->actions = t->actions;
	rc = msg_u32(&t->rec, TOKEN, &c->token, &tokens, &c->token_cap);
	if (rc <= 0)
		return rc;
	rc = msg_f32(&t->rec, LOGP, &c->logp, &logps, &c->logp_cap);
	if (rc <= 0)
		return rc < 0 ? -1 : fail("field \"" LOGP "\": missing");
	if (msg_f32(&t->rec, TAIL, &c->tail, &c->tails, &c->tail_cap) < 0 ||
	    check_counts(c, t, tokens, logps, V) != 0 ||
	    check_logs(LOGP, c->logp, logps) != 0 ||
	    check_logs(TAIL, c->tail, c->tails) != 0)
		return -1;
	e = mem_alloc(c->k, sizeof *e);
	for (j = 0, rc = 0; rc == 0 && j < c->actions; j++)
		rc = normalize_row(c, j, e, V);
	free(e);
	return rc == 0 ? 1 : -1;
}
