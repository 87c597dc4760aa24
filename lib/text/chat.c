/* SPDX-License-Identifier: MIT */
#include "text/chat.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "text/chat_parts.h"

/* The time for templates that print it: SOURCE_DATE_EPOCH, or now. */
static int
read_now(int64_t *now)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	uint64_t seconds;

	*now = (int64_t)clock_date();
	if (epoch == NULL)
		return 0;
	if (num_u64(epoch, 0, 1ull << 40, &seconds) != 0)
		return fail_in("SOURCE_DATE_EPOCH");
	*now = (int64_t)seconds;
	return 0;
}

/* Render a conversation to text and spans. */
static int
render_text(const struct chat_template *t, const struct tokenizer *tokenizer,
    const struct talk *talk, struct chat_text *text, struct buf *left_out,
    struct buf *asked)
{
	struct chat_sources sources = { 0 };
	struct jinja_run v;
	int64_t now;
	int rc = read_now(&now);

	jinja_begin(&v);
	if (rc == 0)
		rc = chat_set_variables(&v, t, talk, tokenizer, &sources);
	if (rc == 0)
		rc = jinja_render(t->jinja, &v, now) == 0 ?
		    0 :
		    fail_in("template %s", t->name);
	if (rc == 0) {
		chat_text_read(text, &v, tokenizer, &sources);
		chat_text_spans(text, t, &sources);
		rc = chat_check_used(&sources, left_out);
		chat_list_asked(&sources, &v, asked);
	}
	jinja_end(&v);
	chat_sources_release(&sources);
	return rc;
}

/* ---- what a template puts around an answer */

#define SAMPLE(who, s) \
	{ \
		.speaker = SPEAKER_##who, .text = (s), .n = 1 \
	}
static const struct turn sample[] = { SAMPLE(USER, "a"), SAMPLE(ASSISTANT, "b"),
	SAMPLE(USER, "c"), SAMPLE(ASSISTANT, "d") };

static void
add_opener(struct chat_template *t, uint32_t id)
{
	size_t i;

	for (i = 0; i < t->openers; i++)
		if (t->opener[i] == id)
			return;
	if (t->openers < CHAT_OPENERS)
		t->opener[t->openers++] = id;
}

/* The text that prompts an answer, and the tokens that begin a turn. */
static void
learn_beginning(struct chat_template *t, const struct tokenizer *tokenizer)
{
	struct talk talk = { .turn = sample, .turns = 1 };
	struct chat_text without = { 0 }, with = { 0 };
	struct buf ignored = { 0 };
	size_t i, n;

	if (render_text(t, tokenizer, &talk, &without, &ignored, &ignored) ==
	    0) {
		talk.prompts = true;
		if (render_text(t, tokenizer, &talk, &with, &ignored,
			&ignored) != 0)
			with.text.n = 0;
	}
	n = without.text.n;
	if (with.text.n > n && memcmp(with.text.p, without.text.p, n) == 0)
		buf_add(&t->prompt, with.text.p + n, with.text.n - n);
	for (i = 0; i < with.hits; i++)
		if (with.hit[i].special &&
		    (with.hit[i].start >= n ||
			(with.runs > 0 && with.hit[i].end <= with.run[0].end)))
			add_opener(t, with.hit[i].id);
	chat_text_release(&without);
	chat_text_release(&with);
	buf_release(&ignored);
}

/* Where the answer of one letter ends; SIZE_MAX if it is not there. */
static size_t
end_of_letter(const struct chat_text *t, char letter)
{
	size_t i;

	for (i = t->runs; i-- > 0;)
		if (t->run[i].origin > 0 &&
		    t->text.p[t->run[i].start] == letter)
			return t->run[i].end;
	return SIZE_MAX;
}

/* The first special token from a place on; the next one, if it touches it. */
static const struct chat_hit *
next_end(const struct chat_text *t, const struct chat_hit *last, size_t from)
{
	const struct chat_hit *h = last != NULL ? last + 1 : t->hit;

	while (h < t->hit + t->hits && (h->start < from || !h->special))
		h++;
	if (h == t->hit + t->hits || (last != NULL && h->start != last->end))
		return NULL;
	return h;
}

/*
 * The special tokens after an answer, side by side: the last of those that
 * follow both an earlier answer and the last one, or else the last one alone.
 * Text in their place ends an answer too.
 */
static void
learn_end(struct chat_template *t, const struct tokenizer *tokenizer)
{
	const struct talk talk = { .turn = sample, .turns = 4 };
	struct chat_text text = { 0 };
	const struct chat_hit *inner = NULL, *outer = NULL;
	struct buf ignored = { 0 };
	size_t first, last, n;
	int64_t common = -1;

	if (render_text(t, tokenizer, &talk, &text, &ignored, &ignored) == 0) {
		first = end_of_letter(&text, 'b');
		last = end_of_letter(&text, 'd');
		while ((outer = next_end(&text, outer, last)) != NULL) {
			inner = next_end(&text, inner, first);
			t->end = outer->id;
			if (inner == NULL || inner->id != outer->id)
				break;
			common = outer->id;
		}
		t->end = common >= 0 ? common : t->end;
		n = text.text.n;
		while (n > last && strchr(" \t\n", text.text.p[n - 1]) != NULL)
			n--;
		if (last < n)
			buf_add(&t->tail, text.text.p + last, n - last);
	}
	chat_text_release(&text);
	buf_release(&ignored);
}

