/* SPDX-License-Identifier: MIT */
#include "nn/params.h"
#include "nn/params_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/tap.h"

static const struct config llama = { .family = FAMILY_LLAMA,
	.D = 8,
	.L = 2,
	.H = 4,
	.K = 2,
	.E = 6,
	.F = 12,
	.V = 11,
	.context = 32,
	.gated = true,
	.qk_norm = true,
	.qkv_bias = true };
static const struct config gpt2 = { .family = FAMILY_GPT2,
	.D = 8,
	.L = 2,
	.H = 2,
	.K = 2,
	.E = 4,
	.F = 16,
	.V = 11,
	.context = 32,
	.layer_norm = true,
	.learned_positions = true,
	.activation = ACTIVATION_GELU_TANH,
	.fused_qkv = true,
	.transposed = true,
	.qkv_bias = true,
	.out_bias = true,
	.mlp_bias = true,
	.tied = true };

static const struct want {
	const char *name;
	size_t rows, cols; /* cols 0: a vector */
} of_llama[] = {
	{ "model.embed_tokens.weight", 11, 8 },
	{ "model.layers.1.input_layernorm.weight", 8, 0 },
	{ "model.layers.0.self_attn.q_proj.weight", 24, 8 },
	{ "model.layers.0.self_attn.k_proj.weight", 12, 8 },
	{ "model.layers.1.self_attn.v_proj.bias", 12, 0 },
	{ "model.layers.0.self_attn.k_norm.weight", 6, 0 },
	{ "model.layers.0.self_attn.o_proj.weight", 8, 24 },
	{ "model.layers.0.mlp.gate_proj.weight", 12, 8 },
	{ "model.layers.1.mlp.down_proj.weight", 8, 12 },
	{ "model.norm.weight", 8, 0 },
	{ "lm_head.weight", 11, 8 },
}, of_gpt2[] = {
	{ "h.0.attn.c_attn.weight", 8, 24 },
	{ "h.0.attn.c_attn.bias", 24, 0 },
	{ "h.1.attn.c_proj.weight", 8, 8 },
	{ "h.1.mlp.c_fc.weight", 8, 16 },
	{ "h.1.mlp.c_proj.weight", 16, 8 },
	{ "wte.weight", 11, 8 },
	{ "wpe.weight", 32, 8 },
	{ "ln_f.bias", 8, 0 },
};

static void
test_names(const struct params *p, const struct want *w, size_t n)
{
	const struct tensor *t;
	size_t i;

	for (; n > 0; n--, w++) {
		i = params_find(p, w->name);
		t = i == (size_t)-1 ? NULL : &p->tensor[i];
		ok(t != NULL && strcmp(t->name, w->name) == 0 &&
			t->rows == w->rows &&
			t->cols == (w->cols ? w->cols : 1) &&
			t->dims == (w->cols ? 2 : 1) &&
			t->n == t->rows * t->cols,
		    "%s", w->name);
	}
}

/* Each tensor has memory of its own, and its field points at it. */
static bool
apart(const struct params *p)
{
	float *at = p->block;
	size_t i, total = 0;

	for (i = 0; i < p->tensors; i++) {
		if (p->tensor[i].p != at || *p->tensor[i].field != at)
			return false;
		at += p->tensor[i].n;
		total += p->tensor[i].n;
	}
	return total == p->total;
}

/* Tables without memory, and of tensors that no forward pass reads. */
static void
test_list(const struct params *p, const struct config *c)
{
	static const char *const names[] = { "z", "a", "m" };
	struct tensor *list = mem_alloc(3, sizeof *list);
	struct params bare, ours, like;
	size_t i;

	params_table(&bare, p, c);
	ok(bare.block == NULL && bare.tensor[0].p == NULL &&
		bare.embed == NULL && bare.total == p->total &&
		params_find(&bare, "lm_head.weight") ==
		    params_find(p, "lm_head.weight"),
	    "params_table: fields and names of a policy, no memory");
	params_release(&bare);
	for (i = 0; i < 3; i++)
		list[i] = (struct tensor){ .name = mem_dup(names[i], 1),
			.rows = 2,
			.cols = i + 1,
			.dims = 2,
			.n = 2 * i + 2 };
	params_list(&ours, list, 3);
	params_alloc(&ours);
	params_like(&like, &ours, c);
	ok(ours.total == 12 && like.total == 12 && like.block != ours.block &&
		params_find(&like, "a") == 1 && params_find(&like, "z") == 0 &&
		params_find(&like, "b") == (size_t)-1 &&
		like.tensor[2].p == like.block + 6 &&
		like.tensor[2].name != ours.tensor[2].name,
	    "params_list, and params_table of it");
	params_release(&ours);
	params_release(&like);
}

