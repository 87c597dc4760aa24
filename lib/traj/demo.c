/* SPDX-License-Identifier: MIT */
#include "traj/demo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/demo_parts.h"
#include "traj/demofields.h"

enum {
	MAP_PROMPT,
	MAP_RESPONSE,
	MAP_CHOSEN,
	MAP_REJECTED,
	MAP_SYSTEM,
	MAP_LABEL,
	MAPS
};

static const char *const map_names[MAPS] = { "prompt", "response", "chosen",
	"rejected", "system", "label" };

struct demo_map {
	char *pointer[MAPS]; /* NULL: not mapped */
};

void
demo_map_free(struct demo_map *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < MAPS; i++)
		free(m->pointer[i]);
	free(m);
}

static int
map_one(struct demo_map *m, const char *item)
{
	const char *equals = strchr(item, '=');
	size_t i;

	if (equals == NULL)
		return fail("%s: not a format, nor FIELD=/pointer", item);
	for (i = 0; i < MAPS; i++)
		if (strlen(map_names[i]) == (size_t)(equals - item) &&
		    strncmp(map_names[i], item, (size_t)(equals - item)) == 0)
			break;
	if (i == MAPS)
		return fail("%s: only prompt, response, chosen, rejected, "
			    "system and label can be mapped",
		    item);
	if (equals[1] != '/')
		return fail("%s: a JSON pointer begins with /", item);
	free(m->pointer[i]);
	m->pointer[i] = mem_dup(equals + 1, strlen(equals + 1));
	return 0;
}

struct demo_map *
demo_map_new(const char *text)
{
	struct demo_map *m = mem_alloc(1, sizeof *m);
	char *copy = mem_dup(text, strlen(text)), *item, *save = NULL;
	int rc = 0;

	for (item = strtok_r(copy, ",", &save); item != NULL && rc == 0;
	     item = strtok_r(NULL, ",", &save))
		rc = map_one(m, item);
	free(copy);
	if (rc == 0 && m->pointer[MAP_RESPONSE] == NULL &&
	    (m->pointer[MAP_CHOSEN] == NULL ||
		m->pointer[MAP_REJECTED] == NULL))
		rc = fail("%s: maps neither response nor chosen and rejected",
		    text);
	if (rc == 0)
		return m;
	demo_map_free(m);
	return NULL;
}

void
demo_release(struct demo *d)
{
	size_t i;

	for (i = 0; i < 2; i++)
		free(d->side[i].turn);
	buf_release(&d->text);
	*d = (struct demo){ 0 };
}

/* ---- documents */

static struct demo_side *
add_side(struct demo *d, enum traj_role role)
{
	struct demo_side *s = &d->side[d->sides++];

	s->role = role;
	s->turns = 0;
	return s;
}

/* The role by a label of KTO; without one it is a demonstration. */
static int
read_label(const struct json *label, enum traj_role *role)
{
	*role = ROLE_EXPERT;
	if (label == NULL || json_kind(label) == JSON_T_NULL)
		return 0;
	if (json_kind(label) != JSON_T_BOOL)
		return fail("field \"label\": expected true or false, found "
			    "%s",
		    json_kind_name(label));
	*role = json_bool(label, false) ? ROLE_CHOSEN : ROLE_REJECTED;
	return 0;
}

/* Add an answer: text, a message, or a list of messages. */
static int
add_answer(struct demo_side *s, const char *field, const struct json *j)
{
	if (j != NULL && json_kind(j) == JSON_T_OBJECT)
		return demo_add_message(s, j);
	if (j != NULL && json_kind(j) == JSON_T_ARRAY)
		return demo_add_messages(s, field, j);
	return demo_add_text(s, SPEAKER_ASSISTANT, field, j);
}

static int
add_prompt(struct demo_side *s, const char *field, const struct json *j)
{
	if (j != NULL && json_kind(j) == JSON_T_ARRAY)
		return demo_add_messages(s, field, j);
	return demo_add_text(s, SPEAKER_USER, field, j);
}

