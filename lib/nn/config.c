/* SPDX-License-Identifier: MIT */
#include "nn/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "io/json.h"
#include "nn/adapter.h"
#include "tensor/attend.h"

enum {
	WIDTH_MAX = 1 << 20,
	LAYERS_MAX = 1 << 12,
	VOCAB_MAX = 1 << 24,
	FILE_MAX = 1 << 20
};
#define CONTEXT_MAX ((uint64_t)1 << 31)

/* What a family is, and how its config.json says so. */
static const struct family_row {
	const char *name, *causal, *classifier;
	struct config is;
} families[FAMILY_COUNT] = {
	[FAMILY_LLAMA] = { "llama", "LlamaForCausalLM",
	    "LlamaForSequenceClassification",
	    { .family = FAMILY_LLAMA, .norm_eps = 1e-6 } },
	[FAMILY_QWEN2] = { "qwen2", "Qwen2ForCausalLM",
	    "Qwen2ForSequenceClassification",
	    { .family = FAMILY_QWEN2, .norm_eps = 1e-6, .qkv_bias = true } },
	[FAMILY_QWEN3] = { "qwen3", "Qwen3ForCausalLM",
	    "Qwen3ForSequenceClassification",
	    { .family = FAMILY_QWEN3, .norm_eps = 1e-6, .qk_norm = true } },
	[FAMILY_GPT2] = { "gpt2", "GPT2LMHeadModel",
	    "GPT2ForSequenceClassification",
	    { .family = FAMILY_GPT2,
		.norm_eps = 1e-5,
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

/* Switches of others' models whose other position is not computed here. */
static const struct {
	const char *key;
	bool must;
} switches[] = {
	{ "use_sliding_window", false },
	{ "scale_attn_weights", true },
	{ "scale_attn_by_inverse_layer_idx", false },
	{ "add_cross_attention", false },
};

const char *
family_name(enum family f)
{
	return families[f].name;
}

void
config_init(struct config *c, enum family f)
{
	*c = families[f].is;
	c->bos = -1;
	c->rope_theta = 10000;
	c->rope_factor = 1;
}

const char *
config_architecture(const struct config *c)
{
	return c->scored ? families[c->family].classifier :
			   families[c->family].causal;
}

bool
config_is_eos(const struct config *c, uint32_t token)
{
	size_t i;

	for (i = 0; i < c->eos_count; i++)
		if (c->eos[i] == token)
			return true;
	return false;
}

static bool
absent(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	return v == NULL || json_kind(v) == JSON_T_NULL;
}

/* A size in [1, max]; `otherwise` where the key is not there, 0: required. */
static int
read_size(const struct json *j, const char *key, uint64_t max, size_t otherwise,
    size_t *out)
{
	uint64_t v = otherwise;

	if (json_get_uint(j, key, &v) < 0)
		return -1;
	if (v == 0 && absent(j, key))
		return fail("key \"%s\": missing", key);
	if (v < 1 || v > max)
		return fail("key \"%s\": %llu is not between 1 and %llu", key,
		    (unsigned long long)v, (unsigned long long)max);
	*out = (size_t)v;
	return 0;
}

static int
read_positive(const struct json *j, const char *key, double *out)
{
	if (json_get_real(j, key, out) < 0)
		return -1;
	if (!(*out > 0) || !isfinite(*out))
		return fail("key \"%s\": %g is not above 0", key, *out);
	return 0;
}

/* A text that must be one of two, where it is there. */
static int
read_word(const struct json *j, const char *key, const char *one,
    const char *other)
{
	const char *s;
	int r = json_get_string(j, key, &s, NULL);

	if (r == 1 && strcmp(s, one) != 0 && strcmp(s, other) != 0)
		return fail("key \"%s\": %s is not known; %s is", key, s, one);
	return r < 0 ? -1 : 0;
}

static int
read_theta(struct config *c, const struct json *j)
{
	if (json_get(j, "rope_theta") != NULL && absent(j, "rope_theta"))
		return fail("key \"rope_theta\": expected a number, found "
			    "null");
	return read_positive(j, "rope_theta", &c->rope_theta);
}

static int
read_llama3(struct config *c, const struct json *s)
{
	c->rope = ROPE_LLAMA3;
	c->rope_low = 1;
	c->rope_high = 4;
	if (read_positive(s, "low_freq_factor", &c->rope_low) != 0 ||
	    read_positive(s, "high_freq_factor", &c->rope_high) != 0 ||
	    read_size(s, "original_max_position_embeddings", CONTEXT_MAX, 8192,
		&c->rope_original) != 0)
		return -1;
	if (c->rope_high <= c->rope_low)
		return fail("key \"high_freq_factor\": %g is not above "
			    "low_freq_factor, %g",
		    c->rope_high, c->rope_low);
	return 0;
}

/* rope_scaling, or rope_parameters as newer files say, with theta inside. */
static int
read_scaling(struct config *c, const struct json *s)
{
	const char *type = "default";

	if (json_kind(s) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(s));
	if (json_get_string(s, "type", &type, NULL) < 0 ||
	    json_get_string(s, "rope_type", &type, NULL) < 0 ||
	    read_theta(c, s) != 0)
		return -1;
	if (strcmp(type, "default") == 0)
		return 0;
	if (strcmp(type, "linear") != 0 && strcmp(type, "llama3") != 0)
		return fail("type %s is not known; default, linear and llama3 "
			    "are",
		    type);
	if (absent(s, "factor"))
		return fail("key \"factor\": missing");
	if (read_positive(s, "factor", &c->rope_factor) != 0)
		return -1;
	c->rope = ROPE_LINEAR;
	return strcmp(type, "linear") == 0 ? 0 : read_llama3(c, s);
}

static int
read_rope(struct config *c, const struct json *j)
{
	static const char *const keys[] = { "rope_scaling", "rope_parameters" };
	size_t i;

	if (read_theta(c, j) != 0)
		return -1;
	for (i = 0; i < 2; i++)
		if (!absent(j, keys[i]) &&
		    read_scaling(c, json_get(j, keys[i])) != 0)
			return fail_in("key \"%s\"", keys[i]);
	return 0;
}

static int
read_llama(struct config *c, const struct json *j)
{
	bool attention_bias = c->qkv_bias;

	if (read_size(j, "hidden_size", WIDTH_MAX, 0, &c->D) != 0 ||
	    read_size(j, "num_hidden_layers", LAYERS_MAX, 0, &c->L) != 0 ||
	    read_size(j, "num_attention_heads", WIDTH_MAX, 0, &c->H) != 0 ||
	    read_size(j, "num_key_value_heads", WIDTH_MAX, c->H, &c->K) != 0 ||
	    read_size(j, "intermediate_size", WIDTH_MAX, 0, &c->F) != 0 ||
	    read_size(j, "max_position_embeddings", CONTEXT_MAX, 2048,
		&c->context) != 0 ||
	    read_positive(j, "rms_norm_eps", &c->norm_eps) != 0 ||
	    read_word(j, "hidden_act", "silu", "swish") != 0 ||
	    json_get_bool(j, "attention_bias", &attention_bias) < 0 ||
	    json_get_bool(j, "mlp_bias", &c->mlp_bias) < 0 ||
	    json_get_bool(j, "tie_word_embeddings", &c->tied) < 0 ||
	    read_rope(c, j) != 0)
		return -1;
	if (c->mlp_bias)
		return fail("key \"mlp_bias\": biases in the MLP are not "
			    "known for this family");
	if (c->family == FAMILY_LLAMA || c->family == FAMILY_QWEN3) {
		c->qkv_bias = attention_bias;
		c->out_bias = attention_bias;
	}
	if (absent(j, "head_dim") && c->D % c->H != 0)
		return fail("key \"hidden_size\": %zu is no multiple of %zu "
			    "heads",
		    c->D, c->H);
	return read_size(j, "head_dim", 1 << 16, c->D / c->H, &c->E);
}

static int
read_gpt2(struct config *c, const struct json *j)
{
	if (read_size(j, "n_embd", WIDTH_MAX, 0, &c->D) != 0 ||
	    read_size(j, "n_layer", LAYERS_MAX, 0, &c->L) != 0 ||
	    read_size(j, "n_head", WIDTH_MAX, 0, &c->H) != 0 ||
	    read_size(j, "n_positions", VOCAB_MAX, 0, &c->context) != 0 ||
	    read_size(j, "n_inner", WIDTH_MAX, 4 * c->D, &c->F) != 0 ||
	    read_positive(j, "layer_norm_epsilon", &c->norm_eps) != 0 ||
	    read_word(j, "activation_function", "gelu_new",
		"gelu_pytorch_tanh") != 0 ||
	    json_get_bool(j, "tie_word_embeddings", &c->tied) < 0)
		return -1;
	c->K = c->H;
	if (c->D % c->H != 0)
		return fail("key \"n_embd\": %zu is no multiple of %zu heads",
		    c->D, c->H);
	c->E = c->D / c->H;
	return 0;
}

static int
add_eos(struct config *c, const struct json *v)
{
	int64_t id = json_int(v, -1);

	if (id < 0)
		return fail("key \"eos_token_id\": expected a token or a list "
			    "of them");
	/* GPT-2's own ids stand in configs of smaller vocabularies. */
	if ((uint64_t)id >= c->V || config_is_eos(c, (uint32_t)id))
		return 0;
	if (c->eos_count == CONFIG_EOS_MAX)
		return fail("key \"eos_token_id\": more than %d",
		    CONFIG_EOS_MAX);
	c->eos[c->eos_count++] = (uint32_t)id;
	return 0;
}

/* bos_token_id and eos_token_id of config.json or generation_config.json. */
static int
read_ends(struct config *c, const struct json *j)
{
	const struct json *v = json_get(j, "eos_token_id");
	uint64_t bos;
	size_t i;
	int r = json_get_uint(j, "bos_token_id", &bos);

	if (r < 0)
		return -1;
	if (r == 1 && bos < c->V)
		c->bos = (int64_t)bos;
	if (v == NULL || json_kind(v) == JSON_T_NULL)
		return 0;
	if (json_kind(v) != JSON_T_ARRAY)
		return add_eos(c, v);
	for (i = 0; i < json_count(v); i++)
		if (add_eos(c, json_at(v, i)) != 0)
			return -1;
	return 0;
}

static int
read_family(struct config *c, const struct json *j)
{
	const char *name;
	int r = json_get_string(j, "model_type", &name, NULL), f;

	if (r <= 0)
		return r < 0 ? -1 : fail("key \"model_type\": missing");
	for (f = 0; f < FAMILY_COUNT; f++)
		if (strcmp(name, families[f].name) == 0) {
			config_init(c, (enum family)f);
			return 0;
		}
	return fail("key \"model_type\": %s is not a family known here: "
		    "llama, qwen2, qwen3, gpt2",
	    name);
}

static int
read_switches(const struct json *j)
{
	bool on;
	size_t i;

	for (i = 0; i < sizeof switches / sizeof switches[0]; i++) {
		on = switches[i].must;
		if (json_get_bool(j, switches[i].key, &on) < 0)
			return -1;
		if (on != switches[i].must)
			return fail("key \"%s\": %s is not known here",
			    switches[i].key, on ? "true" : "false");
	}
	return 0;
}

int
config_check(const struct config *c)
{
	if (c->H % c->K != 0)
		return fail("key \"num_key_value_heads\": %zu does not divide "
			    "%zu heads",
		    c->K, c->H);
	if (!c->learned_positions && c->E % 2 != 0)
		return fail("key \"head_dim\": a head width of %zu is odd, "
			    "rotation needs pairs",
		    c->E);
	if (c->F > WIDTH_MAX)
		return fail("a feed-forward width of %zu is more than %d", c->F,
		    WIDTH_MAX);
	if (c->E > ATTEND_WIDEST)
		return fail("key \"head_dim\": a head width of %zu is more "
			    "than %d",
		    c->E, ATTEND_WIDEST);
	if (c->H * c->E > WIDTH_MAX)
		return fail("key \"head_dim\": %zu heads of %zu are too wide",
		    c->H, c->E);
	return 0;
}

static int
read_main(struct config *c, const struct json *j)
{
	const struct json *a;
	const char *name;

	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if (read_family(c, j) != 0 || read_switches(j) != 0 ||
	    read_size(j, "vocab_size", VOCAB_MAX, 0, &c->V) != 0 ||
	    (c->family == FAMILY_GPT2 ? read_gpt2 : read_llama)(c, j) != 0 ||
	    config_check(c) != 0)
		return -1;
	a = json_at(json_get(j, "architectures"), 0);
	name = a != NULL ? json_text(a, NULL) : NULL;
	c->scored =
	    name != NULL && strcmp(name, families[c->family].classifier) == 0;
	return read_ends(c, j);
}

/* One file of a directory, by what reads it. */
static int
read_part(struct config *c, const char *dir, const char *name,
    int (*part)(struct config *, const struct json *))
{
	struct buf path = { 0 };
	struct json *j;
	int rc;

	buf_addf(&path, "%s/%s", dir, name);
	j = json_read_file(buf_text(&path), FILE_MAX);
	rc = j == NULL ? -1 : part(c, j);
	if (j != NULL && rc != 0)
		rc = fail_in("%s", buf_text(&path));
	json_free(j);
	buf_release(&path);
	return rc;
}

/* A policy with adapters has the config of its base. */
static int
read_base(struct config *c, const char *dir)
{
	struct adapter a;
	int rc = adapter_read(&a, dir);

	if (rc == 0) {
		rc = config_read(c, a.base);
		adapter_release(&a);
	}
	return rc;
}

int
config_read(struct config *c, const char *dir)
{
	static const char ends[] = "generation_config.json";
	struct buf path = { 0 };
	int rc = adapter_there(dir) ?
	    read_base(c, dir) :
	    read_part(c, dir, "config.json", read_main);

	buf_addf(&path, "%s/%s", dir, ends);
	if (rc == 0 && file_exists(buf_text(&path)))
		rc = read_part(c, dir, ends, read_ends);
	buf_release(&path);
	return rc;
}
