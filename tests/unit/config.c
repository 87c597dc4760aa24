/* SPDX-License-Identifier: MIT */
#include "nn/config_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "nn/config_new.h"
#include "nn/family.h"
#include "tests/configtext.h"
#include "tests/naive.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static void
test_llama(void)
{
	struct config c;

	if (!ok(read_text(&c, "{" LLAMA "}") == 0,
		"llama with the required keys only: %s", err_last()))
		return;
	ok(c.family == FAMILY_LLAMA && c.D == 16 && c.L == 2 && c.H == 4 &&
		c.K == 4 && c.E == 4 && c.F == 24 && c.V == 32,
	    "llama: sizes");
	ok(c.activation == ACTIVATION_SILU && c.gated && !c.layer_norm &&
		!c.learned_positions && c.fused_qkv == QKV_APART &&
		!c.transposed && !c.qkv_bias && !c.out_bias &&
		c.qk_norm == QK_NORM_NONE && !c.tied && !c.scored,
	    "llama: mechanisms");
	ok(c.norm_eps == 1e-6 && c.rope.theta == 10000 &&
		c.rope.kind == ROPE_PLAIN && c.bos == -1 && c.eos_count == 0,
	    "llama: defaults of optional keys");
	ok(read_text(&c,
	       "{" LLAMA ",\"head_dim\":null,"
	       "\"num_key_value_heads\":2,\"attention_bias\":true,"
	       "\"tie_word_embeddings\":true,\"rms_norm_eps\":1e-5,"
	       "\"architectures\":[\"LlamaForSequenceClassification\"],"
	       "\"max_position_embeddings\":4194304}") == 0 &&
		c.E == 4 && c.K == 2 && c.qkv_bias && c.out_bias && c.tied &&
		c.scored && c.norm_eps == 1e-5 && c.context == 4194304,
	    "llama: every optional key");
	ok(read_text(&c, ROPE("{\"type\":\"linear\",\"factor\":2}")) == 0 &&
		c.rope.kind == ROPE_LINEAR && c.rope.factor == 2,
	    "rope_scaling: linear");
	ok(read_text(&c,
	       ROPE("{\"rope_type\":\"llama3\",\"factor\":8.0,"
		    "\"low_freq_factor\":1.0,\"high_freq_factor\":4.0,"
		    "\"original_max_position_embeddings\":8192}")) == 0 &&
		c.rope.kind == ROPE_LLAMA3 && c.rope.factor == 8 &&
		c.rope.low == 1 && c.rope.high == 4 && c.rope.original == 8192,
	    "rope_scaling: llama3");
	ok(read_text(&c,
	       "{" LLAMA ",\"rope_parameters\":{\"rope_type\":"
	       "\"default\",\"rope_theta\":500000.0}}") == 0 &&
		c.rope.kind == ROPE_PLAIN && c.rope.theta == 500000,
	    "rope_parameters with rope_theta inside");
}

static void
test_families(void)
{
	struct config c;

	ok(read_text(&c,
	       "{" GPT2 ",\"n_inner\":null,\"bos_token_id\":50256,"
	       "\"eos_token_id\":50256}") == 0 &&
		c.F == 64 && c.E == 4 && c.K == 4 && c.context == 64 &&
		c.layer_norm && c.learned_positions && !c.gated &&
		c.activation == ACTIVATION_GELU_TANH &&
		c.fused_qkv == QKV_FUSED && c.transposed && c.tied &&
		c.qkv_bias && c.out_bias && c.mlp_bias && c.norm_eps == 1e-5,
	    "gpt2: sizes and mechanisms");
	ok(c.bos == -1 && c.eos_count == 0,
	    "special tokens outside the vocabulary are left out");
	ok(read_text(&c,
	       "{" LLAMA ",\"mine\":null,\"yours\":false,"
	       "\"use_cache\":true,\"mlp_bias\":true,"
	       "\"dtype\":\"bfloat16\",\"rope_scaling\":{}}") == 0 &&
		c.mlp_bias && c.rope.kind == ROPE_PLAIN,
	    "keys that are off, or change nothing: %s", err_last());
	ok(read_text(&c,
	       "{\"model_type\":\"qwen3\",\"vocab_size\":32,"
	       "\"hidden_size\":16,\"num_hidden_layers\":2,\"head_dim\":6,"
	       "\"num_attention_heads\":4,\"num_key_value_heads\":2,"
	       "\"intermediate_size\":24,\"eos_token_id\":[3,4]}") == 0 &&
		c.qk_norm == QK_NORM_HEADS && c.E == 6 && c.K == 2 &&
		!c.qkv_bias,
	    "qwen3: sizes and mechanisms");
	put("generation_config.json",
	    "{\"bos_token_id\":1,\"eos_token_id\":[4,5]}");
	ok(config_read(&c, ".") == 0 && c.bos == 1 && c.eos_count == 3 &&
		config_is_eos(&c, 3) && config_is_eos(&c, 4) &&
		config_is_eos(&c, 5) && !config_is_eos(&c, 1),
	    "end tokens of config.json and generation_config.json");
	put("generation_config.json", "{\"eos_token_id\":\"</s>\"}");
	ok(config_read(&c, ".") == -1 &&
		strcmp(err_last(),
		    "./generation_config.json: key \"eos_token_id\": expected "
		    "a token "
		    "or a list of them") == 0,
	    "%s", err_last());
	(void)unlink("generation_config.json");
}

