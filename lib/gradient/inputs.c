/* SPDX-License-Identifier: MIT */
#include "gradient/inputs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
inputs_open(struct inputs *w, struct stream_in *in)
{
	w->input = mem_grow(w->input, &w->cap, w->n + 1, sizeof *w->input);
	w->input[w->n] = (struct input){ .in = gradient_open(in) };
	w->n++;
}

static void
forget_objectives(struct inputs *w)
{
	size_t i;

	for (i = 0; i < w->objectives; i++)
		metadata_release(&w->objective[i]);
	free(w->objective);
	w->objective = NULL;
	w->objectives = 0;
}

void
inputs_release(struct inputs *w)
{
	size_t i;

	forget_objectives(w);
	for (i = 0; i < w->n; i++) {
		gradient_close(w->input[i].in);
		gradient_head_release(&w->input[i].head);
	}
	free(w->input);
	memset(w, 0, sizeof *w);
}

/* ---- rounds */

static int
read_header(struct input *p)
{
	int rc = gradient_next(p->in, &p->head, &p->empty);

	p->here = rc == 1;
	p->ended = rc == 0;
	return rc < 0 ? -1 : 0;
}

static bool
has_records(const struct input *p)
{
	return p->here && !p->empty;
}

static bool
is_step(const struct input *p)
{
	return p->here && (!p->empty || p->head.batch_size > 0);
}

static bool
is_shard_of(const struct input *p, const struct input *q)
{
	return p->here && q->here &&
	    strcmp(p->head.objective, q->head.objective) == 0;
}

/* Is this round a step for the objective of p? */
static bool
has_step(const struct inputs *w, const struct input *p)
{
	const struct input *q;

	for (q = w->input; q < w->input + w->n; q++)
		if (is_shard_of(p, q) && is_step(q))
			return true;
	return false;
}

static bool
any(const struct inputs *w, bool (*is)(const struct input *))
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (is(&w->input[i]))
			return true;
	return false;
}

/* Objectives without a step go on to their next batch; 1 while there are. */
static int
pass_over(struct inputs *w)
{
	struct input *p;
	int found = 0;

	for (p = w->input; p < w->input + w->n; p++)
		p->idle = p->here && !has_step(w, p);
	for (p = w->input; p < w->input + w->n; p++) {
		if (!p->idle)
			continue;
		found = 1;
		if (read_header(p) != 0)
			return -1;
	}
	return found;
}

/* The first shard of p's objective whose header has a batch index. */
static const struct input *
first_batch(const struct inputs *w, const struct input *p)
{
	const struct input *q = w->input;

	while (q < p && !(is_shard_of(p, q) && q->head.has_batch))
		q++;
	return q;
}

static int
check_batches(const struct inputs *w)
{
	const struct input *p, *q;

	for (p = w->input; p < w->input + w->n; p++) {
		if (!p->here || !p->head.has_batch)
			continue;
		q = first_batch(w, p);
		if (q->head.batch == p->head.batch)
			continue;
		(void)fail("batch %llu, but %s is at batch %llu",
		    (unsigned long long)p->head.batch, gradient_name(q->in),
		    (unsigned long long)q->head.batch);
		return gradient_fail(p->in);
	}
	return 0;
}

/* In the first step after a stream's end, say so once. */
static void
note_ends(struct inputs *w)
{
	struct input *p;

	for (p = w->input; p < w->input + w->n; p++) {
		p->ended_now = w->step && p->ended && !p->end_noted;
		p->end_noted |= p->ended_now;
	}
}

static bool
is_here(const struct input *p)
{
	return p->here;
}

int
inputs_next(struct inputs *w)
{
	struct input *p;
	int rc = 0;

	forget_objectives(w);
	for (p = w->input; p < w->input + w->n; p++) {
		p->here = p->idle = false;
		if (!p->ended && read_header(p) != 0)
			return -1;
	}
	if (any(w, is_step))
		while ((rc = pass_over(w)) > 0)
			continue;
	if (rc < 0 || check_batches(w) != 0)
		return -1;
	w->step = any(w, is_step);
	w->records = any(w, has_records);
	note_ends(w);
	return any(w, is_here);
}

void
inputs_await(struct inputs *w)
{
	if (inputs_next(w) < 0)
		return; /* no failure: no step would have been made of it */
}

/* ---- headers */

static struct gradient_metadata *
find_objective(const struct inputs *w, const char *name)
{
	size_t i = 0;

	while (i < w->objectives && strcmp(w->objective[i].name, name) != 0)
		i++;
	return &w->objective[i];
}

int
inputs_merge(struct inputs *w)
{
	struct gradient_metadata *o;
	struct input *p;

	forget_objectives(w);
	w->objective = mem_alloc(w->n, sizeof *w->objective);
	for (p = w->input; p < w->input + w->n; p++) {
		if (!has_records(p))
			continue;
		o = find_objective(w, p->head.objective);
		if (o == w->objective + w->objectives)
			w->objectives++;
		if (metadata_add(o, &p->head) != 0)
			return gradient_fail(p->in);
	}
	return 0;
}

