/* SPDX-License-Identifier: MIT */
/*
 * The variables of a template, each with its source.  A message keeps all its
 * fields but those that are null, as in the transformers library; roles are
 * the template's own names, so they count as its text.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/chat_parts.h"

enum { FIELDS_MAX = 256, TURN_FIELDS = 5 };

const char *const turn_fields[] = { "reasoning_content", "reasoning",
	"thinking", "tool_calls", "function_call", NULL };

static uint32_t
add_source(struct chat_sources *s, struct chat_source source)
{
	s->source = mem_grow(s->source, &s->cap, s->n + 1, sizeof *s->source);
	s->source[s->n++] = source;
	return (uint32_t)s->n;
}

static bool
is_any(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* Whether there is nothing to show: blanks, false, or no members. */
static bool
is_empty(const struct json *j)
{
	const char *text;
	size_t n, i = 0;

	switch (json_kind(j)) {
	case JSON_T_STRING:
		text = json_text(j, &n);
		while (i < n && strchr(" \t\n\r", text[i]) != NULL &&
		    text[i] != '\0')
			i++;
		return i == n;
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		return json_count(j) == 0;
	default:
		return true;
	}
}

static const char *
role_of(const struct turn *t, bool named)
{
	static const char *const roles[] = { "system", "user", "assistant",
		"tool" };

	return t->role != NULL && !named ? t->role : roles[t->speaker];
}

/* A field of turn i, unless it is null or the role. */
static void
add_field(struct jinja_run *v, struct jmap *m, struct chat_sources *s,
    const struct turn *t, bool parts, size_t i, const char *key,
    const struct json *value)
{
	static const char *const silent[] = { "name", "weight", "train", "id",
		NULL };
	const bool value_of =
	    t->message != NULL && json_get(t->message, "role") == NULL;
	uint32_t origin;
	bool joined;

	if (json_kind(value) == JSON_T_NULL || strcmp(key, "role") == 0 ||
	    (value_of && strcmp(key, "from") == 0))
		return;
	if (value_of && strcmp(key, "value") == 0)
		key = "content";
	joined = !parts && t->text != NULL &&
	    json_kind(value) == JSON_T_ARRAY && strcmp(key, "content") == 0;
	origin = add_source(s,
	    (struct chat_source){ i, key,
		.spoken =
		    t->speaker == SPEAKER_ASSISTANT && !is_any(key, silent),
		.empty = joined ? t->n == 0 : is_empty(value) });
	jmap_add(&v->arena, m, jval_chars(&v->arena, key),
	    joined ? jval_part(&v->arena, t->text, t->n, origin) :
		     jval_json(&v->arena, value, origin));
}

/* What an answer has beside its text, in its document. */
static void
add_beside(struct jinja_run *v, struct jmap *m, struct chat_sources *s,
    const struct turn *t, size_t i)
{
	const struct json *value;
	size_t k;

	for (k = 0; turn_fields[k] != NULL; k++)
		if ((value = json_get(t->beside, turn_fields[k])) != NULL)
			add_field(v, m, s, t, true, i, turn_fields[k], value);
}

static struct jval
message(struct jinja_run *v, const struct turn *t,
    const struct chat_template *template, size_t i, struct chat_sources *s)
{
	const size_t fields =
	    t->message != NULL ? json_count(t->message) : TURN_FIELDS + 1;
	struct jval m = jval_map(&v->arena, fields + 1), content;
	uint32_t origin;
	void *it;

	jmap_add(&v->arena, m.u.map, jval_chars(&v->arena, "role"),
	    jval_chars(&v->arena, role_of(t, template->named)));
	if (t->message == NULL) {
		origin = add_source(s,
		    (struct chat_source){ i, "content",
			.spoken = t->speaker == SPEAKER_ASSISTANT,
			.empty = t->n == 0 });
		content = jval_part(&v->arena, t->text, t->n, origin);
		jmap_add(&v->arena, m.u.map, jval_chars(&v->arena, "content"),
		    content);
		add_beside(v, m.u.map, s, t, i);
		return m;
	}
	for (it = json_next(t->message, NULL); it != NULL;
	     it = json_next(t->message, it))
		add_field(v, m.u.map, s, t, template->parts, i,
		    json_key(it, NULL), json_value(it));
	return m;
}

static int
set_messages(struct jinja_run *v, const struct talk *talk,
    const struct chat_template *template, struct chat_sources *s)
{
	struct jval list = jval_list(&v->arena, JFORM_LIST, talk->turns);
	size_t i;

	for (i = 0; i < talk->turns; i++) {
		list.u.list->item[i] =
		    message(v, &talk->turn[i], template, i, s);
		if (jval_nest(&list.u.list->item[i]) != 0)
			return -1;
	}
	if (jval_nest(&list) != 0)
		return -1;
	jinja_set(v, "messages", list);
	return 0;
}

/* The list of tools, which some sets have as a text of JSON. */
static int
set_tools(struct jinja_run *v, const struct json *tools, struct chat_sources *s)
{
	const char *text;
	uint32_t origin;
	size_t n;

	jinja_set(v, "tools", jval_none());
	if (tools == NULL || json_kind(tools) == JSON_T_NULL)
		return 0;
	text = json_text(tools, &n);
	if (text != NULL && is_empty(tools))
		return 0;
	if (text != NULL) {
		tools = s->tools = json_values(text, n) > JSON_VALUES_MAX ?
		    NULL :
		    json_parse(text, n);
		if (tools == NULL)
			return fail_in("field \"tools\"");
	}
	s->has_tools = !is_empty(tools);
	origin = add_source(s,
	    (struct chat_source){ SIZE_MAX, "tools",
		.empty = is_empty(tools) });
	jinja_set(v, "tools", jval_json(&v->arena, tools, origin));
	return 0;
}

