/* SPDX-License-Identifier: MIT */
/* What layers of a policy differ in: which are rotated, which see a window. */
#include <string.h>

#include "base/buf.h"
#include "io/json.h"
#include "nn/config_parts.h"
#include "nn/config_value.h"
#include "nn/family.h"

/* null, or a switch that is off: none; a missing key: the family's default. */
static int
read_window(struct config *c, const struct json *j, const struct family_row *f)
{
	const char *key = f->keys->window, *on = f->keys->window_switch;
	bool used = on == NULL;

	if (key == NULL)
		return 0;
	if (on != NULL && json_get_bool(j, on, &used) < 0)
		return -1;
	if (json_get(j, key) == NULL)
		c->window = f->absent.window;
	else if (config_absent(j, key))
		used = false;
	else if (config_size(j, key, CONFIG_CONTEXT_MAX, 0, &c->window) != 0)
		return -1;
	if (!used)
		c->window = 0;
	return 0;
}

/* A number that a family may have a key for; the other is an old name. */
static int
read_number(const struct json *j, const char *key, const char *again,
    size_t absent, size_t *out)
{
	*out = absent;
	if (key != NULL && !config_absent(j, key))
		return config_size(j, key, CONFIG_LAYERS_MAX, 0, out);
	if (again != NULL && !config_absent(j, again))
		return config_size(j, again, CONFIG_LAYERS_MAX, 0, out);
	return 0;
}

/* Which layers have the window, unless layer_types says it. */
static int
read_windowed(struct config *c, const struct json *j,
    const struct family_row *f)
{
	const struct config_keys *key = f->keys;
	size_t from, every, i;

	if (read_number(j, key->window_from, NULL, f->absent.window_from,
		&from) != 0 ||
	    read_number(j, key->window_every, key->window_every_again,
		f->absent.window_every, &every) != 0)
		return -1;
	for (i = 0; i < c->L; i++)
		c->windowed[i] = c->window > 0 && i >= from &&
		    (every == 0 || (i + 1) % every != 0) &&
		    (!f->window_unrotated || c->unrotated[i]);
	return 0;
}

/* A list of at least L numbers: 0, the layer is not rotated, or 1. */
static int
read_unrotated(struct config *c, const struct json *list, const char *key)
{
	size_t i;
	int64_t on;

	if (json_kind(list) != JSON_T_ARRAY || json_count(list) < c->L)
		return fail("key \"%s\": expected a list with a number for "
			    "each of %zu layers",
		    key, c->L);
	for (i = 0; i < c->L; i++) {
		on = json_int(json_at(list, i), -1);
		if (on != 0 && on != 1)
			return fail("key \"%s\": item %zu: expected 0 or 1",
			    key, i + 1);
		c->unrotated[i] = on == 0;
	}
	return 0;
}

static int
read_rotated(struct config *c, const struct json *j, const struct family_row *f)
{
	const char *list = f->keys->rotated, *every = f->keys->unrotated_every;
	size_t i, interval = f->absent.unrotated_every;

	if (list == NULL)
		return 0;
	if (every != NULL &&
	    config_size(j, every, CONFIG_LAYERS_MAX, interval, &interval) != 0)
		return -1;
	if (!config_absent(j, list))
		return read_unrotated(c, json_get(j, list), list);
	for (i = 0; i < c->L; i++)
		c->unrotated[i] = (i + 1) % interval == 0;
	return 0;
}

/* -1: the type is none, or none that this layer can have. */
static int
read_type(struct config *c, const struct family_row *f, size_t i,
    const char *type)
{
	const bool chosen =
	    f->keys->window_switch != NULL || f->keys->window_every != NULL;
	const bool windowed = strcmp(type, "sliding_attention") == 0;

	if (!windowed && strcmp(type, "full_attention") != 0)
		return fail("item %zu: %s is not known", i + 1, type);
	if (windowed && c->window == 0)
		return fail("item %zu: there is no window", i + 1);
	if (!chosen && windowed != c->windowed[i])
		return fail("item %zu: %s, but in this family all layers have "
			    "a window, or none",
		    i + 1, type);
	c->windowed[i] = windowed;
	return 0;
}

static int
read_types(struct config *c, const struct json *j, const struct family_row *f)
{
	static const char key[] = "layer_types";
	const struct json *list = json_get(j, key);
	const char *type;
	size_t i;

	if (config_absent(j, key))
		return 0;
	if (json_kind(list) != JSON_T_ARRAY || json_count(list) != c->L)
		return fail("key \"%s\": expected a list with a type for each "
			    "of %zu layers",
		    key, c->L);
	for (i = 0; i < c->L; i++) {
		type = json_text(json_at(list, i), NULL);
		if (type == NULL)
			return fail("key \"%s\": item %zu: expected a text",
			    key, i + 1);
		if (read_type(c, f, i, type) != 0)
			return fail_in("key \"%s\"", key);
	}
	return 0;
}

int
config_read_layers(struct config *c, const struct json *j,
    const struct family_row *f)
{
	return read_rotated(c, j, f) != 0 || read_window(c, j, f) != 0 ||
		read_windowed(c, j, f) != 0 || read_types(c, j, f) != 0 ?
	    -1 :
	    0;
}

static void
put_rotated(struct buf *b, const struct config *c)
{
	size_t i;

	for (i = 0; i < c->L; i++)
		buf_addf(b, i > 0 ? ",%d" : "[%d", !c->unrotated[i]);
	buf_addc(b, ']');
}

static void
put_types(struct buf *b, const struct config *c)
{
	size_t i;

	for (i = 0; i < c->L; i++) {
		buf_adds(b, i > 0 ? "," : "[");
		buf_adds(b,
		    c->windowed[i] ? "\"sliding_attention\"" :
				     "\"full_attention\"");
	}
	buf_addc(b, ']');
}

void
config_put_layers(struct buf *b, const struct config *c)
{
	const struct config_keys *key = family_row(c->family)->keys;

	if (key->rotated != NULL) {
		config_put_key(b, key->rotated);
		put_rotated(b, c);
	}
	if (key->window == NULL)
		return;
	config_put_key(b, key->window);
	if (c->window > 0)
		buf_addf(b, "%zu", c->window);
	else
		buf_adds(b, "null");
	if (key->window_switch != NULL) {
		config_put_key(b, key->window_switch);
		buf_adds(b, c->window > 0 ? "true" : "false");
	}
	if (key->window_switch != NULL || key->window_every != NULL) {
		config_put_key(b, "layer_types");
		put_types(b, c);
	}
}