/* Whether a list of one text is shown as that text. */
static void
learn_parts(struct chat_template *t, const struct tokenizer *tokenizer)
{
	static const char json[] = "{\"role\":\"user\",\"content\":"
				   "[{\"type\":\"text\",\"text\":\"a\"}]}";
	struct json *message = json_parse(json, sizeof json - 1);
	struct turn turn = sample[0];
	const struct talk talk = { .turn = &turn, .turns = 1 };
	struct chat_text text = { 0 }, list = { 0 };
	struct buf ignored = { 0 };

	t->parts = true; /* show the list itself */
	if (render_text(t, tokenizer, &talk, &text, &ignored, &ignored) != 0)
		text.text.n = 0;
	turn.message = message;
	t->parts =
	    render_text(t, tokenizer, &talk, &list, &ignored, &ignored) == 0 &&
	    list.text.n == text.text.n && list.text.n > 0 &&
	    memcmp(list.text.p, text.text.p, list.text.n) == 0;
	chat_text_release(&text);
	chat_text_release(&list);
	buf_release(&ignored);
	json_free(message);
}

/* A spelt-out template ends with a token, or not. */
static void
learn_custom_end(struct chat_template *t, const struct tokenizer *tokenizer)
{
	const struct talk talk = { .turn = sample, .turns = 2 };
	struct chat chat = { 0 };

	if (chat_render(t, tokenizer, &talk, &chat) == 0 &&
	    chat.end != CHAT_OPEN)
		t->end = chat.tokens[chat.n - 1];
	chat_release(&chat);
}

int
template_fit(struct chat_template *t, const struct tokenizer *tokenizer)
{
	int64_t now;

	if (read_now(&now) != 0)
		return -1;
	if (t->custom != NULL) {
		learn_custom_end(t, tokenizer);
		return 0;
	}
	learn_beginning(t, tokenizer);
	learn_end(t, tokenizer);
	learn_parts(t, tokenizer);
	return 0;
}

/* ---- tokens */

/* Text from .. to, with the special tokens in it. */
static int
put_range(struct chat_writer *w, const struct chat_text *t, size_t from,
    size_t to, size_t *hit)
{
	while (*hit < t->hits && t->hit[*hit].end <= from)
		++*hit;
	for (; *hit < t->hits && t->hit[*hit].end <= to; ++*hit) {
		chat_put_text(w, t->text.p + from, t->hit[*hit].start - from);
		if (chat_put_id(w, t->hit[*hit].id) != 0)
			return -1;
		from = t->hit[*hit].end;
	}
	chat_put_text(w, t->text.p + from, to - from);
	return 0;
}

static bool
is_learnt(const struct chat_span *s, const struct talk *talk, size_t last)
{
	if (s->end == s->start || (talk->last_only && s->turn != last))
		return false;
	return s->turn >= talk->turns || !talk->turn[s->turn].given;
}

static size_t
last_answer(const struct talk *talk)
{
	size_t i = talk->turns;

	while (i > 0 && talk->turn[i - 1].speaker != SPEAKER_ASSISTANT)
		i--;
	return i > 0 ? i - 1 : SIZE_MAX;
}

static int
put_all(struct chat_writer *w, const struct chat_text *t,
    const struct talk *talk)
{
	const size_t last = last_answer(talk);
	size_t i, at = 0, hit = 0;

	for (i = 0; i < t->spans && !talk->prompts; i++) {
		if (!is_learnt(&t->span[i], talk, last))
			continue;
		if (put_range(w, t, at, t->span[i].start, &hit) != 0 ||
		    chat_begin_action(w) != 0 ||
		    put_range(w, t, t->span[i].start, t->span[i].end, &hit) !=
			0 ||
		    chat_end_action(w) != 0)
			return -1;
		at = t->span[i].end;
	}
	if (put_range(w, t, at, t->text.n, &hit) != 0)
		return -1;
	return talk->prompts ? chat_begin_action(w) : chat_flush(w);
}

static int
render_jinja(const struct chat_template *t, struct chat_writer *w,
    const struct talk *talk)
{
	struct chat_text text = { 0 };
	int rc = render_text(t, w->tokenizer, talk, &text, &w->chat->left_out,
	    &w->chat->asked);

	if (rc == 0)
		rc = put_all(w, &text, talk);
	chat_text_release(&text);
	return rc;
}

/* Whether the tokenizer's own first token is to come before the template. */
static bool
gets_first(const struct chat_template *t)
{
	return t->plain ||
	    (t->custom != NULL && strncmp(t->custom, "{bos}", 5) != 0);
}

int
chat_render(const struct chat_template *t, const struct tokenizer *b,
    const struct talk *talk, struct chat *c)
{
	struct chat_writer w = { .tokenizer = b, .chat = c };
	int rc = 0;

	c->n = c->bounds = 0;
	c->end = CHAT_OPEN;
	buf_reset(&c->left_out);
	buf_reset(&c->asked);
	if (gets_first(t) && tokenizer_first(b) >= 0)
		rc = chat_put_first(&w, tokenizer_first(b));
	if (rc == 0)
		rc = t->custom != NULL ?
		    chat_custom_render(&w, t->custom, talk) :
		    render_jinja(t, &w, talk);
	if (talk->prompts)
		c->bounds = 0;
	else if (c->bounds > 0) /* drop the context after the last action */
		c->n = c->bound[c->bounds - 1];
	buf_release(&w.pending);
	return rc;
}

void
chat_release(struct chat *c)
{
	free(c->tokens);
	free(c->bound);
	buf_release(&c->left_out);
	buf_release(&c->asked);
	*c = (struct chat){ 0 };
}
