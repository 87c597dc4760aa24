/* SPDX-License-Identifier: MIT */
/*
 * Continuous batching.  A round is
 *   refill   idle slots take the next samples; their new prompts go through
 *            the model together, in batches of rows
 *   draw     hidden[live, D] @ head^T, a block of rows at a time, and a token
 *            for each slot; samples that end free their slots
 *   advance  the new tokens of the other samples, one row each
 * A slot begins with a copy of its prompt's last hidden state, so the first
 * token of a sample is drawn like every other.
 *
 * Memory: each slot has room for the keys and values of the longest response
 * (and of the prompt's last block).  The rest of the bound is for prompts,
 * each held from the start of its first sample to the end of its last one.
 * There is always room for the longest prompt after the slots, so when no
 * prompt is held the next one fits.
 */
#include "nn/decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"
#include "nn/incremental.h"
#include "nn/kvcache.h"
#include "nn/packed.h"

enum {
	SLOTS = 128,      /* more rows make a product no faster */
	PREFILL = 256,    /* rows of prompts in a batch */
	LOGITS = 1 << 24, /* floats at once */
};

struct prompt {
	const uint32_t *tokens;
	size_t n, users; /* samples that have not ended */
	struct kvcache kv;
	float *hidden; /* [D] at the last token */
};

struct slot {
	struct decode_job *job;
	struct prompt *prompt;
	struct kvcache kv;
	size_t most, cap; /* tokens to draw; room in the job's arrays */
	bool bad;         /* its logits are not finite */
};

struct decode {
	const struct config *c;
	const struct params *p;
	const struct decode_options *o;
	const struct matrices *matrices;
	struct decode_job *job;
	size_t jobs, next;
	struct prompt *prompt;
	size_t prompts, *prompt_of; /* [jobs] */
	struct slot *slot;
	size_t slots;
	struct slot **live, **idle; /* [slots] */
	size_t lives, idles;
	size_t own_most;   /* positions of a slot */
	double held;       /* bytes of prompts at a time, on average */
	double free_bytes; /* for prompts */
	struct incremental *inc;
	struct inc_row *row;
	size_t rows;                    /* of a batch, at most */
	float *hidden;                  /* [slots, D], of live slots in turn */
	float *logits;                  /* [block, V] */
	struct sample_candidate *pairs; /* [tasks, V] */
	size_t block, tasks;
	size_t drawn; /* tokens so far */
};

size_t
decode_most(const struct config *c, const struct decode_options *o,
    const struct decode_job *j)
{
	const size_t room = config_room(c, j->prompt_n);
	const size_t most = decode_own(o, j)->max_new;

	return most > 0 && most < room ? most : room;
}

static double
prompt_bytes(const struct decode *d, const struct prompt *p)
{
	return (double)kvcache_bytes(d->c, d->matrices->type, p->n);
}

static int
check_prompt(const struct decode *d, const struct decode_job *j)
{
	size_t i;

	if (j->prompt_n == 0)
		return fail("sample %s: empty prompt", j->id);
	if (j->prompt_n >= d->c->context)
		return fail("sample %s: a prompt of %zu tokens, the policy's "
			    "context is %zu",
		    j->id, j->prompt_n, d->c->context);
	for (i = 0; i < j->prompt_n; i++)
		if (j->prompt[i] >= d->c->V)
			return fail("sample %s: token %zu is %u, the policy "
				    "has %zu",
			    j->id, i, j->prompt[i], d->c->V);
	return 0;
}

/* Adjacent jobs with one prompt share it. */
static int
find_prompts(struct decode *d)
{
	struct prompt *p = NULL;
	size_t i;

	d->prompt = mem_alloc(d->jobs, sizeof(*d->prompt));
	d->prompt_of = mem_alloc(d->jobs, sizeof(*d->prompt_of));
	for (i = 0; i < d->jobs; i++) {
		const struct decode_job *j = &d->job[i];

		if (p == NULL || p->tokens != j->prompt ||
		    p->n != j->prompt_n) {
			if (check_prompt(d, j) < 0)
				return -1;
			p = &d->prompt[d->prompts++];
			p->tokens = j->prompt;
			p->n = j->prompt_n;
		}
		p->users++;
		d->prompt_of[i] = d->prompts - 1;
	}
	return 0;
}

