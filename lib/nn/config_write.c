/* SPDX-License-Identifier: MIT */
/* Writing of config.json; config_json.c reads it. */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "io/json.h"
#include "nn/config_json.h"
#include "nn/config_parts.h"
#include "nn/family.h"

enum { FILE_MAX = 1 << 20 };

/* torch_dtype */
static const char *const dtype_names[] = {
	[ST_F32] = "float32",
	[ST_F16] = "float16",
	[ST_BF16] = "bfloat16",
};

/* Begin a member; the first of an object has no comma before it. */
void
config_put_key(struct buf *b, const char *key)
{
	buf_adds(b, b->n > 1 ? ",\n  " : "\n  ");
	json_put_string(b, key, strlen(key));
	buf_adds(b, ": ");
}

static void
put_text(struct buf *b, const char *key, const char *text)
{
	config_put_key(b, key);
	json_put_string(b, text, strlen(text));
}

static void
put_size(struct buf *b, const char *key, size_t x)
{
	config_put_key(b, key);
	buf_addf(b, "%zu", x);
}

static void
put_real(struct buf *b, const char *key, double x)
{
	config_put_key(b, key);
	json_put_double(b, x);
}

static void
put_bool(struct buf *b, const char *key, bool x)
{
	config_put_key(b, key);
	buf_adds(b, x ? "true" : "false");
}

/* A size, if the family has a key for it. */
static void
put_own(struct buf *b, const char *key, size_t x)
{
	if (key != NULL)
		put_size(b, key, x);
}

static void
put_own_real(struct buf *b, const char *key, double x)
{
	if (key != NULL)
		put_real(b, key, x);
}

/* A whole number, if it was one. */
static void
put_query_scalar(struct buf *b, const char *key, double scale)
{
	const double x = 1 / (scale * scale), whole = nearbyint(x);

	config_put_key(b, key);
	if (fabs(x - whole) < 1e-9 * x)
		buf_addf(b, "%.0f", whole);
	else
		json_put_double(b, x);
}

static void
put_number(struct buf *b, const char *key, double x)
{
	buf_addf(b, ", \"%s\": ", key);
	json_put_double(b, x);
}

static void
put_factors(struct buf *b, const char *key, const float *x, size_t n)
{
	size_t i;

	buf_addf(b, ", \"%s\": ", key);
	for (i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? "," : "[");
		json_put_float(b, x[i]);
	}
	buf_addc(b, ']');
}

static void
put_scaling(struct buf *b, const struct config *c)
{
	const struct rope *r = &c->rope;
	const size_t pairs = config_rotated(c) / 2;

	buf_addf(b, "{\"rope_type\": \"%s\"", rope_names[r->kind]);
	put_number(b, "factor", r->factor);
	if (r->kind == ROPE_LLAMA3) {
		put_number(b, "low_freq_factor", r->low);
		put_number(b, "high_freq_factor", r->high);
	} else if (r->kind == ROPE_YARN) {
		put_number(b, "beta_slow", r->low);
		put_number(b, "beta_fast", r->high);
		buf_addf(b, ", \"truncate\": %s",
		    r->fractional ? "false" : "true");
	} else if (r->kind == ROPE_LONG) {
		put_factors(b, "short_factor", c->short_factor, pairs);
		put_factors(b, "long_factor", c->long_factor, pairs);
	}
	if (r->kind == ROPE_YARN || r->kind == ROPE_LONG)
		put_number(b, "attention_factor", r->scale);
	if (r->kind != ROPE_LINEAR)
		buf_addf(b, ", \"original_max_position_embeddings\": %zu",
		    r->original);
	buf_addc(b, '}');
}

static void
put_rope(struct buf *b, const struct config *c, const struct config_keys *key)
{
	put_real(b, key->rope_theta, c->rope.theta);
	put_own_real(b, key->rope_share, c->rope_share);
	put_own_real(b, key->rope_local, c->local.theta);
	if (c->rope.original > 0)
		put_size(b, key->original, c->rope.original);
	config_put_key(b, "rope_scaling");
	if (c->rope.kind == ROPE_PLAIN)
		buf_adds(b, "null");
	else
		put_scaling(b, c);
}

/* transformers has another name for the same with a gate. */
static const char *
activation_name(const struct config *c)
{
	const char *const *names = activation_names[c->activation];

	return c->gated && c->activation == ACTIVATION_GELU_TANH ? names[1] :
								   names[0];
}

