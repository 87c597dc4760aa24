/* SPDX-License-Identifier: MIT */
/*
 * Encoding cuts the text at added tokens, normalizes each section between
 * them, cuts it at the added tokens that are matched in normalized text, cuts
 * the rest into words, and gives the words to the model.
 */
#include "text/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/directory.h"
#include "io/hash.h"
#include "io/json.h"
#include "text/added.h"
#include "text/decoder.h"
#include "text/normalize.h"
#include "text/postprocess.h"
#include "text/pretokenize.h"
#include "text/tokenconfig.h"
#include "text/tokenmodels.h"
#include "base/utf8.h"
#include "text/wordcache.h"

enum { FILE_BYTES = 256 << 20, VALUES = 1 << 23 };

struct tokenizer {
	struct tokenmodel *model;
	struct wordcache *cache;
	struct normalizer *normalizer;
	struct pretokenizer *pretokenizer;
	struct added *added;
	struct decoder decoder;
	char fingerprint[HASH_HEX];
	int64_t bos, eos, first; /* first: in front of a text, or -1 */
};

/* ---- reading */

static int
read_tokenizer(struct tokenizer *t, const struct json *j)
{
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object");
	t->pretokenizer = pretokenizer_new(json_get(j, "pre_tokenizer"));
	if (t->pretokenizer == NULL)
		return -1;
	t->decoder.bytes = pretokenizer_bytes(t->pretokenizer);
	t->normalizer = normalizer_new(json_get(j, "normalizer"));
	if (t->normalizer == NULL)
		return -1;
	t->model = tokenmodel_new(json_get(j, "model"), t->decoder.bytes);
	if (t->model == NULL)
		return -1;
	t->decoder.byte_pieces = t->model->byte_pieces;
	t->added = added_new(json_get(j, "added_tokens"), t->normalizer);
	if (t->added == NULL)
		return -1;
	if (postprocess_read(json_get(j, "post_processor"), &t->first) != 0)
		return -1;
	return decoder_read(&t->decoder, json_get(j, "decoder"));
}

/* The id of a token by its text, or else `otherwise`; -1 if it has none. */
static int64_t
end_token(const struct tokenizer *t, const char *text, int64_t otherwise)
{
	int64_t id = text != NULL ? tokenizer_token(t, text) : -1;

	if (id < 0)
		id = otherwise;
	return id < (int64_t)tokenizer_vocab(t) ? id : -1;
}

static int
read_config(struct tokenizer *t, const char *dir)
{
	struct tokenconfig c;

	if (tokenconfig_init(&c, dir) != 0)
		return -1;
	/* null in tokenizer_config.json means none, whatever config.json says
	 */
	t->bos = end_token(t, c.bos, c.bos_given ? -1 : c.bos_id);
	t->eos = end_token(t, c.eos, c.eos_id);
	if (t->first >= (int64_t)tokenizer_vocab(t))
		t->first = -1;
	if (t->first < 0 && c.adds_bos)
		t->first = t->bos;
	tokenconfig_release(&c);
	return 0;
}

/*
 * A JSON text with many small values takes far more memory as a tree.  No real
 * tokenizer has so many.
 */
static int
check_size(const char *text, size_t n)
{
	size_t i, values = 0;

	for (i = 0; i < n; i++)
		values += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return values <= VALUES ? 0 : fail("more than %d values", VALUES);
}

struct tokenizer *
tokenizer_open(const char *dir)
{
	struct tokenizer *t = mem_alloc(1, sizeof *t);
	struct buf path = { 0 };
	struct json *j;
	char *text;
	size_t n;
	int rc = directory_check(dir);

	t->bos = t->eos = t->first = -1;
	t->cache = wordcache_new();
	buf_addf(&path, "%s/tokenizer.json", dir);
	text = rc == 0 ? read_file(buf_text(&path), FILE_BYTES, &n) : NULL;
	rc = -1;
	if (text != NULL) {
		hash_hex(t->fingerprint, text, n);
		j = check_size(text, n) == 0 ? json_parse(text, n) : NULL;
		rc = j == NULL ? -1 : read_tokenizer(t, j);
		json_free(j);
		if (rc != 0)
			(void)fail_in("%s", path.p);
	}
	free(text);
	buf_release(&path);
	if (rc == 0 && read_config(t, dir) == 0)
		return t;
	tokenizer_close(t);
	return NULL;
}

void
tokenizer_close(struct tokenizer *t)
{
	if (t == NULL)
		return;
	tokenmodel_free(t->model);
	wordcache_free(t->cache);
	normalizer_free(t->normalizer);
	pretokenizer_free(t->pretokenizer);
	added_free(t->added);
	free(t);
}

/* ---- encoding */

/* How a text stands in its document, and the cache if this call owns it. */
struct place {
	bool specials;   /* encode special tokens that are spelled */
	bool first;      /* the text begins the document */
	bool after_text; /* the text continues text before it */
	struct wordcache *cache;
};

_Static_assert((int)PRETOKENIZE_PAD >= (int)WORDCACHE_PAD,
    "words can be read as far as the cache does");

struct taking {
	const struct tokenmodel *model;
	struct wordcache *cache;
	struct ids *out;
};

static int
take_words(void *arg, const char *text, const struct words *words)
{
	const struct taking *a = arg;

	return a->model->type->encode(a->model, a->cache, text, words, a->out);
}

/* Encode normalized text without added tokens. */
static int
encode_words(const struct tokenizer *t, const char *p, size_t n,
    struct place at, struct ids *out)
{
	struct taking taking = { t->model, at.cache, out };
	struct buf text = { 0 };
	int rc;