static double
slot_bytes(const struct decode *d)
{
	return (double)kvcache_bytes(d->c, d->matrices->type, d->own_most);
}

/*
 * As many slots as fit the bound together with the prompts that so many
 * samples read on average.
 */
static int
plan_slots(struct decode *d)
{
	const double own = slot_bytes(d);
	const double bound = (double)d->o->memory;
	double longest = 0.0, all = 0.0, held;
	size_t i;

	for (i = 0; i < d->prompts; i++) {
		all += prompt_bytes(d, &d->prompt[i]);
		if (prompt_bytes(d, &d->prompt[i]) > longest)
			longest = prompt_bytes(d, &d->prompt[i]);
	}
	if (own + longest > bound)
		return fail("one sample needs %.0f bytes of memory for keys "
			    "and values, %zu are allowed",
		    own + longest, d->o->memory);
	d->held = longest;
	for (d->slots = d->jobs < SLOTS ? d->jobs : SLOTS; d->slots > 1;
	     d->slots--) {
		held = longest + all * (double)d->slots / (double)d->jobs;
		d->held = held < all ? held : all;
		if ((double)d->slots * own + d->held <= bound)
			break;
	}
	d->free_bytes = bound - (double)d->slots * own;
	return 0;
}

static int
plan(struct decode *d)
{
	size_t tokens = 0, i, own;

	if (d->c->scored)
		return fail("the policy has no language-model head");
	if (find_prompts(d) < 0)
		return -1;
	/* The last token of a sample is never fed, so it needs no room. */
	for (i = 0; i < d->jobs; i++) {
		own = d->job[i].prompt_n + decode_most(d->c, d->o, &d->job[i]) -
		    1 - kv_fork(d->job[i].prompt_n);
		d->own_most = own > d->own_most ? own : d->own_most;
	}
	for (i = 0; i < d->prompts && tokens < PREFILL; i++)
		tokens += d->prompt[i].n;
	if (plan_slots(d) < 0)
		return -1;
	d->rows = tokens < PREFILL ? tokens : PREFILL;
	d->rows = d->rows > d->slots ? d->rows : d->slots;
	d->block = LOGITS / d->c->V > 0 ? LOGITS / d->c->V : 1;
	d->block = d->block < d->slots ? d->block : d->slots;
	d->tasks = par_threads() < d->block ? par_threads() : d->block;
	return 0;
}

static void
allocate(struct decode *d)
{
	size_t i;

	d->slot = mem_alloc(d->slots, sizeof(*d->slot));
	d->live = mem_alloc(d->slots, sizeof(struct slot *));
	d->idle = mem_alloc(d->slots, sizeof(struct slot *));
	for (i = 0; i < d->slots; i++) {
		kvcache_init(&d->slot[i].kv, d->c, d->matrices->type,
		    d->own_most);
		d->idle[d->idles++] = &d->slot[i];
	}
	d->row = mem_alloc(d->rows, sizeof(*d->row));
	d->inc = incremental_new(d->c, d->p, d->matrices, d->rows);
	d->hidden = mem_floats(d->slots * d->c->D);
	d->logits = mem_floats(d->block * d->c->V);
	d->pairs = mem_alloc(d->tasks * d->c->V, sizeof(*d->pairs));
}

static void
drop_prompt(struct decode *d, struct prompt *p)
{
	if (p->kv.p != NULL)
		d->free_bytes += prompt_bytes(d, p);
	kvcache_release(&p->kv);
	free(p->hidden);
	p->hidden = NULL;
}

static void
release(struct decode *d)
{
	size_t i;

	for (i = 0; i < d->prompts; i++)
		drop_prompt(d, &d->prompt[i]);
	for (i = 0; i < d->slots && d->slot != NULL; i++)
		kvcache_release(&d->slot[i].kv);
	free(d->prompt);
	free(d->prompt_of);
	free(d->slot);
	free(d->live);
	free(d->idle);
	incremental_free(d->inc);
	free(d->row);
	free(d->hidden);
	free(d->logits);
	free(d->pairs);
}

