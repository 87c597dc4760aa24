/* SPDX-License-Identifier: MIT */
#include "gguf/ggufarch.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "nn/family.h"

static const struct ggufarch archs[] = {
	{ "llama", FAMILY_LLAMA, .pairs = true, .out_bias = true,
	    .mlp_bias = true, .rope_factors = true },
	{ "llama", FAMILY_MISTRAL, .pairs = true, .rope_factors = true },
	{ "qwen2", FAMILY_QWEN2 },
	{ "qwen3", FAMILY_QWEN3 },
	{ "granite", FAMILY_GRANITE, .pairs = true, .out_bias = true,
	    .mlp_bias = true, .rope_factors = true },
	{ "smollm3", FAMILY_SMOLLM3, .pairs = true, .unrotated_every = 4 },
	{ "olmo2", FAMILY_OLMO2, .own_head = true },
	{ "phi3", FAMILY_PHI3, .long_factors = true, .window = true },
	{ "gemma3", FAMILY_GEMMA3, .window = true, .window_every = 6 },
	{ "gptneox", FAMILY_GPT_NEOX, .own_head = true },
	{ "gpt2", FAMILY_GPT2 },
};

enum { ARCHS = sizeof archs / sizeof archs[0] };

/*
 * Modules of policies, by the ends of their names, and those of GGUF.  after:
 * of policies with norms after attention and MLP, which have another name for
 * the same module.
 */
static const struct {
	const char *module, *name;
	bool after;
} modules[] = {
	{ "post_attention_layernorm", "post_attention_norm", true },
	{ "post_feedforward_layernorm", "post_ffw_norm", true },
	{ "pre_feedforward_layernorm", "ffn_norm", true },
	{ "embed_tokens", "token_embd" },
	{ "norm", "output_norm" },
	{ "lm_head", "output" },
	{ "input_layernorm", "attn_norm" },
	{ "self_attn.q_proj", "attn_q" },
	{ "self_attn.k_proj", "attn_k" },
	{ "self_attn.v_proj", "attn_v" },
	{ "self_attn.qkv_proj", "attn_qkv" },
	{ "self_attn.o_proj", "attn_output" },
	{ "self_attn.q_norm", "attn_q_norm" },
	{ "self_attn.k_norm", "attn_k_norm" },
	{ "post_attention_layernorm", "ffn_norm" },
	{ "mlp.gate_proj", "ffn_gate" },
	{ "mlp.up_proj", "ffn_up" },
	{ "mlp.gate_up_proj", "ffn_up" },
	{ "mlp.down_proj", "ffn_down" },
	{ "wte", "token_embd" },
	{ "wpe", "position_embd" },
	{ "ln_f", "output_norm" },
	{ "ln_1", "attn_norm" },
	{ "attn.c_attn", "attn_qkv" },
	{ "attn.c_proj", "attn_output" },
	{ "ln_2", "ffn_norm" },
	{ "mlp.c_fc", "ffn_up" },
	{ "mlp.c_proj", "ffn_down" },
	{ "embed_in", "token_embd" },
	{ "embed_out", "output" },
	{ "final_layer_norm", "output_norm" },
	{ "attention.query_key_value", "attn_qkv" },
	{ "attention.dense", "attn_output" },
	{ "mlp.dense_h_to_4h", "ffn_up" },
	{ "mlp.dense_4h_to_h", "ffn_down" },
};

enum { MODULES = sizeof modules / sizeof modules[0] };

const struct ggufarch *
ggufarch_named(struct gguf_text name)
{
	struct buf known = { 0 };
	size_t i;

	for (i = 0; i < ARCHS; i++) {
		if (strlen(archs[i].name) == name.n &&
		    memcmp(archs[i].name, name.p, name.n) == 0) {
			buf_release(&known);
			return &archs[i];
		}
		if (i == 0 || strcmp(archs[i].name, archs[i - 1].name) != 0)
			buf_addf(&known, i > 0 ? ", %s" : "%s", archs[i].name);
	}
	(void)fail("key general.architecture: %.*s is not known here; %s are",
	    GGUF_SHOWN(name), buf_text(&known));
	buf_release(&known);
	return NULL;
}

