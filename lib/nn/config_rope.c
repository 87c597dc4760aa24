/* SPDX-License-Identifier: MIT */
/*
 * Rotation in config.json: rope_theta and rope_scaling, or rope_parameters of
 * newer files, which has both inside, or an object with both for each type of
 * layer.
 */
#include <string.h>

#include "io/json.h"
#include "nn/config_parts.h"
#include "nn/config_value.h"
#include "nn/family.h"

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
	if (config_read_theta(&c->rope, j, key->rope_theta) != 0 ||
	    (key->rope_share != NULL &&
		config_read_share(c, j, key->rope_share) != 0))
		return -1;
	if (key->rope_local != NULL &&
	    config_read_theta(&c->local, j, key->rope_local) != 0)
		return -1;
	if (!config_absent(j, key->original) &&
	    config_size(j, key->original, CONFIG_CONTEXT_MAX, 0,
		&c->rope.original) != 0)
		return -1;
	return check_again(j, key->rope_theta_again, c->rope.theta) != 0 ||
		check_again(j, key->rope_share_again, c->rope_share) != 0 ?
	    -1 :
	    0;
}

static const char full[] = "full_attention", sliding[] = "sliding_attention";

static bool
is_by_type(const struct json *s)
{
	return json_get(s, full) != NULL || json_get(s, sliding) != NULL;
}

/* Only layers that a family rotates on their own have a type of their own. */
static int
read_by_type(struct config *c, const struct json *s)
{
	const bool local = c->local.theta > 0;
	const char *key;
	void *it;

	for (it = json_next(s, NULL); it != NULL; it = json_next(s, it)) {
		key = json_key(it, NULL);
		if (strcmp(key, full) != 0 &&
		    (strcmp(key, sliding) != 0 || !local))
			return fail("key \"%s\": not known beside \"%s\"", key,
			    full);
	}
	if (!config_absent(s, full) &&
	    config_read_scaling(c, &c->rope, json_get(s, full)) != 0)
		return fail_in("key \"%s\"", full);
	if (config_absent(s, sliding))
		return 0;
	if (config_read_scaling(c, &c->local, json_get(s, sliding)) != 0)
		return fail_in("key \"%s\"", sliding);
	return c->local.kind == ROPE_PLAIN ?
	    0 :
	    fail("key \"%s\": only the type %s is computed here", sliding,
		rope_names[ROPE_PLAIN]);
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
	if (s == NULL)
		return 0;
	if ((is_by_type(s) ? read_by_type(c, s) :
			     config_read_scaling(c, &c->rope, s)) != 0)
		return fail_in("key \"%s\"", names[old == NULL]);
	return 0;
}
