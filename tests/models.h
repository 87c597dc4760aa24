/* SPDX-License-Identifier: MIT */
/*
 * models: small random policies of each family, for the tests of what
 * computes with policies.
 */
#ifndef TESTS_MODELS_H
#define TESTS_MODELS_H

#include <string.h>

#include "naive.h"

static const struct model {
	const char *name;
	struct config c;
} models[] = {
	{ "llama, grouped heads, head of its own",
	    { .family = FAMILY_LLAMA,
		.D = 8,
		.L = 2,
		.H = 4,
		.K = 2,
		.E = 2,
		.F = 12,
		.V = 11,
		.context = 128 } },
	{ "llama, tied, one key head, linear rope",
	    { .family = FAMILY_LLAMA,
		.D = 8,
		.L = 1,
		.H = 2,
		.K = 1,
		.E = 4,
		.F = 10,
		.V = 13,
		.context = 128,
		.tied = true,
		.rope = ROPE_LINEAR,
		.rope_factor = 2 } },
	{ "llama 3 rope, biases",
	    { .family = FAMILY_LLAMA,
		.D = 8,
		.L = 2,
		.H = 1,
		.K = 1,
		.E = 8,
		.F = 12,
		.V = 11,
		.context = 128,
		.qkv_bias = true,
		.out_bias = true,
		.rope = ROPE_LLAMA3,
		.rope_factor = 8,
		.rope_low = 1,
		.rope_high = 4,
		.rope_original = 64 } },
	{ "qwen2, biases on q, k and v",
	    { .family = FAMILY_QWEN2,
		.D = 8,
		.L = 2,
		.H = 4,
		.K = 2,
		.E = 2,
		.F = 12,
		.V = 11,
		.context = 128,
		.qkv_bias = true,
		.tied = true } },
	{ "qwen3, norms of heads, heads wider than D / H",
	    { .family = FAMILY_QWEN3,
		.D = 8,
		.L = 2,
		.H = 4,
		.K = 2,
		.E = 6,
		.F = 12,
		.V = 11,
		.context = 128,
		.qk_norm = true } },
	{ "gpt2",
	    { .family = FAMILY_GPT2,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 2,
		.E = 4,
		.F = 16,
		.V = 11,
		.context = 128,
		.layer_norm = true,
		.learned_positions = true,
		.gelu = true,
		.fused_qkv = true,
		.transposed = true,
		.qkv_bias = true,
		.out_bias = true,
		.mlp_bias = true,
		.tied = true } },
};

enum { MODELS = sizeof(models) / sizeof(*models) };

/* Weights far from zero: distributions far from uniform. */
static inline void
model_make(struct config *c, struct params *p, const struct model *m,
    bool scored)
{
	size_t i, j;

	*c = m->c;
	c->norm_eps = 1e-5;
	c->rope_theta = 10000;
	c->bos = -1;
	c->scored = scored;
	if (scored)
		c->tied = false;
	params_init(p, c, c->family == FAMILY_GPT2 ? "transformer." : "model.");
	params_alloc(p);
	for (i = 0; i < p->tensors; i++) {
		struct tensor *t = &p->tensor[i];
		bool gain = strstr(t->name, "norm") != NULL ||
		    strstr(t->name, "ln_") != NULL;

		naive_fill(t->p, t->n, i + 1);
		for (j = 0; j < t->n; j++)
			t->p[j] = t->p[j] * 0.6f + (gain ? 1.0f : 0.0f);
	}
}

#endif