static int
same_policy(const struct gradient_head *h, const struct gradient_head *first)
{
	if (h->policy[0] == '\0' || first->policy[0] == '\0' ||
	    (strcmp(h->policy, first->policy) == 0 && h->step == first->step))
		return 0;
	return fail("a gradient of policy %s at step %llu, the first is of %s "
		    "at step %llu",
	    h->policy, (unsigned long long)h->step, first->policy,
	    (unsigned long long)first->step);
}

/* The first segment with records, or else the first; NULL: none is here. */
static const struct input *
first_segment(const struct inputs *w)
{
	const struct input *p, *first = NULL;

	for (p = w->input; p < w->input + w->n; p++) {
		if (has_records(p))
			return p;
		if (p->here && first == NULL)
			first = p;
	}
	return first;
}

int
inputs_same_policy(const struct inputs *w)
{
	const struct input *p, *first = first_segment(w);

	for (p = w->input; p < w->input + w->n; p++)
		if (has_records(p) && same_policy(&p->head, &first->head) != 0)
			return gradient_fail(p->in);
	return 0;
}

static int
check_tokenizer(const struct gradient_head *h, const struct ckpt *c)
{
	struct msg_view v;
	int rc = msg_str(&h->header, "tokenizer", &v);

	if (rc <= 0 || c->tokenizer[0] == '\0')
		return rc < 0 ? -1 : 0;
	if (v.n == strlen(c->tokenizer) && memcmp(v.p, c->tokenizer, v.n) == 0)
		return 0;
	return fail_kind(ERR_TOKENIZER, NULL,
	    "made with tokenizer %.*s, but %s has %s", v.n < 64 ? (int)v.n : 64,
	    v.p, c->dir, c->tokenizer);
}

static int
check_policy(const struct gradient_head *h, const struct ckpt *c, uint64_t now,
    uint64_t stale)
{
	unsigned long long step = h->step, at = now;

	if (h->policy[0] == '\0')
		return 0;
	if (strcmp(h->policy, c->id) != 0)
		return fail("a gradient of policy %s, but %s is %s", h->policy,
		    c->dir, c->id);
	if (step > at)
		return fail("a gradient of step %llu, but %s is at step %llu",
		    step, c->dir, at);
	if (at - step > stale)
		return fail_kind(ERR_STALE, c->dir,
		    "a stale gradient of step %llu, but %s is at step %llu",
		    step, c->dir, at);
	return 0;
}

int
inputs_check(const struct inputs *w, const struct ckpt *c, uint64_t step,
    uint64_t stale)
{
	const struct input *p;

	for (p = w->input; p < w->input + w->n; p++)
		if (has_records(p) &&
		    (check_policy(&p->head, c, step, stale) != 0 ||
			check_tokenizer(&p->head, c) != 0))
			return gradient_fail(p->in);
	return 0;
}

/* ---- sums */

int
inputs_add(struct inputs *w, struct params *d, bool *touched)
{
	const struct gradient_metadata *o;
	struct input *p;

	for (p = w->input; p < w->input + w->n; p++) {
		if (!has_records(p))
			continue;
		o = find_objective(w, p->head.objective);
		if (gradient_add(p->in, o->weight / o->units, d, touched) != 0)
			return -1;
	}
	return 0;
}

static int
one_objective(const struct inputs *w)
{
	const struct input *p, *first = first_segment(w);

	assert(first != NULL);
	for (p = w->input; w->objectives > 1 && p < w->input + w->n; p++) {
		if (!has_records(p) || is_shard_of(p, first))
			continue;
		(void)fail("objective \"%s\", but \"%s\" in the shards "
			   "before",
		    p->head.objective, first->head.objective);
		return gradient_fail(p->in);
	}
	return 0;
}

static int
add_sums(struct inputs *w, struct gradsum *sum)
{
	struct gradsum one = { 0 };
	struct input *p;
	int rc = 0;

	for (p = w->input; rc == 0 && p < w->input + w->n; p++) {
		if (!has_records(p))
			continue;
		rc = gradsum_read(&one, p->in);
		if (rc == 0 && gradsum_add(sum, &one) != 0)
			rc = gradient_fail(p->in);
		gradsum_release(&one);
	}
	return rc;
}

int
inputs_sum(struct inputs *w, struct gradsum *sum, struct gradient_head *h)
{
	const struct input *p, *first = first_segment(w);

	gradsum_release(sum);
	gradient_head_release(h);
	assert(first != NULL);
	if (one_objective(w) != 0 || add_sums(w, sum) != 0)
		return -1;
	*h = first->head;
	h->header = (struct msg){ 0 };
	msg_copy(&h->header, &first->head.header);
	for (p = w->input; p < w->input + w->n; p++)
		h->more |= p->here && gradient_more(p->in);
	if (w->objectives > 0) {
		h->units = w->objective->units;
		metadata_stats(w->objective, &h->header);
	}
	return 0;
}

int
inputs_step(struct inputs *w, const struct ckpt *c, uint64_t step,
    uint64_t stale, struct params *d, bool *touched)
{
	int rc;

	do
		rc = inputs_next(w);
	while (rc > 0 && !w->step);
	if (rc > 0 &&
	    (inputs_merge(w) != 0 || inputs_check(w, c, step, stale) != 0 ||
		inputs_add(w, d, touched) != 0))
		rc = -1;
	return rc;
}
