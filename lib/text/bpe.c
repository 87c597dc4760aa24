/* SPDX-License-Identifier: MIT */
/*
 * Encoding: the text is cut at added tokens; each section between them is
 * normalised and cut into words, and each word becomes ids (bpemodel.h).
 */
#include "text/bpe.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/hash.h"
#include "io/json.h"
#include "text/added.h"
#include "text/bpemodel.h"
#include "text/decoder.h"
#include "text/normalize.h"
#include "text/pretokenize.h"
#include "text/tokenconfig.h"
#include "base/utf8.h"
#include "text/vocab.h"
#include "text/wordcache.h"

enum { FILE_BYTES = 256 << 20, VALUES = 1 << 23 };

struct bpe {
	struct bpemodel *model;
	const struct vocab *vocab; /* the model's */
	struct wordcache *cache;
	struct normalizer *normalizer;
	struct pretokenizer *pretokenizer;
	struct added *added;
	struct decoder decoder;
	char fingerprint[HASH_HEX];
	int64_t bos, eos;
	char *chat_template;
	bool adds_bos;
};

/* ---- reading */

static int
read_tokenizer(struct bpe *b, const struct json *j)
{
	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object");
	b->pretokenizer = pretokenizer_new(json_get(j, "pre_tokenizer"));
	if (b->pretokenizer == NULL)
		return -1;
	b->decoder.bytes = pretokenizer_bytes(b->pretokenizer);
	b->normalizer = normalizer_new(json_get(j, "normalizer"));
	if (b->normalizer == NULL)
		return -1;
	b->model = bpemodel_new(json_get(j, "model"), b->decoder.bytes);
	if (b->model == NULL)
		return -1;
	b->vocab = bpemodel_vocab(b->model);
	b->decoder.fallback = bpemodel_fallback(b->model);
	b->added = added_new(json_get(j, "added_tokens"), b->normalizer);
	if (b->added == NULL)
		return -1;
	return decoder_read(&b->decoder, json_get(j, "decoder"));
}

/* The id of a token by its text, else the one given, if there is such. */
static int64_t
end_token(const struct bpe *b, const char *text, int64_t otherwise)
{
	int64_t id = text != NULL ? bpe_token(b, text) : -1;

	if (id < 0)
		id = otherwise;
	return id < (int64_t)bpe_vocab(b) ? id : -1;
}

static int
read_config(struct bpe *b, const char *dir)
{
	struct tokenconfig c;

	if (tokenconfig_init(&c, dir) != 0)
		return -1;
	/* a BOS that is null there is none, whatever the model's config says */
	b->bos = end_token(b, c.bos, c.bos_said ? -1 : c.bos_id);
	b->eos = end_token(b, c.eos, c.eos_id);
	b->adds_bos = c.adds_bos;
	b->chat_template = c.chat_template;
	c.chat_template = NULL;
	tokenconfig_release(&c);
	return 0;
}

/*
 * The tree of a JSON text takes far more memory than the text where its
 * values are small; no real tokenizer has so many.
 */
static int
check_size(const char *text, size_t n)
{
	size_t i, values = 0;

	for (i = 0; i < n; i++)
		values += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return values <= VALUES ? 0 : fail("more than %d values", VALUES);
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
	b->cache = wordcache_new();
	buf_addf(&path, "%s/tokenizer.json", dir);
	text = read_file(buf_text(&path), FILE_BYTES, &n);
	if (text != NULL) {
		hash_hex(b->fingerprint, text, n);
		j = check_size(text, n) == 0 ? json_parse(text, n) : NULL;
		rc = j == NULL ? -1 : read_tokenizer(b, j);
		json_free(j);
		if (rc != 0)
			(void)fail_in("%s", path.p);
	}
	free(text);
	buf_release(&path);
	if (rc == 0 && read_config(b, dir) == 0)
		return b;
	bpe_close(b);
	return NULL;
}

void
bpe_close(struct bpe *b)
{
	if (b == NULL)
		return;
	bpemodel_free(b->model);
	wordcache_free(b->cache);
	normalizer_free(b->normalizer);
	pretokenizer_free(b->pretokenizer);
	added_free(b->added);
	free(b->chat_template);
	free(b);
}

/* ---- encoding */

/*
 * How a text stands in a document, and the words met before, if they are ours.
 */
struct place {
	bool specials, first, goes_on;
	struct wordcache *cache;
};

