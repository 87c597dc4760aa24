/* SPDX-License-Identifier: MIT */
/*
 * Rotation in config.json: rope_theta and rope_scaling, or rope_parameters of
 * newer files, which has both inside.  Each type has its own keys; one that
 * the type does not read is refused.
 */
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
	{ "original_max_position_embeddings", IN(LLAMA3) },
};

static int
read_theta(struct rope *r, const struct json *j, const char *key)
{
	if (json_get(j, key) != NULL && config_absent(j, key))
		return fail("key \"%s\": expected a number, found null", key);
	return config_positive(j, key, &r->theta);
}

/* The share of a head that is rotated, for families that have one. */
static int
read_share(struct config *c, const struct json *j, const char *key)
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
	    config_positive(s, "high_freq_factor", &r->high) != 0 ||
	    config_size(s, "original_max_position_embeddings",
		CONFIG_CONTEXT_MAX, 8192, &r->original) != 0)
		return -1;
	if (r->high <= r->low)
		return fail("key \"high_freq_factor\": %g is not above "
			    "low_freq_factor, %g",
		    r->high, r->low);
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
read_scaling(struct config *c, struct rope *r, const struct json *s)
{
	const char *type = rope_names[ROPE_PLAIN];

	if (json_kind(s) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(s));
	if (json_get_string(s, "type", &type, NULL) < 0 ||
	    json_get_string(s, "rope_type", &type, NULL) < 0 ||
	    read_theta(r, s, "rope_theta") != 0 ||
	    read_share(c, s, "partial_rotary_factor") != 0 ||
	    find_rope(type, &r->kind) != 0 || check_inside(s, r->kind) != 0)
		return -1;
	if (r->kind == ROPE_PLAIN)
		return 0;
	if (config_absent(s, "factor"))
		return fail("key \"factor\": missing");
	if (config_positive(s, "factor", &r->factor) != 0)
		return -1;
	return r->kind == ROPE_LLAMA3 ? read_llama3(r, s) : 0;
}

/* -1: a second key for the same number has another value. */
static int
check_again(const struct json *j, const char *key, double want)
{
	double x = want;

	if (key == NULL)
		return 0;
	if (json_get_real(j, key, &x) < 0)
		return -1;
	return x == want ? 0 :
			   fail("key \"%s\": %g, but %g before", key, x, want);
}

/* The keys beside rope_scaling. */
static int
read_outside(struct config *c, const struct json *j,
    const struct config_keys *key)
{
	if (read_theta(&c->rope, j, key->rope_theta) != 0 ||
	    (key->rope_share != NULL && read_share(c, j, key->rope_share) != 0))
		return -1;
	return check_again(j, key->rope_theta_again, c->rope.theta) != 0 ||
		check_again(j, key->rope_share_again, c->rope_share) != 0 ?
	    -1 :
	    0;
}

/* NULL: absent, or an empty object. */
static const struct json *
member(const struct json *j, const char *key)
{
	const struct json *v = json_get(j, key);

	if (v == NULL || json_kind(v) == JSON_T_NULL ||
	    (json_kind(v) == JSON_T_OBJECT && json_count(v) == 0))
		return NULL;
	return v;
}

int
config_read_rope(struct config *c, const struct json *j,
    const struct family_row *f)
{
	static const char *const names[] = { "rope_scaling",
		"rope_parameters" };
	const struct json *old = member(j, names[0]);
	const struct json *s = old != NULL ? old : member(j, names[1]);

	if (c->learned_positions)
		return 0;
	if (old != NULL && member(j, names[1]) != NULL)
		return fail("key \"%s\": there is \"%s\" too", names[1],
		    names[0]);
	if (read_outside(c, j, f->keys) != 0)
		return -1;
	if (s != NULL && read_scaling(c, &c->rope, s) != 0)
		return fail_in("key \"%s\"", names[old == NULL]);
	return 0;
}

static void
put_number(struct buf *b, const char *key, double x)
{
	buf_addf(b, ", \"%s\": ", key);
	json_put_double(b, x);
}

void
config_put_rope(struct buf *b, const struct config *c)
{
	const struct rope *r = &c->rope;

	buf_addf(b, "{\"rope_type\": \"%s\"", rope_names[r->kind]);
	put_number(b, "factor", r->factor);
	if (r->kind == ROPE_LLAMA3) {
		put_number(b, "low_freq_factor", r->low);
		put_number(b, "high_freq_factor", r->high);
		buf_addf(b, ", \"original_max_position_embeddings\": %zu",
		    r->original);
	}
	buf_addc(b, '}');
}
