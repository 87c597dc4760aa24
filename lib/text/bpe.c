/* SPDX-License-Identifier: MIT */
/*
 * Encoding: the text is cut at added tokens; each section between them is
 * normalised, cut into words, and each word merged from its smallest pieces:
 * bytes for a byte-level vocabulary, otherwise characters, where one that
 * the vocabulary lacks becomes its bytes <0xXX> (byte fallback) or <unk>.
 */
#include "text/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/hash.h"
#include "io/json.h"
#include "text/added.h"
#include "text/merge.h"
#include "text/normalize.h"
#include "text/pretokenize.h"
#include "text/utf8.h"
#include "text/vocab.h"

enum { FILE_BYTES = 256 << 20, BYTES = 256 };

static const char mark[] = "\xe2\x96\x81"; /* SentencePiece's space */

struct bpe {
	struct vocab *vocab;
	struct normalizer *normalizer;
	struct pretokenizer *pretokenizer;
	struct added *added;
	bool bytes;	   /* byte-level */
	bool fallback;	   /* byte fallback */
	bool fuse_unk, ignore_merges;
	bool strip;	   /* decoding takes the first space away */
	uint32_t unk;	   /* VOCAB_NONE where there is none */
	uint32_t byte[BYTES]; /* id of each byte */
	char fingerprint[HASH_HEX];
	int64_t bos, eos;
	char *chat_template;
	bool adds_bos;
};

/* ---- reading */

static void
find_bytes(struct bpe *b)
{
	char name[8], raw;
	unsigned i;

	for (i = 0; i < BYTES; i++) {
		raw = (char)i;
		(void)snprintf(name, sizeof name, "<0x%02X>", i);
		b->byte[i] = b->bytes ? vocab_find(b->vocab, &raw, 1) :
		    vocab_find(b->vocab, name, 6);
	}
}

static int
read_model(struct bpe *b, const struct json *model)
{
	const char *type = "BPE", *unk;
	size_t n;
	int r;

	if (model == NULL || json_kind(model) != JSON_T_OBJECT)
		return fail("model: expected an object");
	if (json_get_string(model, "type", &type, NULL) < 0)
		return fail_in("model");
	if (strcmp(type, "BPE") != 0)
		return fail("model: type %s is not known; BPE is", type);
	b->vocab = vocab_new(model, b->bytes);
	if (b->vocab == NULL)
		return -1;
	if (json_get_bool(model, "byte_fallback", &b->fallback) < 0 ||
	    json_get_bool(model, "fuse_unk", &b->fuse_unk) < 0 ||
	    json_get_bool(model, "ignore_merges", &b->ignore_merges) < 0 ||
	    (r = json_get_string(model, "unk_token", &unk, &n)) < 0)
		return fail_in("model");
	b->unk = r > 0 ? vocab_find(b->vocab, unk, n) : VOCAB_NONE;
	find_bytes(b);
	return 0;
}

/* Does a Strip of one space at the start follow in the decoder? */
static bool
strips(const struct json *decoder)
{
	const struct json *list = json_get(decoder, "decoders");
	const char *type = json_text(json_get(decoder, "type"), NULL);
	size_t i;

	for (i = 0; i < json_count(list); i++)
		if (strips(json_at(list, i)))
			return true;
	return type != NULL && ((strcmp(type, "Strip") == 0 &&
	    json_int(json_get(decoder, "start"), 0) > 0) ||
	    strcmp(type, "Metaspace") == 0);
}

static int
read_tokenizer(struct bpe *b, const struct json *j)
{
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object");
	b->pretokenizer = pretokenizer_new(json_get(j, "pre_tokenizer"));
	if (b->pretokenizer == NULL)
		return -1;
	b->bytes = pretokenizer_bytes(b->pretokenizer);
	b->normalizer = normalizer_new(json_get(j, "normalizer"));
	if (b->normalizer == NULL || read_model(b, json_get(j, "model")) != 0)
		return -1;
	b->added = added_new(json_get(j, "added_tokens"));
	b->strip = strips(json_get(j, "decoder"));
	return b->added == NULL ? -1 : 0;
}

/* A token's text, or the text of {"content": ...}, as an id. */
static void
token_of(const struct bpe *b, const struct json *j, int64_t *id)
{
	const char *s = json_text(j, NULL);

	if (s == NULL)
		s = json_text(json_get(j, "content"), NULL);
	if (s != NULL)
		*id = bpe_token(b, s);
}

static void
read_template(struct bpe *b, const struct json *t)
{
	const char *s = json_text(t, NULL);
	size_t i;

	for (i = 0; s == NULL && i < json_count(t); i++)
		s = json_text(json_get(json_at(t, i), "template"), NULL);
	if (s != NULL)
		b->chat_template = mem_dup(s, strlen(s));
}

