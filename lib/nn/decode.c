/* SPDX-License-Identifier: MIT */
/*
 * Continuous batching.  A step is
 *   advance  the last tokens of the jobs, a row each
 *   begin    the prompts of new jobs go through the model together, in
 *            batches of rows; a new job begins with a copy of its prompt's
 *            last hidden state, so its first token is drawn like every other
 *   draw     hidden[live, D] @ head^T, a block of rows at a time, and a token
 *            for each job
 *   retire   jobs that are over free their slots
 */
#include "nn/decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "base/rng.h"
#include "nn/incremental.h"
#include "nn/kvpool.h"
#include "nn/packed.h"
#include "tensor/kv.h"

enum { LOGITS = 1 << 24 }; /* floats at once */

struct slot {
	struct decode_job *job;
	struct kvroom *room;
	size_t most, cap; /* tokens to draw; room in the job's arrays */
	bool bad;         /* its logits are not finite */
};

struct decode {
	const struct config *c;
	const struct decode_options *o;
	const struct matrices *matrices;
	struct kvpool pool;
	struct slot *slot; /* [slots]; jobs that have tokens come first */
	size_t slots, live;
	struct kvprompt **todo; /* [slots] prompts that are not ready */
	struct incremental *inc;
	struct inc_row *row;
	size_t rows;                    /* of a product, at most */
	float *hidden;                  /* [live, D] */
	float *logits;                  /* [block, V] */
	struct sample_candidate *pairs; /* [tasks, V] */
	size_t block, tasks;
};

/* ---- what a job needs */

static const struct decode_options *
own_options(const struct decode_options *o, const struct decode_job *j)
{
	return j->own != NULL ? j->own : o;
}

size_t
decode_most(const struct config *c, const struct decode_options *o,
    const struct decode_job *j)
{
	const size_t room = config_room(c, j->prompt_n);
	const size_t most = own_options(o, j)->max_new;

	return most > 0 && most < room ? most : room;
}

/* The last token of a sample is never fed, so it needs no room. */
size_t
decode_positions(const struct config *c, const struct decode_options *o,
    const struct decode_job *j)
{
	return j->prompt_n + decode_most(c, o, j) - 1 - kv_fork(j->prompt_n);
}

static int
check_prompt(const struct config *c, const struct decode_job *j)
{
	size_t i;

	if (j->prompt_n == 0)
		return fail("sample %s: empty prompt", j->id);
	if (j->prompt_n >= c->context)
		return fail("sample %s: a prompt of %zu tokens, the policy's "
			    "context is %zu",
		    j->id, j->prompt_n, c->context);
	for (i = 0; i < j->prompt_n; i++)
		if (j->prompt[i] >= c->V)
			return fail("sample %s: token %zu is %u, the policy "
				    "has %zu",
			    j->id, i, j->prompt[i], c->V);
	return 0;
}

int
decode_check(const struct config *c, const struct params *p,
    const struct decode_options *o, const struct decode_job *j)
{
	const enum tile_type type = packed_type(p);
	double bytes;

	if (c->scored)
		return fail("the policy has no language-model head");
	if (check_prompt(c, j) != 0)
		return -1;
	bytes = (double)kvcache_bytes(c, type, j->prompt_n) +
	    (double)kvcache_bytes(c, type, decode_positions(c, o, j));
	if (bytes > (double)o->memory)
		return fail("one sample needs %.0f bytes of memory for keys "
			    "and values, %zu are allowed",
		    bytes, o->memory);
	return 0;
}

/* ---- memory */

static size_t
block_of(const struct config *c, size_t slots)
{
	const size_t block = LOGITS / c->V > 0 ? LOGITS / c->V : 1;

	return block < slots ? block : slots;
}

static size_t
tasks_of(size_t block)
{
	return par_threads() < block ? par_threads() : block;
}

struct decode_memory
decode_memory(const struct config *c, const struct matrices *m, size_t slots,
    size_t rows)
{
	const size_t block = block_of(c, slots);

	return (struct decode_memory){ block * c->V * sizeof(float) +
		    tasks_of(block) * c->V * sizeof(struct sample_candidate),
		(incremental_floats(c, m, rows) + slots * c->D) *
		    sizeof(float) };
}

struct decode *
decode_new(const struct config *c, const struct params *p,
    const struct decode_options *o, size_t slots, size_t rows)
{
	struct decode *d = mem_alloc(1, sizeof(*d));

	*d = (struct decode){ c, o, packed_of(p, c), .slots = slots };
	kvpool_init(&d->pool, c, d->matrices->type, slots, o->memory);
	d->slot = mem_alloc(slots, sizeof(*d->slot));
	d->todo = mem_alloc(slots, sizeof(struct kvprompt *));
	d->rows = rows;
	d->row = mem_alloc(rows, sizeof(*d->row));
	d->inc = incremental_new(c, p, d->matrices, rows);
	d->block = block_of(c, slots);
	d->tasks = tasks_of(d->block);
	d->hidden = mem_scratch(slots * c->D * sizeof(float));
	d->logits = mem_scratch(d->block * c->V * sizeof(float));
	d->pairs = mem_alloc(d->tasks * c->V, sizeof(*d->pairs));
	return d;
}

void
decode_free(struct decode *d)
{
	if (d == NULL)
		return;
	kvpool_release(&d->pool);
	free(d->slot);
	free(d->todo);
	free(d->row);
	incremental_free(d->inc);
	free(d->hidden);
	free(d->logits);
	free(d->pairs);
	free(d);
}

