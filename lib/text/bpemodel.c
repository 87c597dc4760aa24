/* SPDX-License-Identifier: MIT */
/*
 * A word is cut where no merge can join (safecuts.h), and each part is looked
 * up (wordcache.h) before it is merged.  Safe cuts are not used for a
 * byte-level vocabulary, whose words are short, nor for one that writes
 * several unknown characters as one <unk>: there the result depends on what
 * precedes the cut.
 */
#include "text/bpemodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/merge.h"
#include "text/safecuts.h"
#include "base/utf8.h"
#include "text/vocab.h"

enum { BYTES = 256 };

_Static_assert((uint32_t)TOKENMODEL_NONE == (uint32_t)VOCAB_NONE,
    "a piece that is missing");

struct bpemodel {
	struct tokenmodel model; /* byte_pieces: byte_fallback of the file */
	struct vocab *vocab;
	bool bytes, fuse_unk, ignore_merges;
	bool all_bytes;       /* byte[] is complete */
	bool whole;           /* words are not cut at safe cuts */
	uint32_t unk;         /* VOCAB_NONE: the vocabulary has none */
	uint32_t byte[BYTES]; /* id of each byte */
};

static const struct bpemodel *
bpe_of(const struct tokenmodel *m)
{
	return (const struct bpemodel *)(const void *)m;
}

static void
find_bytes(struct bpemodel *m)
{
	char name[8], raw;
	unsigned i;

	m->all_bytes = true;
	for (i = 0; i < BYTES; i++) {
		raw = (char)i;
		(void)snprintf(name, sizeof name, "<0x%02X>", i);
		m->byte[i] = m->bytes ? vocab_find(m->vocab, &raw, 1) :
					vocab_find(m->vocab, name, 6);
		m->all_bytes = m->all_bytes && m->byte[i] != VOCAB_NONE;
	}
}

/* Some older tokenizers put affixes around the parts of words. */
static int
no_affix(const struct json *j, const char *key)
{
	const char *text = "";

	if (json_get_string(j, key, &text, NULL) < 0)
		return -1;
	return *text == '\0' ? 0 : fail("%s is not supported", key);
}

static int
read_model(struct bpemodel *m, const struct json *j)
{
	const char *unk;
	size_t n;
	int r;

	if (no_affix(j, "continuing_subword_prefix") != 0 ||
	    no_affix(j, "end_of_word_suffix") != 0)
		return fail_in("model");
	m->vocab = vocab_new(j, m->bytes);
	if (m->vocab == NULL || vocab_read_merges(m->vocab, j, m->bytes) != 0)
		return -1;
	if (json_get_bool(j, "byte_fallback", &m->model.byte_pieces) < 0 ||
	    json_get_bool(j, "fuse_unk", &m->fuse_unk) < 0 ||
	    json_get_bool(j, "ignore_merges", &m->ignore_merges) < 0 ||
	    (r = json_get_string(j, "unk_token", &unk, &n)) < 0)
		return fail_in("model");
	m->unk = r > 0 ? vocab_find(m->vocab, unk, n) : VOCAB_NONE;
	find_bytes(m);
	m->whole = m->bytes || m->ignore_merges ||
	    vocab_safecuts(m->vocab)->none || !m->model.byte_pieces ||
	    !m->all_bytes;
	return 0;
}

static void
bpe_free(struct tokenmodel *model)
{
	struct bpemodel *m = (struct bpemodel *)(void *)model;

	vocab_free(m->vocab);
	free(m);
}

static struct tokenmodel *
bpe_make(const struct json *j, bool bytes)
{
	struct bpemodel *m = mem_alloc(1, sizeof *m);

	m->model.type = &bpe_model;
	m->bytes = bytes;
	if (read_model(m, j) == 0)
		return &m->model;
	bpe_free(&m->model);
	return NULL;
}

static size_t
bpe_size(const struct tokenmodel *m)
{
	return vocab_size(bpe_of(m)->vocab);
}

static uint32_t
bpe_find(const struct tokenmodel *m, const char *piece, size_t n)
{
	return vocab_find(bpe_of(m)->vocab, piece, n);
}

static const char *
bpe_piece(const struct tokenmodel *m, uint32_t id, size_t *n)
{
	return vocab_piece(bpe_of(m)->vocab, id, n);
}

static int
add_unknown(const struct bpemodel *m, const char *p, size_t n, bool again,
    struct ids *out)
{
	size_t i;
	bool bytes = m->model.byte_pieces || m->bytes;

	for (i = 0; i < n && bytes; i++)
		bytes = m->byte[(unsigned char)p[i]] != VOCAB_NONE;
	if (bytes) {
		for (i = 0; i < n; i++)
			ids_add(out, m->byte[(unsigned char)p[i]]);
		return 0;
	}
	if (m->unk == VOCAB_NONE)
		return fail("the tokenizer has no piece for byte %02x, and no "
			    "unknown token",
		    (unsigned char)*p);
	if (!again || !m->fuse_unk)
		ids_add(out, m->unk);
	return 0;
}

static int
add_pieces(const struct bpemodel *m, const char *p, size_t n, struct ids *out)
{
	size_t at, length;
	uint32_t id;
	bool unknown = false;

	for (at = 0; at < n; at += length) {
		length = 1;
		if (!m->bytes)
			(void)utf8_decode(p + at, n - at, &length);
		id = m->bytes ? m->byte[(unsigned char)p[at]] :
				vocab_find(m->vocab, p + at, length);
		if (id != VOCAB_NONE)
			ids_add(out, id);
		else if (add_unknown(m, p + at, length, unknown, out) != 0)
			return -1;
		unknown = id == VOCAB_NONE && out->id[out->n - 1] == m->unk;
	}
	return 0;
}

/* A part of a word without a safe cut, which the cache does not hold. */
static int
merge_part(const struct bpemodel *m, struct wordcache *cache, const char *p,
    size_t n, struct ids *out)
{
	size_t start = out->n;
	uint32_t id = VOCAB_NONE;

	if (m->ignore_merges)
		id = vocab_find(m->vocab, p, n);
	if (id != VOCAB_NONE)
		ids_add(out, id);
	else if (add_pieces(m, p, n, out) != 0)
		return -1;
	out->n = start + bpe_merge(m->vocab, out->id + start, out->n - start);
	if (cache != NULL)
		wordcache_keep(cache, p, n, out->id + start, out->n - start);
	return 0;
}

static inline int
encode_part(const struct bpemodel *m, struct wordcache *cache, const char *p,
    size_t n, struct ids *out)
{
	ids_room(out, WORDCACHE_IDS);
	if (cache != NULL && wordcache_find(cache, p, n, out->id, &out->n))
		return 0;
	return merge_part(m, cache, p, n, out);
}

static int
bpe_encode(const struct tokenmodel *model, struct wordcache *cache,
    const char *text, const struct words *words, struct ids *out)
{
	const struct bpemodel *m = bpe_of(model);
	const struct safecuts *safecuts = vocab_safecuts(m->vocab);
	size_t i, at, end, length;

	for (i = 0; i < words->n; i++) {
		end = words->w[i].end;
		for (at = words->w[i].start; at < end; at += length) {
			length = m->whole ?
			    end - at :
			    safecuts_next(safecuts, text + at, end - at);
			if (encode_part(m, cache, text + at, length, out) != 0)
				return -1;
		}
	}
	return 0;
}

const struct tokenmodel_type bpe_model = {
	.name = "BPE",
	.make = bpe_make,
	.free = bpe_free,
	.encode = bpe_encode,
	.size = bpe_size,
	.find = bpe_find,
	.piece = bpe_piece,
};
