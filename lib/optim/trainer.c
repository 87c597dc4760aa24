/* SPDX-License-Identifier: MIT */
#include "optim/trainer_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "nn/packed.h"
#include "nn/publish.h"

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

static bool
has_state(const struct ckpt *c)
{
	char *path = ckpt_optimizer_path(c);
	const bool there = file_exists(path);

	free(path);
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
trainer_bytes(struct ckpt *c, enum optimizer optimizer)
{
	const size_t copies = 2 + optimizer_moments(optimizer) + ema_kept(c);

	return copies * ckpt_trained(c)->total * sizeof(float);
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
	start = trainer_state_load(t, file);
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

/* Begin an average, or end the one that there is. */
static void
keep_average(struct trainer *t, double decay)
{
	const bool keeps = t->decay > 0;
	size_t i;

	ema_store_decay(decay, t->decays);
	t->decay = (double)t->decays[0] + (double)t->decays[1];
	if (keeps == (t->decay > 0))
		return;
	params_release(&t->e);
	if (t->decay > 0) {
		params_like(&t->e, t->w, &t->ckpt->config);
		for (i = 0; i < t->e.tensors; i++)
			params_widen(t->w, i, t->e.tensor[i].p);
	}
	trainer_state_list(t);
}

bool
trainer_average(struct trainer *t, double decay)
{
	const char *dir = t->ckpt->dir;
	const unsigned long long step = t->step;
	const double old = t->decay;

	if (decay >= 0)
		keep_average(t, decay);
	if (decay < 0 && old > 0)
		(void)fail("%s: step %llu: going on with its average of the "
			   "weights, whose decay is %g",
		    dir, step, old);
	else if (t->decay > 0 && !(old > 0) && step > 0)
		(void)fail("%s: step %llu: the average of the weights starts "
			   "from those of this step",
		    dir, step);
	else if (old > 0 && !(t->decay > 0))
		(void)fail("%s: step %llu: its average of the weights is "
			   "dropped",
		    dir, step);
	else if (old > 0 && fabs(t->decay - old) > 0)
		(void)fail("%s: step %llu: the decay of its average was %g, "
			   "and is %g from now on",
		    dir, step, old, t->decay);
	else
		return false;
	return true;
}

void
trainer_release(struct trainer *t)
{
	trainer_state_release(t);
	free(t->touched);
	(void)close(t->lock);
	params_release(&t->own);
	params_release(&t->whole);
	params_release(&t->d);
	params_release(&t->m);
	params_release(&t->v);
	params_release(&t->e);
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
	if (t->decay > 0)
		ema_update(&t->e, t->w, t->decay);
	if (t->backward != NULL)
		renew(t);
}

/* Save the lines for the commit of a step: nobody reads them without it. */
static int
save_lines(const struct trainer *t, uint64_t step)
{
	char *path = ckpt_lines_path(t->ckpt, step);
	int rc = write_whole(path, t->lines->p, t->lines->n);

	free(path);
	return rc;
}

static void
drop_lines(const struct trainer *t, uint64_t step)
{
	char *path = ckpt_lines_path(t->ckpt, step);

	(void)unlink(path);
	free(path);
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

	trainer_state_count(t);
	saving_commit_begins(&t->saving);
	if (t->lines != NULL && save_lines(t, step) != 0)
		return -1;
	rc = ckpt_commit(t->ckpt, t->w, t->state, t->states, step,
	    due                       ? CKPT_SYNC_NOW :
		isinf(t->saving.sync) ? CKPT_SYNC_NEVER :
					CKPT_SYNC_LATER,
	    keep);
	if (rc < 0 && t->lines != NULL)
		drop_lines(t, step);
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