static const struct refusal bad[] = {
	{ "", "" },
	{ "[]", "expected an object, found list" },
	{ "{}", "key \"model_type\": missing" },
	{ "{\"model_type\":\"nosuch\"}", "key \"model_type\": nosuch is not" },
	{ "{\"model_type\":7}", "key \"model_type\": expected a text" },
	{ "{\"model_type\":\"llama\"}", "key \"vocab_size\": missing" },
	{ "{" LLAMA ",\"vocab_size\":5}", "duplicate" },
	{ "{" LLAMA ",\"num_key_value_heads\":3}",
	    "key \"num_key_value_heads\"" },
	{ "{" LLAMA ",\"num_key_value_heads\":0}",
	    "key \"num_key_value_heads\"" },
	{ "{" LLAMA ",\"head_dim\":3}", "key \"head_dim\"" },
	{ "{\"model_type\":\"llama\",\"vocab_size\":32,\"hidden_size\":32,"
	  "\"num_hidden_layers\":1,\"num_attention_heads\":32,"
	  "\"intermediate_size\":8,\"head_dim\":65536}",
	    "key \"head_dim\": a head width of 65536 is more than 512" },
	{ "{" LLAMA ",\"head_dim\":2147483648}", "key \"head_dim\"" },
	{ "{" LLAMA ",\"max_position_embeddings\":0}",
	    "key \"max_position_embeddings\"" },
	{ "{" LLAMA ",\"rms_norm_eps\":-1}", "key \"rms_norm_eps\"" },
	{ "{" LLAMA ",\"rms_norm_eps\":\"x\"}", "key \"rms_norm_eps\"" },
	{ "{" LLAMA ",\"rope_theta\":0}", "key \"rope_theta\"" },
	{ "{" LLAMA ",\"rope_theta\":null}", "key \"rope_theta\"" },
	{ "{" LLAMA ",\"hidden_act\":\"relu\"}", "key \"hidden_act\": relu" },
	{ "{" LLAMA ",\"mlp_bias\":1}", "key \"mlp_bias\"" },
	{ "{" LLAMA ",\"logits_scaling\":2}",
	    "key \"logits_scaling\": not known here; it may change what the "
	    "policy computes" },
	{ "{" LLAMA ",\"sliding_window\":8}", "key \"sliding_window\": not " },
	{ "{" LLAMA ",\"quantization_config\":{}}", "key \"quantization_" },
	{ "{" LLAMA ",\"partial_rotary_factor\":0.5}", "key \"partial_" },
	{ "{\"text_config\":{" LLAMA ",\"mine\":1}}",
	    "key \"text_config\": key \"mine\": not known here" },
	{ "{\"text_config\":{}}", "key \"text_config\": key \"model_type\"" },
	{ "{" LLAMA ",\"tie_word_embeddings\":1}", "key \"tie_word" },
	{ "{" LLAMA ",\"use_sliding_window\":true}", "key \"use_sliding" },
	{ "{" LLAMA ",\"eos_token_id\":-1}", "key \"eos_token_id\"" },
	{ "{" LLAMA ",\"eos_token_id\":[1,\"x\"]}", "key \"eos_token_id\"" },
	{ "{" LLAMA ",\"eos_token_id\":[1,2,3,4,5,6,7,8,9]}",
	    "key \"eos_token_id\": more than 8 tokens end a sequence" },
	{ "{" GPT2 ",\"activation_function\":\"relu\"}", "key \"activation" },
	{ "{" GPT2 ",\"scale_attn_weights\":false}", "key \"scale_attn" },
	{ "{\"model_type\":\"gpt2\",\"vocab_size\":32,\"n_embd\":18,"
	  "\"n_layer\":2,\"n_head\":4,\"n_positions\":64}",
	    "key \"n_embd\"" },
};

