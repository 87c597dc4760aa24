/* SPDX-License-Identifier: MIT */
#include "optim/ema.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/par.h"
#include "io/atomic.h"
#include "nn/commit.h"
#include "optim/chunks.h"
#include "tensor/vector.h"

const char ema_kind[] = "ema", ema_decay_name[] = "ema";

struct walk {
	const struct chunk *chunk;
	struct params *e;
	const struct params *w;
	float step; /* 1 - D */
};

/* Where e = w it stays so, to the bit. */
VECTOR_CLONES static void
approach(float *restrict e, const float *restrict w, float step, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		e[i] += step * (w[i] - e[i]);
}

static void
update_chunk(size_t i, void *arg)
{
	const struct walk *k = arg;
	const struct chunk *c = &k->chunk[i];

	approach(chunk_part(k->e, c), chunk_part(k->w, c), k->step, c->n);
}

void
ema_update(struct params *e, const struct params *w, double decay)
{
	struct walk k = { .e = e, .w = w, .step = (float)(1 - decay) };
	struct chunk *c;
	size_t n;

	c = chunks_cut(e, NULL, &n);
	k.chunk = c;
	par_for(n, update_chunk, &k);
	free(c);
}

void
ema_store_decay(double decay, float stored[2])
{
	stored[0] = (float)decay;
	stored[1] = (float)(decay - (double)stored[0]);
}

int
ema_load_decay(const struct safetensors *file, float stored[2], double *decay)
{
	const struct st_tensor *t = st_find(file, ema_decay_name);

	if (t == NULL)
		return 0;
	if (t->dtype != ST_F32 || t->n != 2)
		return fail("tensor \"%s\": expected 2 elements of F32, found "
			    "%zu",
		    ema_decay_name, t->n);
	stored_widen(stored, &(struct stored){ t->data, STORED_F32 }, 0, 2);
	*decay = (double)stored[0] + (double)stored[1];
	if (!(*decay > 0 && *decay <= EMA_DECAY_MAX))
		return fail("tensor \"%s\": %g is no decay of an average",
		    ema_decay_name, *decay);
	return 1;
}

bool
ema_kept(const struct ckpt *c)
{
	char *path = ckpt_optimizer_path(c);
	struct safetensors *file = file_exists(path) ? st_open(path) : NULL;
	float stored[2];
	double decay;
	bool kept = file != NULL && ema_load_decay(file, stored, &decay) > 0;

	if (file != NULL)
		st_close(file);
	free(path);
	return kept;
}

/* Point a table's tensors at their averages, in the map of the file. */
static int
take(struct params *p, const struct safetensors *file)
{
	const struct st_tensor *from;
	struct buf name = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < p->tensors; i++) {
		const struct tensor *to = &p->tensor[i];

		buf_reset(&name);
		buf_addf(&name, "%s.%s", ema_kind, to->name);
		from = st_find(file, buf_text(&name));
		if (from == NULL)
			rc = fail("tensor \"%s\" is missing", name.p);
		else if (from->dtype != ST_F32 || from->n != to->n)
			rc = fail("tensor \"%s\": expected %zu elements of "
				  "F32, found %zu",
			    name.p, to->n, from->n);
		else if ((uintptr_t)from->data % sizeof(float) != 0)
			rc = fail("tensor \"%s\": not at a multiple of 4 bytes",
			    name.p);
		else {
			params_point(p, i, from->data);
			p->tensor[i].mapped = true;
		}
	}
	buf_release(&name);
	return rc;
}

int
ema_open(struct ckpt *c, const char *dir)
{
	struct safetensors *file;
	float stored[2];
	double decay;
	int rc = ckpt_open_trained(c, dir, &file), has = 0;

	if (rc < 0)
		return -1;
	if (rc > 0) { /* an older step, since the newest is damaged */
		ckpt_close(c);
		return -1;
	}
	if (file != NULL)
		has = ema_load_decay(file, stored, &decay);
	if (has > 0)
		has = take(ckpt_trained(c), file) == 0 ? 1 : -1;
	if (has < 0)
		rc = ckpt_optimizer_fail_in(c);
	else if (has == 0)
		rc = fail_kind(ERR_NO_AVERAGE, dir,
		    "%s: step %llu: it keeps no average of its weights", dir,
		    (unsigned long long)c->step);
	else if (c->adapter != NULL)
		adapter_attach(c->adapter, &c->params, &c->adapter->table);
	if (rc != 0)
		ckpt_close(c);
	return rc;
}
