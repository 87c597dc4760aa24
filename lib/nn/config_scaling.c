/* SPDX-License-Identifier: MIT */
/*
 * An object that describes a rotation: its type, and keys that depend on the
 * type; one that the type does not read is refused.
 */
#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "io/json.h"
#include "nn/config_parts.h"
#include "nn/config_value.h"
#include "nn/family.h"

#define IN(kind) (1u << ROPE_##kind)
enum { ALL = (1 << ROPE_COUNT) - 1 };

/* The keys of the object, and the types that read them. */
static const struct {
	const char *key;
	unsigned kinds;
} rope_keys[] = {
	{ "type", ALL },
	{ "rope_type", ALL },
	{ "rope_theta", ALL },
	{ "partial_rotary_factor", ALL },
	{ "factor", ALL & ~IN(PLAIN) },
	{ "low_freq_factor", IN(LLAMA3) },
	{ "high_freq_factor", IN(LLAMA3) },
	{ "original_max_position_embeddings",
	    IN(LLAMA3) | IN(YARN) | IN(LONG) },
	{ "attention_factor", IN(YARN) | IN(LONG) },
	{ "beta_fast", IN(YARN) },
	{ "beta_slow", IN(YARN) },
	{ "mscale", IN(YARN) },
	{ "mscale_all_dim", IN(YARN) },
	{ "truncate", IN(YARN) },
	{ "short_factor", IN(LONG) },
	{ "long_factor", IN(LONG) },
};

int
config_read_theta(struct rope *r, const struct json *j, const char *key)
{
	if (json_get(j, key) != NULL && config_absent(j, key))
		return fail("key \"%s\": expected a number, found null", key);
	return config_positive(j, key, &r->theta);
}

int
config_read_share(struct config *c, const struct json *j, const char *key)
{
	const bool can = family_row(c->family)->keys->rope_share != NULL;
	double share = c->rope_share;

	if (config_positive(j, key, &share) != 0)
		return -1;
	if (share > 1 || (!can && share < 1))
		return fail("key \"%s\": %g is not computed here", key, share);
	c->rope_share = share;
	return 0;
}

static int
read_llama3(struct rope *r, const struct json *s)
{
	r->low = 1;
	r->high = 4;
	if (config_positive(s, "low_freq_factor", &r->low) != 0 ||
	    config_positive(s, "high_freq_factor", &r->high) != 0)
		return -1;
	if (r->high <= r->low)
		return fail("key \"high_freq_factor\": %g is not above "
			    "low_freq_factor, %g",
		    r->high, r->low);
	return 0;
}

static double
yarn_scale(double factor, double mscale)
{
	return factor <= 1 ? 1 : 0.1 * mscale * log(factor) + 1;
}

static int
read_yarn(struct rope *r, const struct json *s)
{
	double up = 0, all = 0;
	bool whole = true;

	r->low = 1;
	r->high = 32;
	if (config_positive(s, "beta_slow", &r->low) != 0 ||
	    config_positive(s, "beta_fast", &r->high) != 0 ||
	    json_get_real(s, "mscale", &up) < 0 ||
	    json_get_real(s, "mscale_all_dim", &all) < 0 ||
	    json_get_bool(s, "truncate", &whole) < 0)
		return -1;
	if (r->high < r->low)
		return fail("key \"beta_fast\": %g is below beta_slow, %g",
		    r->high, r->low);
	if (!(r->theta > 1))
		return fail("key \"rope_theta\": %g is not above 1", r->theta);
	if (up < 0 || all < 0)
		return fail("key \"mscale\": a negative number");
	r->fractional = !whole;
	r->scale = up > 0 && all > 0 ?
	    yarn_scale(r->factor, up) / yarn_scale(r->factor, all) :
	    yarn_scale(r->factor, 1);
	return config_positive(s, "attention_factor", &r->scale);
}

/* A divisor for each pair. */
static int
read_factors(const struct config *c, const struct json *s, const char *key,
    float *out)
{
	const size_t pairs = config_rotated(c) / 2;
	const struct json *list = json_get(s, key);
	double x;
	size_t i;

	if (list == NULL || json_kind(list) != JSON_T_ARRAY ||
	    json_count(list) != pairs || pairs > CONFIG_PAIRS_MAX)
		return fail("key \"%s\": expected a list with a number for "
			    "each of %zu pairs",
		    key, pairs);
	for (i = 0; i < pairs; i++) {
		x = json_number(json_at(list, i), 0);
		out[i] = (float)x;
		if (!(out[i] > 0) || !isfinite(out[i]))
			return fail("key \"%s\": item %zu is not above 0", key,
			    i + 1);
	}
	return 0;
}