const struct ggufarch *
ggufarch_of(const struct config *c)
{
	size_t i;

	for (i = 0; i < ARCHS; i++)
		if (archs[i].family == c->family)
			return &archs[i];
	(void)fail("the family %s has no form in GGUF here",
	    family_names[c->family]);
	return NULL;
}

/* Without the longest prefix that the family has. */
static const char *
skip_prefix(const struct config *c, const char *name)
{
	const char *const *prefix = family_row(c->family)->prefixes;
	size_t i, n, most = 0;

	for (i = 0; i < FAMILY_PREFIXES && prefix[i] != NULL; i++) {
		n = strlen(prefix[i]);
		if (n > most && strncmp(name, prefix[i], n) == 0)
			most = n;
	}
	return name + most;
}

/* Cut "layers.12." or "h.12." off; returns its number, or NULL. */
static const char *
skip_layer(const char **name, size_t *digits)
{
	const char *dot = strchr(*name, '.'), *number;

	if (dot == NULL || !isdigit((unsigned char)dot[1]))
		return NULL;
	number = dot + 1;
	*digits = strspn(number, "0123456789");
	*name = number + *digits + 1;
	return number;
}

/* The name in GGUF of the module in name[n], or NULL. */
static const char *
module_name(const struct config *c, const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < MODULES; i++)
		if (strlen(modules[i].module) == n &&
		    strncmp(modules[i].module, name, n) == 0 &&
		    (!modules[i].after || c->norms != NORM_BEFORE))
			return modules[i].name;
	return NULL;
}

static void
set_order(struct ggufplace *place, const struct ggufarch *arch,
    const struct config *c, const char *as)
{
	const bool q = strcmp(as, "attn_q") == 0, k = strcmp(as, "attn_k") == 0;

	if (arch->pairs && (q || k)) {
		place->order = GGUF_PAIRS;
		place->heads = q ? c->H : c->K;
	} else if (c->fused_qkv == QKV_FUSED_BY_HEAD &&
	    strcmp(as, "attn_qkv") == 0) {
		place->order = GGUF_BY_KIND;
		place->heads = c->H;
	}
}

int
ggufarch_place(const struct ggufarch *arch, const struct config *c,
    const struct tensor *t, struct ggufplace *place)
{
	const char *name = skip_prefix(c, t->name), *number, *kind, *as = NULL;
	struct buf b = { 0 };
	size_t digits;

	number = skip_layer(&name, &digits);
	kind = strrchr(name, '.');
	if (kind != NULL)
		as = module_name(c, name, (size_t)(kind - name));
	if (as == NULL)
		return fail("tensor %s: has no name in GGUF", t->name);
	if (number != NULL)
		buf_addf(&b, "blk.%.*s.", (int)digits, number);
	buf_addf(&b, "%s%s", as, kind);
	*place = (struct ggufplace){ .name = buf_text(&b),
		.turned = c->transposed && number != NULL && t->dims == 2,
		.add = t->kind == TENSOR_NORM ? c->norm_base : 0 };
	set_order(place, arch, c, as);
	return 0;
}

/* In a head of E rows, 2j + t of the file is t E/2 + j of the policy. */
size_t
ggufarch_row(const struct ggufplace *place, size_t rows, size_t r)
{
	size_t each;

	switch (place->order) {
	case GGUF_PAIRS:
		each = rows / place->heads;
		return r / each * each + r % 2 * (each / 2) + r % each / 2;
	case GGUF_BY_KIND: /* [3, heads, each] to [heads, 3, each] */
		each = rows / place->heads / 3;
		return r / each % place->heads * 3 * each +
		    r / (each * place->heads) * each + r % each;
	default:
		return r;
	}
}

size_t
ggufarch_file_row(const struct ggufplace *place, size_t rows, size_t r)
{
	size_t each, half;

	switch (place->order) {
	case GGUF_PAIRS:
		each = rows / place->heads;
		half = each / 2;
		return r / each * each + r % each % half * 2 + r % each / half;
	case GGUF_BY_KIND: /* [heads, 3, each] to [3, heads, each] */
		each = rows / place->heads / 3;
		return r / each % 3 * place->heads * each +
		    r / (3 * each) * each + r % each;
	default:
		return r;
	}
}
