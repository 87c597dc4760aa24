/* SPDX-License-Identifier: MIT */
#include "likelihood/frozen.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nn/packed.h"

struct frozen {
	struct ckpt ckpt;
	struct activations *acts;
	float *logits;
	size_t cap;
};

int
frozen_check_head(const struct ckpt *c)
{
	if (!c->config.scored)
		return 0;
	return fail("%s: a classifier with a scalar head, which has no "
		    "next-token distribution",
	    c->dir);
}

int
frozen_check(const struct ckpt *c, const struct ckpt *policy)
{
	if (frozen_check_head(c) != 0)
		return -1;
	if (c->tokenizer[0] != '\0' && policy->tokenizer[0] != '\0' &&
	    strcmp(c->tokenizer, policy->tokenizer) != 0)
		return fail("%s and %s: tokenizers %s and %s, expected one",
		    c->dir, policy->dir, c->tokenizer, policy->tokenizer);
	if (c->config.V != policy->config.V)
		return fail("%s and %s: vocabularies of %zu and %zu, expected "
			    "one",
		    c->dir, policy->dir, c->config.V, policy->config.V);
	return 0;
}

int
frozen_open_ckpt(struct ckpt *c, const char *dir, const struct ckpt *policy,
    bool read)
{
	int rc = ckpt_open(c, dir);

	if (rc < 0)
		return -1;
	packed_as(&c->params, &policy->params);
	/* An older step in place of damaged weights is not the model asked. */
	if (rc == 0 && (!read || ckpt_check_finite(c) == 0) &&
	    frozen_check(c, policy) == 0)
		return 0;
	ckpt_close(c);
	return -1;
}

struct frozen *
frozen_open(const char *dir, const struct ckpt *policy, bool read)
{
	struct frozen *f = mem_alloc(1, sizeof *f);

	if (frozen_open_ckpt(&f->ckpt, dir, policy, read) != 0) {
		free(f);
		return NULL;
	}
	f->acts = activations_new(&f->ckpt.config);
	return f;
}

void
frozen_close(struct frozen *f)
{
	if (f == NULL)
		return;
	activations_free(f->acts);
	ckpt_close(&f->ckpt);
	free(f->logits);
	free(f);
}

const struct ckpt *
frozen_ckpt(const struct frozen *f)
{
	return &f->ckpt;
}

int
frozen_pack(struct frozen *f, const struct pack *p)
{
	size_t b, n, q;

	for (b = 0; b < p->B; b++) {
		n = p->start[b + 1] - p->start[b];
		q = p->parent == NULL ? b : p->parent[b];
		if (q != b)
			n += p->start[q + 1] - p->start[q];
		if (n > f->ckpt.config.context)
			return fail("%s: a trajectory of %zu tokens is longer "
				    "than its context of %zu",
			    f->ckpt.dir, n, f->ckpt.config.context);
	}
	transformer_forward(f->acts, &f->ckpt.params, p, false);
	return 0;
}

void
frozen_block(struct frozen *f, size_t first, size_t n)
{
	f->logits = mem_grow(f->logits, &f->cap, n * f->ckpt.config.V,
	    sizeof *f->logits);
	frozen_logits(f, first, n, f->logits);
}

void
frozen_logits(const struct frozen *f, size_t first, size_t n, float *logits)
{
	head_block(f->acts, first, n, logits);
}

float *
frozen_row(const struct frozen *f, size_t i)
{
	return f->logits + i * f->ckpt.config.V;
}
