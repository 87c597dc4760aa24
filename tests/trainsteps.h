/* SPDX-License-Identifier: MIT */
/*
 * trainsteps: steps of a trainer by gradients that depend only on the step,
 * and policies to compare, for the tests of what trains.
 */
#ifndef TESTS_TRAINSTEPS_H
#define TESTS_TRAINSTEPS_H

#include <sys/stat.h>

#include "optim/trainer.h"
#include "policydir.h"

static const struct update update = { .lr = 0.1,
	.beta1 = 0.9,
	.beta2 = 0.99,
	.eps = 1e-8,
	.scale = 1 };

/* One step, of every `each`-th tensor. */
static inline int
step(struct trainer *t, size_t each, size_t keep)
{
	const float g = (float)((t->step * 7 + 3) % 5) - 1.5f;
	size_t i;

	trainer_zero(t);
	for (i = 0; i < t->d.total; i++)
		t->d.block[i] = g * (float)(i % 3);
	for (i = 0; i < t->d.tensors; i += each)
		t->touched[i] = true;
	trainer_update(t, update);
	return trainer_step(t, keep);
}

/* A second policy of the same id and weights. */
static inline void
copy(const char *from, const char *to)
{
	need(mkdir(to, 0777));
	need(ckpt_copy_file(to, from, "config.json"));
	need(ckpt_copy_file(to, from, "model.safetensors"));
}

static inline bool
same_file(const char *a, const char *b)
{
	size_t n, m;
	char *x = read_file(a, 1 << 20, &n), *y = read_file(b, 1 << 20, &m);
	bool same = x != NULL && y != NULL && n == m && memcmp(x, y, n) == 0;

	free(x);
	free(y);
	return same;
}

#endif
