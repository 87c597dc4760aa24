/* SPDX-License-Identifier: MIT */
#include "traj/demo.h"

#include <stdlib.h>
#include <string.h>

#include "traj/demo_parts.h"
#include "traj/demofields.h"

void
demo_release(struct demo *d)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		free(d->side[i].turn);
		while (d->side[i].mades > 0)
			free(d->side[i].made[--d->side[i].mades]);
		free(d->side[i].made);
	}
	*d = (struct demo){ 0 };
}

/* With --prompts a document's answers are not asked for. */
static void
mark_answers(struct demo *d)
{
	static const char *const names[] = { "completion", "response", "output",
		"answer", "chosen", "rejected", "label", "instances" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		demo_mark(d, names[i]);
}

/* One side of a preference after a conversation, which it may hold. */
static int
add_preferred(struct demo *d, enum traj_role role, const char *field,
    const struct json *list, const char *name)
{
	const struct json *answer = demo_present(d->document, name);

	return demo_add_answer(d, demo_add_side(d, role),
	    &(struct demo_exchange){ .prompt_name = field,
		.prompt = demo_holds_prompt(answer, NULL) ? NULL : list },
	    name, answer);
}

static int
from_conversation(struct demo *d, const struct json *j, const char *field)
{
	const struct json *list = demo_present(j, field);
	enum traj_role role;

	if (demo_present(j, "chosen") != NULL && !d->prompts)
		return add_preferred(d, ROLE_CHOSEN, field, list, "chosen") !=
			0 ?
		    -1 :
		    add_preferred(d, ROLE_REJECTED, field, list, "rejected");
	if (demo_read_label(d, demo_present(j, "label"), &role) != 0)
		return -1;
	demo_mark(d, field);
	return demo_add_messages(demo_add_side(d, role), field, list);
}

static int
from_dialogues(struct demo *d, const struct json *j)
{
	static const char *const names[] = { "chosen", "rejected" };
	const struct json *v;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct demo_side *s =
		    demo_add_side(d, i == 0 ? ROLE_CHOSEN : ROLE_REJECTED);

		demo_mark(d, names[i]);
		v = demo_present(j, names[i]);
		if (v != NULL && json_kind(v) == JSON_T_ARRAY ?
			demo_add_messages(s, names[i], v) != 0 :
			demo_add_dialogue(s, names[i], v) != 0)
			return -1;
	}
	return 0;
}

/* Fields of prompts, and of the answers to them. */
static const struct form {
	const char *prompt, *answer[2];
} forms[] = {
	{ "prompt", { "completion", "response" } },
	{ "instruction", { "output", "response" } },
	{ "question", { "answer", "response" } },
};

/* Read a document in one form: 1, 0 if it has another, -1. */
static int
from_form(struct demo *d, const struct json *j, const struct form *form)
{
	const struct json *prompt = demo_present(j, form->prompt), *one = NULL;
	const bool alpaca = strcmp(form->prompt, "instruction") == 0;
	struct demo_exchange x = { .prompt_name = form->prompt,
		.answer_name = form->answer[0],
		.prompt = prompt,
		.chosen = demo_present(j, "chosen"),
		.rejected = demo_present(j, "rejected"),
		.label = demo_present(j, "label"),
		.context = demo_present(j, "context"),
		.history = demo_present(j, "history") };
	size_t i;

	if (prompt == NULL)
		return 0;
	if (alpaca && (one = json_at(demo_present(j, "instances"), 0)) != NULL)
		if (json_count(json_get(j, "instances")) == 1)
			demo_mark(d, "instances");
	if (alpaca)
		x.input = demo_present(one != NULL ? one : j, "input");
	for (i = 0; i < 2 && x.answer == NULL; i++) {
		x.answer = demo_present(one != NULL ? one : j, form->answer[i]);
		if (x.answer != NULL)
			x.answer_name = form->answer[i];
	}
	if (x.answer == NULL && x.chosen == NULL && x.rejected == NULL &&
	    !d->prompts)
		return 0;
	return demo_add_exchange(d, &x) == 0 ? 1 : -1;
}

