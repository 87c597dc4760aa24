/* SPDX-License-Identifier: MIT */
#include "gguf/ggufarch.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "nn/family.h"

static const struct ggufarch archs[] = {
	{ "llama", FAMILY_LLAMA, .pairs = true, .out_bias = true,
	    .rope_factors = true },
	{ "qwen2", FAMILY_QWEN2 },
	{ "qwen3", FAMILY_QWEN3 },
	{ "gpt2", FAMILY_GPT2 },
};

enum { ARCHS = sizeof archs / sizeof archs[0] };

/* Modules of policies, by the ends of their names, and those of GGUF. */
static const struct {
	const char *module, *name;
} modules[] = {
	{ "embed_tokens", "token_embd" },
	{ "norm", "output_norm" },
	{ "lm_head", "output" },
	{ "input_layernorm", "attn_norm" },
	{ "self_attn.q_proj", "attn_q" },
	{ "self_attn.k_proj", "attn_k" },
	{ "self_attn.v_proj", "attn_v" },
	{ "self_attn.o_proj", "attn_output" },
	{ "self_attn.q_norm", "attn_q_norm" },
	{ "self_attn.k_norm", "attn_k_norm" },
	{ "post_attention_layernorm", "ffn_norm" },
	{ "mlp.gate_proj", "ffn_gate" },
	{ "mlp.up_proj", "ffn_up" },
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
};

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
		buf_addf(&known, i > 0 ? ", %s" : "%s", archs[i].name);
	}
	(void)fail("key general.architecture: %.*s is not known here; %s are",
	    (int)name.n, name.p, buf_text(&known));
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

static const char *
skip_prefix(const struct config *c, const char *name)
{
	const char *const *prefix = family_row(c->family)->prefixes;
	size_t i, n;

	for (i = 0; i < FAMILY_PREFIXES && prefix[i] != NULL; i++) {
		n = strlen(prefix[i]);
		if (n > 0 && strncmp(name, prefix[i], n) == 0)
			return name + n;
	}
	return name;
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

int
ggufarch_place(const struct ggufarch *arch, const struct config *c,
    const struct tensor *t, struct ggufplace *place)
{
	const char *name = skip_prefix(c, t->name), *number, *kind, *as = NULL;
	struct buf b = { 0 };
	size_t i, digits;

	number = skip_layer(&name, &digits);
	kind = strrchr(name, '.');
	for (i = 0; as == NULL && i < sizeof modules / sizeof modules[0]; i++)
		if (kind != NULL &&
		    strlen(modules[i].module) == (size_t)(kind - name) &&
		    strncmp(modules[i].module, name, (size_t)(kind - name)) ==
			0)
			as = modules[i].name;
	if (as == NULL)
		return fail("tensor %s: has no name in GGUF", t->name);
	if (number != NULL)
		buf_addf(&b, "blk.%.*s.", (int)digits, number);
	buf_addf(&b, "%s%s", as, kind);
	*place = (struct ggufplace){ .name = buf_text(&b),
		.turned = c->transposed && number != NULL && t->dims == 2 };
	if (arch->pairs && strcmp(as, "attn_q") == 0)
		place->heads = c->H;
	if (arch->pairs && strcmp(as, "attn_k") == 0)
		place->heads = c->K;
	return 0;
}

/* In a head of E rows, 2j + t of the file is t E/2 + j of the policy. */
size_t
ggufarch_row(const struct ggufplace *place, size_t rows, size_t r)
{
	size_t each;

	if (place->heads == 0)
		return r;
	each = rows / place->heads;
	return r / each * each + r % 2 * (each / 2) + r % each / 2;
}

size_t
ggufarch_file_row(const struct ggufplace *place, size_t rows, size_t r)
{
	size_t each, half;

	if (place->heads == 0)
		return r;
	each = rows / place->heads;
	half = each / 2;
	return r / each * each + r % each % half * 2 + r % each / half;
}
