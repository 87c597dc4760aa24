/* SPDX-License-Identifier: MIT */
/* The turns of a conversation, from messages and dialogues. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/demo_parts.h"

void
demo_add_turn(struct demo_side *s, enum speaker speaker, const char *text,
    size_t n)
{
	s->turn = mem_grow(s->turn, &s->cap, s->turns + 1, sizeof *s->turn);
	s->turn[s->turns++] =
	    (struct turn){ .speaker = speaker, .text = text, .n = n };
}

int
demo_need_text(const char *field, const struct json *j, const char **text,
    size_t *n)
{
	*text = json_text(j, n);
	return *text != NULL ? 0 :
			       fail("field \"%s\": expected text, found "
				    "%s",
				   field, json_kind_name(j));
}

int
demo_add_text(struct demo_side *s, enum speaker speaker, const char *field,
    const struct json *j)
{
	const char *text;
	size_t n;

	if (demo_need_text(field, j, &text, &n) != 0)
		return -1;
	demo_add_turn(s, speaker, text, n);
	return 0;
}

/* Names of speakers, and those that templates know them by. */
static const struct {
	const char *name;
	enum speaker speaker;
	const char *role;
} speakers[] = {
	{ "system", SPEAKER_SYSTEM, "system" },
	{ "developer", SPEAKER_SYSTEM, "developer" },
	{ "user", SPEAKER_USER, "user" },
	{ "human", SPEAKER_USER, "user" },
	{ "prompter", SPEAKER_USER, "user" },
	{ "assistant", SPEAKER_ASSISTANT, "assistant" },
	{ "gpt", SPEAKER_ASSISTANT, "assistant" },
	{ "model", SPEAKER_ASSISTANT, "assistant" },
	{ "bot", SPEAKER_ASSISTANT, "assistant" },
	{ "chatgpt", SPEAKER_ASSISTANT, "assistant" },
	{ "function_call", SPEAKER_ASSISTANT, "assistant" },
	{ "tool", SPEAKER_TOOL, "tool" },
	{ "observation", SPEAKER_TOOL, "tool" },
	{ "function", SPEAKER_TOOL, "function" },
	{ "ipython", SPEAKER_TOOL, "ipython" },
};

/* Whether a message is not to be learnt: `train` is false, `weight` is 0. */
static int
read_marks(const struct json *j, bool *given)
{
	const struct json *weight = json_get(j, "weight");
	bool train = true;
	double w;

	if (json_get_bool(j, "train", &train) < 0)
		return -1;
	*given = !train;
	if (weight == NULL || json_kind(weight) == JSON_T_NULL)
		return 0;
	w = json_number(weight, -1);
	*given |= w == 0.0;
	return w == 0.0 || w == 1.0 ? 0 :
				      fail("key \"weight\": expected 0 or 1");
}

/* Join the parts [{"type": "text", "text": ...}] of a content. */
static int
join_parts(struct demo_side *s, const struct json *content, const char **text,
    size_t *n)
{
	struct buf joined = { 0 };
	const struct json *part;
	const char *type, *one;
	size_t i, m;
	int rc = 0;

	for (i = 0; i < json_count(content) && rc == 0; i++) {
		part = json_at(content, i);
		type = json_text(json_get(part, "type"), NULL);
		one = json_text(json_get(part, "text"), &m);
		if (type != NULL && strcmp(type, "text") != 0)
			rc = fail("field \"content\": part %zu: type "
				  "\"%.40s\" is not text",
			    i + 1, type);
		else if (type == NULL || one == NULL)
			rc = fail("field \"content\": part %zu: expected "
				  "{\"type\": \"text\", \"text\": ...}",
			    i + 1);
		else
			buf_add(&joined, one, m);
	}
	*text = rc == 0 ? demo_keep(s, &joined) : NULL;
	*n = joined.n;
	buf_release(&joined);
	return rc;
}