_Static_assert((int)PRETOKENIZE_PAD >= (int)WORDCACHE_PAD,
    "words can be read as far as the cache does");

struct taking {
	const struct bpe *b;
	struct wordcache *cache;
	struct ids *out;
};

static int
take_words(void *arg, const char *text, const struct words *words)
{
	const struct taking *t = arg;

	return bpemodel_encode(t->b->model, t->cache, text, words, t->out);
}

/* What lies between added tokens, normalised. */
static int
encode_words(const struct bpe *b, const char *p, size_t n, struct place at,
    struct ids *out)
{
	struct taking taking = { b, at.cache, out };
	struct buf text = { 0 };
	int rc;

	buf_add(&text, p, n);
	rc = pretokenize(b->pretokenizer, &text, at.first, at.goes_on,
	    take_words, &taking);
	buf_release(&text);
	return rc;
}

static int encode_section(const struct bpe *, const char *, size_t,
    struct place, struct ids *);

/*
 * The tokens of one set, and what lies between them: normalised and then
 * seen to with the other set, or cut into words.
 */
static int
encode_set(const struct bpe *b, enum added_set set, const char *p, size_t n,
    struct place at, struct ids *out)
{
	struct added_hit hit;
	size_t from = 0;
	int rc = 0;

	for (; rc == 0 && from < n; from = hit.end) {
		if (!added_find(b->added, set, p, n, from, at.specials, &hit))
			hit = (struct added_hit){ n, n, 0 };
		at.first = at.first && from == 0;
		at.goes_on = at.goes_on && from == 0;
		if (hit.start > from && set == ADDED_RAW)
			rc = encode_section(b, p + from, hit.start - from, at,
			    out);
		else if (hit.start > from)
			rc = encode_words(b, p + from, hit.start - from, at,
			    out);
		if (rc == 0 && hit.start < n)
			ids_add(out, hit.id);
	}
	return rc;
}

/* What lies between tokens that are found as they are spelt. */
static int
encode_section(const struct bpe *b, const char *p, size_t n, struct place at,
    struct ids *out)
{
	struct buf text = { 0 };
	int rc;

	if (normalizer_is_none(b->normalizer))
		return encode_set(b, ADDED_NORMALIZED, p, n, at, out);
	buf_add(&text, p, n);
	rc = normalize(b->normalizer, at.goes_on, &text);
	if (rc == 0)
		rc = encode_set(b, ADDED_NORMALIZED, text.p, text.n, at, out);
	buf_release(&text);
	return rc;
}

static int
encode(const struct bpe *b, const char *text, size_t n, struct place at,
    uint32_t **ids, size_t *count, size_t *cap)
{
	struct ids out = { *ids, *count, *cap };
	int rc = utf8_valid(text, n) ? 0 : fail("not UTF-8");

	at.cache = wordcache_take(b->cache) ? b->cache : NULL;
	if (rc == 0)
		rc = encode_set(b, ADDED_RAW, text, n, at, &out);
	if (at.cache != NULL)
		wordcache_give(at.cache);
	*ids = out.id;
	*count = out.n;
	*cap = out.cap;
	return rc;
}

int
bpe_encode(const struct bpe *b, const char *text, size_t n, bool specials,
    uint32_t **ids, size_t *count, size_t *cap)
{
	return encode(b, text, n, (struct place){ specials, true }, ids, count,
	    cap);
}

int
bpe_encode_on(const struct bpe *b, const char *text, size_t n, bool goes_on,
    uint32_t **ids, size_t *count, size_t *cap)
{
	return encode(b, text, n, (struct place){ false, true, goes_on }, ids,
	    count, cap);
}

bool
bpe_find_special(const struct bpe *b, const char *text, size_t n, size_t from,
    size_t *start, size_t *end, uint32_t *id)
{
	struct added_hit hit;

	if (!added_find(b->added, ADDED_SPELT, text, n, from, true, &hit))
		return false;
	*start = hit.start;
	*end = hit.end;
	*id = hit.id;
	return true;
}

/* ---- decoding */

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
			decoder_piece(&b->decoder, p, length, out);
		else if (id[i] >= bpe_vocab(b))
			return fail("token %u is not one of %zu", id[i],
			    bpe_vocab(b));
	}
	if (b->decoder.strip && out->n > start && out->p[start] == ' ') {
		memmove(out->p + start, out->p + start + 1, out->n - start - 1);
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