/* Run the prompts first .. end-1, in batches of d->rows tokens. */
static void
prefill(struct decode *d, struct prompt *first, const struct prompt *end)
{
	struct prompt *p = first, *done;
	size_t at = 0, n, i;

	while (p < end) {
		for (n = 0, done = p; done < end && n < d->rows; n++) {
			d->row[n] = (struct inc_row){ .token = done->tokens[at],
				.at = at,
				.own = &done->kv,
				.is_long = config_is_long(d->c, done->n) };
			if (++at == done->n) {
				done++;
				at = 0;
			}
		}
		incremental_forward(d->inc, d->row, n);
		for (i = 0; i < n; i++)
			if (d->row[i].at + 1 == p->n) {
				incremental_hidden(d->inc, p->hidden, i, 1);
				p++;
			}
	}
}

/* Allocate a prompt's cache if the bound allows it; false: not now. */
static bool
admit_prompt(struct decode *d, struct prompt *p)
{
	if (p->kv.p != NULL)
		return true;
	if (prompt_bytes(d, p) > d->free_bytes)
		return false;
	d->free_bytes -= prompt_bytes(d, p);
	kvcache_init(&p->kv, d->c, d->matrices->type, p->n);
	p->hidden = mem_floats(d->c->D);
	return true;
}

static void
refill(struct decode *d)
{
	const size_t before = d->lives, D = d->c->D;
	struct prompt *first = NULL, *end = NULL;
	size_t i;

	for (; d->idles > 0 && d->next < d->jobs; d->next++) {
		struct prompt *p = &d->prompt[d->prompt_of[d->next]];
		struct slot *s = d->idle[d->idles - 1];
		bool there = p->kv.p != NULL;

		if (!admit_prompt(d, p))
			break;
		first = there || first != NULL ? first : p;
		end = there ? end : p + 1;
		d->idles--;
		d->live[d->lives++] = s;
		s->job = &d->job[d->next];
		s->prompt = p;
		s->most = decode_most(d->c, d->o, s->job);
		s->cap = 0;
	}
	if (first != NULL)
		prefill(d, first, end);
	for (i = before; i < d->lives; i++) {
		struct slot *s = d->live[i];

		kvcache_fork(&s->kv, &s->prompt->kv, d->c, s->prompt->n);
		memcpy(d->hidden + i * D, s->prompt->hidden, D * sizeof(float));
	}
}

/* A block of rows of logits, for the tasks that draw from it. */
struct draw {
	struct decode *d;
	size_t first, n;
	size_t parts; /* 1: logits are made; else each task makes its own */
};

static void
append(struct slot *s, uint32_t token, float logp, float logq)
{
	struct decode_job *j = s->job;
	size_t cap = s->cap;

	j->tokens = mem_grow(j->tokens, &cap, j->n + 1, sizeof(*j->tokens));
	cap = s->cap;
	j->logp = mem_grow(j->logp, &cap, j->n + 1, sizeof(*j->logp));
	j->logq = mem_grow(j->logq, &s->cap, j->n + 1, sizeof(*j->logq));
	j->tokens[j->n] = token;
	j->logp[j->n] = logp;
	j->logq[j->n++] = logq;
}

static void
draw_one(struct decode *d, struct slot *s, const float *logits,
    struct sample_candidate *scratch)
{
	const struct decode_options *o = decode_own(d->o, s->job);
	struct rng r =
	    rng_at(o->seed, o->step, s->job->pass, s->job->id, s->job->n);
	uint32_t token;
	float logp, logq;

	/* The message belongs to this thread: draw() fails again. */
	s->bad = sample_token(logits, d->c->V, &o->how, rng_unit(&r), scratch,
		     &token, &logp, &logq) < 0;
	if (!s->bad)
		append(s, token, logp, logq);
}

static void
make_logits(struct decode *d, size_t at, size_t first, size_t n)
{
	panel_forward(d->logits + at * d->c->V,
	    d->hidden + (first + at) * d->c->D, &d->matrices->head.panel, NULL,
	    NULL, n);
}