static int
read_long(struct config *c, struct rope *r, const struct json *s)
{
	if (read_factors(c, s, "short_factor", c->short_factor) != 0 ||
	    read_factors(c, s, "long_factor", c->long_factor) != 0)
		return -1;
	if (r->factor > 1 && r->original < 2)
		return fail("key \"original_max_position_embeddings\": %zu is "
			    "too short",
		    r->original);
	if (r->factor > 1)
		r->scale = sqrt(1 + log(r->factor) / log((double)r->original));
	return config_positive(s, "attention_factor", &r->scale);
}

/* The key beside this object is stronger, and in some families always there. */
static int
read_original(struct config *c, struct rope *r, const struct json *s)
{
	static const char key[] = "original_max_position_embeddings";
	const size_t absent = family_row(c->family)->absent.original;
	const size_t outside = r->original > 0 ? r->original : absent;
	size_t inside = outside > 0 ? outside : c->context;

	if (config_size(s, key, CONFIG_CONTEXT_MAX, inside, &inside) != 0)
		return -1;
	if (outside > 0 && inside != outside)
		return fail("key \"%s\": %zu, but %zu beside it", key, inside,
		    outside);
	r->original = inside;
	return 0;
}

/* Where it is not required, by how much the context is longer. */
static int
read_factor(const struct config *c, struct rope *r, const struct json *s)
{
	if (r->kind == ROPE_YARN || r->kind == ROPE_LONG)
		r->factor = (double)c->context / (double)r->original;
	else if (config_absent(s, "factor"))
		return fail("key \"factor\": missing");
	return config_positive(s, "factor", &r->factor);
}

static int
find_rope(const char *name, const struct family_row *f, enum rope_kind *found)
{
	const unsigned kinds = f->ropes > 0 ? f->ropes : ALL;
	struct buf known = { 0 };
	size_t i;

	if (strcmp(name, "su") == 0) /* its first name */
		name = rope_names[ROPE_LONG];
	for (i = 0; i < ROPE_COUNT; i++) {
		if ((kinds & 1u << i) == 0)
			continue;
		if (strcmp(name, rope_names[i]) == 0) {
			*found = (enum rope_kind)i;
			buf_release(&known);
			return 0;
		}
		buf_addf(&known, known.n > 0 ? ", %s" : "%s", rope_names[i]);
	}
	(void)fail("type %s is not known here: %s", name, buf_text(&known));
	buf_release(&known);
	return -1;
}

/* -1: a key that this type does not read, unless it is null. */
static int
check_inside(const struct json *s, enum rope_kind kind)
{
	const char *key;
	bool known;
	size_t i;
	void *it;

	for (it = json_next(s, NULL); it != NULL; it = json_next(s, it)) {
		key = json_key(it, NULL);
		known = json_kind(json_value(it)) == JSON_T_NULL;
		for (i = 0; i < sizeof rope_keys / sizeof *rope_keys; i++)
			known |= (rope_keys[i].kinds & 1u << kind) != 0 &&
			    strcmp(key, rope_keys[i].key) == 0;
		if (!known)
			return fail("key \"%s\": not known with the type %s",
			    key, rope_names[kind]);
	}
	return 0;
}

static int
read_kind(struct config *c, struct rope *r, const struct json *s)
{
	if (r->kind != ROPE_LINEAR && read_original(c, r, s) != 0)
		return -1;
	if (read_factor(c, r, s) != 0)
		return -1;
	switch (r->kind) {
	case ROPE_LLAMA3:
		return read_llama3(r, s);
	case ROPE_YARN:
		return read_yarn(r, s);
	case ROPE_LONG:
		return read_long(c, r, s);
	default:
		return 0;
	}
}

int
config_read_scaling(struct config *c, struct rope *r, const struct json *s)
{
	const char *type = rope_names[ROPE_PLAIN];

	if (json_kind(s) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(s));
	if (json_get_string(s, "type", &type, NULL) < 0 ||
	    json_get_string(s, "rope_type", &type, NULL) < 0 ||
	    config_read_theta(r, s, "rope_theta") != 0 ||
	    config_read_share(c, s, "partial_rotary_factor") != 0 ||
	    find_rope(type, family_row(c->family), &r->kind) != 0 ||
	    check_inside(s, r->kind) != 0)
		return -1;
	return r->kind == ROPE_PLAIN ? 0 : read_kind(c, r, s);
}
