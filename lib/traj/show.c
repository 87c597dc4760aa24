/* SPDX-License-Identifier: MIT */
#include "traj/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/readable.h"
#include "text/tokenizer.h"
#include "traj/provenance.h"

struct show {
	struct tokenizer *tokenizer; /* NULL: none found yet */
	bool named, looked, color;   /* named: by the user */
};

struct show *
show_new(const char *dir, bool color)
{
	struct show *s = mem_alloc(1, sizeof *s);

	s->color = color;
	if (dir != NULL) {
		s->named = s->looked = true;
		s->tokenizer = tokenizer_open(dir);
		if (s->tokenizer == NULL) {
			free(s);
			return NULL;
		}
	}
	return s;
}

void
show_free(struct show *s)
{
	if (s == NULL)
		return;
	tokenizer_close(s->tokenizer);
	free(s);
}

/*
 * Tokens start .. end as text: what they add to those before, for a decoder
 * may drop the space that a text begins with.  Where they change what those
 * said (a character of several tokens), they are decoded by themselves.
 */
static void
put_decoded(const struct tokenizer *tokenizer, const struct traj *t,
    size_t start, size_t end, struct buf *out)
{
	struct buf before = { 0 }, text = { 0 };
	size_t cut = 0;

	tokenizer_decode(tokenizer, t->tokens, start, true, &before);
	tokenizer_decode(tokenizer, t->tokens, end, true, &text);
	if (before.n <= text.n && before.n > 0 &&
	    memcmp(before.p, text.p, before.n) == 0) {
		cut = before.n;
	} else if (start > 0) {
		buf_reset(&text);
		tokenizer_decode(tokenizer, t->tokens + start, end - start,
		    true, &text);
	}
	if (text.n > cut)
		readable_safe(out, text.p + cut, text.n - cut);
	buf_release(&before);
	buf_release(&text);
}

/* Tokens start .. end as text, or as ids. */
static void
put_tokens(const struct show *s, const struct traj *t, size_t start, size_t end,
    struct buf *out)
{
	size_t i;

	if (s->tokenizer != NULL)
		put_decoded(s->tokenizer, t, start, end, out);
	else
		for (i = start; i < end; i++)
			buf_addf(out, i > start ? " %u" : "%u", t->tokens[i]);
}

static void
put_mark(const struct show *s, bool begins, struct buf *out)
{
	if (s->color)
		buf_adds(out, begins ? "\033[32m" : "\033[0m");
	else
		buf_addc(out, begins ? '[' : ']');
}

static void
put_spans(const struct show *s, const struct traj *t, struct buf *out)
{
	size_t i, at = 0;

	for (i = 0; i < t->spans; at = t->span[i].end, i++) {
		put_tokens(s, t, at, t->span[i].start, out);
		put_mark(s, true, out);
		put_tokens(s, t, t->span[i].start, t->span[i].end, out);
		put_mark(s, false, out);
	}
	put_tokens(s, t, at, t->n, out);
}

/* The record's own text, where it has one: 1, 0. */
static int
put_own(const struct show *s, const struct traj *t, struct buf *out)
{
	struct msg text = { 0 };
	struct msg_view prompt, response;
	int there = msg_map(&t->rec, "text", &text) == 1 &&
	    msg_str(&text, "prompt", &prompt) == 1 &&
	    msg_str(&text, "response", &response) == 1;

	if (there) {
		readable_safe(out, prompt.p, prompt.n);
		put_mark(s, true, out);
		readable_safe(out, response.p, response.n);
		put_mark(s, false, out);
	}
	msg_release(&text);
	return there;
}

static void
put_title(const struct show *s, const struct traj *t, struct buf *out)
{
	const char *const words[] = { traj_role_name(t->role),
		traj_stop_name(t->stop) };
	size_t i;

	buf_adds(out, s->color ? "\033[1m" : "");
	readable_safe(out, t->id, strlen(t->id));
	buf_adds(out, s->color ? "\033[0m" : "");
	for (i = 0; i < 2; i++)
		if (words[i][0] != '\0')
			buf_addf(out, " %s", words[i]);
	buf_addc(out, '\n');
}

void
show_trajectory(struct show *s, const struct msg *header, const struct traj *t,
    struct buf *out)
{
	put_title(s, t, out);
	if (s->named || !put_own(s, t, out)) {
		if (!s->looked)
			s->tokenizer = provenance_tokenizer(header);
		s->looked = true;
		put_spans(s, t, out);
	}
	buf_adds(out, "\n\n");
}

/* A text of a record. */
static void
put_utf8(struct buf *out, const char *p, size_t n)
{
	struct buf text = { 0 };

	readable_utf8(&text, p, n);
	msg_put_str(out, buf_text(&text), text.n);
	buf_release(&text);
}

void
show_text(const struct tokenizer *tokenizer, const uint32_t *prompt, size_t n,
    const uint32_t *response, size_t m, const struct stops *stops,
    struct msg *rec)
{
	uint32_t *all = mem_alloc(n + m, sizeof *all);
	struct buf before = { 0 }, text = { 0 }, packed = { 0 };
	const char *said;
	size_t cut;

	memcpy(all, prompt, n * sizeof *all);
	memcpy(all + n, response, m * sizeof *all);
	tokenizer_decode(tokenizer, prompt, n, false, &before);
	tokenizer_decode(tokenizer, all, n + m, false, &text);
	cut = before.n < text.n ? before.n : text.n;
	msg_put_map(&packed, 2);
	msg_put_str(&packed, "prompt", 6);
	put_utf8(&packed, before.p, before.n);
	msg_put_str(&packed, "response", 8);
	said = text.n > 0 ? text.p + cut : "";
	put_utf8(&packed, said, stops_find(stops, said, text.n - cut));
	msg_set(rec, "text", &packed);
	buf_release(&before);
	buf_release(&text);
	buf_release(&packed);
	free(all);
}