static void
draw_task(size_t task, void *arg)
{
	const struct draw *w = arg;
	struct decode *d = w->d;
	const size_t V = d->c->V, end = w->n * (task + 1) / d->tasks;
	size_t i = w->n * task / d->tasks;

	if (w->parts > 1 && i < end)
		make_logits(d, i, w->first, end - i);
	for (; i < end; i++)
		draw_one(d, d->live[w->first + i], d->logits + i * V,
		    d->pairs + task * V);
}

static int
draw(struct decode *d)
{
	struct draw w = { .d = d };
	size_t i;

	for (; w.first < d->lives; w.first += w.n) {
		w.n = d->lives - w.first < d->block ? d->lives - w.first :
						      d->block;
		w.parts = incremental_parts(d->inc, w.n);
		if (w.parts == 1)
			make_logits(d, 0, w.first, w.n);
		par_for(d->tasks, draw_task, &w);
	}
	for (i = 0; i < d->lives; i++)
		if (d->live[i]->bad)
			return fail("sample %s: the logits of token %zu are "
				    "not finite",
			    d->live[i]->job->id, d->live[i]->job->n);
	d->drawn += d->lives;
	return 0;
}

/* Free the slots of samples that have ended. */
static void
retire(struct decode *d)
{
	size_t i, n = 0;

	for (i = 0; i < d->lives; i++) {
		struct slot *s = d->live[i];
		struct decode_job *j = s->job;

		j->ended = config_is_eos(d->c, j->tokens[j->n - 1]);
		j->stopped = !j->ended && d->o->stopped != NULL &&
		    d->o->stopped(d->o->ctx, j);
		if (!j->ended && !j->stopped && j->n < s->most) {
			d->live[n++] = s;
			continue;
		}
		if (--s->prompt->users == 0)
			drop_prompt(d, s->prompt);
		d->idle[d->idles++] = s;
	}
	d->lives = n;
}

static void
advance(struct decode *d)
{
	size_t i;

	if (d->lives == 0)
		return;
	for (i = 0; i < d->lives; i++) {
		const struct slot *s = d->live[i];

		d->row[i] =
		    (struct inc_row){ .token = s->job->tokens[s->job->n - 1],
			    .at = s->prompt->n + s->job->n - 1,
			    .own = &s->kv,
			    .before = &s->prompt->kv,
			    .is_long = config_is_long(d->c, s->prompt->n) };
	}
	incremental_forward(d->inc, d->row, d->lives);
	incremental_hidden(d->inc, d->hidden, 0, d->lives);
}

int
decode_run(const struct config *c, const struct params *p,
    const struct decode_options *o, struct decode_job *job, size_t jobs,
    int (*tick)(void *, size_t), void *ctx)
{
	struct decode d = { c, p, o, packed_of(p, c), job, jobs };
	int result = jobs > 0 ? plan(&d) : 0;

	if (result == 0 && jobs > 0)
		allocate(&d);
	while (result == 0 && (d.lives > 0 || d.next < d.jobs)) {
		refill(&d);
		if ((result = draw(&d)) < 0)
			break;
		retire(&d);
		result = tick != NULL && tick(ctx, d.drawn) != 0 ? -1 : 0;
		if (result == 0)
			advance(&d);
	}
	release(&d);
	return result;
}

int
decode_plan(const struct config *c, const struct params *p,
    const struct decode_options *o, struct decode_job *job, size_t jobs,
    struct decode_sizes *z)
{
	struct decode d = { c, p, o, packed_shapes(p, c), job, jobs };
	const int rc = jobs > 0 ? plan(&d) : 0;

	*z = (struct decode_sizes){ .slots = d.slots, .rows = d.rows };
	z->slot = slot_bytes(&d);
	z->held = d.held;
	z->logits = d.block * c->V * sizeof *d.logits +
	    d.tasks * c->V * sizeof *d.pairs;
	z->activations = incremental_floats(c, d.matrices, d.rows) +
	    (d.slots + d.prompts) * c->D;
	z->activations *= sizeof(float);
	release(&d);
	return rc;
}