static void
test_refusals(void)
{
	static const char *const sizes[] = { "0", "-8", "\"8\"", "1e300", "7",
		"1000000000000" };
	struct buf b = { 0 };
	struct config c;
	size_t i;

	refuse(bad, sizeof bad / sizeof *bad);
	for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		buf_reset(&b);
		buf_addf(&b,
		    "{\"model_type\":\"llama\",\"vocab_size\":32,"
		    "\"hidden_size\":%s,\"num_hidden_layers\":2,"
		    "\"num_attention_heads\":2,\"intermediate_size\":24}",
		    sizes[i]);
		ok(read_text(&c, buf_text(&b)) == -1 &&
			strstr(err_last(), "key \"hidden_size\"") != NULL,
		    "%s", err_last());
	}
	buf_release(&b);
	ok(config_read(&c, "nowhere") == -1, "%s", err_last());
}

static bool
same(const struct config *a, const struct config *b)
{
	return a->family == b->family && a->D == b->D && a->L == b->L &&
	    a->H == b->H && a->K == b->K && a->E == b->E && a->F == b->F &&
	    a->V == b->V && a->context == b->context && a->tied == b->tied &&
	    a->scored == b->scored && a->norm_eps == b->norm_eps &&
	    a->rope.theta == b->rope.theta && a->rope.kind == b->rope.kind &&
	    a->rope.factor == b->rope.factor && a->rope.low == b->rope.low &&
	    a->rope.high == b->rope.high &&
	    a->rope.original == b->rope.original &&
	    a->rope.scale == b->rope.scale &&
	    a->local.theta == b->local.theta && a->norm_base == b->norm_base &&
	    memcmp(a->windowed, b->windowed, sizeof a->windowed) == 0 &&
	    a->rope.fractional == b->rope.fractional &&
	    memcmp(a->short_factor, b->short_factor, sizeof a->short_factor) ==
	    0 &&
	    memcmp(a->long_factor, b->long_factor, sizeof a->long_factor) ==
	    0 &&
	    a->fused_gate == b->fused_gate && a->window == b->window &&
	    a->mlp_bias == b->mlp_bias && a->bos == b->bos &&
	    a->eos_count == b->eos_count && a->qkv_bias == b->qkv_bias &&
	    a->out_bias == b->out_bias && a->norms == b->norms &&
	    a->qk_norm == b->qk_norm &&
	    a->embedding_scale == b->embedding_scale &&
	    a->residual_scale == b->residual_scale &&
	    a->attention_scale == b->attention_scale &&
	    a->logit_divisor == b->logit_divisor &&
	    a->rope_share == b->rope_share && a->parallel == b->parallel &&
	    a->activation == b->activation &&
	    memcmp(a->unrotated, b->unrotated, sizeof a->unrotated) == 0;
}

/* A language model inside a larger one becomes one of its own. */
static void
test_inside(void)
{
	struct config c, back;
	struct buf b = { 0 };

	ok(read_text(&c,
	       "{\"model_type\":\"big\",\"vision_config\":{\"a\":1},"
	       "\"eos_token_id\":[1,7],\"tie_word_embeddings\":true,"
	       "\"text_config\":{" LLAMA ",\"eos_token_id\":3}}") == 0 &&
		c.inside && c.tied && c.eos_count == 3 && c.D == 16,
	    "text_config, with ends and the tied head outside: %s", err_last());
	ok(config_derive(&c, ST_F32, ".", &b) == 0 &&
		strstr(buf_text(&b), "vision") == NULL &&
		read_text(&back, b.p) == 0 && !back.inside && same(&c, &back),
	    "config_derive: it stands alone: %s", err_last());
	buf_release(&b);
}