static void
put_model(struct buf *b, const struct config *c, const struct config_keys *key)
{
	put_own(b, key->D, c->D);
	put_own(b, key->L, c->L);
	put_own(b, key->H, c->H);
	put_own(b, key->K, c->K);
	put_own(b, key->E, c->E);
	put_own(b, key->F, c->F);
	put_own(b, key->context, c->context);
	put_own(b, key->context_again, c->context);
	put_text(b, key->activation, activation_name(c));
	put_real(b, key->norm_eps, c->norm_eps);
	if (!c->learned_positions)
		put_rope(b, c, key);
	put_own_real(b, key->embedding_scale, c->embedding_scale);
	put_own_real(b, key->residual_scale, c->residual_scale);
	put_own_real(b, key->attention_scale, c->attention_scale);
	if (key->query_scalar != NULL)
		put_query_scalar(b, key->query_scalar, c->attention_scale);
	put_own_real(b, key->logit_divisor, c->logit_divisor);
	config_put_layers(b, c);
	if (key->attention_bias != NULL)
		put_bool(b, key->attention_bias, c->qkv_bias);
	if (key->parallel != NULL)
		put_bool(b, key->parallel, c->parallel);
	if (key->mlp_bias != NULL)
		put_bool(b, key->mlp_bias, c->mlp_bias);
}

static void
put_eos(struct buf *b, const struct config *c)
{
	size_t i;

	if (c->eos_count == 0)
		return;
	config_put_key(b, "eos_token_id");
	if (c->eos_count == 1) {
		buf_addf(b, "%u", c->eos[0]);
		return;
	}
	for (i = 0; i < c->eos_count; i++)
		buf_addf(b, i > 0 ? ", %u" : "[%u", c->eos[i]);
	buf_addc(b, ']');
}

/* The keys that depend on head and dtype. */
static void
put_head(struct buf *b, const struct config *c, enum st_dtype dtype)
{
	config_put_key(b, "architectures");
	buf_addf(b, "[\"%s\"]", family_architecture(c));
	put_text(b, "torch_dtype", dtype_names[dtype]);
	if (c->scored) {
		config_put_key(b, "id2label");
		buf_adds(b, "{\"0\": \"score\"}");
		config_put_key(b, "label2id");
		buf_adds(b, "{\"score\": 0}");
		put_size(b, "num_labels", 1);
	}
}

/* What a model inside a larger one may have outside its own keys. */
static void
put_outside(struct buf *b, const struct config *c)
{
	put_bool(b, "tie_word_embeddings", c->tied);
	if (c->bos >= 0)
		put_size(b, "bos_token_id", (size_t)c->bos);
	put_eos(b, c);
}

void
config_write(const struct config *c, enum st_dtype dtype, struct buf *b)
{
	struct buf j = { 0 };

	buf_addc(&j, '{');
	put_head(&j, c, dtype);
	put_text(&j, "model_type", family_names[c->family]);
	put_size(&j, "vocab_size", c->V);
	put_model(&j, c, family_row(c->family)->keys);
	/* some families have one beyond a small vocabulary by default */
	config_put_key(&j, "pad_token_id");
	buf_adds(&j, "null");
	put_outside(&j, c);
	buf_adds(&j, "\n}\n");
	buf_add(b, j.p, j.n);
	buf_release(&j);
}

/* Keys that put_head and put_outside write, and another of torch_dtype. */
static bool
is_head(const struct config *c, const char *key)
{
	static const char *const always[] = { "architectures", "torch_dtype",
		"dtype" };
	static const char *const labels[] = { "id2label", "label2id",
		"num_labels" };
	static const char *const outside[] = { "tie_word_embeddings",
		"bos_token_id", "eos_token_id" };
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(key, always[i]) == 0 ||
		    (c->scored && strcmp(key, labels[i]) == 0) ||
		    (c->inside && strcmp(key, outside[i]) == 0))
			return true;
	return false;
}

/* Numbers in their shortest form. */
static void
put_value(struct buf *b, const struct json *v)
{
	if (json_kind(v) == JSON_T_REAL)
		json_put_double(b, json_number(v, 0));
	else
		json_put(b, v);
}

int
config_derive(const struct config *c, enum st_dtype dtype, const char *dir,
    struct buf *b)
{
	struct buf path = { 0 }, j = { 0 };
	const struct json *keys;
	struct json *from;
	void *it;

	buf_addf(&path, "%s/config.json", dir);
	from = json_read_file(buf_text(&path), FILE_MAX);
	buf_release(&path);
	if (from == NULL)
		return -1;
	keys = c->inside ? json_get(from, "text_config") : from;
	buf_addc(&j, '{');
	put_head(&j, c, dtype);
	if (c->inside)
		put_outside(&j, c);
	for (it = json_next(keys, NULL); it != NULL; it = json_next(keys, it))
		if (!is_head(c, json_key(it, NULL))) {
			config_put_key(&j, json_key(it, NULL));
			put_value(&j, json_value(it));
		}
	buf_adds(&j, "\n}\n");
	buf_add(b, j.p, j.n);
	buf_release(&j);
	json_free(from);
	return 0;
}