/* DIR/NAME as JSON, or NULL and *rc 0 where it is not there. */
static struct json *
read_beside(const char *dir, const char *name, int *rc)
{
	struct buf path = { 0 };
	struct json *j = NULL;

	buf_addf(&path, "%s/%s", dir, name);
	if (file_exists(buf_text(&path)) &&
	    (j = json_read_file(path.p, FILE_BYTES)) == NULL)
		*rc = -1;
	buf_release(&path);
	return j;
}

static int
read_configs(struct bpe *b, const char *dir)
{
	static const char *const others[] = { "generation_config.json",
		"config.json" };
	const struct json *eos;
	struct json *j;
	bool told;
	int rc = 0;
	size_t i;

	j = read_beside(dir, "tokenizer_config.json", &rc);
	/* a BOS that is null there is none, whatever the model's config says */
	told = json_get(j, "bos_token") != NULL;
	token_of(b, json_get(j, "bos_token"), &b->bos);
	token_of(b, json_get(j, "eos_token"), &b->eos);
	b->adds_bos = json_bool(json_get(j, "add_bos_token"), false);
	read_template(b, json_get(j, "chat_template"));
	json_free(j);
	for (i = 0; i < 2 && rc == 0; i++) {
		j = read_beside(dir, others[i], &rc);
		eos = json_get(j, "eos_token_id");
		if (b->bos < 0 && !told)
			b->bos = json_int(json_get(j, "bos_token_id"), -1);
		if (b->eos < 0)
			b->eos = json_int(json_count(eos) > 0 ?
			    json_at(eos, 0) : eos, -1);
		json_free(j);
	}
	if (b->bos >= (int64_t)bpe_vocab(b))
		b->bos = -1;
	if (b->eos >= (int64_t)bpe_vocab(b))
		b->eos = -1;
	return rc;
}

struct bpe *
bpe_open(const char *dir)
{
	struct bpe *b = mem_alloc(1, sizeof *b);
	struct buf path = { 0 };
	struct json *j;
	char *text;
	size_t n;
	int rc = -1;

	b->bos = b->eos = -1;
	buf_addf(&path, "%s/tokenizer.json", dir);
	text = read_file(buf_text(&path), FILE_BYTES, &n);
	if (text != NULL) {
		hash_hex(b->fingerprint, text, n);
		j = json_parse(text, n);
		rc = j == NULL ? -1 : read_tokenizer(b, j);
		json_free(j);
		if (rc != 0)
			(void)fail_in("%s", path.p);
	}
	free(text);
	buf_release(&path);
	if (rc == 0 && read_configs(b, dir) == 0)
		return b;
	bpe_close(b);
	return NULL;
}

void
bpe_close(struct bpe *b)
{
	if (b == NULL)
		return;
	vocab_free(b->vocab);
	normalizer_free(b->normalizer);
	pretokenizer_free(b->pretokenizer);
	added_free(b->added);
	free(b->chat_template);
	free(b);
}

/* ---- encoding */

struct ids {
	uint32_t *id;
	size_t n, cap;
};

static void
add_id(struct ids *out, uint32_t id)
{
	out->id = mem_grow(out->id, &out->cap, out->n + 1, sizeof *out->id);
	out->id[out->n++] = id;
}

static int
add_unknown(const struct bpe *b, const char *p, size_t n, bool again,
    struct ids *out)
{
	size_t i;
	bool bytes = b->fallback || b->bytes;

	for (i = 0; i < n && bytes; i++)
		bytes = b->byte[(unsigned char)p[i]] != VOCAB_NONE;
	if (bytes) {
		for (i = 0; i < n; i++)
			add_id(out, b->byte[(unsigned char)p[i]]);
		return 0;
	}
	if (b->unk == VOCAB_NONE)
		return fail("the tokenizer has no piece for byte %02x, and "
		    "none for what is unknown", (unsigned char)*p);
	if (!again || !b->fuse_unk)
		add_id(out, b->unk);
	return 0;
}

static int
encode_word(const struct bpe *b, const char *p, size_t n, struct ids *out)
{
	size_t at, length, start = out->n;
	uint32_t id;
	bool unknown = false;

	if (b->ignore_merges && (id = vocab_find(b->vocab, p, n)) !=
	    VOCAB_NONE) {
		add_id(out, id);
		return 0;
	}
	for (at = 0; at < n; at += length) {
		length = 1;
		if (!b->bytes)
			(void)utf8_decode(p + at, n - at, &length);
		id = b->bytes ? b->byte[(unsigned char)p[at]] :
		    vocab_find(b->vocab, p + at, length);
		if (id != VOCAB_NONE)
			add_id(out, id);
		else if (add_unknown(b, p + at, length, unknown, out) != 0)
			return -1;
		unknown = id == VOCAB_NONE && out->id[out->n - 1] == b->unk;
	}
	out->n = start + bpe_merge(b->vocab, out->id + start, out->n - start);
	return 0;
}

