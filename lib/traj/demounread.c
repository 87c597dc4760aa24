/* SPDX-License-Identifier: MIT */
#include "traj/demounread.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { NAMES_MAX = 32, COMPARED_MAX = 256 };

/* What public sets have beside their demonstrations. */
static const char *const administrative[] = { "_id", "conversation_hash",
	"conversation_id", "created", "data_source", "dataset", "dataset_name",
	"date", "hash", "id", "idx", "index", "license", "message_id",
	"prompt_id", "question_id", "row_id", "source", "split", "subset",
	"task_id", "timestamp", "url", "uuid", NULL };

static bool
is_administrative(const char *name)
{
	size_t i;

	for (i = 0; administrative[i] != NULL; i++)
		if (strcmp(administrative[i], name) == 0)
			return true;
	return false;
}

/* Whether a pointer leads into the field of this name. */
static bool
leads_into(const char *pointer, const char *name)
{
	const char *p = pointer + 1;

	for (; *name != '\0'; name++, p++) {
		if (*p == '~' && p[1] != '\0')
			p++;
		if (p > pointer + 1 && p[-1] == '~' ?
			*name != (*p == '0' ? '~' : '/') :
			*name != *p)
			return false;
	}
	return *p == '\0' || *p == '/';
}

static bool
was_read(const struct demo *d, const struct buf *asked, const char *name)
{
	const char *p = asked->p, *end = p + asked->n;
	size_t i;

	for (i = 0; i < d->reads; i++)
		if (strcmp(d->read[i], name) == 0 ||
		    (*d->read[i] == '/' && leads_into(d->read[i], name)))
			return true;
	for (; p < end; p += strlen(p) + 1)
		if (strcmp(p, name) == 0)
			return true;
	return false;
}

/* ---- what the conversation says anyway */

/* The place after the turn of a text, from turn i on; 0: there is none. */
static size_t
turn_after(const struct demo_side *s, size_t i, const struct json *j)
{
	const char *text;
	size_t n;

	if ((text = json_text(j, &n)) == NULL)
		return 0;
	for (; i < s->turns; i++)
		if (s->turn[i].n == n && s->turn[i].text != NULL &&
		    memcmp(s->turn[i].text, text, n) == 0)
			return i + 1;
	return 0;
}

/* Whether the texts of some messages are turns, in this order. */
static bool
are_turns(const struct demo_side *s, const struct json *list)
{
	const struct json *text;
	size_t i, at = 0;

	for (i = 0; i < json_count(list); i++) {
		text = json_get(json_at(list, i), "content");
		if (text == NULL)
			text = json_get(json_at(list, i), "value");
		if ((at = turn_after(s, at, text)) == 0)
			return false;
	}
	return true;
}

static bool
is_said(const struct demo *d, const struct json *value)
{
	const bool list = json_kind(value) == JSON_T_ARRAY;
	size_t i;

	for (i = 0; i < d->sides; i++)
		if (list ? are_turns(&d->side[i], value) :
			   turn_after(&d->side[i], 0, value) > 0)
			return true;
	return false;
}

static bool
is_empty(const struct json *value)
{
	size_t n = 0;

	switch (json_kind(value)) {
	case JSON_T_NULL:
		return true;
	case JSON_T_STRING:
		return json_text(value, &n) != NULL && n == 0;
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		return json_count(value) == 0;
	default:
		return false;
	}
}

/* ---- counting */

static void
count(struct demounread *u, const char *name)
{
	size_t i;

	for (i = 0; i < u->n; i++)
		if (strcmp(u->field[i].name, name) == 0)
			break;
	if (i == NAMES_MAX) {
		u->more = true;
		return;
	}
	if (i == u->n) {
		u->field =
		    mem_grow(u->field, &u->cap, u->n + 1, sizeof *u->field);
		u->field[u->n++] =
		    (struct demounread_field){ mem_dup(name, strlen(name)), 0 };
	}
	u->field[i].documents++;
}

int
demounread_note(struct demounread *u, const struct demo *d,
    const struct buf *asked, bool strict)
{
	const struct json *value;
	const char *name;
	size_t compared = 0;
	void *it;

	for (it = json_next(d->document, NULL); it != NULL;
	     it = json_next(d->document, it)) {
		name = json_key(it, NULL);
		value = json_value(it);
		if (is_empty(value) || is_administrative(name) ||
		    was_read(d, asked, name) ||
		    (compared++ < COMPARED_MAX && is_said(d, value)))
			continue;
		if (strict)
			return fail("field \"%.40s\": not read", name);
		count(u, name);
	}
	return 0;
}

const char *
demounread_text(struct demounread *u)
{
	struct buf *b = &u->text;
	size_t i;

	if (u->n == 0)
		return NULL;
	buf_reset(b);
	buf_adds(b, u->n > 1 ? "fields " : "field ");
	for (i = 0; i < u->n; i++)
		buf_addf(b, "%s\"%.40s\" of %" PRIu64, i > 0 ? ", " : "",
		    u->field[i].name, u->field[i].documents);
	buf_addf(b, " documents%s %s not read", u->more ? ", and others," : "",
	    u->n > 1 ? "are" : "is");
	return buf_text(b);
}

void
demounread_release(struct demounread *u)
{
	while (u->n > 0)
		free(u->field[--u->n].name);
	free(u->field);
	buf_release(&u->text);
	*u = (struct demounread){ 0 };
}