/* The other fields of the document, for templates that ask for them. */
static int
set_fields(struct jinja_run *v, const struct json *fields,
    struct chat_sources *s)
{
	static const char *const others[] = { "messages", "conversations",
		"prompt", "completion", "response", "chosen", "rejected",
		"instruction", "instances", "input", "output", "question",
		"answer", "text", "label", "system", "system_prompt", "context",
		"history", "weight", "tools", "bos_token", "eos_token",
		"add_generation_prompt", "loop", "chat_template_kwargs",
		"range", "dict", "namespace", "raise_exception", "strftime_now",
		NULL };
	const char *key;
	size_t n = 0;
	void *it;

	for (it = fields != NULL ? json_next(fields, NULL) : NULL; it != NULL;
	     it = json_next(fields, it)) {
		key = json_key(it, NULL);
		if (is_any(key, others) ||
		    json_kind(json_value(it)) == JSON_T_NULL)
			continue;
		if (n++ == FIELDS_MAX)
			return fail("a document of more than %d other fields",
			    FIELDS_MAX);
		jinja_set(v, key,
		    jval_json(&v->arena, json_value(it),
			add_source(s,
			    (struct chat_source){ SIZE_MAX, key,
				.empty = true })));
	}
	return 0;
}

/* The text of BOS or EOS, as the template's own. */
static void
set_token(struct jinja_run *v, const struct tokenizer *t, const char *name,
    int64_t id)
{
	struct buf text = { 0 };
	char *copy;

	if (id < 0)
		return;
	tokenizer_spelled(t, (uint32_t)id, &text);
	copy = jarena_alloc(&v->arena, text.n + 1);
	memcpy(copy, buf_text(&text), text.n + 1);
	buf_release(&text);
	jinja_set(v, name, jval_chars(&v->arena, copy));
}

int
chat_set_variables(struct jinja_run *v, const struct chat_template *template,
    const struct talk *talk, const struct tokenizer *t, struct chat_sources *s)
{
	const struct json *d = talk->document;

	jinja_set(v, "documents", jval_none());
	if (set_fields(v, d, s) != 0 ||
	    set_fields(v, json_get(d, "chat_template_kwargs"), s) != 0)
		return fail_in("template variables");
	jinja_set(v, "add_generation_prompt", jval_bool(talk->prompts));
	set_token(v, t, "bos_token", tokenizer_bos(t));
	set_token(v, t, "eos_token", tokenizer_eos(t));
	return set_tools(v, json_get(d, "tools"), s) != 0 ?
	    -1 :
	    set_messages(v, talk, template, s);
}

void
chat_list_asked(const struct chat_sources *s, const struct jinja_run *v,
    struct buf *asked)
{
	static const char always[] = "tools\0chat_template_kwargs";
	const char *field;
	size_t i;

	buf_add(asked, always, sizeof always);
	for (i = 0; i < s->n; i++) {
		field = s->source[i].field;
		if (s->source[i].turn == SIZE_MAX && jinja_asked(v, field))
			buf_add(asked, field, strlen(field) + 1);
	}
}

void
chat_sources_release(struct chat_sources *s)
{
	json_free(s->tools);
	free(s->source);
	*s = (struct chat_sources){ 0 };
}

/* Whether a field is what an assistant thinks before it answers. */
static bool
is_thought(const struct chat_source *s)
{
	return strstr(s->field, "reasoning") != NULL ||
	    strcmp(s->field, "thinking") == 0;
}

/* Whether a template that leaves out some thoughts shows others. */
static bool
shows_thoughts(const struct chat_sources *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->source[i].used && is_thought(&s->source[i]))
			return true;
	return false;
}

/*
 * Whether the i-th source is what a message would be learnt without: a call,
 * or content that stands alone.  Content of nothing but thoughts is dropped by
 * templates that show the calls beside it.
 */
static bool
is_needed(const struct chat_sources *s, size_t i)
{
	static const char *const words[] = { "content", "tool_calls",
		"function_call", NULL };
	const struct chat_source *one = &s->source[i];
	size_t k = i;

	/* if the document declares tools, its template decides on calls */
	if (!one->spoken || s->has_tools || !is_any(one->field, words))
		return false;
	if (strcmp(one->field, "content") != 0)
		return true;
	while (k > 0 && s->source[k - 1].turn == one->turn)
		k--;
	for (; k < s->n && s->source[k].turn == one->turn; k++)
		if (s->source[k].spoken && s->source[k].used)
			return false;
	return true;
}

int
chat_check_used(const struct chat_sources *s, struct buf *left_out)
{
	const bool thoughts = shows_thoughts(s);
	const struct chat_source *one;
	size_t i;

	for (i = 0; i < s->n; i++) {
		one = &s->source[i];
		if (one->used || one->empty || (thoughts && is_thought(one)) ||
		    (!one->spoken && strcmp(one->field, "content") != 0 &&
			one->turn != SIZE_MAX))
			continue;
		if (is_needed(s, i))
			return fail("message %zu: the template leaves out the "
				    "field \"%.40s\"",
			    one->turn + 1, one->field);
		if (left_out->n > 0)
			buf_adds(left_out, ", ");
		buf_addf(left_out, "%.40s", one->field);
	}
	return 0;
}