/* What lies between added tokens. */
static int
encode_section(const struct bpe *b, const char *p, size_t n, bool first,
    bool goes_on, struct ids *out)
{
	struct buf text = { 0 };
	struct words words = { 0 };
	size_t i;
	int rc;

	buf_add(&text, p, n);
	rc = normalize(b->normalizer, goes_on, &text);
	if (rc == 0)
		rc = pretokenize(b->pretokenizer, &text, first, goes_on, &words);
	for (i = 0; i < words.n && rc == 0; i++)
		rc = encode_word(b, text.p + words.w[i].start,
		    words.w[i].end - words.w[i].start, out);
	free(words.w);
	buf_release(&text);
	return rc;
}

static int
encode(const struct bpe *b, const char *text, size_t n, bool specials,
    bool goes_on, uint32_t **ids, size_t *count, size_t *cap)
{
	struct ids out = { *ids, *count, *cap };
	struct added_hit hit;
	size_t at = 0;
	int rc = utf8_valid(text, n) ? 0 : fail("not UTF-8");

	while (rc == 0 && at < n) {
		if (!added_find(b->added, text, n, at, specials, &hit))
			hit = (struct added_hit){ n, n, 0 };
		if (hit.start > at)
			rc = encode_section(b, text + at, hit.start - at,
			    at == 0, goes_on && at == 0, &out);
		if (rc == 0 && hit.start < n)
			add_id(&out, hit.id);
		at = hit.end;
	}
	*ids = out.id;
	*count = out.n;
	*cap = out.cap;
	return rc;
}

int
bpe_encode(const struct bpe *b, const char *text, size_t n, bool specials,
    uint32_t **ids, size_t *count, size_t *cap)
{
	return encode(b, text, n, specials, false, ids, count, cap);
}

int
bpe_encode_on(const struct bpe *b, const char *text, size_t n, bool goes_on,
    uint32_t **ids, size_t *count, size_t *cap)
{
	return encode(b, text, n, false, goes_on, ids, count, cap);
}

bool
bpe_find_special(const struct bpe *b, const char *text, size_t n, size_t from,
    size_t *start, size_t *end, uint32_t *id)
{
	struct added_hit hit;

	if (!added_find(b->added, text, n, from, true, &hit))
		return false;
	*start = hit.start;
	*end = hit.end;
	*id = hit.id;
	return true;
}

/* ---- decoding */

static int
hex_byte(const char *p, size_t n)
{
	unsigned v;

	if (n != 6 || memcmp(p, "<0x", 3) != 0 || p[5] != '>' ||
	    sscanf(p + 3, "%2X", &v) != 1)
		return -1;
	return (int)v;
}

static void
decode_piece(const struct bpe *b, const char *p, size_t n, struct buf *out)
{
	int byte = b->fallback ? hex_byte(p, n) : -1;
	size_t i;

	if (byte >= 0) {
		buf_addc(out, (char)byte);
		return;
	}
	for (i = 0; i < n; i++)
		if (!b->bytes && n - i >= 3 && memcmp(p + i, mark, 3) == 0) {
			buf_addc(out, ' ');
			i += 2;
		} else {
			buf_addc(out, p[i]);
		}
}

int
bpe_decode(const struct bpe *b, const uint32_t *id, size_t n, bool specials,
    struct buf *out)
{
	size_t i, length, start = out->n;
	const char *p;
	bool special;

	for (i = 0; i < n; i++) {
		p = added_text(b->added, id[i], &length, &special);
		if (p != NULL) {
			if (!special || specials)
				buf_add(out, p, length);
			continue;
		}
		p = vocab_piece(b->vocab, id[i], &length);
		if (p != NULL)
			decode_piece(b, p, length, out);
		else if (id[i] >= bpe_vocab(b))
			return fail("token %u is not one of %zu", id[i],
			    bpe_vocab(b));
	}
	if (b->strip && out->n > start && out->p[start] == ' ') {
		memmove(out->p + start, out->p + start + 1,
		    out->n - start - 1);
		out->n--;
	}
	return 0;
}

/* ---- asking */

size_t
bpe_vocab(const struct bpe *b)
{
	size_t n = vocab_size(b->vocab), m = added_size(b->added);

	return n > m ? n : m;
}

const char *
bpe_fingerprint(const struct bpe *b)
{
	return b->fingerprint;
}

int64_t
bpe_token(const struct bpe *b, const char *text)
{
	int64_t id = added_id(b->added, text);
	uint32_t piece;

	if (id >= 0)
		return id;
	piece = vocab_find(b->vocab, text, strlen(text));
	return piece == VOCAB_NONE ? -1 : (int64_t)piece;
}

int64_t
bpe_bos(const struct bpe *b)
{
	return b->bos;
}

int64_t
bpe_eos(const struct bpe *b)
{
	return b->eos;
}

const char *
bpe_chat_template(const struct bpe *b)
{
	return b->chat_template;
}

bool
bpe_adds_bos(const struct bpe *b)
{
	return b->adds_bos && b->bos >= 0;
}
