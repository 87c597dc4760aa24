/* SPDX-License-Identifier: MIT */
/*
 * Each trajectory is two sequences of a pack, its response as the continuation
 * of its prompt, so that trajectories of one prompt can share that.
 */
#include "likelihood/features.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "likelihood/packer.h"
#include "nn/transformer.h"

struct features {
	const struct ckpt *ckpt; /* borrowed */
	struct config config;    /* of the layers that are computed */
	struct activations *acts;
	size_t depth[FEATURES_DEPTHS], depths;
	struct packer packs;
};

static int
by_size(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

struct features *
features_new(const struct ckpt *c, const double *share, size_t n, size_t micro)
{
	struct features *f = mem_alloc(1, sizeof *f);
	const size_t L = c->config.L;
	size_t all[FEATURES_DEPTHS] = { 0 }, i;

	f->ckpt = c;
	for (i = 0; i < n; i++) {
		all[i] = (size_t)lround(share[i] * (double)L);
		all[i] = all[i] < 1 ? 1 : all[i] > L ? L : all[i];
	}
	qsort(all, n, sizeof *all, by_size);
	for (i = 0; i < n; i++)
		if (i == 0 || all[i] != all[i - 1])
			f->depth[f->depths++] = all[i];
	f->config = c->config;
	f->config.L = f->depth[f->depths - 1];
	f->packs = (struct packer){ .config = &f->config, .micro = micro };
	f->acts = activations_new(&f->config);
	return f;
}

void
features_free(struct features *f)
{
	if (f == NULL)
		return;
	activations_free(f->acts);
	packer_release(&f->packs);
	free(f);
}

size_t
features_width(const struct features *f)
{
	return f->depths * f->config.D;
}

/* Where the response begins, and ends. */
static struct span
response(const struct traj *t)
{
	return t->span[t->spans - 1];
}

/* Whether both have one prompt, rotated alike. */
static bool
same_prompt(const struct config *c, const struct traj *a, const struct traj *b)
{
	const struct span x = response(a), y = response(b);

	return x.start == y.start &&
	    config_is_long(c, x.end) == config_is_long(c, y.end) &&
	    memcmp(a->tokens, b->tokens, x.start * sizeof *a->tokens) == 0;
}

/* Pack trajectories from the first on; how many. */
static size_t
fill(struct features *f, const struct traj *const *t, size_t n)
{
	struct packer *x = &f->packs;
	const struct pack *p = &x->pack;
	size_t i, parent = 0;

	packer_begin(x);
	for (i = 0; i < n; i++) {
		const struct span s = response(t[i]);
		const bool shares =
		    i > 0 && same_prompt(&f->config, t[i - 1], t[i]);

		if (i > 0 && p->T + s.end - (shares ? s.start : 0) > x->micro)
			break;
		if (!shares) {
			parent = p->B;
			packer_sequence(x, t[i]->tokens, s.start, parent);
		}
		packer_sequence(x, t[i]->tokens + s.start, s.end - s.start,
		    parent);
		packer_row(x, p->T - 1);
	}
	return i;
}

/* Scale each state x[depths, D] to length 1, unless it is zero. */
static int
scale(const struct features *f, const struct traj *t, float *x)
{
	const size_t D = f->config.D;
	size_t k, d;
	double sum;

	for (k = 0; k < f->depths; k++, x += D) {
		for (d = 0, sum = 0; d < D; d++)
			sum += (double)x[d] * (double)x[d];
		if (!isfinite(sum))
			return traj_fail(t,
			    "the hidden state after layer %zu of %s is not "
			    "finite",
			    f->depth[k], f->ckpt->dir);
		for (d = 0; d < D && sum > 0; d++)
			x[d] = (float)((double)x[d] / sqrt(sum));
	}
	return 0;
}

int
features_of(struct features *f, const struct traj *const *t, size_t n, float *x)
{
	const size_t width = features_width(f);
	size_t i, k, done;

	for (i = 0; i < n; i++)
		if (t[i]->actions == 0)
			return traj_fail(t[i],
			    "no actions, so there is no last one");
	for (i = 0; i < n; i += done) {
		done = fill(f, t + i, n - i);
		transformer_states(f->acts, &f->ckpt->params, &f->packs.pack,
		    f->depth, f->depths, x + i * width);
		for (k = i; k < i + done; k++)
			if (scale(f, t[k], x + k * width) != 0)
				return -1;
	}
	return 0;
}