static int
from_fields(struct demo *d, const struct json *j)
{
	const struct json *text = demo_present(j, "text");
	size_t i;
	int r;

	if (d->prompts)
		mark_answers(d);
	if (demo_read_weight(d, "weight", json_get(j, "weight")) != 0)
		return -1;
	if (demo_present(j, "messages") != NULL)
		return from_conversation(d, j, "messages");
	if (demo_present(j, "conversations") != NULL)
		return from_conversation(d, j, "conversations");
	for (i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if ((r = from_form(d, j, &forms[i])) != 0)
			return r > 0 ? 0 : -1;
	if (demo_present(j, "chosen") != NULL &&
	    demo_present(j, "rejected") != NULL)
		return from_dialogues(d, j);
	if (text != NULL)
		return demo_add_exchange(d,
		    &(struct demo_exchange){ .prompt_name = "prompt",
			.answer_name = "text",
			.answer = text });
	if (json_get(j, "messages") != NULL &&
	    json_kind(json_get(j, "messages")) == JSON_T_ARRAY)
		return fail("a conversation without turns");
	return demofields_fail(j);
}

/* The document's own system turn: its field, or NULL. */
static const struct json *
own_system(const struct json *j, const struct demo_map *map, const char **name)
{
	static const char *const names[] = { "system", "system_prompt" };
	const struct json *own = NULL;
	size_t i;

	if (map != NULL) {
		*name = demo_map_system(map);
		return *name != NULL ? json_pointer(j, *name) : NULL;
	}
	for (i = 0; i < 2 && own == NULL; i++)
		own = demo_present(j, *name = names[i]);
	return own;
}

/* Begin each side with the system turn of the document, or the caller's. */
static int
put_system(struct demo *d, const struct json *j, const struct demo_map *map,
    const char *system)
{
	const char *name, *text = system;
	const struct json *own = own_system(j, map, &name);
	size_t n = system != NULL ? strlen(system) : 0, i;
	struct demo_side *s;

	if (own != NULL && json_kind(own) == JSON_T_NULL)
		own = NULL;
	if (own != NULL && demo_need_text(name, own, &text, &n) != 0)
		return -1;
	for (i = 0; i < d->sides && text != NULL && n > 0; i++) {
		s = &d->side[i];
		if (s->turns > 0 && s->turn[0].speaker == SPEAKER_SYSTEM)
			continue;
		if (own != NULL)
			demo_mark(d, name);
		demo_add_turn(s, SPEAKER_SYSTEM, text, n);
		memmove(s->turn + 1, s->turn, (s->turns - 1) * sizeof *s->turn);
		s->turn[0] = (struct turn){ .speaker = SPEAKER_SYSTEM,
			.text = text,
			.n = n };
	}
	return 0;
}

int
demo_read(struct demo *d, const struct json *j, const struct demo_map *map,
    const char *system)
{
	const struct demo_side *s;
	size_t i, k;
	bool answered;

	d->sides = d->reads = 0;
	d->document = j;
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if ((map != NULL ? demo_from_map(d, map) : from_fields(d, j)) != 0 ||
	    put_system(d, j, map, system) != 0)
		return -1;
	if (d->prompts) {
		d->sides = 1;
		d->side[0].role = ROLE_NONE;
		demo_drop_answer(&d->side[0]);
		return d->side[0].turns > 0 ? 1 : 0;
	}
	if (d->weight == 0)
		return 0;
	for (i = 0; i < d->sides; i++) {
		s = &d->side[i];
		answered = false;
		for (k = 0; k < s->turns; k++)
			answered |= demo_says(&s->turn[k]);
		if (s->turns == 0)
			return fail("a conversation without turns");
		if (!answered)
			return 0;
	}
	return 1;
}