/* Add a prompt and its answer, which may hold the prompt itself. */
static int
add_exchange(struct demo_side *s, const char *prompt_name,
    const struct json *prompt, const char *answer_name,
    const struct json *answer)
{
	if (prompt != NULL && !demo_holds_prompt(answer, prompt) &&
	    add_prompt(s, prompt_name, prompt) != 0)
		return -1;
	return add_answer(s, answer_name, answer);
}

/* The parts of a document with a prompt; NULL: missing. */
struct parts {
	const char *prompt_name, *response_name;
	const struct json *prompt, *response, *chosen, *rejected, *label;
};

static int
from_parts(struct demo *d, const struct parts *p)
{
	enum traj_role role;

	if (d->prompts && p->prompt != NULL)
		return add_prompt(add_side(d, ROLE_NONE), p->prompt_name,
		    p->prompt);
	if (p->response == NULL && (p->chosen != NULL || p->rejected != NULL)) {
		if (add_exchange(add_side(d, ROLE_CHOSEN), p->prompt_name,
			p->prompt, "chosen", p->chosen) != 0)
			return -1;
		return add_exchange(add_side(d, ROLE_REJECTED), p->prompt_name,
		    p->prompt, "rejected", p->rejected);
	}
	if (read_label(p->label, &role) != 0)
		return -1;
	return add_exchange(add_side(d, role), p->prompt_name, p->prompt,
	    p->response_name, p->response);
}

static int
from_map(struct demo *d, const struct json *j, const struct demo_map *m)
{
	const struct json *at[MAPS];
	size_t i;

	for (i = 0; i < MAPS; i++)
		at[i] = m->pointer[i] != NULL ? json_pointer(j, m->pointer[i]) :
						NULL;
	for (i = 0; i < MAP_SYSTEM; i++)
		if (m->pointer[i] != NULL && at[i] == NULL &&
		    !(d->prompts && i != MAP_PROMPT))
			return fail("field \"%s\": missing", m->pointer[i]);
	return from_parts(d,
	    &(struct parts){ m->pointer[MAP_PROMPT] != NULL ?
		    m->pointer[MAP_PROMPT] :
		    "prompt",
		m->pointer[MAP_RESPONSE] != NULL ? m->pointer[MAP_RESPONSE] :
						   "response",
		at[MAP_PROMPT], at[MAP_RESPONSE], at[MAP_CHOSEN],
		at[MAP_REJECTED], at[MAP_LABEL] });
}

/* A field of a document; NULL also for null and for an empty list. */
static const struct json *
present(const struct json *j, const char *name)
{
	const struct json *v = json_get(j, name);

	return v == NULL || json_kind(v) == JSON_T_NULL ||
		(json_kind(v) == JSON_T_ARRAY && json_count(v) == 0) ?
	    NULL :
	    v;
}

static int
from_conversation(struct demo *d, const struct json *j, const char *field)
{
	const struct json *list = present(j, field);
	const struct json *chosen = present(j, "chosen");
	const struct json *rejected = present(j, "rejected");
	enum traj_role role;

	if (chosen != NULL && !d->prompts) {
		if (add_exchange(add_side(d, ROLE_CHOSEN), field,
			demo_holds_prompt(chosen, NULL) ? NULL : list, "chosen",
			chosen) != 0)
			return -1;
		return add_exchange(add_side(d, ROLE_REJECTED), field,
		    demo_holds_prompt(rejected, NULL) ? NULL : list, "rejected",
		    rejected);
	}
	if (read_label(present(j, "label"), &role) != 0)
		return -1;
	return demo_add_messages(add_side(d, role), field, list);
}

static int
from_dialogues(struct demo *d, const struct json *j)
{
	static const char *const names[] = { "chosen", "rejected" };
	const struct json *v;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct demo_side *s =
		    add_side(d, i == 0 ? ROLE_CHOSEN : ROLE_REJECTED);

		v = present(j, names[i]);
		if (v != NULL && json_kind(v) == JSON_T_ARRAY ?
			demo_add_messages(s, names[i], v) != 0 :
			demo_add_dialogue(s, names[i], v) != 0)
			return -1;
	}
	return 0;
}

