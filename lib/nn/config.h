/* SPDX-License-Identifier: MIT */
/*
 * config: the sizes and mechanisms of a policy.
 *
 * The forward and backward passes read mechanisms (norms, activation, biases,
 * positions) and never ask for the family: family.h maps a family to its
 * mechanisms, config_json.h reads config.json.  A struct config that passed
 * config_check needs no further check of sizes.
 *
 * The dimensions, named so in all kernels:
 *   B sequences   T tokens    D model width   L layers   H query heads
 *   K key/value heads   E head width   F feed-forward width   V vocabulary
 *
 * The modules of this folder; each includes only earlier ones:
 *   config, family, config_value, config_parts, config_json, config_new
 *   matrices, params, params_names, packed, rotary, kvcache, pack
 *   embedding, layer, layer_parts, last, activations, transformer, incremental,
 *   sample, decode
 *   adapter, ckpt, plan, part, probe
 */
#ifndef NN_CONFIG_H
#define NN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Rows of the table in family.c; model_type in config.json. */
enum family {
	FAMILY_LLAMA,
	FAMILY_MISTRAL,
	FAMILY_QWEN2,
	FAMILY_QWEN3,
	FAMILY_GRANITE,
	FAMILY_SMOLLM3,
	FAMILY_OLMO2,
	FAMILY_GPT_NEOX,
	FAMILY_PHI3,
	FAMILY_GEMMA3,
	FAMILY_GPT2,
	FAMILY_COUNT
};

/* Where norms of the model width stand in a layer: around is both. */
enum norm_place { NORM_BEFORE, NORM_AFTER, NORM_AROUND };
/* One matrix for q, k and v: all rows of q first, or a head's first. */
enum fused_qkv { QKV_APART, QKV_FUSED, QKV_FUSED_BY_HEAD };
/* RMSNorm of q and k: of each head, or over all heads. */
enum qk_norm { QK_NORM_NONE, QK_NORM_HEADS, QK_NORM_WHOLE };

enum activation {
	ACTIVATION_SILU,
	ACTIVATION_GELU_TANH,
	ACTIVATION_GELU,
	ACTIVATION_COUNT
};

/* rope_type in config.json. */
enum rope_kind {
	ROPE_PLAIN,
	ROPE_LINEAR,
	ROPE_LLAMA3,
	ROPE_YARN,
	ROPE_LONG,
	ROPE_COUNT
};
extern const char *const rope_names[ROPE_COUNT];

/* Rotation by position: rotary.c has the equations. */
struct rope {
	enum rope_kind kind;
	double theta;
	double factor;
	double low, high; /* llama3: low_freq_factor, high_freq_factor;
			     yarn: beta_slow, beta_fast */
	size_t original;  /* original_max_position_embeddings; 0: none */
	double scale;     /* of cosines and sines: attention_factor */
	bool fractional;  /* yarn: truncate is false */
};

enum {
	CONFIG_PAIRS_MAX = 256,
	CONFIG_EOS_MAX = 8,
	CONFIG_WIDTH_MAX = 1 << 20,
	CONFIG_LAYERS_MAX = 1 << 12,
	CONFIG_VOCAB_MAX = 1 << 24
};

struct config {
	enum family family;
	size_t D, L, H, K, E, F, V;
	size_t context; /* longest sequence in tokens */
	enum activation activation;
	bool gated;             /* activation(gate) * up; else activation(up) */
	bool layer_norm;        /* LayerNorm with bias; else RMSNorm */
	bool learned_positions; /* added to the embedding; else RoPE */
	enum fused_qkv fused_qkv;
	bool fused_gate; /* one matrix [2F, D] for gate and up */
	bool transposed; /* layers' matrices are stored [in, out] */
	bool qkv_bias, out_bias;
	bool mlp_bias; /* of up and down, and of gate if there is one */
	bool parallel; /* attention and MLP read the same, and add to it */
	enum norm_place norms;
	enum qk_norm qk_norm;
	bool tied;   /* the head is the embedding */
	bool scored; /* sequence classifier: score.weight [1, D], no head */
	bool inside; /* of a larger model, whose other parts are not read */
	double norm_eps;
	float norm_base; /* added to the weights of norms: 0 or 1 */
	double embedding_scale;
	double residual_scale;  /* of what each branch adds */
	double attention_scale; /* of q . k; 0: 1 / sqrt(E) */
	double logit_divisor;
	struct rope rope;
	/* longrope: divisors of the frequencies, and of those in long texts */
	float short_factor[CONFIG_PAIRS_MAX], long_factor[CONFIG_PAIRS_MAX];
	double rope_share; /* of the width of a head is rotated */
	struct rope local; /* of layers with a window; theta 0: as others */
	bool unrotated[CONFIG_LAYERS_MAX], windowed[CONFIG_LAYERS_MAX];
	size_t window; /* a token sees so many there, itself included */
	int64_t bos;   /* -1: none */
	uint32_t eos[CONFIG_EOS_MAX];
	size_t eos_count;
};

/*
 * Check that head counts and widths fit each other and that the mechanisms
 * can be computed together.  -1: names the key of config.json at fault.
 */
must_use int config_check(const struct config *);
/* The width of a head that is rotated: its first floats. */
size_t config_rotated(const struct config *);
/* The positions that a layer's tokens see; 0: all. */
size_t config_window(const struct config *, size_t layer);
/*
 * Whether a sequence of n tokens is rotated by long_factor, all of it; and how
 * many tokens may follow n of a prompt, so that a sample is rotated as its
 * prompt is, and ends within the context.
 */
bool config_is_long(const struct config *, size_t n);
size_t config_room(const struct config *, size_t n);
bool config_is_eos(const struct config *, uint32_t token);
/* Let a token end sequences too; -1: it is not one of V, or there are too many
 * of them. */
must_use int config_add_eos(struct config *, uint32_t token);

#endif