	buf_add(&text, p, n);
	rc = pretokenize(t->pretokenizer, &text, at.first, at.after_text,
	    take_words, &taking);
	buf_release(&text);
	return rc;
}

static int encode_section(const struct tokenizer *, const char *, size_t,
    struct place, struct ids *);

/*
 * Encode the added tokens of one set and the text between them, which is then
 * searched for the other set (ADDED_RAW) or cut into words.
 */
static int
encode_set(const struct tokenizer *t, enum added_set set, const char *p,
    size_t n, struct place at, struct ids *out)
{
	struct added_hit hit;
	size_t from = 0;
	int rc = 0;

	for (; rc == 0 && from < n; from = hit.end) {
		if (!added_find(t->added, set, p, n, from, at.specials, &hit))
			hit = (struct added_hit){ n, n, 0 };
		at.first = at.first && from == 0;
		at.after_text = at.after_text && from == 0;
		if (hit.start > from && set == ADDED_RAW)
			rc = encode_section(t, p + from, hit.start - from, at,
			    out);
		else if (hit.start > from)
			rc = encode_words(t, p + from, hit.start - from, at,
			    out);
		if (rc == 0 && hit.start < n)
			ids_add(out, hit.id);
	}
	return rc;
}

/* Normalize and encode the text between raw added tokens. */
static int
encode_section(const struct tokenizer *t, const char *p, size_t n,
    struct place at, struct ids *out)
{
	struct buf text = { 0 };
	int rc;

	if (normalizer_is_none(t->normalizer))
		return encode_set(t, ADDED_NORMALIZED, p, n, at, out);
	buf_add(&text, p, n);
	rc = normalize(t->normalizer, at.after_text, &text);
	if (rc == 0)
		rc = encode_set(t, ADDED_NORMALIZED, text.p, text.n, at, out);
	buf_release(&text);
	return rc;
}

static int
encode(const struct tokenizer *t, const char *text, size_t n, struct place at,
    uint32_t **ids, size_t *count, size_t *cap)
{
	struct ids out = { *ids, *count, *cap };
	int rc = utf8_valid(text, n) ? 0 : fail("not UTF-8");

	at.cache = wordcache_take(t->cache) ? t->cache : NULL;
	if (rc == 0)
		rc = encode_set(t, ADDED_RAW, text, n, at, &out);
	if (at.cache != NULL)
		wordcache_give(at.cache);
	*ids = out.id;
	*count = out.n;
	*cap = out.cap;
	return rc;
}

int
tokenizer_encode(const struct tokenizer *t, const char *text, size_t n,
    bool specials, uint32_t **ids, size_t *count, size_t *cap)
{
	return encode(t, text, n, (struct place){ specials, true }, ids, count,
	    cap);
}

int
tokenizer_encode_part(const struct tokenizer *t, const char *text, size_t n,
    enum text_place place, uint32_t **ids, size_t *count, size_t *cap)
{
	const struct place at = { .first = place == PLACE_FIRST,
		.after_text = place == PLACE_AFTER_TEXT };

	return encode(t, text, n, at, ids, count, cap);
}

bool
tokenizer_find_special(const struct tokenizer *t, const char *text, size_t n,
    size_t from, size_t *start, size_t *end, uint32_t *id)
{
	struct added_hit hit;

	if (!added_find(t->added, ADDED_ALL, text, n, from, true, &hit))
		return false;
	*start = hit.start;
	*end = hit.end;
	*id = hit.id;
	return true;
}

/* ---- decoding */

void
tokenizer_decode_more(const struct tokenizer *t, const uint32_t *id, size_t n,
    bool specials, struct buf *out)
{
	size_t i, length;
	const char *p;
	bool special;

	for (i = 0; i < n; i++) {
		p = added_decoded(t->added, id[i], &length, &special);
		if (p == NULL) {
			special = false;
			p = t->model->type->piece(t->model, id[i], &length);
		}
		if (p != NULL && (!special || specials))
			decoder_piece(&t->decoder, p, length, out);
	}
}

void
tokenizer_spelled(const struct tokenizer *t, uint32_t id, struct buf *out)
{
	size_t length;
	bool special;
	const char *p = added_text(t->added, id, &length, &special);

	if (p != NULL)
		buf_add(out, p, length);
	else
		tokenizer_decode(t, &id, 1, true, out);
}

void
tokenizer_decode(const struct tokenizer *t, const uint32_t *id, size_t n,
    bool specials, struct buf *out)
{
	const size_t start = out->n;

	tokenizer_decode_more(t, id, n, specials, out);
	if (t->decoder.strip && out->n > start && out->p[start] == ' ') {
		memmove(out->p + start, out->p + start + 1, out->n - start - 1);
		out->n--;
	}
}

/* ---- properties */

size_t
tokenizer_vocab(const struct tokenizer *t)
{
	size_t n = t->model->type->size(t->model), m = added_size(t->added);

	return n > m ? n : m;
}

const char *
tokenizer_fingerprint(const struct tokenizer *t)
{
	return t->fingerprint;
}

int64_t
tokenizer_token(const struct tokenizer *t, const char *text)
{
	int64_t id = added_id(t->added, text);
	uint32_t piece;

	if (id >= 0)
		return id;
	piece = t->model->type->find(t->model, text, strlen(text));
	return piece == TOKENMODEL_NONE ? -1 : (int64_t)piece;
}

int64_t
tokenizer_bos(const struct tokenizer *t)
{
	return t->bos;
}

int64_t
tokenizer_eos(const struct tokenizer *t)
{
	return t->eos;
}

int64_t
tokenizer_first(const struct tokenizer *t)
{
	return t->first;
}
