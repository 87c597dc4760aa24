/* SPDX-License-Identifier: MIT */
#include "traj/demo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
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

/* ---- turns */

static void
add_turn(struct demo_side *s, enum speaker speaker, const char *text, size_t n)
{
	s->turn = mem_grow(s->turn, &s->cap, s->turns + 1, sizeof *s->turn);
	s->turn[s->turns++] = (struct turn){ speaker, text, n };
}

static int
need_text(const char *field, const struct json *j, const char **text, size_t *n)
{
	*text = json_text(j, n);
	return *text != NULL ? 0 :
			       fail("field \"%s\": expected text, found "
				    "%s",
				   field, json_kind_name(j));
}

static int
add_text(struct demo_side *s, enum speaker speaker, const char *field,
    const struct json *j)
{
	const char *text;
	size_t n;

	if (need_text(field, j, &text, &n) != 0)
		return -1;
	add_turn(s, speaker, text, n);
	return 0;
}

static const struct {
	const char *name;
	enum speaker speaker;
} speakers[] = {
	{ "system", SPEAKER_SYSTEM },
	{ "developer", SPEAKER_SYSTEM },
	{ "user", SPEAKER_USER },
	{ "human", SPEAKER_USER },
	{ "prompter", SPEAKER_USER },
	{ "assistant", SPEAKER_ASSISTANT },
	{ "gpt", SPEAKER_ASSISTANT },
	{ "model", SPEAKER_ASSISTANT },
	{ "bot", SPEAKER_ASSISTANT },
	{ "chatgpt", SPEAKER_ASSISTANT },
	{ "function_call", SPEAKER_ASSISTANT },
	{ "tool", SPEAKER_TOOL },
	{ "observation", SPEAKER_TOOL },
	{ "function", SPEAKER_TOOL },
	{ "ipython", SPEAKER_TOOL },
};

/* Add the turn of {role, content} or {from, value}. */
static int
add_message(struct demo_side *s, const struct json *j)
{
	const struct json *role = json_get(j, "role"),
			  *content = json_get(j, "content");
	const char *name;
	size_t i, n;

	if (role == NULL) {
		role = json_get(j, "from");
		content = json_get(j, "value");
	}
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected a message, found %s", json_kind_name(j));
	if (need_text("role", role, &name, &n) != 0)
		return -1;
	for (i = 0; i < sizeof speakers / sizeof speakers[0]; i++)
		if (strcmp(name, speakers[i].name) == 0)
			return add_text(s, speakers[i].speaker, "content",
			    content);
	return fail("field \"role\": %.40s is not known", name);
}

static int
add_messages(struct demo_side *s, const char *field, const struct json *list)
{
	size_t i;

	if (list == NULL || json_kind(list) != JSON_T_ARRAY)
		return fail("field \"%s\": expected a list of messages, found "
			    "%s",
		    field, json_kind_name(list));
	for (i = 0; i < json_count(list); i++)
		if (add_message(s, json_at(list, i)) != 0)
			return fail_in("field \"%s\": message %zu", field,
			    i + 1);
	return 0;
}

/* Add the turns of "\n\nHuman: ...\n\nAssistant: ...". */
static int
add_dialogue(struct demo_side *s, const char *field, const struct json *j)
{
	static const char human[] = "\n\nHuman:", bot[] = "\n\nAssistant:";
	const char *text, *at, *h, *a, *end;
	size_t n, k;

	if (need_text(field, j, &text, &n) != 0)
		return -1;
	at = text;
	end = text + n;
	if (memmem(text, n, bot, sizeof bot - 1) == NULL)
		return fail(
		    "field \"%s\": a dialogue without an assistant turn",
		    field);
	while (at < end) {
		k = (size_t)(end - at);
		if (k >= sizeof human - 1 &&
		    memcmp(at, human, sizeof human - 1) == 0) {
			at += sizeof human - 1;
			add_turn(s, SPEAKER_USER, at, 0);
		} else if (k >= sizeof bot - 1 &&
		    memcmp(at, bot, sizeof bot - 1) == 0) {
			at += sizeof bot - 1;
			add_turn(s, SPEAKER_ASSISTANT, at, 0);
		} else {
			add_turn(s, SPEAKER_SYSTEM, at, 0);
		}
		if (at < end && *at == ' ')
			at++;
		h = memmem(at, (size_t)(end - at), human, sizeof human - 1);
		a = memmem(at, (size_t)(end - at), bot, sizeof bot - 1);
		h = h == NULL || (a != NULL && a < h) ? a : h;
		h = h == NULL ? end : h;
		s->turn[s->turns - 1].text = at;
		s->turn[s->turns - 1].n = (size_t)(h - at);
		at = h;
	}
	return 0;
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
		return add_message(s, j);
	if (j != NULL && json_kind(j) == JSON_T_ARRAY)
		return add_messages(s, field, j);
	return add_text(s, SPEAKER_ASSISTANT, field, j);
}

