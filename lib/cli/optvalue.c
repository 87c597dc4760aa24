/* SPDX-License-Identifier: MIT */
#include "cli/optvalue.h"

#include <float.h>
#include <string.h>

#include "base/num.h"

bool
opt_takes_value(const struct opt *o)
{
	/* cppcheck-suppress ctunullpointer ; unknown() in opt.c ends it */
	return o->kind >= KIND_UINT && o->kind <= KIND_CUSTOM;
}

const char *
opt_meta(const struct opt *o)
{
	static const char *const by_kind[KIND_END +
	    1] = { [KIND_UINT] = "N", [KIND_REAL] = "X", [KIND_NAME] = "NAME" };

	if (o->meta != NULL)
		return o->meta;
	return by_kind[o->kind] != NULL ? by_kind[o->kind] : "ARG";
}

void
opt_names(const struct opt *o, const char *between, const char *last,
    struct buf *b)
{
	size_t i;

	if (o->list != NULL)
		o->list(b);
	for (i = 0; o->names != NULL && o->names[i] != NULL; i++) {
		if (i > 0)
			buf_adds(b, o->names[i + 1] != NULL ? between : last);
		buf_adds(b, o->names[i]);
	}
}

static int
set_uint(const struct opt *o, const char *text)
{
	uint64_t lo = (uint64_t)o->lo, hi = UINT64_MAX;

	if (o->hi > o->lo && o->hi < 0x1p64)
		hi = (uint64_t)o->hi;
	return num_u64(text, lo, hi, o->value);
}

static int
set_real(const struct opt *o, const char *text)
{
	bool any = o->lo == 0.0 && o->hi == 0.0;

	return num_f64(text, any ? -DBL_MAX : o->lo, any ? DBL_MAX : o->hi,
	    o->value);
}

static int
set_name(const struct opt *o, const char *text)
{
	struct buf all = { 0 };
	int i;

	for (i = 0; o->names[i] != NULL; i++)
		if (strcmp(o->names[i], text) == 0) {
			memcpy(o->value, &i, sizeof i); /* int or enum */
			return 0;
		}
	opt_names(o, ", ", ", ", &all);
	(void)fail("%s: not one of %s", text, buf_text(&all));
	buf_release(&all);
	return -1;
}

int
opt_set(const struct opt *o, const char *text)
{
	switch (o->kind) {
	case KIND_FLAG:
		*(bool *)o->value = true;
		return 0;
	case KIND_UINT:
		return set_uint(o, text);
	case KIND_REAL:
		return set_real(o, text);
	case KIND_TEXT:
		*(const char **)o->value = text;
		return 0;
	case KIND_NAME:
		return set_name(o, text);
	case KIND_CUSTOM:
		return o->parse(text, o->value);
	default:
		return 0;
	}
}
