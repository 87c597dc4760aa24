/* SPDX-License-Identifier: MIT */
/* Reading of config.json; config_write.c writes it. */
#include "nn/config_json.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "io/json.h"
#include "nn/family.h"

enum { FILE_MAX = 1 << 20, HEAD_WIDTH_MAX = 1 << 16 };
#define CONTEXT_MAX ((uint64_t)1 << 31)

/* In the order of enum activation. */
const char *const activation_names[ACTIVATION_COUNT][ACTIVATION_NAMES] = {
	[ACTIVATION_SILU] = { "silu", "swish" },
	[ACTIVATION_GELU_TANH] = { "gelu_new", "gelu_pytorch_tanh" },
};

/* Switches with only one setting that is computed here. */
static const struct {
	const char *key;
	bool must;
} switches[] = {
	{ "use_sliding_window", false },
	{ "scale_attn_weights", true },
	{ "scale_attn_by_inverse_layer_idx", false },
	{ "add_cross_attention", false },
	{ "mlp_bias", false },
};

static bool
absent(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	return v == NULL || json_kind(v) == JSON_T_NULL;
}

/* A size in [1, max]; `otherwise` if the key is absent, 0: required. */
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

/* The key may be absent; otherwise it must name the family's activation. */
static int
read_activation(const struct config *c, const struct json *j, const char *key)
{
	const char *const *names = activation_names[c->activation];
	const char *s;
	size_t i;
	int r = json_get_string(j, key, &s, NULL);

	if (r <= 0)
		return r;
	for (i = 0; i < ACTIVATION_NAMES; i++)
		if (strcmp(s, names[i]) == 0)
			return 0;
	return fail("key \"%s\": %s is not known; %s is", key, s, names[0]);
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

static int
find_rope(const char *name, enum rope_kind *found)
{
	struct buf known = { 0 };
	size_t i;

	for (i = 0; i < ROPE_COUNT; i++) {
		if (strcmp(name, rope_names[i]) == 0) {
			*found = (enum rope_kind)i;
			buf_release(&known);
			return 0;
		}
		if (i > 0)
			buf_adds(&known, i + 1 < ROPE_COUNT ? ", " : " and ");
		buf_adds(&known, rope_names[i]);
	}
	(void)fail("type %s is not known; %s are", name, buf_text(&known));
	buf_release(&known);
	return -1;
}

/* rope_scaling, or rope_parameters of newer files with theta inside. */
static int
read_scaling(struct config *c, const struct json *s)
{
	const char *type = rope_names[ROPE_PLAIN];
	enum rope_kind kind;

	if (json_kind(s) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(s));
	if (json_get_string(s, "type", &type, NULL) < 0 ||
	    json_get_string(s, "rope_type", &type, NULL) < 0 ||
	    read_theta(c, s) != 0 || find_rope(type, &kind) != 0)
		return -1;
	if (kind == ROPE_PLAIN)
		return 0;
	c->rope = kind;
	if (absent(s, "factor"))
		return fail("key \"factor\": missing");
	if (read_positive(s, "factor", &c->rope_factor) != 0)
		return -1;
	return kind == ROPE_LLAMA3 ? read_llama3(c, s) : 0;
}

static int
read_rope(struct config *c, const struct json *j)
{
	static const char *const keys[] = { "rope_scaling", "rope_parameters" };
	size_t i;

	if (c->learned_positions)
		return 0;
	if (read_theta(c, j) != 0)
		return -1;
	for (i = 0; i < 2; i++)
		if (!absent(j, keys[i]) &&
		    read_scaling(c, json_get(j, keys[i])) != 0)
			return fail_in("key \"%s\"", keys[i]);
	return 0;
}

/* H heads share a width; a family with its own key may set another one. */
static int
read_head_width(struct config *c, const struct json *j,
    const struct config_keys *key)
{
	bool given = key->E != NULL && !absent(j, key->E);

	if (!given && c->D % c->H != 0)
		return fail("key \"%s\": %zu is no multiple of %zu heads",
		    key->D, c->D, c->H);
	c->E = c->D / c->H;
	return given ? read_size(j, key->E, HEAD_WIDTH_MAX, 0, &c->E) : 0;
}

static int
read_sizes(struct config *c, const struct json *j, const struct family_row *f)
{
	const struct config_keys *key = f->keys;
	/* A table of positions is a matrix as the vocabulary's is. */
	const uint64_t longest =
	    c->learned_positions ? CONFIG_VOCAB_MAX : CONTEXT_MAX;

	if (read_size(j, key->D, CONFIG_WIDTH_MAX, 0, &c->D) != 0 ||
	    read_size(j, key->L, CONFIG_LAYERS_MAX, 0, &c->L) != 0 ||
	    read_size(j, key->H, CONFIG_WIDTH_MAX, 0, &c->H) != 0)
		return -1;
	c->K = c->H;
	if (key->K != NULL &&
	    read_size(j, key->K, CONFIG_WIDTH_MAX, c->H, &c->K) != 0)
		return -1;
	if (read_size(j, key->F, CONFIG_WIDTH_MAX,
		f->ff_optional ? f->default_ff(c->D) : 0, &c->F) != 0 ||
	    read_size(j, key->context, longest, f->context, &c->context) != 0)
		return -1;
	return read_head_width(c, j, key);
}

static int
read_mechanisms(struct config *c, const struct json *j,
    const struct config_keys *key)
{
	bool bias = c->qkv_bias;

	if (read_positive(j, key->norm_eps, &c->norm_eps) != 0 ||
	    read_activation(c, j, key->activation) != 0 ||
	    json_get_bool(j, "tie_word_embeddings", &c->tied) < 0 ||
	    read_rope(c, j) != 0)
		return -1;
	if (key->attention_bias == NULL)
		return 0;
	if (json_get_bool(j, key->attention_bias, &bias) < 0)
		return -1;
	c->qkv_bias = c->out_bias = bias;
	return 0;
}

static int
add_eos(struct config *c, const struct json *v)
{
	int64_t id = json_int(v, -1);

	if (id < 0)
		return fail("key \"eos_token_id\": expected a token or a list "
			    "of them");
	/* Small configs may keep the ids of a larger vocabulary. */
	if ((uint64_t)id >= c->V)
		return 0;
	return config_add_eos(c, (uint32_t)id) == 0 ?
	    0 :
	    fail_in("key \"eos_token_id\"");
}

/* bos_token_id and eos_token_id of either file. */
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
	enum family family;
	const char *name;
	int r = json_get_string(j, "model_type", &name, NULL);

	if (r <= 0)
		return r < 0 ? -1 : fail("key \"model_type\": missing");
	if (family_find(name, &family) != 0)
		return fail_in("key \"model_type\"");
	family_config(c, family);
	return 0;
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

static int
read_main(struct config *c, const struct json *j)
{
	const struct family_row *f;
	const struct json *a;
	const char *name;

	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if (read_family(c, j) != 0 || read_switches(j) != 0 ||
	    read_size(j, "vocab_size", CONFIG_VOCAB_MAX, 0, &c->V) != 0)
		return -1;
	f = family_row(c->family);
	if (read_sizes(c, j, f) != 0 || read_mechanisms(c, j, f->keys) != 0 ||
	    config_check(c) != 0)
		return -1;
	a = json_at(json_get(j, "architectures"), 0);
	name = a != NULL ? json_text(a, NULL) : NULL;
	c->scored = name != NULL && strcmp(name, f->classifier) == 0;
	return read_ends(c, j);
}

/* One file of a directory, by the function that reads its contents. */
static int
read_part(struct config *c, const char *path,
    int (*part)(struct config *, const struct json *))
{
	struct json *j = json_read_file(path, FILE_MAX);
	int rc = j == NULL ? -1 : part(c, j);

	if (j != NULL && rc != 0)
		rc = fail_in("%s", path);
	json_free(j);
	return rc;
}

int
config_read_ends(struct config *c, const char *dir)
{
	struct buf path = { 0 };
	int rc = 0;

	buf_addf(&path, "%s/generation_config.json", dir);
	if (file_exists(buf_text(&path)))
		rc = read_part(c, path.p, read_ends);
	buf_release(&path);
	return rc;
}

int
config_read(struct config *c, const char *dir)
{
	struct buf path = { 0 };
	int rc;

	buf_addf(&path, "%s/config.json", dir);
	rc = read_part(c, buf_text(&path), read_main);
	buf_release(&path);
	return rc == 0 ? config_read_ends(c, dir) : -1;
}
