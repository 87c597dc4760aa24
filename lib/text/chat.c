/* SPDX-License-Identifier: MIT */
/*
 * A named template is a row of a table: the text before and after the turns of
 * each role, and the token that ends an assistant turn; {eos} and {bos} stand
 * for the tokenizer's own.  A custom template is one string, for conversations
 * of one prompt and one response.
 */
#include "text/chat.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

struct around {
	const char *before, *after;
};

struct row {
	const char *name;
	const char *mark; /* recognizes it in a chat_template */
	const char *begin;
	struct around system, user, tool;
	struct around assistant; /* not part of the action */
	const char *end;         /* the last token of an action */
	const char *lead; /* the text before that of an action, or NULL */
	bool folds;       /* a system turn is part of the user turn after it */
	bool again;       /* each exchange begins with BOS */
};

static const struct row rows[] = {
	{ "plain", NULL, "", { "", "\n\n" }, { "", "" }, { "\n", "\n" },
	    { "", "" }, "{eos}" },
	{ "chatml", "<|im_start|>", "",
	    { "<|im_start|>system\n", "<|im_end|>\n" },
	    { "<|im_start|>user\n", "<|im_end|>\n" },
	    { "<|im_start|>tool\n", "<|im_end|>\n" },
	    { "<|im_start|>assistant\n", "\n" }, "<|im_end|>" },
	{ "llama3", "<|start_header_id|>", "<|begin_of_text|>",
	    { "<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>" },
	    { "<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>" },
	    { "<|start_header_id|>ipython<|end_header_id|>\n\n", "<|eot_id|>" },
	    { "<|start_header_id|>assistant<|end_header_id|>\n\n", "" },
	    "<|eot_id|>" },
	{ "gemma", "<start_of_turn>", "{bos}",
	    { "<start_of_turn>user\n", "\n\n" },
	    { "<start_of_turn>user\n", "<end_of_turn>\n" },
	    { "<start_of_turn>user\n", "<end_of_turn>\n" },
	    { "<start_of_turn>model\n", "\n" }, "<end_of_turn>",
	    .folds = true },
	{ "llama2", "[INST]", "{bos}", { "[INST] <<SYS>>\n", "\n<</SYS>>\n\n" },
	    { "[INST] ", " [/INST]" }, { "[INST] ", " [/INST]" }, { "", "" },
	    "{eos}", " ", true, true },
	{ "zephyr", "<|user|>", "", { "<|system|>\n", "{eos}\n" },
	    { "<|user|>\n", "{eos}\n" }, { "<|user|>\n", "{eos}\n" },
	    { "<|assistant|>\n", "\n" }, "{eos}" },
	{ "alpaca", "### Instruction:", "", { "", "\n\n" },
	    { "### Instruction:\n", "\n\n" }, { "### Input:\n", "\n\n" },
	    { "### Response:\n", "\n\n" }, "{eos}" },
	{ "hh", "\n\nHuman:", "", { "", "" }, { "\n\nHuman: ", "" },
	    { "\n\nHuman: ", "" }, { "\n\nAssistant:", "" }, "{eos}", " " },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

struct chat_template {
	const struct row *row; /* NULL: a custom template */
	char *custom;
};

/* ---- choosing a template */

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

struct chat_template *
template_new(const char *name)
{
	struct chat_template *t = mem_alloc(1, sizeof *t);
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strcmp(name, rows[i].name) == 0) {
			t->row = &rows[i];
			return t;
		}
	t->custom = unescape(name);
	if (check_fields(t->custom) == 0)
		return t;
	template_free(t);
	return NULL;
}

void
template_names(struct buf *list)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		buf_addf(list, "%s%s", i > 0 ? " " : "", rows[i].name);
}

struct chat_template *
template_find(const char *chat_template)
{
	size_t i;

	for (i = 1; i < ROWS && chat_template != NULL; i++)
		if (strstr(chat_template, rows[i].mark) != NULL)
			return template_new(rows[i].name);
	return template_new(rows[0].name);
}

void
template_free(struct chat_template *t)
{
	if (t == NULL)
		return;
	free(t->custom);
	free(t);
}

