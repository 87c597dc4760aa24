/* SPDX-License-Identifier: MIT */
#include "text/tokenmodels.h"

#include <string.h>

#include "base/buf.h"
#include "text/bpemodel.h"

static const struct tokenmodel_type *const types[] = { &bpe_model };

enum { TYPES = sizeof types / sizeof types[0] };

static int
unknown_type(const char *name)
{
	struct buf known = { 0 };
	size_t i;

	for (i = 0; i < TYPES; i++)
		buf_addf(&known, i > 0 ? ", %s" : "%s", types[i]->name);
	(void)fail("model: type %s is not known (known: %s)", name,
	    buf_text(&known));
	buf_release(&known);
	return -1;
}

struct tokenmodel *
tokenmodel_new(const struct json *j, bool bytes)
{
	const char *name = types[0]->name;
	size_t i;

	if (j == NULL || json_kind(j) != JSON_T_OBJECT) {
		(void)fail("model: expected an object");
		return NULL;
	}
	if (json_get_string(j, "type", &name, NULL) < 0) {
		(void)fail_in("model");
		return NULL;
	}
	for (i = 0; i < TYPES; i++)
		if (strcmp(name, types[i]->name) == 0)
			return types[i]->make(j, bytes);
	(void)unknown_type(name);
	return NULL;
}

void
tokenmodel_free(struct tokenmodel *m)
{
	if (m != NULL)
		m->type->free(m);
}
