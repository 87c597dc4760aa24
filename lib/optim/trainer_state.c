/* SPDX-License-Identifier: MIT */
/* The tensors of the optimizer file, from a trainer and back. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "optim/trainer_parts.h"

enum { COUNT_LOW = 1 << 24 }; /* integers that a float holds exactly */
static const char TOKENS[] = "tokens";

static void
add_state(struct trainer *t, const char *kind, const struct params *p)
{
	const struct tensor *x;
	struct st_tensor *s;
	struct buf name = { 0 };
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		x = &p->tensor[i];
		s = &t->state[t->states++];
		buf_reset(&name);
		buf_addf(&name, "%s.%s", kind, x->name);
		s->name = mem_dup(name.p, name.n);
		s->dtype = ST_F32;
		s->dims = x->dims;
		s->shape[0] = x->rows;
		s->shape[1] = x->cols;
		s->n = x->n;
		s->bytes = x->n * sizeof *x->p;
		s->data = x->p;
	}
	buf_release(&name);
}

static void
add_count(struct trainer *t, const char *name, float count[2])
{
	struct st_tensor *s = &t->state[t->states++];

	s->name = mem_dup(name, strlen(name));
	s->dtype = ST_F32;
	s->dims = 1;
	s->shape[0] = s->n = 2;
	s->bytes = 2 * sizeof *count;
	s->data = count;
}

void
trainer_state_list(struct trainer *t)
{
	trainer_state_release(t);
	t->ckpt->whole_steps = t->decay > 0;
	t->state = mem_alloc(4 * t->w->tensors + 3, sizeof *t->state);
	if (t->ckpt->dtype != ST_F32)
		add_state(t, "master", t->w);
	if (optimizer_moments(t->optimizer) >= 1)
		add_state(t, "m", &t->m);
	if (optimizer_moments(t->optimizer) >= 2)
		add_state(t, "v", &t->v);
	if (t->decay > 0) {
		add_state(t, ema_kind, &t->e);
		add_count(t, ema_decay_name, t->decays);
	}
	add_count(t, "updates", t->count);
	add_count(t, TOKENS, t->seen);
}

/* Whether the file has the tensors that this optimizer writes. */
static bool
same_optimizer(const struct trainer *t, const struct safetensors *file)
{
	static const char *const kinds[] = { "m", "v" };
	const char *first = t->w->tensor[0].name;
	struct buf name = { 0 };
	bool same = true;
	size_t k;

	for (k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		buf_reset(&name);
		buf_addf(&name, "%s.%s", kinds[k], first);
		same = same &&
		    (st_find(file, buf_text(&name)) != NULL) ==
			(optimizer_moments(t->optimizer) > k);
	}
	buf_release(&name);
	return same;
}

/* A count from the file, and back. */
static int
load_count(const char *name, const float count[2], uint64_t *value)
{
	const double low = (double)count[0], high = (double)count[1];

	if (!(low >= 0 && low < COUNT_LOW && high >= 0 && high < COUNT_LOW))
		return fail("tensor \"%s\": expected two counts below 2^24, "
			    "found %g and %g",
		    name, low, high);
	*value = (uint64_t)high * COUNT_LOW + (uint64_t)low;
	return 0;
}

static void
store_count(uint64_t value, float count[2])
{
	const uint64_t high = value / COUNT_LOW;

	count[0] = (float)(value % COUNT_LOW);
	count[1] = (float)(high < COUNT_LOW ? high : COUNT_LOW - 1);
}

/* Whether a tensor of the list belongs to one optimizer. */
static bool
is_of_optimizer(const struct trainer *t, const struct st_tensor *s)
{
	return strncmp(s->name, "m.", 2) == 0 ||
	    strncmp(s->name, "v.", 2) == 0 || s->data == t->count;
}

/*
 * Copy all of the file, or from another optimizer's what does not depend on it.
 * Files of older versions have no tokens.
 */
static int
load_state(struct trainer *t, const struct safetensors *file, bool same)
{
	const struct st_tensor *from;
	struct st_tensor *s;
	size_t i;

	for (i = 0; i < t->states; i++) {
		s = &t->state[i];
		if (!same && is_of_optimizer(t, s))
			continue;
		from = st_find(file, s->name);
		if (from == NULL && s->data == t->seen)
			continue;
		if (from == NULL)
			return fail("tensor \"%s\" is missing", s->name);
		if (from->dtype != ST_F32 || from->n != s->n)
			return fail("tensor \"%s\": expected %zu elements of "
				    "F32, found %zu",
			    s->name, s->n, from->n);
		memcpy(s->data, from->data, s->bytes);
		mem_forget(from->data, s->bytes);
	}
	if (load_count(TOKENS, t->seen, &t->tokens) != 0)
		return -1;
	return same ? load_count("updates", t->count, &t->updates) : 0;
}

int
trainer_state_load(struct trainer *t, const struct safetensors *file)
{
	bool same;
	int has = 0;

	if (file != NULL)
		has = ema_load_decay(file, t->decays, &t->decay);
	if (has > 0)
		params_like(&t->e, t->w, &t->ckpt->config);
	trainer_state_list(t);
	if (file == NULL)
		return TRAINER_FRESH;
	same = same_optimizer(t, file);
	if (has < 0 || load_state(t, file, same) != 0)
		return ckpt_optimizer_fail_in(t->ckpt);
	return same ? TRAINER_RESUMED : TRAINER_OTHER;
}

void
trainer_state_count(struct trainer *t)
{
	store_count(t->updates, t->count);
	store_count(t->tokens, t->seen);
}

void
trainer_state_release(struct trainer *t)
{
	while (t->states > 0)
		free(t->state[--t->states].name);
	free(t->state);
	t->state = NULL;
}