const char *
template_name(const struct chat_template *t)
{
	return t->row != NULL ? t->row->name : t->custom;
}

/* ---- rendering */

/* Text is collected until a special token, and then encoded in one piece. */
struct writer {
	const struct tokenizer *tokenizer;
	struct chat *chat;
	struct buf pending;
	bool after_text;    /* the last token was text */
	enum chat_end last; /* the kind of the last token */
};

static int
flush(struct writer *w)
{
	struct chat *c = w->chat;
	int rc;

	if (w->pending.n == 0)
		return 0;
	rc = tokenizer_encode_after(w->tokenizer, w->pending.p, w->pending.n,
	    w->after_text, &c->tokens, &c->n, &c->cap);
	buf_reset(&w->pending);
	w->after_text = true;
	w->last = CHAT_OPEN;
	return rc;
}

static int
put_id(struct writer *w, int64_t id)
{
	struct chat *c = w->chat;

	if (flush(w) != 0)
		return -1;
	c->tokens = mem_grow(c->tokens, &c->cap, c->n + 1, sizeof *c->tokens);
	c->tokens[c->n++] = (uint32_t)id;
	w->after_text = false;
	w->last = id == tokenizer_eos(w->tokenizer) ? CHAT_EOS : CHAT_TURN;
	return 0;
}

/* n bytes of a template, in which special tokens are encoded as such. */
static int
put_literal(struct writer *w, const char *s, size_t n)
{
	size_t at = 0, start, end;
	uint32_t id;

	while (at < n) {
		if (!tokenizer_find_special(w->tokenizer, s, n, at, &start,
			&end, &id)) {
			buf_add(&w->pending, s + at, n - at);
			return 0;
		}
		buf_add(&w->pending, s + at, start - at);
		if (put_id(w, id) != 0)
			return -1;
		at = end;
	}
	return 0;
}

/* The same, with {bos} and {eos}, which are empty if the tokenizer has none. */
static int
put_marked(struct writer *w, const char *s)
{
	const char *brace;
	int64_t id;

	while ((brace = strchr(s, '{')) != NULL) {
		if (strncmp(brace, "{bos}", 5) != 0 &&
		    strncmp(brace, "{eos}", 5) != 0) {
			if (put_literal(w, s, (size_t)(brace + 1 - s)) != 0)
				return -1;
			s = brace + 1;
			continue;
		}
		if (put_literal(w, s, (size_t)(brace - s)) != 0)
			return -1;
		id = brace[1] == 'b' ? tokenizer_bos(w->tokenizer) :
				       tokenizer_eos(w->tokenizer);
		if (id >= 0 && !(brace[1] == 'b' && w->chat->n > 0) &&
		    put_id(w, id) != 0)
			return -1;
		s = brace + 5;
	}
	return put_literal(w, s, strlen(s));
}

static void
put_text(struct writer *w, const struct turn *t)
{
	buf_add(&w->pending, t->text, t->n);
}

/* An action needs a token before it: BOS or EOS if there is no other. */
static int
begin_action(struct writer *w)
{
	struct chat *c = w->chat;
	int64_t first = tokenizer_bos(w->tokenizer) >= 0 ?
	    tokenizer_bos(w->tokenizer) :
	    tokenizer_eos(w->tokenizer);

	if (flush(w) != 0)
		return -1;
	if (c->n == 0 && first < 0)
		return fail(
		    "empty prompt, and the tokenizer has neither BOS nor "
		    "EOS to begin with");
	if (c->n == 0 && put_id(w, first) != 0)
		return -1;
	c->bound =
	    mem_grow(c->bound, &c->bound_cap, c->bounds + 2, sizeof *c->bound);
	c->bound[c->bounds] = (uint32_t)c->n;
	return 0;
}

static int
end_action(struct writer *w)
{
	struct chat *c = w->chat;

	if (flush(w) != 0)
		return -1;
	c->end = w->last;
	if (c->n == c->bound[c->bounds])
		return 0; /* an empty turn */
	c->bound[c->bounds + 1] = (uint32_t)c->n;
	c->bounds += 2;
	return 0;
}

