/* SPDX-License-Identifier: MIT */
/* A prompt of one or several fields, and the answer or two to it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "traj/demo_parts.h"

const struct json *
demo_present(const struct json *j, const char *name)
{
	const struct json *v = json_get(j, name);

	return v == NULL || json_kind(v) == JSON_T_NULL ||
		(json_kind(v) == JSON_T_ARRAY && json_count(v) == 0) ?
	    NULL :
	    v;
}

void
demo_mark(struct demo *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->reads; i++)
		if (strcmp(d->read[i], name) == 0)
			return;
	if (d->reads < DEMO_READ)
		d->read[d->reads++] = name;
}

struct demo_side *
demo_add_side(struct demo *d, enum traj_role role)
{
	struct demo_side *s = &d->side[d->sides++];

	s->role = role;
	s->turns = 0;
	while (s->mades > 0)
		free(s->made[--s->mades]);
	return s;
}

const char *
demo_keep(struct demo_side *s, const struct buf *text)
{
	s->made =
	    mem_grow(s->made, &s->made_cap, s->mades + 1, sizeof *s->made);
	s->made[s->mades] = mem_dup(text->n > 0 ? text->p : "", text->n);
	return s->made[s->mades++];
}

int
demo_read_label(struct demo *d, const struct json *label, enum traj_role *role)
{
	*role = ROLE_EXPERT;
	if (label == NULL || json_kind(label) == JSON_T_NULL)
		return 0;
	if (json_kind(label) != JSON_T_BOOL)
		return fail("field \"label\": expected true or false, found "
			    "%s",
		    json_kind_name(label));
	*role = json_bool(label, false) ? ROLE_CHOSEN : ROLE_REJECTED;
	demo_mark(d, "label");
	return 0;
}

/* A table has numbers as texts. */
int
demo_read_weight(struct demo *d, const char *name, const struct json *j)
{
	const char *text = json_text(j, NULL);

	d->weight = 1;
	if (j == NULL || json_kind(j) == JSON_T_NULL ||
	    (text != NULL && *text == '\0'))
		return 0;
	demo_mark(d, name);
	if (text != NULL)
		return num_f64(text, 0, 1e30, &d->weight) == 0 ?
		    0 :
		    fail_in("field \"%s\"", name);
	d->weight = json_number(j, -1);
	if (!(d->weight >= 0 && d->weight <= 1e30))
		return fail("field \"%s\": expected a number from 0 to 1e30",
		    name);
	return 0;
}

/* ---- prompts */

/* Add the pairs [user, assistant] of a history, or its messages. */
static int
add_history(struct demo *d, struct demo_side *s, const struct json *history)
{
	const struct json *pair;
	size_t i;

	if (history == NULL || json_kind(history) == JSON_T_NULL)
		return 0;
	demo_mark(d, "history");
	if (json_kind(json_at(history, 0)) == JSON_T_OBJECT)
		return demo_add_messages(s, "history", history);
	if (json_kind(history) != JSON_T_ARRAY)
		return fail("field \"history\": expected a list of pairs, "
			    "found %s",
		    json_kind_name(history));
	for (i = 0; i < json_count(history); i++) {
		pair = json_at(history, i);
		if (json_kind(pair) != JSON_T_ARRAY || json_count(pair) != 2)
			return fail("field \"history\": pair %zu: expected "
				    "two texts",
			    i + 1);
		if (demo_add_text(s, SPEAKER_USER, "history",
			json_at(pair, 0)) != 0 ||
		    demo_add_text(s, SPEAKER_ASSISTANT, "history",
			json_at(pair, 1)) != 0)
			return fail_in("pair %zu", i + 1);
	}
	return 0;
}

static int
join(struct demo *d, const char *name, const struct json *j, struct buf *text)
{
	const char *more;
	size_t n;

	if (j == NULL || json_kind(j) == JSON_T_NULL)
		return 0;
	demo_mark(d, name);
	if (demo_need_text(name, j, &more, &n) != 0)
		return -1;
	if (text->n > 0 && n > 0)
		buf_adds(text, "\n\n");
	buf_add(text, more, n);
	return 0;
}

static int
add_prompt(struct demo *d, struct demo_side *s, const struct demo_exchange *x)
{
	struct buf text = { 0 };
	int rc;

	if (add_history(d, s, x->history) != 0)
		return -1;
	if (json_kind(x->prompt) == JSON_T_ARRAY) {
		demo_mark(d, x->prompt_name);
		return demo_add_messages(s, x->prompt_name, x->prompt);
	}
	if (json_kind(x->prompt) == JSON_T_OBJECT) {
		demo_mark(d, x->prompt_name);
		return demo_add_message(s, x->prompt) == 0 ?
		    0 :
		    fail_in("field \"%s\"", x->prompt_name);
	}
	rc = join(d, "context", x->context, &text) != 0 ||
		join(d, x->prompt_name, x->prompt, &text) != 0 ||
		join(d, "input", x->input, &text) != 0 ?
	    -1 :
	    0;
	if (rc == 0)
		demo_add_turn(s, SPEAKER_USER, demo_keep(s, &text), text.n);
	buf_release(&text);
	return rc;
}

/* ---- answers */

/* An answer of one text has the thoughts and calls of its document. */
static void
add_beside(struct demo *d, struct demo_side *s)
{
	size_t i;

	s->turn[s->turns - 1].beside = d->document;
	for (i = 0; turn_fields[i] != NULL; i++)
		demo_mark(d, turn_fields[i]);
}

int
demo_add_answer(struct demo *d, struct demo_side *s,
    const struct demo_exchange *x, const char *field, const struct json *answer)
{
	if (x->prompt != NULL && !demo_holds_prompt(answer, x->prompt)) {
		if (add_prompt(d, s, x) != 0)
			return -1;
	} else if (x->prompt != NULL && json_kind(x->prompt) == JSON_T_ARRAY) {
		demo_mark(d, x->prompt_name);
	}
	demo_mark(d, field);
	if (answer != NULL && json_kind(answer) == JSON_T_OBJECT)
		return demo_add_message(s, answer);
	if (answer != NULL && json_kind(answer) == JSON_T_ARRAY)
		return demo_add_messages(s, field, answer);
	if (demo_add_text(s, SPEAKER_ASSISTANT, field, answer) != 0)
		return -1;
	if (answer == x->answer)
		add_beside(d, s);
	return 0;
}

int
demo_add_exchange(struct demo *d, const struct demo_exchange *x)
{
	enum traj_role role;

	if (d->prompts && x->prompt != NULL)
		return add_prompt(d, demo_add_side(d, ROLE_NONE), x);
	if (x->answer == NULL && (x->chosen != NULL || x->rejected != NULL)) {
		if (demo_add_answer(d, demo_add_side(d, ROLE_CHOSEN), x,
			"chosen", x->chosen) != 0)
			return -1;
		return demo_add_answer(d, demo_add_side(d, ROLE_REJECTED), x,
		    "rejected", x->rejected);
	}
	if (demo_read_label(d, x->label, &role) != 0)
		return -1;
	return demo_add_answer(d, demo_add_side(d, role), x, x->answer_name,
	    x->answer);
}
