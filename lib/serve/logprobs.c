/* SPDX-License-Identifier: MIT */
#include "serve/logprobs.h"

#include <string.h>

#include "base/utf8.h"
#include "io/json.h"

/* All digits of a double, so that sums of what a reader gets are those of the
 * floats. */
static void
put_logp(struct buf *out, float x)
{
	json_put_double(out, (double)x);
}

/* A token's own bytes; special tokens by their names. */
static void
add_bytes(struct buf *raw, const struct tokenizer *t, uint32_t id)
{
	buf_reset(raw);
	tokenizer_decode_more(t, &id, 1, true, raw);
}

static void
put_bytes_text(struct buf *out, const struct buf *raw)
{
	struct buf text = { 0 };
	size_t i;

	if (utf8_valid(raw->p, raw->n)) {
		json_put_string(out, raw->p, raw->n);
		return;
	}
	buf_adds(&text, "bytes:");
	for (i = 0; i < raw->n; i++)
		buf_addf(&text, "\\x%02x", (unsigned char)raw->p[i]);
	json_put_string(out, text.p, text.n);
	buf_release(&text);
}

static void
put_token(struct buf *out, const struct tokenizer *t, uint32_t id)
{
	struct buf raw = { 0 };

	add_bytes(&raw, t, id);
	put_bytes_text(out, &raw);
	buf_release(&raw);
}

/* How many alternatives place k shows: the chosen token is one of them. */
static size_t
alternatives(const struct request *r, const struct choice *c, size_t k,
    struct alternative *list)
{
	const uint32_t id = choice_token(c, request_first(r, c) + k);
	size_t i, n = 0;
	bool there = false;

	for (i = 0; i < r->top; i++) {
		list[n++] = c->top[k * r->top + i];
		there |= list[i].id == id;
	}
	if (!there)
		list[n++] = (struct alternative){ id, c->logp[k] };
	return n;
}

/* Of tokens with one text the likeliest, which comes first, has the key. */
static void
put_map(struct buf *out, const struct alternative *list, size_t n,
    const struct tokenizer *t)
{
	struct buf key[REQUEST_TOP + 1] = { 0 };
	size_t i, k;

	buf_addc(out, '{');
	for (i = 0; i < n; i++) {
		put_token(&key[i], t, list[i].id);
		for (k = 0; k < i; k++)
			if (key[k].n == key[i].n &&
			    memcmp(key[k].p, key[i].p, key[i].n) == 0)
				break;
		if (k < i)
			continue;
		buf_adds(out, i > 0 ? "," : "");
		buf_add(out, key[i].p, key[i].n);
		buf_addc(out, ':');
		put_logp(out, list[i].logp);
	}
	buf_addc(out, '}');
	for (i = 0; i < n; i++)
		buf_release(&key[i]);
}

/* Characters that begin in n bytes. */
static size_t
characters(const char *p, size_t n)
{
	size_t i, count = 0;

	for (i = 0; i < n; i++)
		count += ((unsigned char)p[i] & 0xc0) != 0x80;
	return count;
}

/* Where each token begins in the choice's text, which has no special ones. */
static void
put_offsets(struct buf *out, const struct request *r, const struct choice *c,
    const struct tokenizer *t)
{
	const size_t from = r->echo ? 0 : c->prompt->n;
	bool begun = !r->echo && c->text.prompt_bytes > 0;
	size_t i, at = 0;
	struct buf raw = { 0 };

	buf_adds(out, ",\"text_offset\":[");
	for (i = from; i < choice_tokens(c); i++) {
		const uint32_t id = choice_token(c, i);

		buf_addf(out, i > from ? ",%zu" : "%zu", at);
		buf_reset(&raw);
		if (begun)
			tokenizer_decode_more(t, &id, 1, false, &raw);
		else
			tokenizer_decode(t, &id, 1, false, &raw);
		begun |= raw.n > 0;
		at += characters(raw.p, raw.n);
	}
	buf_addc(out, ']');
	buf_release(&raw);
}

void
logprobs_put(struct buf *out, const struct request *r, const struct choice *c,
    const struct tokenizer *t)
{
	struct alternative list[REQUEST_TOP + 1];
	const size_t from = r->echo ? 0 : c->prompt->n;
	size_t i, k;

	if (!r->logprobs) {
		buf_adds(out, "null");
		return;
	}
	buf_adds(out, "{\"tokens\":[");
	for (i = from; i < choice_tokens(c); i++) {
		buf_adds(out, i > from ? "," : "");
		put_token(out, t, choice_token(c, i));
	}
	buf_adds(out, "],\"token_logprobs\":[");
	buf_adds(out, !r->echo ? "" : c->scored > 0 ? "null," : "null");
	for (k = 0; k < c->scored; k++) {
		buf_adds(out, k > 0 ? "," : "");
		put_logp(out, c->logp[k]);
	}
	buf_adds(out, "],\"top_logprobs\":[");
	buf_adds(out, !r->echo ? "" : c->scored > 0 ? "null," : "null");
	for (k = 0; k < c->scored; k++) {
		buf_adds(out, k > 0 ? "," : "");
		put_map(out, list, alternatives(r, c, k, list), t);
	}
	buf_addc(out, ']');
	put_offsets(out, r, c, t);
	buf_addc(out, '}');
}

static void
put_entry(struct buf *out, const struct alternative *a,
    const struct tokenizer *t)
{
	struct buf raw = { 0 };
	size_t i;

	add_bytes(&raw, t, a->id);
	buf_adds(out, "{\"token\":");
	put_bytes_text(out, &raw);
	buf_adds(out, ",\"logprob\":");
	put_logp(out, a->logp);
	buf_adds(out, ",\"bytes\":[");
	for (i = 0; i < raw.n; i++)
		buf_addf(out, i > 0 ? ",%u" : "%u", (unsigned char)raw.p[i]);
	buf_addc(out, ']');
	buf_release(&raw);
}

void
logprobs_put_chat(struct buf *out, const struct request *r,
    const struct choice *c, const struct tokenizer *t)
{
	size_t k, i;

	if (!r->logprobs) {
		buf_adds(out, "null");
		return;
	}
	buf_adds(out, "{\"content\":[");
	for (k = 0; k < c->scored; k++) {
		const struct alternative own = { c->job.tokens[k], c->logp[k] };

		buf_adds(out, k > 0 ? "," : "");
		put_entry(out, &own, t);
		buf_adds(out, ",\"top_logprobs\":[");
		for (i = 0; i < r->top; i++) {
			buf_adds(out, i > 0 ? "," : "");
			put_entry(out, &c->top[k * r->top + i], t);
			buf_addc(out, '}');
		}
		buf_adds(out, "]}");
	}
	buf_adds(out, "]}");
}