/* ---- jobs come and go */

bool
decode_enter(struct decode *d, struct decode_job *j)
{
	struct kvroom *room = kvpool_take(&d->pool, j->prompt, j->prompt_n,
	    decode_positions(d->c, d->o, j));

	if (room == NULL)
		return false;
	d->slot[d->live++] =
	    (struct slot){ j, room, decode_most(d->c, d->o, j) };
	return true;
}

void
decode_leave(struct decode *d, const struct decode_job *j)
{
	size_t i, n = 0;

	for (i = 0; i < d->live; i++)
		if (d->slot[i].job == j)
			kvpool_give(&d->pool, d->slot[i].room);
		else
			d->slot[n++] = d->slot[i];
	d->live = n;
}

size_t
decode_live(const struct decode *d)
{
	return d->live;
}

/* ---- a step */

/* The prompts that are not ready. */
static size_t
find_todo(struct decode *d)
{
	struct kvprompt *p;
	size_t i, n = 0;

	for (i = 0; i < d->slots; i++) {
		p = &d->pool.prompt[i];
		if (p->n > 0 && !p->ready)
			d->todo[n++] = p;
	}
	return n;
}

/* Run them, in batches of d->rows tokens. */
static void
prefill(struct decode *d)
{
	const size_t prompts = find_todo(d);
	size_t first = 0, end = 0, at = 0, n, i;

	while (first < prompts) {
		for (n = 0; end < prompts && n < d->rows; n++) {
			const struct kvprompt *p = d->todo[end];

			d->row[n] = (struct inc_row){ .token = p->tokens[at],
				.at = at,
				.own = &p->kv,
				.is_long = config_is_long(d->c, p->n) };
			if (++at == p->n) {
				end++;
				at = 0;
			}
		}
		incremental_forward(d->inc, d->row, n);
		for (i = 0; i < n; i++) {
			struct kvprompt *p = d->todo[first];

			if (d->row[i].at + 1 < p->n)
				continue;
			incremental_hidden(d->inc, p->hidden, i, 1);
			p->ready = true;
			first++;
		}
	}
}

/* Feed the last tokens of the jobs that have some; returns how many have. */
static size_t
advance(struct decode *d)
{
	size_t n;

	for (n = 0; n < d->live && d->slot[n].job->n > 0; n++) {
		const struct decode_job *j = d->slot[n].job;
		const struct kvroom *r = d->slot[n].room;

		d->row[n] = (struct inc_row){ .token = j->tokens[j->n - 1],
			.at = j->prompt_n + j->n - 1,
			.own = &r->kv,
			.before = &r->prompt->kv,
			.is_long = config_is_long(d->c, j->prompt_n) };
	}
	if (n > 0) {
		incremental_forward(d->inc, d->row, n);
		incremental_hidden(d->inc, d->hidden, 0, n);
	}
	return n;
}

/* Let the jobs from `first` on begin. */
static void
begin(struct decode *d, size_t first)
{
	const size_t D = d->c->D;
	size_t i;

	if (first == d->live)
		return;
	prefill(d);
	for (i = first; i < d->live; i++) {
		struct kvroom *r = d->slot[i].room;

		kvcache_fork(&r->kv, &r->prompt->kv, d->c, r->prompt->n);
		memcpy(d->hidden + i * D, r->prompt->hidden, D * sizeof(float));
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
	const struct decode_options *o = own_options(d->o, s->job);
	struct rng r =
	    rng_at(o->seed, o->step, s->job->pass, s->job->id, s->job->n);
	uint32_t token;
	float logp, logq;

	/* The message belongs to this thread, and the job says it. */
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
		draw_one(d, &d->slot[w->first + i], d->logits + i * V,
		    d->pairs + task * V);
}

static void
draw(struct decode *d)
{
	struct draw w = { .d = d };

	for (; w.first < d->live; w.first += w.n) {
		w.n =
		    d->live - w.first < d->block ? d->live - w.first : d->block;
		w.parts = incremental_parts(d->inc, w.n);
		if (w.parts == 1)
			make_logits(d, 0, w.first, w.n);
		par_for(d->tasks, draw_task, &w);
	}
}

/* Whether a job is over, with the reason. */
static bool
is_over(const struct decode *d, const struct slot *s)
{
	const struct decode_options *o = own_options(d->o, s->job);
	struct decode_job *j = s->job;

	j->failed = s->bad;
	j->ended = !s->bad && config_is_eos(d->c, j->tokens[j->n - 1]);
	j->stopped =
	    !s->bad && !j->ended && o->stopped != NULL && o->stopped(o->ctx, j);
	j->over = j->failed || j->ended || j->stopped || j->n >= s->most;
	return j->over;
}

/* Free the slots of jobs that are over. */
static const struct decode_job *
retire(struct decode *d)
{
	const struct decode_job *failed = NULL;
	size_t i, n = 0;

	for (i = 0; i < d->live; i++) {
		struct slot s = d->slot[i];

		if (!is_over(d, &s)) {
			d->slot[n++] = s;
			continue;
		}
		kvpool_give(&d->pool, s.room);
		if (s.bad && failed == NULL)
			failed = s.job;
	}
	d->live = n;
	return failed;
}

const struct decode_job *
decode_step(struct decode *d)
{
	begin(d, advance(d));
	draw(d);
	return retire(d);
}