static int
put_answer(struct writer *w, const struct row *r, const struct turn *t)
{
	int64_t bos = tokenizer_bos(w->tokenizer);

	if (put_marked(w, r->assistant.before) != 0 || begin_action(w) != 0)
		return -1;
	if (r->lead != NULL)
		buf_adds(&w->pending, r->lead);
	put_text(w, t);
	if (put_marked(w, r->end) != 0 || end_action(w) != 0)
		return -1;
	if (r->again && bos >= 0)
		return put_id(w, bos);
	return put_marked(w, r->assistant.after);
}

/* The i-th turn. */
static int
put_turn(struct writer *w, const struct row *r, const struct turn *turn,
    size_t i)
{
	const struct turn *t = &turn[i];
	const struct around *a = t->speaker == SPEAKER_SYSTEM ? &r->system :
	    t->speaker == SPEAKER_TOOL                        ? &r->tool :
								&r->user;
	bool folded = r->folds && i > 0 && t->speaker == SPEAKER_USER &&
	    turn[i - 1].speaker == SPEAKER_SYSTEM;

	if (t->speaker == SPEAKER_ASSISTANT)
		return put_answer(w, r, t);
	if (!folded && put_marked(w, a->before) != 0)
		return -1;
	put_text(w, t);
	return put_marked(w, a->after);
}

static const struct turn *
last_turn(const struct turn *t, size_t n, enum speaker speaker)
{
	while (n-- > 0)
		if (t[n].speaker == speaker)
			return &t[n];
	return NULL;
}

/* The field of a custom template at its brace. */
static int
put_field(struct writer *w, const char *at, const struct turn *t, size_t n)
{
	static const enum speaker speaker[] = { SPEAKER_USER, SPEAKER_ASSISTANT,
		SPEAKER_SYSTEM };
	const struct turn *last;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (strncmp(at, fields[i], strlen(fields[i])) != 0)
			continue;
		last = last_turn(t, n, speaker[i]);
		if (speaker[i] == SPEAKER_ASSISTANT && begin_action(w) != 0)
			return -1;
		if (last != NULL)
			put_text(w, last);
		return 0;
	}
	return put_marked(w, strncmp(at, "{bos}", 5) == 0 ? "{bos}" : "{eos}");
}

static size_t
field_length(const char *at)
{
	size_t i;

	for (i = 0; i < 5; i++)
		if (strncmp(at, fields[i], strlen(fields[i])) == 0)
			return strlen(fields[i]);
	return 0;
}

/* The response and everything after it are the action. */
static int
put_custom(struct writer *w, const char *s, const struct turn *t, size_t n)
{
	size_t length, i, assistants = 0;

	for (i = 0; i < n; i++)
		assistants += t[i].speaker == SPEAKER_ASSISTANT;
	if (assistants != 1)
		return fail("%zu responses, but a custom template is for one",
		    assistants);
	while (*s != '\0') {
		length = *s == '{' ? field_length(s) : 0;
		if (length > 0) {
			if (put_field(w, s, t, n) != 0)
				return -1;
			s += length;
			continue;
		}
		length = 1 + strcspn(s + 1, "{");
		if (put_literal(w, s, length) != 0)
			return -1;
		s += length;
	}
	return end_action(w);
}

int
chat_render(const struct chat_template *t, const struct tokenizer *b,
    const struct turn *turn, size_t turns, struct chat *c)
{
	struct writer w = { .tokenizer = b, .chat = c };
	size_t i;
	int rc = 0;

	c->n = c->bounds = 0;
	c->end = CHAT_OPEN;
	if (tokenizer_adds_bos(b))
		rc = put_id(&w, tokenizer_bos(b));
	if (t->row == NULL) {
		rc = rc == 0 ? put_custom(&w, t->custom, turn, turns) : rc;
	} else {
		rc = rc == 0 ? put_marked(&w, t->row->begin) : rc;
		for (i = 0; i < turns && rc == 0; i++)
			rc = put_turn(&w, t->row, turn, i);
	}
	/* drop the context after the last action */
	if (c->bounds > 0)
		c->n = c->bound[c->bounds - 1];
	buf_release(&w.pending);
	return rc;
}

void
chat_release(struct chat *c)
{
	free(c->tokens);
	free(c->bound);
	*c = (struct chat){ 0 };
}
