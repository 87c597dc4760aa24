/* SPDX-License-Identifier: MIT */
#include "nn/family.h"

#include <string.h>

#include "base/buf.h"

const char *const family_names[FAMILY_COUNT + 1] = {
	[FAMILY_LLAMA] = "llama",
	[FAMILY_MISTRAL] = "mistral",
	[FAMILY_QWEN2] = "qwen2",
	[FAMILY_QWEN3] = "qwen3",
	[FAMILY_GPT2] = "gpt2",
};

/* The keys that most families share. */
#define COMMON_KEYS \
	.D = "hidden_size", .L = "num_hidden_layers", \
	.H = "num_attention_heads", .K = "num_key_value_heads", \
	.E = "head_dim", .F = "intermediate_size", \
	.context = "max_position_embeddings", .activation = "hidden_act", \
	.norm_eps = "rms_norm_eps", .rope_theta = "rope_theta"

static const struct config_keys llama_keys = { COMMON_KEYS,
	.attention_bias = "attention_bias", .mlp_bias = "mlp_bias" };
static const struct config_keys mistral_keys = { COMMON_KEYS,
	.window = "sliding_window" };
static const struct config_keys qwen2_keys = { COMMON_KEYS };
static const struct config_keys qwen3_keys = { COMMON_KEYS,
	.attention_bias = "attention_bias" };
static const struct config_keys gpt2_keys = {
	.D = "n_embd",
	.L = "n_layer",
	.H = "n_head",
	.F = "n_inner",
	.context = "n_positions",
	.context_again = "n_ctx",
	.activation = "activation_function",
	.norm_eps = "layer_norm_epsilon",
};

/* As many weights as 4 D without a gate, up to a multiple of 8. */
static size_t
gated_ff(size_t D)
{
	return (D * 8 / 3 + 7) / 8 * 8;
}

static size_t
plain_ff(size_t D)
{
	return 4 * D;
}

/* Text models may stand inside another, and their tensors too. */
#define LLAMA_PREFIXES \
	"model.", "", "model.language_model.", "language_model.model.", \
	    "language_model."
#define LLAMA_MECHANISMS \
	.norm_eps = 1e-6, .activation = ACTIVATION_SILU, .gated = true

static const struct family_row families[FAMILY_COUNT] = {
	[FAMILY_LLAMA] = {
	    .causal = "LlamaForCausalLM",
	    .classifier = "LlamaForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &llama_keys,
	    .absent = { .context = 2048 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS },
	},
	[FAMILY_MISTRAL] = {
	    .causal = "MistralForCausalLM",
	    .classifier = "MistralForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &mistral_keys,
	    .absent = { .K = 8, .context = 131072, .window = 4096 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS },
	},
	[FAMILY_QWEN2] = {
	    .causal = "Qwen2ForCausalLM",
	    .classifier = "Qwen2ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &qwen2_keys,
	    .unused = { "sliding_window", "max_window_layers" },
	    .absent = { .K = 32, .context = 32768 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS, .qkv_bias = true },
	},
	[FAMILY_QWEN3] = {
	    .causal = "Qwen3ForCausalLM",
	    .classifier = "Qwen3ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &qwen3_keys,
	    .unused = { "sliding_window", "max_window_layers" },
	    .absent = { .K = 32, .E = 128, .context = 32768 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS, .qk_norm = true },
	},
	[FAMILY_GPT2] = {
	    .causal = "GPT2LMHeadModel",
	    .classifier = "GPT2ForSequenceClassification",
	    .naming = NAMING_GPT2,
	    .prefixes = { "transformer.", "" },
	    .keys = &gpt2_keys,
	    .default_ff = plain_ff,
	    .ff_optional = true,
	    .mechanisms = { .norm_eps = 1e-5,
		.activation = ACTIVATION_GELU_TANH,
		.layer_norm = true,
		.learned_positions = true,
		.fused_qkv = true,
		.transposed = true,
		.qkv_bias = true,
		.out_bias = true,
		.mlp_bias = true,
		.tied = true },
	},
};

const struct family_row *
family_row(enum family f)
{
	return &families[f];
}

void
family_config(struct config *c, enum family f)
{
	*c = families[f].mechanisms;
	c->family = f;
	c->bos = -1;
	c->rope.theta = 10000;
	c->rope.factor = 1;
}

int
family_find(const char *name, enum family *found)
{
	struct buf known = { 0 };
	int f;

	for (f = 0; f < FAMILY_COUNT; f++) {
		if (strcmp(name, family_names[f]) == 0) {
			*found = (enum family)f;
			buf_release(&known);
			return 0;
		}
		buf_addf(&known, f > 0 ? ", %s" : "%s", family_names[f]);
	}
	(void)fail("%s is not a family known here: %s", name, buf_text(&known));
	buf_release(&known);
	return -1;
}

const char *
family_architecture(const struct config *c)
{
	const struct family_row *f = &families[c->family];

	return c->scored ? f->classifier : f->causal;
}