/* Settings that a new policy does not have. */
static void
vary(struct config *c)
{
	if (c->family == FAMILY_GRANITE) {
		c->embedding_scale = 12;
		c->residual_scale = 0.22;
		c->logit_divisor = 8;
	}
	if (c->family == FAMILY_QWEN2)
		c->rope =
		    (struct rope){ ROPE_YARN, 5e5, 4, 2, 16, 24, 1.25, true };
	if (c->family != FAMILY_PHI3)
		return;
	c->rope =
	    (struct rope){ ROPE_LONG, 1e4, 4, .original = 24, .scale = 1.25 };
	naive_fill(c->short_factor, c->E / 2, 1);
	naive_fill(c->long_factor, c->E / 2, 2);
	for (size_t i = 0; i < c->E / 2; i++) {
		c->short_factor[i] += 1.5f;
		c->long_factor[i] += 3;
	}
}

static void
test_write(void)
{
	struct config_sizes d = { .dim = 192,
		.layers = 3,
		.vocab = 50,
		.context = 99 };
	struct config c, back;
	struct buf b = { 0 };
	int f;

	for (f = 0; f < 2 * FAMILY_COUNT; f++) {
		d.family = (enum family)(f % FAMILY_COUNT);
		d.scored = f >= FAMILY_COUNT;
		if (config_new(&c, &d) != 0)
			ok(false, "config_new: %s", err_last());
		if (d.family == FAMILY_LLAMA) {
			c.rope.kind = d.scored ? ROPE_LLAMA3 : ROPE_LINEAR;
			c.rope.factor = 2.5;
			c.rope.low = d.scored ? 1 : 0;
			c.rope.high = d.scored ? 4 : 0;
			c.rope.original = d.scored ? 50 : 0;
			c.eos[c.eos_count++] = 7;
		}
		vary(&c);
		buf_reset(&b);
		config_write(&c, ST_F32, &b);
		ok(read_text(&back, buf_text(&b)) == 0 && same(&c, &back),
		    "%s: the config written is the config read: %s",
		    family_architecture(&c), err_last());
		ok(c.H == 3 && c.E == 64 && c.K == 3 &&
			c.F == (c.gated ? 512 : 768),
		    "%s: default sizes", family_architecture(&c));
	}
	ok(read_text(&c,
	       "{" LLAMA ",\"task_specific_params\":{\"a\":[1,2]},"
	       "\"num_labels\":3,"
	       "\"torch_dtype\":\"float32\"}") == 0,
	    "a config with keys of others");
	c.scored = true;
	buf_reset(&b);
	ok(config_derive(&c, ST_BF16, ".", &b) == 0 &&
		strstr(buf_text(&b),
		    "\"task_specific_params\": {\"a\":[1,2]}") != NULL &&
		strstr(b.p, "\"num_labels\": 1") != NULL &&
		strstr(b.p, "\"torch_dtype\": \"bfloat16\"") != NULL &&
		strstr(b.p, "float32") == NULL,
	    "config_derive keeps other keys, replaces head and dtype");
	ok(read_text(&back, b.p) == 0 && same(&c, &back),
	    "config_derive: the config is the same when read");
	test_inside();
	buf_release(&b);
}

static void
test_new(void)
{
	struct config_sizes d = { .family = FAMILY_LLAMA,
		.dim = 7,
		.layers = 1,
		.vocab = 10,
		.context = 10 };
	struct config c;

	ok(config_new(&c, &d) == -1, "width 7: %s", err_last());
	d.dim = 16;
	ok(config_new(&c, &d) == 0 && c.H == 1 && c.F == 48, "width 16");
	d.heads = 3;
	ok(config_new(&c, &d) == -1, "3 heads: %s", err_last());
	d.heads = 4;
	d.kv_heads = 3;
	ok(config_new(&c, &d) == -1, "3 key heads: %s", err_last());
	d.family = FAMILY_GPT2;
	d.kv_heads = 2;
	ok(config_new(&c, &d) == -1, "gpt2: %s", err_last());
	d.dim = 1000000;
	d.heads = d.kv_heads = 0;
	ok(config_new(&c, &d) == -1, "width a million: %s", err_last());
}

int
main(void)
{
	scratch_enter();
	test_llama();
	test_families();
	test_refusals();
	test_write();
	test_new();
	(void)unlink("config.json");
	scratch_leave();
	return tap_done();
}