/* The words of a message; NULL: only calls. */
static int
read_content(struct demo_side *s, const struct json *j,
    const struct json *content, const char **text, size_t *n)
{
	*text = NULL;
	*n = 0;
	if (content != NULL && json_kind(content) == JSON_T_ARRAY)
		return join_parts(s, content, text, n);
	if (json_text(content, NULL) == NULL &&
	    (json_get(j, "tool_calls") != NULL ||
		json_get(j, "function_call") != NULL))
		return 0;
	return demo_need_text("content", content, text, n);
}

static int
add_turn_of(struct demo_side *s, size_t speaker, const struct json *j,
    const struct json *content)
{
	const char *text;
	struct turn *t;
	size_t n;
	bool given = false;

	if (read_marks(j, &given) != 0 ||
	    read_content(s, j, content, &text, &n) != 0)
		return -1;
	demo_add_turn(s, speakers[speaker].speaker, text, n);
	t = &s->turn[s->turns - 1];
	t->message = j;
	t->role = speakers[speaker].role;
	t->given = given;
	return 0;
}

int
demo_add_message(struct demo_side *s, const struct json *j)
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
	if (demo_need_text("role", role, &name, &n) != 0)
		return -1;
	for (i = 0; i < sizeof speakers / sizeof speakers[0]; i++)
		if (strcmp(name, speakers[i].name) == 0)
			return add_turn_of(s, i, j, content);
	return fail("field \"role\": %.40s is not known", name);
}

int
demo_add_messages(struct demo_side *s, const char *field,
    const struct json *list)
{
	size_t i;

	if (list == NULL || json_kind(list) != JSON_T_ARRAY)
		return fail("field \"%s\": expected a list of messages, found "
			    "%s",
		    field, json_kind_name(list));
	for (i = 0; i < json_count(list); i++)
		if (demo_add_message(s, json_at(list, i)) != 0)
			return fail_in("field \"%s\": message %zu", field,
			    i + 1);
	return 0;
}

int
demo_add_dialogue(struct demo_side *s, const char *field, const struct json *j)
{
	static const char human[] = "\n\nHuman:", bot[] = "\n\nAssistant:";
	const char *text, *at, *h, *a, *end;
	size_t n, k;

	if (demo_need_text(field, j, &text, &n) != 0)
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
			demo_add_turn(s, SPEAKER_USER, at, 0);
		} else if (k >= sizeof bot - 1 &&
		    memcmp(at, bot, sizeof bot - 1) == 0) {
			at += sizeof bot - 1;
			demo_add_turn(s, SPEAKER_ASSISTANT, at, 0);
		} else {
			demo_add_turn(s, SPEAKER_SYSTEM, at, 0);
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

static bool
is_same(const struct json *a, const struct json *b)
{
	struct buf x = { 0 }, y = { 0 };
	bool same;

	json_put(&x, a);
	json_put(&y, b);
	same = x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
	buf_release(&x);
	buf_release(&y);
	return same;
}

bool
demo_holds_prompt(const struct json *answer, const struct json *prompt)
{
	const struct json *first = json_at(answer, 0);
	const char *role = json_text(json_get(first, "role"), NULL);
	size_t i;

	if (role == NULL)
		role = json_text(json_get(first, "from"), NULL);
	if (role == NULL || json_count(answer) < 2)
		return false;
	for (i = 0; i < sizeof speakers / sizeof speakers[0]; i++)
		if (strcmp(role, speakers[i].name) == 0 &&
		    speakers[i].speaker == SPEAKER_ASSISTANT)
			return false;
	for (i = 0; prompt != NULL && json_at(prompt, i) != NULL; i++)
		if (json_at(answer, i) == NULL ||
		    !is_same(json_at(prompt, i), json_at(answer, i)))
			return false;
	return true;
}

bool
demo_says(const struct turn *t)
{
	const struct json *fields = t->message != NULL ? t->message : t->beside;

	return t->speaker == SPEAKER_ASSISTANT && !t->given &&
	    (t->n > 0 || t->text == NULL ||
		json_count(json_get(fields, "tool_calls")) > 0 ||
		json_count(json_get(fields, "function_call")) > 0);
}

void
demo_drop_answer(struct demo_side *s)
{
	while (
	    s->turns > 0 && s->turn[s->turns - 1].speaker == SPEAKER_ASSISTANT)
		s->turns--;
}
