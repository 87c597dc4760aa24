/* SPDX-License-Identifier: MIT */
#include "optim/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/atomic.h"
#include "nn/packed.h"
#include "nn/publish.h"

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

/* The tensors of the optimizer file; none if it has nothing to hold. */
static void
list_state(struct trainer *t)
{
	t->state = mem_alloc(3 * t->w->tensors + 2, sizeof *t->state);
	if (t->ckpt->dtype != ST_F32)
		add_state(t, "master", t->w);
	if (optimizer_moments(t->optimizer) >= 1)
		add_state(t, "m", &t->m);
	if (optimizer_moments(t->optimizer) >= 2)
		add_state(t, "v", &t->v);
	if (t->states == 0)
		return;
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

/*
 * Copy all of the file, or from another optimizer's only the masters and the
 * tokens, which files of older versions do not have.
 */
static int
load_state(struct trainer *t, const struct safetensors *file, bool same)
{
	const struct st_tensor *from;
	struct st_tensor *s;
	size_t i;

	for (i = 0; i < t->states; i++) {
		s = &t->state[i];
		if (!same && strncmp(s->name, "master.", 7) != 0 &&
		    s->data != t->seen)
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

/* A copy in F32: the policy's own weights are in the map of its file. */
static void
take_weights(struct trainer *t)
{
	const struct params *from = ckpt_trained(t->ckpt);
	size_t i;

	params_like(&t->own, from, &t->ckpt->config);
	t->w = &t->own;
	for (i = 0; i < t->own.tensors; i++) {
		const struct tensor *x = &from->tensor[i];

		stored_widen(t->own.tensor[i].p, &x->view, 0, x->n);
		if (x->mapped)
			mem_forget(x->view.p,
			    x->n * stored_bytes(x->view.type));
	}
}

/* From the optimizer file, if there is one: an enum trainer_start, or -1. */
static int
resume(struct trainer *t, const struct safetensors *file)
{
	bool same;

	if (file == NULL)
		return TRAINER_FRESH;
	same = same_optimizer(t, file);
	if (load_state(t, file, same) != 0)
		return fail_in("%s/optimizer-%llu.safetensors", t->ckpt->dir,
		    (unsigned long long)t->ckpt->step);
	return same ? TRAINER_RESUMED : TRAINER_OTHER;
}

static bool
has_state(const struct ckpt *c)
{
	struct buf path = { 0 };
	bool there;

	buf_addf(&path, "%s/optimizer-%llu.safetensors", c->dir,
	    (unsigned long long)c->step);
	there = file_exists(buf_text(&path));
	buf_release(&path);
	return there;
}

/*
 * Open the optimizer file, if there is one.  If weights or file are damaged,
 * the step that was synced last is put back first; 1 if for the file's sake.
 */
static int
open_state(struct ckpt *c, struct safetensors **file)
{
	int back = 0;

	if (c->fallback != NULL && ckpt_restore(c) < 0)
		return -1;
	*file = ckpt_optimizer(c);
	if (*file == NULL && err_last_kind() == ERR_DAMAGED &&
	    ckpt_synced(c, NULL)) {
		back = ckpt_restore(c);
		*file = back < 0 ? NULL : ckpt_optimizer(c);
	}
	return *file == NULL && has_state(c) ? -1 : back;
}

size_t
trainer_bytes(const struct params *trained, enum optimizer optimizer)
{
	const size_t copies = 2 + optimizer_moments(optimizer); /* own, d */

	return copies * trained->total * sizeof(float);
}

int
trainer_open(struct trainer *t, struct ckpt *c, enum optimizer optimizer,
    const struct saving *saving)
{
	struct safetensors *file;
	int back, start;

	memset(t, 0, sizeof *t);
	t->ckpt = c;
	t->optimizer = optimizer;
	if (ckpt_check_links(c) != 0)
		return -1;
	t->lock = ckpt_lock(c);
	if (t->lock < 0)
		return -1;
	ckpt_unpublish(c);
	back = ckpt_refresh(c) < 0 ? -1 : open_state(c, &file);
	if (back < 0) {
		(void)close(t->lock);
		return -1;
	}
	t->step = c->step;
	t->saving = *saving;
	/* The commits of a run that was killed may not be on the disk. */
	t->unsynced = !isinf(t->saving.sync) && ckpt_synced(c, NULL);
	saving_begin(&t->saving, t->unsynced);
	take_weights(t);
	params_like(&t->d, t->w, &c->config);
	if (optimizer_moments(optimizer) >= 1)
		params_like(&t->m, t->w, &c->config);
	if (optimizer_moments(optimizer) >= 2)
		params_like(&t->v, t->w, &c->config);
	t->touched = mem_alloc(t->d.tensors, sizeof *t->touched);
	list_state(t);
	start = resume(t, file);
	st_close(file);
	if (start < 0)
		trainer_release(t);
	return start >= 0 && back > 0 ? TRAINER_WENT_BACK : start;
}

bool
trainer_warns(const struct trainer *t, enum trainer_start start)
{
	const char *dir = t->ckpt->dir, *why = NULL;
	const unsigned long long step = t->step;

	if (start == TRAINER_FRESH && step > 0 &&
	    optimizer_moments(t->optimizer) > 0)
		why = "it has no optimizer state";
	if (start == TRAINER_OTHER)
		why = "its optimizer state is of another optimizer";
	if (why != NULL)
		(void)fail("%s: step %llu: %s: moments start at zero", dir,
		    step, why);
	if (start == TRAINER_WENT_BACK)
		(void)fail("%s: the optimizer's file was damaged: going on "
			   "from step %llu, which was synced last",
		    dir, step);
	return why != NULL || start == TRAINER_WENT_BACK;
}

void
trainer_release(struct trainer *t)
{
	size_t i;

	for (i = 0; i < t->states; i++)
		free(t->state[i].name);
	free(t->state);
	free(t->touched);
	(void)close(t->lock);
	params_release(&t->own);
	params_release(&t->whole);
	params_release(&t->d);
	params_release(&t->m);
	params_release(&t->v);
	memset(t, 0, sizeof *t);
}

/* The forward pass reads the adapters in training. */
static void
renew(struct trainer *t)
{
	struct ckpt *c = t->ckpt;

	if (c->adapter != NULL)
		adapter_attach(c->adapter, &c->params, t->w);
}

const struct params *
trainer_forward(struct trainer *t)
{
	if (t->backward == NULL)
		t->backward = ckpt_backward(t->ckpt, &t->d, &t->whole);
	if (t->backward == NULL)
		return NULL;
	renew(t);
	if (t->ckpt->adapter != NULL)
		return &t->ckpt->params;
	packed_as(t->w, &t->ckpt->params);
	return t->w;
}

void
trainer_forget(struct trainer *t)
{
	memset(t->touched, 0, t->d.tensors * sizeof *t->touched);
}

void
trainer_zero(struct trainer *t)
{
	params_zero(&t->d);
	params_zero(&t->whole);
	trainer_forget(t);
}

void
trainer_update(struct trainer *t, struct update u)
{
	const size_t moments = optimizer_moments(t->optimizer);

	u.optimizer = t->optimizer;
	u.t = t->updates++;
	update_apply(&u, t->w, &t->d, moments >= 1 ? &t->m : NULL,
	    moments >= 2 ? &t->v : NULL, t->touched);
	if (t->backward != NULL)
		renew(t);
}

/* Commit the weights as `step`, which may be the last of the run: as
 * ckpt_commit.
 */
static int
commit(struct trainer *t, uint64_t step, size_t keep, bool last)
{
	const bool due =
	    saving_sync_due(&t->saving) || (last && !isinf(t->saving.sync));
	int rc;

	store_count(t->updates, t->count);
	store_count(t->tokens, t->seen);
	saving_commit_begins(&t->saving);
	rc = ckpt_commit(t->ckpt, t->w, t->state, t->states, step,
	    due                       ? CKPT_SYNC_NOW :
		isinf(t->saving.sync) ? CKPT_SYNC_NEVER :
					CKPT_SYNC_LATER,
	    keep);
	if (rc < 0)
		return -1;
	t->step = step;
	t->unsynced = !due || rc > 0;
	saving_commit_ends(&t->saving, due);
	return rc;
}

int
trainer_commit(struct trainer *t, size_t keep)
{
	return commit(t, t->step + 1, keep, false);
}

int
trainer_step(struct trainer *t, size_t keep)
{
	const bool due = saving_commit_due(&t->saving, t->step + 1);
	int rc = due ? trainer_commit(t, keep) :
		       ckpt_publish(t->ckpt, t->w, t->step + 1);

	if (rc == 0 && !due)
		t->step++;
	if (rc < 0 && !trainer_committed(t)) /* the update is made in place */
		(void)fail_in("%s goes back to step %llu", t->ckpt->dir,
		    (unsigned long long)t->ckpt->step);
	return rc;
}

bool
trainer_committed(const struct trainer *t)
{
	return t->step == t->ckpt->step;
}

int
trainer_finish(struct trainer *t, size_t keep)
{
	if (!trainer_committed(t) && commit(t, t->step, keep, true) != 0)
		return -1;
	if (!t->unsynced || isinf(t->saving.sync))
		return 0;
	if (ckpt_sync(t->ckpt) != 0)
		return -1;
	t->unsynced = false;
	return 0;
}
