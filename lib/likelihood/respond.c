/* SPDX-License-Identifier: MIT */
#include "likelihood/respond.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "likelihood/likelihood.h"
#include "nn/packed.h"
#include "traj/field.h"
#include "traj/show.h"

enum { MICRO = 4096 }; /* tokens of a micro-batch of respond_exact */

size_t
respond_window(size_t n, const struct config *c,
    const struct respond_options *o)
{
	size_t half = c->context / 2, room = half;

	if (n < c->context)
		return n;
	if (!o->cut)
		return 0;
	if (o->max_new > 0 && o->max_new < half)
		room = o->max_new;
	return c->context - (room > 0 ? room : 1);
}

static size_t
prompt_length(const struct traj *t)
{
	return t->spans > 0 ? t->span[t->spans - 1].start : t->n;
}

int
respond_add(struct responses *r, const char *id, uint64_t pass,
    const uint32_t *prompt, size_t n, const struct config *c,
    const struct respond_options *o)
{
	const size_t kept = respond_window(n, c, o);
	struct buf name = { 0 };
	size_t k;

	if (n == 0)
		return fail("field \"tokens\": empty prompt");
	if (kept == 0)
		return fail("field \"tokens\": a prompt of %zu tokens, the "
			    "policy's context is %zu",
		    n, c->context);
	r->stops = o->stops;
	r->job = mem_grow(r->job, &r->cap, r->jobs + o->each, sizeof(*r->job));
	r->id = mem_grow(r->id, &r->id_cap, r->jobs + o->each, sizeof(*r->id));
	for (k = 0; k < o->each; k++, r->jobs++) {
		buf_reset(&name);
		buf_addf(&name, "%s#%zu", id, k);
		r->id[r->jobs] = mem_dup(name.p, name.n);
		r->job[r->jobs] =
		    (struct decode_job){ .prompt = prompt + (n - kept),
			    .prompt_n = kept,
			    .id = r->id[r->jobs],
			    .pass = pass };
	}
	buf_release(&name);
	return 0;
}

int
respond_check(const struct traj_segment *s, const struct ckpt *policy)
{
	const size_t V = policy->config.V;

	if (traj_same_tokenizer(s, policy->tokenizer, V) < 0)
		return -1;
	return traj_check(s, V, SIZE_MAX);
}

int
respond_plan(struct responses *r, const struct traj_segment *s,
    const struct config *c, const struct respond_options *o)
{
	size_t i;

	*r = (struct responses){ .segment = s, .each = o->each };
	for (i = 0; i < s->n; i++)
		if (respond_add(r, s->t[i].id, s->t[i].pass, s->t[i].tokens,
			prompt_length(&s->t[i]), c, o) < 0)
			return traj_fail_in(&s->t[i]);
	return 0;
}

void
respond_release(struct responses *r)
{
	size_t i;

	for (i = 0; i < r->jobs; i++) {
		free(r->job[i].tokens);
		free(r->job[i].logp);
		free(r->job[i].logq);
		free(r->id[i]);
	}
	free(r->job);
	free(r->id);
	free(r->drawn_by);
	*r = (struct responses){ 0 };
}

size_t
respond_tokens(const struct responses *r)
{
	size_t i, tokens = 0;

	for (i = 0; i < r->jobs; i++)
		tokens += r->job[i].n;
	return tokens;
}

/* Stats: means over samples, and of -log pi over tokens. */
static void
set_stats(struct msg *h, const struct responses *r)
{
	const double tokens = (double)respond_tokens(r);
	double ended = 0.0, nats = 0.0;
	size_t i, t;

	for (i = 0; i < r->jobs; i++) {
		ended += r->job[i].ended || r->job[i].stopped;
		for (t = 0; t < r->job[i].n; t++)
			nats -= (double)r->job[i].logp[t];
	}
	traj_stat(h, "rollout.length", tokens / (double)r->jobs);
	traj_stat(h, "rollout.ended", ended / (double)r->jobs);
	traj_stat(h, "rollout.nll_token", nats / tokens);
}

/* The policy at its step, as a map. */
static void
put_policy(struct buf *out, const struct ckpt *p)
{
	msg_put_map(out, 2);
	msg_put_str(out, "id", 2);
	msg_put_str(out, p->id, strlen(p->id));
	msg_put_str(out, "step", 4);
	msg_put_uint(out, p->step);
}

void
respond_header(struct msg *h, const struct responses *r, const struct ckpt *p,
    uint64_t seed)
{
	struct buf policy = { 0 };

	put_policy(&policy, p);
	msg_set(h, "policy", &policy);
	buf_release(&policy);
	msg_set_uint(h, "seed", seed);
	msg_del(h, "ratio");
	if (p->tokenizer[0] != '\0')
		msg_set_str(h, "tokenizer", p->tokenizer);
	if (r->segment->vocab == 0)
		msg_set_uint(h, "vocab", p->config.V);
	set_stats(h, r);
}

static void
put_text(struct msg_build *b, const char *key, const char *text)
{
	msg_put_str(msg_build_set(b, key), text, strlen(text));
}

/* The token that ends the answers of a stream: 1, 0 none, -1. */
static int
end_of_turn(const struct traj_segment *s, uint64_t *token)
{
	return msg_uint(&s->header, "end_of_turn", token);
}

int
respond_ends(const struct traj_segment *s, struct config *c)
{
	uint64_t token;
	const int r = end_of_turn(s, &token);

	if (r == 0)
		return 0;
	if (r < 0)
		(void)fail_in("header");
	else if (token < c->V && config_add_eos(c, (uint32_t)token) == 0)
		return 0;
	else
		(void)fail("header: field \"end_of_turn\": %" PRIu64
			   " cannot end a response",
		    token);
	return fail_where(&s->at, NULL, 0);
}

