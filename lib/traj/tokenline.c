/* SPDX-License-Identifier: MIT */
#include "traj/tokenline.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "io/json.h"
#include "text/readable.h"
#include "text/tokenizer.h"
#include "traj/provenance.h"

enum { PARTS_MAX = 4 }; /* tokens of one character */

struct tokenline {
	struct tokenizer *tokenizer; /* NULL: not looked for yet */
};

struct tokenline *
tokenline_new(const char *dir)
{
	struct tokenline *l = mem_alloc(1, sizeof *l);

	if (dir == NULL || (l->tokenizer = tokenizer_open(dir)) != NULL)
		return l;
	free(l);
	return NULL;
}

void
tokenline_free(struct tokenline *l)
{
	if (l == NULL)
		return;
	tokenizer_close(l->tokenizer);
	free(l);
}

/* The actions and what lies between them; nothing without actions. */
static struct span
response_of(const struct traj *t)
{
	const uint32_t n = (uint32_t)t->n;

	return t->spans == 0 ?
	    (struct span){ n, n } :
	    (struct span){ t->span[0].start, t->span[t->spans - 1].end };
}

/* Ids as text; a space at the start of all text is no part of it. */
static void
decode(const struct tokenizer *b, const uint32_t *ids, size_t n, bool first,
    bool specials, struct buf *out)
{
	(first ? tokenizer_decode : tokenizer_decode_more)(b, ids, n, specials,
	    out);
}

static bool
ends_whole(const struct buf *text)
{
	const char unknown[] = "\xef\xbf\xbd"; /* or part of a character */
	const size_t n = sizeof unknown - 1;

	return utf8_whole(text->p, text->n) == text->n &&
	    (text->n < n || memcmp(text->p + text->n - n, unknown, n) != 0);
}

/*
 * The text of each token; special ones by their names.  Where several tokens
 * make one character the last of them has it, and the others have nothing.
 */
static void
put_tokens(const struct tokenizer *b, const struct traj *t, struct span r,
    bool first, struct buf *out)
{
	struct buf text = { 0 };
	uint32_t from = r.start, i;

	buf_adds(out, ",\"tokens\":[");
	for (i = r.start; i < r.end; i++) {
		buf_adds(out, i > r.start ? "," : "");
		buf_reset(&text);
		decode(b, t->tokens + from, i + 1 - from,
		    first && from == r.start, true, &text);
		if (i + 1 < r.end && i + 1 - from < PARTS_MAX &&
		    !ends_whole(&text)) {
			buf_adds(out, "\"\"");
			continue;
		}
		readable_json(out, text.p, text.n);
		from = i + 1;
	}
	buf_addc(out, ']');
	buf_release(&text);
}

static void
put_scores(const struct traj *t, struct span r, struct buf *out)
{
	size_t i, k = 0;
	uint32_t at = r.start;

	if (t->scores == 0)
		return;
	buf_adds(out, ",\"scores\":[");
	if (t->scores < t->actions)
		json_put_float(out, t->score[0]);
	else
		for (i = 0; i < t->spans; i++) {
			for (; at < t->span[i].start; at++)
				buf_adds(out, ",null");
			for (; at < t->span[i].end; at++) {
				buf_adds(out, k > 0 ? "," : "");
				json_put_float(out, t->score[k++]);
			}
		}
	buf_addc(out, ']');
}

static void
put_texts(const struct tokenizer *b, const struct traj *t, struct buf *out)
{
	const struct span r = response_of(t);
	struct buf text = { 0 };
	bool first;

	tokenizer_decode(b, t->tokens, r.start, false, &text);
	first = text.n == 0;
	buf_adds(out, ",\"prompt\":");
	readable_json(out, text.p, text.n);
	buf_reset(&text);
	decode(b, t->tokens + r.start, r.end - r.start, first, false, &text);
	buf_adds(out, ",\"response\":");
	readable_json(out, text.p, text.n);
	put_tokens(b, t, r, first, out);
	put_scores(t, r, out);
	buf_release(&text);
}

static void
put_names(const struct traj_segment *s, const struct traj *t, struct buf *out)
{
	const char *const member[][2] = {
		{ "group", strcmp(t->group, t->id) != 0 ? t->group : "" },
		{ "role", traj_role_name(t->role) },
		{ "stop", traj_stop_name(t->stop) },
		{ "ratio", t->scores > 0 ? traj_ratio_name(s->ratio) : "" },
	};
	size_t i;

	for (i = 0; i < sizeof member / sizeof *member; i++) {
		if (member[i][1][0] == '\0')
			continue;
		buf_addf(out, ",\"%s\":", member[i][0]);
		readable_json(out, member[i][1], strlen(member[i][1]));
	}
}

int
tokenline_put(struct tokenline *l, const struct traj_segment *s,
    const struct traj *t, struct buf *out)
{
	if (l->tokenizer == NULL &&
	    (l->tokenizer = provenance_tokenizer(&s->header)) == NULL)
		return traj_fail(t, "no tokenizer is known: name its policy");
	if (traj_same_tokenizer(s, tokenizer_fingerprint(l->tokenizer),
		(size_t)s->vocab) != 0)
		return -1;
	buf_adds(out, "{\"id\":");
	readable_json(out, t->id, strlen(t->id));
	put_names(s, t, out);
	put_texts(l->tokenizer, t, out);
	buf_adds(out, "}\n");
	return 0;
}
