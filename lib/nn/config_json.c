/* SPDX-License-Identifier: MIT */
/* Reading of config.json; config_write.c writes it. */
#include "nn/config_json.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "io/json.h"
#include "nn/config_parts.h"
#include "nn/config_value.h"
#include "nn/family.h"

enum { FILE_MAX = 1 << 20, HEAD_WIDTH_MAX = 1 << 16 };

/* In the order of enum activation. */
const char *const activation_names[ACTIVATION_COUNT][ACTIVATION_NAMES] = {
	[ACTIVATION_SILU] = { "silu", "swish" },
	[ACTIVATION_GELU_TANH] = { "gelu_new", "gelu_pytorch_tanh",
	    "gelu_fast" },
	[ACTIVATION_GELU] = { "gelu" },
};

/* The key may be absent: the family's activation. */
static int
read_activation(struct config *c, const struct json *j, const char *key)
{
	const char *s, *name;
	size_t i, k;
	int r = json_get_string(j, key, &s, NULL);

	if (r <= 0)
		return r;
	for (i = 0; i < ACTIVATION_COUNT; i++)
		for (k = 0; k < ACTIVATION_NAMES; k++) {
			name = activation_names[i][k];
			if (name == NULL || strcmp(s, name) != 0)
				continue;
			c->activation = (enum activation)i;
			return 0;
		}
	return fail("key \"%s\": %s is not known here", key, s);
}

/*
 * H heads share a width; a family with its own key may set another one.  null
 * is the share, a missing key the family's default.
 */
static int
read_head_width(struct config *c, const struct json *j,
    const struct family_row *f)
{
	const char *key = f->keys->E;
	size_t otherwise = 0;

	if (key != NULL && json_get(j, key) == NULL)
		otherwise = f->absent.E;
	if (otherwise == 0 && (key == NULL || config_absent(j, key))) {
		if (c->D % c->H != 0)
			return fail("key \"%s\": %zu is no multiple of %zu "
				    "heads",
			    f->keys->D, c->D, c->H);
		c->E = c->D / c->H;
		return 0;
	}
	return config_size(j, key, HEAD_WIDTH_MAX, otherwise, &c->E);
}

static int
read_sizes(struct config *c, const struct json *j, const struct family_row *f)
{
	const struct config_keys *key = f->keys;
	/* A table of positions is a matrix as the vocabulary's is. */
	const uint64_t longest =
	    c->learned_positions ? CONFIG_VOCAB_MAX : CONFIG_CONTEXT_MAX;
	size_t K;

	if (config_size(j, "vocab_size", CONFIG_VOCAB_MAX, f->absent.V,
		&c->V) != 0 ||
	    config_size(j, key->D, CONFIG_WIDTH_MAX, 0, &c->D) != 0 ||
	    config_size(j, key->L, CONFIG_LAYERS_MAX, 0, &c->L) != 0 ||
	    config_size(j, key->H, CONFIG_WIDTH_MAX, f->absent.H, &c->H) != 0)
		return -1;
	c->K = K = c->H;
	if (key->K != NULL && json_get(j, key->K) == NULL && f->absent.K > 0)
		K = f->absent.K;
	if (key->K != NULL &&
	    config_size(j, key->K, CONFIG_WIDTH_MAX, K, &c->K) != 0)
		return -1;
	if (config_size(j, key->F, CONFIG_WIDTH_MAX,
		f->ff_optional ? f->default_ff(c->D) : 0, &c->F) != 0 ||
	    config_size(j, key->context, longest, f->absent.context,
		&c->context) != 0)
		return -1;
	if (read_head_width(c, j, f) != 0)
		return -1;
	family_size(c);
	return 0;
}

/* A switch that a family may lack. */
static int
read_switch(const struct json *j, const char *key, bool *on)
{
	return key == NULL || json_get_bool(j, key, on) >= 0 ? 0 : -1;
}

/* Numbers above 0 of families that have a key for them. */
static int
read_scalars(struct config *c, const struct json *j, const struct family_row *f)
{
	const struct config_keys *key = f->keys;
	const struct {
		const char *key;
		double *value;
	} scalars[] = {
		{ key->norm_eps, &c->norm_eps },
		{ key->embedding_scale, &c->embedding_scale },
		{ key->residual_scale, &c->residual_scale },
		{ key->attention_scale, &c->attention_scale },
		{ key->logit_divisor, &c->logit_divisor },
	};
	size_t i;

	double query = (double)f->absent.query_scalar;

	for (i = 0; i < sizeof scalars / sizeof *scalars; i++)
		if (scalars[i].key != NULL &&
		    config_positive(j, scalars[i].key, scalars[i].value) != 0)
			return -1;
	if (key->query_scalar == NULL)
		return 0;
	if (config_positive(j, key->query_scalar, &query) != 0)
		return -1;
	c->attention_scale = 1 / sqrt(query);
	return 0;
}

static int
read_mechanisms(struct config *c, const struct json *j,
    const struct family_row *f)
{
	const struct config_keys *key = f->keys;
	bool bias = c->qkv_bias;

	if (read_scalars(c, j, f) != 0 ||
	    read_activation(c, j, key->activation) != 0 ||
	    json_get_bool(j, "tie_word_embeddings", &c->tied) < 0 ||
	    config_read_rope(c, j, f) != 0 ||
	    config_read_layers(c, j, f) != 0 ||
	    read_switch(j, key->mlp_bias, &c->mlp_bias) != 0 ||
	    read_switch(j, key->parallel, &c->parallel) != 0 ||
	    read_switch(j, key->attention_bias, &bias) != 0)
		return -1;
	if (key->attention_bias != NULL)
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

/* The members of a language model, in the whole of config.json or inside. */
static int
read_model(struct config *c, const struct json *j)
{
	const struct family_row *f;

	if (read_family(c, j) != 0)
		return -1;
	f = family_row(c->family);
	if (read_sizes(c, j, f) != 0 || read_mechanisms(c, j, f) != 0 ||
	    config_check_keys(j, f) != 0 || config_check(c) != 0)
		return -1;
	return read_ends(c, j);
}

/*
 * text_config has the keys of a language model inside a larger one, but the
 * special tokens and whether the head is tied may stand outside.
 */
static int
read_inside(struct config *c, const struct json *j, const struct json *text)
{
	if (read_model(c, text) != 0)
		return fail_in("key \"text_config\"");
	c->inside = true;
	return json_get_bool(j, "tie_word_embeddings", &c->tied) < 0 ?
	    -1 :
	    read_ends(c, j);
}

static int
read_main(struct config *c, const struct json *j)
{
	const struct json *text = json_get(j, "text_config"), *a;
	const char *name;

	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if (text != NULL && json_kind(text) == JSON_T_OBJECT)
		return read_inside(c, j, text);
	if (read_model(c, j) != 0)
		return -1;
	a = json_at(json_get(j, "architectures"), 0);
	name = a != NULL ? json_text(a, NULL) : NULL;
	c->scored = name != NULL &&
	    strcmp(name, family_row(c->family)->classifier) == 0;
	return 0;
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
