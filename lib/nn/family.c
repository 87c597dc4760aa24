/* SPDX-License-Identifier: MIT */
#include "nn/family.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"

const char *const family_names[FAMILY_COUNT + 1] = {
	[FAMILY_LLAMA] = "llama",
	[FAMILY_MISTRAL] = "mistral",
	[FAMILY_QWEN2] = "qwen2",
	[FAMILY_QWEN3] = "qwen3",
	[FAMILY_GRANITE] = "granite",
	[FAMILY_SMOLLM3] = "smollm3",
	[FAMILY_OLMO2] = "olmo2",
	[FAMILY_GPT_NEOX] = "gpt_neox",
	[FAMILY_PHI3] = "phi3",
	[FAMILY_GEMMA3] = "gemma3_text",
	[FAMILY_GPT2] = "gpt2",
};

/* The keys that most families share. */
#define COMMON_KEYS \
	.D = "hidden_size", .L = "num_hidden_layers", \
	.H = "num_attention_heads", .K = "num_key_value_heads", \
	.E = "head_dim", .F = "intermediate_size", \
	.context = "max_position_embeddings", .activation = "hidden_act", \
	.norm_eps = "rms_norm_eps", .rope_theta = "rope_theta", \
	.original = "original_max_position_embeddings"

#define SWITCHED_WINDOW \
	.window = "sliding_window", .window_switch = "use_sliding_window", \
	.window_from = "max_window_layers"

static const struct config_keys llama_keys = { COMMON_KEYS,
	.attention_bias = "attention_bias", .mlp_bias = "mlp_bias" };
static const struct config_keys mistral_keys = { COMMON_KEYS,
	.window = "sliding_window" };
static const struct config_keys qwen2_keys = { COMMON_KEYS, SWITCHED_WINDOW };
static const struct config_keys qwen3_keys = { COMMON_KEYS, SWITCHED_WINDOW,
	.attention_bias = "attention_bias" };
static const struct config_keys granite_keys = { COMMON_KEYS,
	.attention_bias = "attention_bias", .mlp_bias = "mlp_bias",
	.embedding_scale = "embedding_multiplier",
	.residual_scale = "residual_multiplier",
	.attention_scale = "attention_multiplier",
	.logit_divisor = "logits_scaling" };
static const struct config_keys smollm3_keys = { COMMON_KEYS,
	.attention_bias = "attention_bias", .mlp_bias = "mlp_bias",
	.rotated = "no_rope_layers", .window = "sliding_window",
	.window_switch = "use_sliding_window",
	.unrotated_every = "no_rope_layer_interval" };
static const struct config_keys olmo2_keys = { COMMON_KEYS,
	.attention_bias = "attention_bias" };
static const struct config_keys phi3_keys = { COMMON_KEYS,
	.rope_share = "partial_rotary_factor", .window = "sliding_window" };
static const struct config_keys gemma3_keys = {
	.D = "hidden_size",
	.L = "num_hidden_layers",
	.H = "num_attention_heads",
	.K = "num_key_value_heads",
	.E = "head_dim",
	.F = "intermediate_size",
	.context = "max_position_embeddings",
	.activation = "hidden_activation",
	.norm_eps = "rms_norm_eps",
	.attention_bias = "attention_bias",
	.rope_theta = "rope_theta",
	.rope_local = "rope_local_base_freq",
	.original = "original_max_position_embeddings",
	.window = "sliding_window",
	.window_every = "sliding_window_pattern",
	.window_every_again = "_sliding_window_pattern",
	.query_scalar = "query_pre_attn_scalar",
};
static const struct config_keys gpt_neox_keys = {
	.D = "hidden_size",
	.L = "num_hidden_layers",
	.H = "num_attention_heads",
	.F = "intermediate_size",
	.context = "max_position_embeddings",
	.activation = "hidden_act",
	.norm_eps = "layer_norm_eps",
	.attention_bias = "attention_bias",
	.rope_theta = "rotary_emb_base",
	.rope_theta_again = "rope_theta",
	.rope_share = "rotary_pct",
	.rope_share_again = "partial_rotary_factor",
	.original = "original_max_position_embeddings",
	.parallel = "use_parallel_residual",
};
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
#define LLAMA_MECHANISMS .activation = ACTIVATION_SILU, .gated = true

