/* SPDX-License-Identifier: MIT */
/* A template that is spelt out: one text, for a prompt and a response. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/chat_parts.h"

static char *
unescape(const char *s)
{
	char *out = mem_alloc(strlen(s) + 1, 1), *to = out;

	for (; *s != '\0'; s++) {
		if (*s != '\\' || strchr("nt\\", s[1]) == NULL ||
		    s[1] == '\0') {
			*to++ = *s;
			continue;
		}
		s++;
		*to++ = *s == 'n' ? '\n' : *s == 't' ? '\t' : '\\';
	}
	return out;
}

static const char *const fields[] = { "{prompt}", "{response}", "{system}",
	"{bos}", "{eos}" };

static int
check_fields(const char *text)
{
	const char *at = text, *response = NULL;
	size_t i, n;

	while ((at = strchr(at, '{')) != NULL) {
		n = 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz_");
		for (i = 0; i < 5; i++)
			if (strncmp(at, fields[i], strlen(fields[i])) == 0)
				break;
		if (i == 5 && n > 1 && at[n] == '}')
			return fail("template: %.*s is not known; {prompt}, "
				    "{response}, {system}, {bos} and {eos} are",
			    (int)n + 1, at);
		if (i < 3 && response != NULL)
			return fail("template: %s after {response}", fields[i]);
		if (i == 1)
			response = at;
		at++;
	}
	if (response == NULL)
		return fail("template: %.40s: not the name of a template, and "
			    "without {response}",
		    text);
	return 0;
}

char *
chat_custom_new(const char *text)
{
	char *custom = unescape(text);

	if (check_fields(custom) == 0)
		return custom;
	free(custom);
	return NULL;
}

static int
put_turn(struct chat_writer *w, const struct turn *t)
{
	const struct json *from = t->message != NULL ? t->message : t->beside;
	const struct json *value;
	struct buf *left_out = &w->chat->left_out;
	size_t i, n;

	if (t->text == NULL)
		return fail("field \"content\": expected text");
	for (i = 0; turn_fields[i] != NULL; i++) {
		value = json_get(from, turn_fields[i]);
		if (json_count(value) > 0)
			return fail("field \"%s\": has no place in this "
				    "template",
			    turn_fields[i]);
		if (json_text(value, &n) != NULL && n > 0)
			buf_addf(left_out, "%s%s", left_out->n > 0 ? ", " : "",
			    turn_fields[i]);
	}
	chat_put_text(w, t->text, t->n);
	return 0;
}

static const struct turn *
last_turn(const struct talk *talk, enum speaker speaker)
{
	size_t n = talk->turns;

	while (n-- > 0)
		if (talk->turn[n].speaker == speaker)
			return &talk->turn[n];
	return NULL;
}

static size_t
field_at(const char *at, size_t *length)
{
	size_t i;

	for (i = 0; i < 5; i++) {
		*length = strlen(fields[i]);
		if (strncmp(at, fields[i], *length) == 0)
			return i;
	}
	*length = 0;
	return i;
}

/* {bos} and {eos} are empty if the tokenizer has none. */
static int
put_mark(struct chat_writer *w, bool bos)
{
	int64_t id =
	    bos ? tokenizer_bos(w->tokenizer) : tokenizer_eos(w->tokenizer);

	if (id < 0 || (bos && w->chat->n > 0))
		return 0;
	return chat_put_id(w, id);
}

static int
put_field(struct chat_writer *w, size_t field, const struct talk *talk)
{
	static const enum speaker speaker[] = { SPEAKER_USER, SPEAKER_ASSISTANT,
		SPEAKER_SYSTEM };
	const struct turn *last;

	if (field >= 3)
		return put_mark(w, field == 3);
	if (field == 1 && chat_begin_action(w) != 0)
		return -1;
	last = last_turn(talk, speaker[field]);
	return last != NULL ? put_turn(w, last) : 0;
}

static int
check_talk(const struct talk *talk)
{
	size_t i, assistants = 0;

	for (i = 0; i < talk->turns; i++)
		assistants += talk->turn[i].speaker == SPEAKER_ASSISTANT;
	if (assistants != !talk->prompts)
		return fail("%zu responses, but a custom template is for one",
		    assistants + talk->prompts);
	return 0;
}

/* The response and everything after it are the action. */
int
chat_custom_render(struct chat_writer *w, const char *s,
    const struct talk *talk)
{
	size_t length, field;

	if (check_talk(talk) != 0)
		return -1;
	while (*s != '\0') {
		field = field_at(s, &length);
		if (field == 1 && talk->prompts)
			return chat_begin_action(w);
		if (length > 0) {
			if (put_field(w, field, talk) != 0)
				return -1;
		} else {
			length = 1 + strcspn(s + 1, "{");
			if (chat_put_literal(w, s, length) != 0)
				return -1;
		}
		s += length;
	}
	return chat_end_action(w);
}