static int
add_prompt(struct demo_side *s, const char *field, const struct json *j)
{
	if (j != NULL && json_kind(j) == JSON_T_ARRAY)
		return add_messages(s, field, j);
	return add_text(s, SPEAKER_USER, field, j);
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
	struct demo_side *s;

	if (p->response == NULL && (p->chosen != NULL || p->rejected != NULL)) {
		s = add_side(d, ROLE_CHOSEN);
		if ((p->prompt != NULL &&
			add_prompt(s, p->prompt_name, p->prompt) != 0) ||
		    add_answer(s, "chosen", p->chosen) != 0)
			return -1;
		s = add_side(d, ROLE_REJECTED);
		if (p->prompt != NULL &&
		    add_prompt(s, p->prompt_name, p->prompt) != 0)
			return -1;
		return add_answer(s, "rejected", p->rejected);
	}
	if (read_label(p->label, &role) != 0)
		return -1;
	s = add_side(d, role);
	if (p->prompt != NULL && add_prompt(s, p->prompt_name, p->prompt) != 0)
		return -1;
	return add_answer(s, p->response_name, p->response);
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
		if (m->pointer[i] != NULL && at[i] == NULL)
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

static int
from_conversation(struct demo *d, const struct json *j, const char *field)
{
	const struct json *list = json_get(j, field);
	const struct json *chosen = json_get(j, "chosen");
	enum traj_role role;
	struct demo_side *s;

	if (chosen != NULL) {
		s = add_side(d, ROLE_CHOSEN);
		if (add_messages(s, field, list) != 0 ||
		    add_answer(s, "chosen", chosen) != 0)
			return -1;
		s = add_side(d, ROLE_REJECTED);
		if (add_messages(s, field, list) != 0)
			return -1;
		return add_answer(s, "rejected", json_get(j, "rejected"));
	}
	if (read_label(json_get(j, "label"), &role) != 0)
		return -1;
	return add_messages(add_side(d, role), field, list);
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

		v = json_get(j, names[i]);
		if (v != NULL && json_kind(v) == JSON_T_ARRAY ?
			add_messages(s, names[i], v) != 0 :
			add_dialogue(s, names[i], v) != 0)
			return -1;
	}
	return 0;
}

/* The prompt is the instruction, then a blank line and the input, if any. */
static int
from_instruction(struct demo *d, const struct json *j)
{
	const struct json *one = json_at(json_get(j, "instances"), 0);
	const struct json *from = one != NULL ? one : j;
	const struct json *input = json_get(from, "input");
	const struct json *output = json_get(from, "output");
	const struct json *response = json_get(from, "response");
	const char *text, *more = "";
	struct buf *b = &d->text;
	struct demo_side *s = add_side(d, ROLE_EXPERT);
	size_t n, m = 0;

	if (output == NULL && response == NULL)
		return demofields_fail(j);
	if (need_text("instruction", json_get(j, "instruction"), &text, &n) !=
		0 ||
	    (input != NULL && json_kind(input) != JSON_T_NULL &&
		need_text("input", input, &more, &m) != 0))
		return -1;
	buf_reset(b);
	buf_add(b, text, n);
	if (m > 0) {
		buf_adds(b, "\n\n");
		buf_add(b, more, m);
	}
	(void)buf_text(b);
	add_turn(s, SPEAKER_USER, b->p, b->n);
	return add_text(s, SPEAKER_ASSISTANT,
	    output != NULL ? "output" : "response",
	    output != NULL ? output : response);
}

static int
from_fields(struct demo *d, const struct json *j)
{
	struct parts p = { "prompt", "completion", json_get(j, "prompt"),
		json_get(j, "completion"), json_get(j, "chosen"),
		json_get(j, "rejected"), json_get(j, "label") };

	if (json_get(j, "messages") != NULL)
		return from_conversation(d, j, "messages");
	if (json_get(j, "conversations") != NULL)
		return from_conversation(d, j, "conversations");
	if (p.prompt == NULL && p.chosen != NULL && p.rejected != NULL)
		return from_dialogues(d, j);
	if (p.response == NULL && json_get(j, "response") != NULL &&
	    p.prompt != NULL) {
		p.response = json_get(j, "response");
		p.response_name = "response";
	}
	if (p.prompt != NULL &&
	    (p.response != NULL || p.chosen != NULL || p.rejected != NULL))
		return from_parts(d, &p);
	if (json_get(j, "instruction") != NULL)
		return from_instruction(d, j);
	if (json_get(j, "question") != NULL && json_get(j, "answer") != NULL)
		return from_parts(d,
		    &(struct parts){ "question", "answer",
			json_get(j, "question"), json_get(j, "answer"), NULL,
			NULL, NULL });
	if (json_get(j, "text") != NULL)
		return from_parts(d,
		    &(struct parts){ "prompt", "text", NULL,
			json_get(j, "text"), NULL, NULL, NULL });
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
	    need_text(name, own, &text, &n) != 0)
		return -1;
	for (i = 0; i < d->sides && text != NULL && n > 0; i++) {
		s = &d->side[i];
		if (s->turns > 0 && s->turn[0].speaker == SPEAKER_SYSTEM)
			continue;
		add_turn(s, SPEAKER_SYSTEM, text, n);
		memmove(s->turn + 1, s->turn, (s->turns - 1) * sizeof *s->turn);
		s->turn[0] = (struct turn){ SPEAKER_SYSTEM, text, n };
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
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if ((map != NULL ? from_map(d, j, map) : from_fields(d, j)) != 0 ||
	    put_system(d, j, map, system) != 0)
		return -1;
	for (i = 0; i < d->sides; i++) {
		s = &d->side[i];
		answered = false;
		for (k = 0; k < s->turns; k++)
			answered |= s->turn[k].speaker == SPEAKER_ASSISTANT &&
			    s->turn[k].n > 0;
		if (s->turns == 0)
			return fail("a conversation without turns");
		if (!answered)
			return 0;
	}
	return 1;
}
