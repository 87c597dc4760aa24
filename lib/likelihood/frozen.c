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
frozen_check(const struct ckpt *c, const struct ckpt *policy)
{
	if (c->config.scored)
		return fail("%s: a classifier with a scalar head, which has no "
			    "next-token distribution",
		    c->dir);
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

struct frozen *
frozen_open(const char *dir, const struct ckpt *policy)
{
	struct frozen *c = mem_alloc(1, sizeof *c);

	if (ckpt_open(&c->ckpt, dir) != 0) {
		free(c);
		return NULL;
	}
	if (ckpt_check_finite(&c->ckpt) != 0 ||
	    frozen_check(&c->ckpt, policy) != 0) {
		ckpt_close(&c->ckpt);
		free(c);
		return NULL;
	}
	packed_set_type(&c->ckpt.params, packed_type(&policy->params));
	c->acts = activations_new(&c->ckpt.config);
	return c;
}

void
frozen_close(struct frozen *c)
{
	if (c == NULL)
		return;
	activations_free(c->acts);
	ckpt_close(&c->ckpt);
	free(c->logits);
	free(c);
}

int
frozen_pack(struct frozen *c, const struct pack *p)
{
	size_t b, n, q;

	for (b = 0; b < p->B; b++) {
		n = p->start[b + 1] - p->start[b];
		q = p->parent == NULL ? b : p->parent[b];
		if (q != b)
			n += p->start[q + 1] - p->start[q];
		if (n > c->ckpt.config.context)
			return fail("%s: a trajectory of %zu tokens is longer "
				    "than its context of %zu",
			    c->ckpt.dir, n, c->ckpt.config.context);
	}
	transformer_forward(c->acts, &c->ckpt.params, p, false);
	return 0;
}

void
frozen_block(struct frozen *c, size_t first, size_t n)
{
	c->logits = mem_grow(c->logits, &c->cap, n * c->ckpt.config.V,
	    sizeof *c->logits);
	head_block(c->acts, first, n, c->logits);
}

float *
frozen_row(const struct frozen *c, size_t i)
{
	return c->logits + i * c->ckpt.config.V;
}
