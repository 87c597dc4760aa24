/* SPDX-License-Identifier: MIT */
#include "models.h"

#include <stdlib.h>
#include <string.h>

#include "naive.h"
#include "nn/family.h"

const struct model models[MODELS] = {
	{ "llama, grouped heads, untied",
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
		.rope = { ROPE_LINEAR, .factor = 2 } } },
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
		.mlp_bias = true,
		.rope = { ROPE_LLAMA3, 0, 8, 1, 4, 64 } } },
	{ "mistral, a window",
	    { .family = FAMILY_MISTRAL,
		.D = 8,
		.L = 1,
		.H = 2,
		.K = 1,
		.E = 6,
		.F = 12,
		.V = 11,
		.context = 128,
		.window = 66,
		.windowed = { true } } },
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
		.tied = true } },
	{ "qwen3, qk norm, heads wider than D / H",
	    { .family = FAMILY_QWEN3,
		.D = 8,
		.L = 2,
		.H = 4,
		.K = 2,
		.E = 6,
		.F = 12,
		.V = 11,
		.context = 128 } },
	{ "granite, four scalars",
	    { .family = FAMILY_GRANITE,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 1,
		.E = 4,
		.F = 12,
		.V = 11,
		.context = 128,
		.tied = true,
		.embedding_scale = 1.5,
		.residual_scale = 0.4,
		.attention_scale = 0.3,
		.logit_divisor = 2.5 } },
	{ "smollm3, a layer without rotation",
	    { .family = FAMILY_SMOLLM3,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 1,
		.E = 4,
		.F = 12,
		.V = 11,
		.context = 128,
		.unrotated = { true } } },
	{ "olmo2, norms after, wide norms of q and k",
	    { .family = FAMILY_OLMO2,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 1,
		.E = 4,
		.F = 16,
		.V = 11,
		.context = 128 } },
	{ "gpt_neox, parallel, a part of heads rotated",
	    { .family = FAMILY_GPT_NEOX,
		.D = 16,
		.L = 2,
		.H = 2,
		.K = 2,
		.E = 8,
		.F = 20,
		.V = 11,
		.context = 128,
		.rope_share = 0.5 } },
	{ "qwen2, yarn",
	    { .family = FAMILY_QWEN2,
		.D = 16,
		.L = 2,
		.H = 2,
		.K = 1,
		.E = 16,
		.F = 12,
		.V = 11,
		.context = 128,
		.rope = { ROPE_YARN, 100, 4, 1, 8, 32, .scale = 1.2 } } },
	{ "phi3, fused, two sets of factors",
	    { .family = FAMILY_PHI3,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 1,
		.E = 8,
		.F = 12,
		.V = 11,
		.context = 128,
		.rope_share = 0.5,
		.rope = { ROPE_LONG, 0, 2, .original = 64, .scale = 1.1 },
		.short_factor = { 1, 1.5f },
		.long_factor = { 2, 5 } } },
	{ "gemma3, norms around, two rotations",
	    { .family = FAMILY_GEMMA3,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 1,
		.E = 6,
		.F = 12,
		.V = 11,
		.context = 128,
		.window = 20,
		.windowed = { true },
		.attention_scale = 0.3,
		.rope = { ROPE_LINEAR, 500, 4, .scale = 1 } } },
	{ "gpt2",
	    { .family = FAMILY_GPT2,
		.D = 8,
		.L = 2,
		.H = 2,
		.K = 2,
		.E = 4,
		.F = 16,
		.V = 11,
		.context = 128 } },
};

const struct model *
model_of(enum family f)
{
	size_t i;

	for (i = 0; i < MODELS; i++)
		if (models[i].c.family == f)
			return &models[i];
	return NULL;
}

static void
put(double *to, double x)
{
	if (x > 0)
		*to = x;
}

void
model_config(struct config *c, const struct model *m)
{
	const struct config *from = &m->c;

	family_config(c, from->family);
	c->norm_eps = 1e-5;
	c->D = from->D;
	c->L = from->L;
	c->H = from->H;
	c->K = from->K;
	c->E = from->E;
	c->F = from->F;
	c->V = from->V;
	c->context = from->context;
	c->qkv_bias |= from->qkv_bias;
	c->out_bias |= from->out_bias;
	c->tied |= from->tied;
	c->mlp_bias |= from->mlp_bias;
	memcpy(c->unrotated, from->unrotated, sizeof c->unrotated);
	memcpy(c->windowed, from->windowed, sizeof c->windowed);
	c->window = from->window;
	family_size(c);
	put(&c->rope_share, from->rope_share);
	put(&c->embedding_scale, from->embedding_scale);
	put(&c->residual_scale, from->residual_scale);
	put(&c->attention_scale, from->attention_scale);
	put(&c->logit_divisor, from->logit_divisor);
	if (from->rope.kind != ROPE_PLAIN) {
		c->rope = from->rope;
		c->rope.theta = from->rope.theta > 0 ? from->rope.theta : 10000;
		if (!(c->rope.scale > 0))
			c->rope.scale = 1;
	}
	memcpy(c->short_factor, from->short_factor, sizeof c->short_factor);
	memcpy(c->long_factor, from->long_factor, sizeof c->long_factor);
}

void
model_make(struct config *c, struct params *p, const struct model *m,
    bool scored)
{
	size_t i, j;

	model_config(c, m);
	c->scored = scored;
	if (scored)
		c->tied = false;
	params_init(p, c, NULL);
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
