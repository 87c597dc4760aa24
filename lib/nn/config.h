/* SPDX-License-Identifier: MIT */
/*
 * config: config.json of a Hugging Face policy -> struct config, validated
 * once; nothing after it needs to doubt a size.
 *
 * Glossary of dimensions, used by all kernels:
 *   B sequences   T tokens    D model width   L layers   H query heads
 *   K key/value heads   E head width   F feed-forward width   V vocabulary
 *
 * Families are data: what tells llama, qwen2, qwen3 and gpt2 apart is the
 * flags below and the names in the parameter table (params.c).
 */
#ifndef NN_CONFIG_H
#define NN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum family {
	FAMILY_LLAMA,
	FAMILY_QWEN2,
	FAMILY_QWEN3,
	FAMILY_GPT2,
	FAMILY_COUNT
};
enum rope_kind { ROPE_PLAIN, ROPE_LINEAR, ROPE_LLAMA3 };
enum { CONFIG_EOS_MAX = 8 };

struct config {
	enum family family;
	size_t D, L, H, K, E, F, V;
	size_t context;         /* most tokens of a sequence */
	bool layer_norm;        /* LayerNorm with bias; else RMSNorm */
	bool learned_positions; /* wpe; else RoPE */
	bool gelu;              /* GELU-tanh MLP; else SwiGLU (gate and up) */
	bool fused_qkv;         /* one c_attn matrix [D, 3D] */
	bool transposed;        /* Conv1D: weights stored [in, out] */
	bool qkv_bias, out_bias, mlp_bias;
	bool qk_norm; /* RMSNorm on each head of q and k */
	bool tied;    /* the head is the embedding */
	bool scored;  /* a sequence classifier: score.weight [1, D], no head */
	double norm_eps;
	double rope_theta;
	enum rope_kind rope;
	double rope_factor;
	double rope_low, rope_high; /* llama3: low_freq_factor, high_... */
	size_t rope_original;       /* original_max_position_embeddings */
	int64_t bos;                /* -1 where not given */
	uint32_t
	    eos[CONFIG_EOS_MAX]; /* config.json and generation_config.json */
	size_t eos_count;
};

/*
 * DIR/config.json, or that of the base of adapters, and, where there,
 * DIR/generation_config.json, all of it checked: a failure names file and
 * key.  End tokens beyond the vocabulary
 * can never be drawn and are left out.
 */
must_use int config_read(struct config *, const char *dir);
/* What a family is, its sizes still 0. */
void config_init(struct config *, enum family);
/*
 * Do the head counts and widths fit each other?  Names the key that does not.
 */
must_use int config_check(const struct config *);
const char *family_name(enum family);
/* The class of transformers that such a policy is of. */
const char *config_architecture(const struct config *);
bool config_is_eos(const struct config *, uint32_t token);
/*
 * The text of a config.json (Hugging Face keys and architectures) for a
 * config; dtype "float32", "bfloat16" or "float16".
 */
struct buf;
void config_write(const struct config *, const char *dtype, struct buf *json);
/*
 * The text of DIR/config.json with only that changed which a new head or
 * dtype changes; other keys, ours or not, stay.
 */
must_use int config_derive(const struct config *, const char *dtype,
    const char *dir, struct buf *json);

#endif