static enum traj_stop
stop_of(const struct traj_segment *s, const struct decode_job *j)
{
	uint64_t token;

	if (!j->ended)
		return j->stopped ? STOP_TEXT : STOP_LENGTH;
	return end_of_turn(s, &token) > 0 && j->tokens[j->n - 1] == token ?
	    STOP_TURN :
	    STOP_EOS;
}

void
respond_record(struct msg *rec, const struct responses *r, size_t i, bool logq)
{
	const struct traj *t = &r->segment->t[i / r->each];
	const struct decode_job *j = &r->job[i];
	const size_t n = j->prompt_n + j->n;
	const uint32_t span[2] = { (uint32_t)j->prompt_n, (uint32_t)n };
	uint32_t *tokens = mem_alloc(n, sizeof(*tokens));
	struct msg_build b;

	memcpy(tokens, j->prompt, j->prompt_n * sizeof(*tokens));
	memcpy(tokens + j->prompt_n, j->tokens, j->n * sizeof(*tokens));
	msg_build(&b, &t->rec);
	field_drop(&b, FIELD_RESPONSE);
	put_text(&b, "id", j->id);
	put_text(&b, "group", t->group);
	put_text(&b, "role", traj_role_name(ROLE_POLICY));
	msg_put_ext(msg_build_set(&b, "tokens"), MSG_U32, tokens,
	    n * sizeof(*tokens));
	msg_put_ext(msg_build_set(&b, "actions"), MSG_U32, span, sizeof(span));
	put_text(&b, "stop", traj_stop_name(stop_of(r->segment, j)));
	msg_put_ext(msg_build_set(&b, "logp"), MSG_F32, j->logp,
	    j->n * sizeof(*j->logp));
	if (logq)
		msg_put_ext(msg_build_set(&b, "logq"), MSG_F32, j->logq,
		    j->n * sizeof(*j->logq));
	if (r->drawn_by != NULL)
		put_policy(msg_build_set(&b, "member"), r->drawn_by[i]);
	msg_build_end(&b, rec);
	free(tokens);
}

int
respond_write(const struct responses *r, struct stream_out *out,
    struct tokenizer *text, bool demos, bool logq)
{
	const struct decode_job *j = r->job;
	struct msg rec = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < r->jobs && rc == 0; i++, j++) {
		if (demos && i % r->each == 0)
			rc = stream_put(out, &r->segment->t[i / r->each].rec);
		respond_record(&rec, r, i, logq);
		if (text != NULL)
			show_text(text, j->prompt, j->prompt_n, j->tokens, j->n,
			    r->stops, &rec);
		if (rc == 0)
			rc = stream_put(out, &rec);
	}
	msg_release(&rec);
	return rc;
}

/* A job as a trajectory that owns its tokens and borrows the rest. */
static struct traj
as_traj(const struct decode_job *j, struct span *span)
{
	const size_t n = j->prompt_n + j->n;
	struct traj t = { .id = (char *)j->id,
		.n = n,
		.span = span,
		.spans = 1,
		.actions = j->n };

	*span = (struct span){ (uint32_t)j->prompt_n, (uint32_t)n };
	t.tokens = mem_alloc(n, sizeof(*t.tokens));
	memcpy(t.tokens, j->prompt, j->prompt_n * sizeof(*t.tokens));
	memcpy(t.tokens + j->prompt_n, j->tokens, j->n * sizeof(*t.tokens));
	return t;
}

int
respond_exact_plan(const struct responses *r, const struct ckpt *policy,
    const struct decode_options *how, struct plan_passes *w)
{
	const struct config *c = &policy->config;
	struct likelihood *l = likelihood_new(c, MICRO);
	struct traj *t = mem_alloc(r->jobs, sizeof(*t));
	struct span *span = mem_alloc(r->jobs, sizeof(*span));
	uint32_t *unknown = mem_alloc(c->context, sizeof(*unknown));
	size_t i;
	int rc;

	for (i = 0; i < r->jobs; i++) {
		struct decode_job j = r->job[i];

		j.tokens = unknown;
		j.n = decode_most(c, how, &j);
		t[i] = as_traj(&j, &span[i]);
	}
	rc = likelihood_plan(l, &policy->params, t, r->jobs, false, w);
	for (i = 0; i < r->jobs; i++)
		free(t[i].tokens);
	likelihood_free(l);
	free(t);
	free(span);
	free(unknown);
	return rc;
}

int
respond_exact(struct responses *r, struct ckpt *policy)
{
	const enum tile_type type = packed_type(&policy->params);
	struct likelihood *l = likelihood_new(&policy->config, MICRO);
	struct traj *t = mem_alloc(r->jobs, sizeof(*t));
	struct span *span = mem_alloc(r->jobs, sizeof(*span));
	size_t i, at = 0;
	float *logp;
	int rc;

	for (i = 0; i < r->jobs; i++)
		t[i] = as_traj(&r->job[i], &span[i]);
	logp = mem_floats(likelihood_actions(t, r->jobs));
	packed_set_type(&policy->params, TILE_F32);
	rc = likelihood_logp(l, &policy->params, t, r->jobs, logp, NULL);
	packed_set_type(&policy->params, type);
	for (i = 0; i < r->jobs; at += r->job[i++].n) {
		memcpy(r->job[i].logp, logp + at, r->job[i].n * sizeof(*logp));
		free(t[i].tokens);
	}
	likelihood_free(l);
	free(t);
	free(span);
	free(logp);
	return rc;
}