/* The prompt is the instruction, then a blank line and the input, if any. */
static int
from_instruction(struct demo *d, const struct json *j)
{
	const struct json *one = json_at(present(j, "instances"), 0);
	const struct json *from = one != NULL ? one : j;
	const struct json *input = present(from, "input");
	const struct json *output = present(from, "output");
	const struct json *response = present(from, "response");
	const char *text, *more = "";
	struct buf *b = &d->text;
	struct demo_side *s = add_side(d, ROLE_EXPERT);
	size_t n, m = 0;

	if (output == NULL && response == NULL && !d->prompts)
		return demofields_fail(j);
	if (demo_need_text("instruction", present(j, "instruction"), &text,
		&n) != 0 ||
	    (input != NULL && json_kind(input) != JSON_T_NULL &&
		demo_need_text("input", input, &more, &m) != 0))
		return -1;
	buf_reset(b);
	buf_add(b, text, n);
	if (m > 0) {
		buf_adds(b, "\n\n");
		buf_add(b, more, m);
	}
	(void)buf_text(b);
	demo_add_turn(s, SPEAKER_USER, b->p, b->n);
	if (d->prompts)
		return 0;
	return demo_add_text(s, SPEAKER_ASSISTANT,
	    output != NULL ? "output" : "response",
	    output != NULL ? output : response);
}

static int
from_fields(struct demo *d, const struct json *j)
{
	struct parts p = { "prompt", "completion", present(j, "prompt"),
		present(j, "completion"), present(j, "chosen"),
		present(j, "rejected"), present(j, "label") };

	if (present(j, "messages") != NULL)
		return from_conversation(d, j, "messages");
	if (present(j, "conversations") != NULL)
		return from_conversation(d, j, "conversations");
	if (p.prompt == NULL && p.chosen != NULL && p.rejected != NULL)
		return from_dialogues(d, j);
	if (p.response == NULL && present(j, "response") != NULL &&
	    p.prompt != NULL) {
		p.response = present(j, "response");
		p.response_name = "response";
	}
	if (p.prompt != NULL &&
	    (p.response != NULL || p.chosen != NULL || p.rejected != NULL ||
		d->prompts))
		return from_parts(d, &p);
	if (present(j, "instruction") != NULL)
		return from_instruction(d, j);
	if (present(j, "question") != NULL &&
	    (present(j, "answer") != NULL || d->prompts))
		return from_parts(d,
		    &(struct parts){ "question", "answer",
			present(j, "question"), present(j, "answer"), NULL,
			NULL, NULL });
	if (present(j, "text") != NULL)
		return from_parts(d,
		    &(struct parts){ "prompt", "text", NULL, present(j, "text"),
			NULL, NULL, NULL });
	if (json_get(j, "messages") != NULL &&
	    json_kind(json_get(j, "messages")) == JSON_T_ARRAY)
		return fail("a conversation without turns");
	return demofields_fail(j);
}

/* Begin each side with the system turn of the document, or the caller's. */
static int
put_system(struct demo *d, const struct json *j, const struct demo_map *map,
    const char *system)
{
	const char *name = map != NULL ? map->pointer[MAP_SYSTEM] : "system";
	const struct json *own = name == NULL ? NULL :
	    map != NULL                       ? json_pointer(j, name) :
						json_get(j, name);
	const char *text = system;
	size_t n = system != NULL ? strlen(system) : 0, i;
	struct demo_side *s;

	if (own != NULL && json_kind(own) != JSON_T_NULL &&
	    demo_need_text(name, own, &text, &n) != 0)
		return -1;
	for (i = 0; i < d->sides && text != NULL && n > 0; i++) {
		s = &d->side[i];
		if (s->turns > 0 && s->turn[0].speaker == SPEAKER_SYSTEM)
			continue;
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

	d->sides = 0;
	d->document = j;
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if ((map != NULL ? from_map(d, j, map) : from_fields(d, j)) != 0 ||
	    put_system(d, j, map, system) != 0)
		return -1;
	if (d->prompts) {
		d->sides = 1;
		d->side[0].role = ROLE_NONE;
		demo_drop_answer(&d->side[0]);
		return d->side[0].turns > 0 ? 1 : 0;
	}
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
