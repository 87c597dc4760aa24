/* SPDX-License-Identifier: MIT */
/* What layers of a policy differ in: which are rotated, which see a window. */
#include <string.h>

#include "base/buf.h"
#include "io/json.h"
#include "nn/config_parts.h"
#include "nn/config_value.h"
#include "nn/family.h"

/* null: all tokens are seen; a missing key is the family's default. */
static int
read_window(struct config *c, const struct json *j, const struct family_row *f)
{
	const char *key = f->keys->window;

	if (key == NULL || (config_absent(j, key) && json_get(j, key) != NULL))
		return 0;
	if (json_get(j, key) == NULL)
		c->window = f->absent.window;
	else if (config_size(j, key, CONFIG_CONTEXT_MAX, 0, &c->window) != 0)
		return -1;
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

/* Kinds of attention by layer. */
static int
read_types(struct config *c, const struct json *j)
{
	static const char key[] = "layer_types";
	const struct json *list = json_get(j, key);
	const char *s;
	size_t i;

	if (config_absent(j, key))
		return 0;
	if (json_kind(list) != JSON_T_ARRAY || json_count(list) != c->L)
		return fail("key \"%s\": expected a list with a type for each "
			    "of %zu layers",
		    key, c->L);
	for (i = 0; i < c->L; i++) {
		s = json_text(json_at(list, i), NULL);
		if (s == NULL || strcmp(s, "full_attention") != 0)
			return fail("key \"%s\": item %zu: %s is not known",
			    key, i + 1, s == NULL ? "no text" : s);
	}
	return 0;
}

int
config_read_layers(struct config *c, const struct json *j,
    const struct family_row *f)
{
	return read_window(c, j, f) != 0 || read_rotated(c, j, f) != 0 ||
		read_types(c, j) != 0 ?
	    -1 :
	    0;
}

void
config_put_rotated(struct buf *b, const struct config *c)
{
	size_t i;

	for (i = 0; i < c->L; i++)
		buf_addf(b, i > 0 ? ", %d" : "[%d", !c->unrotated[i]);
	buf_addc(b, ']');
}