static const struct family_row families[FAMILY_COUNT] = {
	[FAMILY_LLAMA] = {
	    .causal = "LlamaForCausalLM",
	    .classifier = "LlamaForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &llama_keys,
	    .absent = { .context = 2048 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS, .norm_eps = 1e-6 },
	},
	[FAMILY_MISTRAL] = {
	    .causal = "MistralForCausalLM",
	    .classifier = "MistralForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &mistral_keys,
	    .absent = { .K = 8, .context = 131072, .window = 4096 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS, .norm_eps = 1e-6 },
	},
	[FAMILY_QWEN2] = {
	    .causal = "Qwen2ForCausalLM",
	    .classifier = "Qwen2ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &qwen2_keys,
	    .absent = { .K = 32,
		.context = 32768,
		.window = 4096,
		.window_from = 28 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS,
		.norm_eps = 1e-6,
		.qkv_bias = true },
	},
	[FAMILY_QWEN3] = {
	    .causal = "Qwen3ForCausalLM",
	    .classifier = "Qwen3ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &qwen3_keys,
	    .absent = { .K = 32,
		.E = 128,
		.context = 32768,
		.window = 4096,
		.window_from = 28 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS,
		.norm_eps = 1e-6,
		.qk_norm = QK_NORM_HEADS },
	},
	[FAMILY_GRANITE] = {
	    .causal = "GraniteForCausalLM",
	    .classifier = "GraniteForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &granite_keys,
	    .absent = { .context = 2048 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS,
		.norm_eps = 1e-6,
		.attention_scale = 1 },
	},
	[FAMILY_SMOLLM3] = {
	    .causal = "SmolLM3ForCausalLM",
	    .classifier = "SmolLM3ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &smollm3_keys,
	    .unused = { "max_window_layers" },
	    .window_unrotated = true,
	    .absent = { .K = 4, .context = 32768, .unrotated_every = 4 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS,
		.norm_eps = 1e-6,
		.rope = { .theta = 2000000 },
		.tied = true },
	},
	[FAMILY_OLMO2] = {
	    .causal = "Olmo2ForCausalLM",
	    .classifier = "Olmo2ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &olmo2_keys,
	    .absent = { .context = 2048 },
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS,
		.norm_eps = 1e-5,
		.norms = NORM_AFTER,
		.qk_norm = QK_NORM_WHOLE },
	},
	[FAMILY_PHI3] = {
	    .causal = "Phi3ForCausalLM",
	    .classifier = "Phi3ForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &phi3_keys,
	    .unused = { "full_attn_mod", "interpolate_factor" },
	    .absent = { .context = 4096, .original = 4096 },
	    .ropes = 1u << ROPE_PLAIN | 1u << ROPE_LONG,
	    .default_ff = gated_ff,
	    .mechanisms = { LLAMA_MECHANISMS,
		.norm_eps = 1e-5,
		.fused_qkv = QKV_FUSED,
		.fused_gate = true },
	},
	[FAMILY_GEMMA3] = {
	    .causal = "Gemma3ForCausalLM",
	    .classifier = "Gemma3TextForSequenceClassification",
	    .naming = NAMING_LLAMA,
	    .prefixes = { LLAMA_PREFIXES },
	    .keys = &gemma3_keys,
	    .absent = { .V = 262208,
		.H = 8,
		.K = 4,
		.E = 256,
		.context = 131072,
		.window = 4096,
		.window_every = 6,
		.query_scalar = 256 },
	    .local_theta = 10000,
	    .root_embedding = true,
	    .default_ff = gated_ff,
	    .mechanisms = { .norm_eps = 1e-6,
		.activation = ACTIVATION_GELU_TANH,
		.gated = true,
		.norms = NORM_AROUND,
		.norm_base = 1,
		.qk_norm = QK_NORM_HEADS,
		.rope = { .theta = 1000000 },
		.tied = true },
	},
	[FAMILY_GPT_NEOX] = {
	    .causal = "GPTNeoXForCausalLM",
	    .classifier = "GPTNeoXForSequenceClassification",
	    .naming = NAMING_GPT_NEOX,
	    .prefixes = { "gpt_neox.", "" },
	    .keys = &gpt_neox_keys,
	    .absent = { .context = 2048 },
	    .default_ff = plain_ff,
	    .mechanisms = { .norm_eps = 1e-5,
		.activation = ACTIVATION_GELU,
		.layer_norm = true,
		.fused_qkv = QKV_FUSED_BY_HEAD,
		.rope_share = 0.25,
		.parallel = true,
		.qkv_bias = true,
		.out_bias = true,
		.mlp_bias = true },
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
		.fused_qkv = QKV_FUSED,
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
	if (!(c->rope_share > 0))
		c->rope_share = 1;
	if (!(c->rope.theta > 0))
		c->rope.theta = 10000;
	c->rope.factor = c->rope.scale = 1;
	c->local = (struct rope){ .theta = families[f].local_theta,
		.factor = 1,
		.scale = 1 };
	c->embedding_scale = c->residual_scale = c->logit_divisor = 1;
}

void
family_size(struct config *c)
{
	const struct family_row *f = &families[c->family];

	if (f->root_embedding)
		c->embedding_scale = sqrt((double)c->D);
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