static void
test_tables(void)
{
	struct config scored = llama;
	struct params p, like;

	params_init(&p, &llama, "model.");
	test_names(&p, of_llama, sizeof of_llama / sizeof *of_llama);
	ok(p.tensors == 3 + 2 * 14, "the number of tensors: %zu", p.tensors);
	ok(params_find(&p, "model.layers.2.input_layernorm.weight") ==
		    (size_t)-1 &&
		params_find(&p, "") == (size_t)-1 &&
		params_find(&p, "score.weight") == (size_t)-1,
	    "params_find: unknown names are not found");
	params_alloc(&p);
	ok(apart(&p), "params_alloc: each tensor has its own memory");
	ok(!params_tied(&p) && p.head != p.embed && p.layer[1].q_b != NULL &&
		p.layer[1].o_b == NULL && p.position == NULL && p.score == NULL,
	    "tensors that the config lacks are NULL");
	params_like(&like, &p, &llama);
	ok(like.tensors == p.tensors && apart(&like) && like.block != p.block &&
		params_find(&like, "model.norm.weight") ==
		    params_find(&p, "model.norm.weight"),
	    "params_like: the same table with other memory");
	like.norm[3] = 1;
	params_zero(&like);
	ok(like.norm[3] == 0, "params_zero: all numbers are 0");
	test_list(&p, &llama);
	params_release(&like);
	params_release(&p);

	params_init(&p, &gpt2, "");
	test_names(&p, of_gpt2, sizeof of_gpt2 / sizeof *of_gpt2);
	params_alloc(&p);
	ok(apart(&p) && params_tied(&p) && p.head == p.embed &&
		params_find(&p, "lm_head.weight") == (size_t)-1,
	    "a tied head is the embedding");
	params_release(&p);

	scored.scored = true;
	params_init(&p, &scored, "model.");
	params_alloc(&p);
	ok(p.head == NULL && p.score != NULL && !params_tied(&p) &&
		params_find(&p, "lm_head.weight") == (size_t)-1 &&
		p.tensor[params_find(&p, "score.weight")].rows == 1,
	    "a classifier has a score and no head");
	scored.tied = true;
	params_release(&p);
	params_init(&p, &scored, "model.");
	params_alloc(&p);
	ok(p.head == NULL && p.score != NULL && !params_tied(&p),
	    "a classifier of a tied policy has a score and no head");
	params_release(&p);
}

static double
spread(const float *x, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	return sqrt(sum / (double)n);
}

static void
test_random(void)
{
	struct config c = llama;
	const double small = sqrt(2.0 / (5 * 8));
	struct params p, q;
	float part[20];

	c.V = 1000;
	c.F = 400;
	params_init(&p, &c, "model.");
	params_alloc(&p);
	params_random(&p, &c, 1);
	ok(fabs(spread(p.embed, 8000) / small - 1) < 0.05, "embedding: %g",
	    spread(p.embed, 8000));
	ok(fabs(spread(p.layer[1].down, 3200) / small - 0.5) < 0.025,
	    "residual matrices of two layers: deviation %g",
	    spread(p.layer[1].down, 3200));
	ok(p.norm[0] == 1 && p.layer[1].q_norm[5] == 1 &&
		p.layer[0].q_b[3] == 0,
	    "norms begin at 1, biases at 0");
	ok(memcmp(p.layer[0].gate, p.layer[1].gate, 32) != 0,
	    "layers begin with different weights");
	c.V = 500; /* what one tensor gets depends on no other */
	c.tied = true;
	params_init(&q, &c, "model.");
	params_alloc(&q);
	params_random(&q, &c, 1);
	ok(memcmp(p.layer[1].down, q.layer[1].down, 3200 * 4) == 0 &&
		memcmp(p.embed, q.embed, 4000 * 4) == 0,
	    "initial weights of a tensor do not depend on other tensors");
	tensor_random_part(&p.tensor[0], &c, 1, 5, 20, part);
	ok(memcmp(part, p.tensor[0].p + 5, sizeof part) == 0,
	    "part of a tensor has the numbers of the whole");
	params_random(&q, &c, 2);
	ok(memcmp(p.embed, q.embed, 4000 * 4) != 0,
	    "another seed gives other weights");
	params_release(&p);
	params_release(&q);
}

int
main(void)
{
	test_tables();
	test_random();
	return tap_done();
}
