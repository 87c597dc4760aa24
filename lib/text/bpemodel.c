/* SPDX-License-Identifier: MIT */
/*
 * A word is cut at its safecuts (safecuts.h), and each part looked up
 * (wordcache.h) before it is merged.  A byte-level vocabulary has its words cut
 * small already, and no safecuts.  Nor does one that writes several unknown
 * characters as one: what comes out then depends on what stood before the safe
 * cut.
 */
#include "text/bpemodel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/merge.h"
#include "text/safecuts.h"
#include "base/utf8.h"

enum { BYTES = 256 };

struct bpemodel {
	struct vocab *vocab;
	bool bytes, fallback, fuse_unk, ignore_merges;
	bool all_bytes;       /* each of byte[] is there */
	bool whole;           /* words have no safecuts */
	uint32_t unk;         /* VOCAB_NONE where there is none */
	uint32_t byte[BYTES]; /* id of each byte */
};

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

/* What is put around the parts of words, as some older tokenizers do. */
static int
no_affix(const struct json *j, const char *key)
{
	const char *text = "";

	if (json_get_string(j, key, &text, NULL) < 0)
		return -1;
	return *text == '\0' ? 0 : fail("%s is not known", key);
}

static int
read_model(struct bpemodel *m, const struct json *j)
{
	const char *type = "BPE", *unk;
	size_t n;
	int r;

	if (j == NULL || json_kind(j) != JSON_T_OBJECT)
		return fail("model: expected an object");
	if (json_get_string(j, "type", &type, NULL) < 0)
		return fail_in("model");
	if (strcmp(type, "BPE") != 0)
		return fail("model: type %s is not known; BPE is", type);
	if (no_affix(j, "continuing_subword_prefix") != 0 ||
	    no_affix(j, "end_of_word_suffix") != 0)
		return fail_in("model");
	m->vocab = vocab_new(j, m->bytes);
	if (m->vocab == NULL)
		return -1;
	if (json_get_bool(j, "byte_fallback", &m->fallback) < 0 ||
	    json_get_bool(j, "fuse_unk", &m->fuse_unk) < 0 ||
	    json_get_bool(j, "ignore_merges", &m->ignore_merges) < 0 ||
	    (r = json_get_string(j, "unk_token", &unk, &n)) < 0)
		return fail_in("model");
	m->unk = r > 0 ? vocab_find(m->vocab, unk, n) : VOCAB_NONE;
	find_bytes(m);
	m->whole = m->bytes || m->ignore_merges ||
	    vocab_safecuts(m->vocab)->none || !m->fallback || !m->all_bytes;
	return 0;
}

struct bpemodel *
bpemodel_new(const struct json *j, bool byte_level)
{
	struct bpemodel *m = mem_alloc(1, sizeof *m);

	m->bytes = byte_level;
	if (read_model(m, j) == 0)
		return m;
	bpemodel_free(m);
	return NULL;
}

void
bpemodel_free(struct bpemodel *m)
{
	if (m == NULL)
		return;
	vocab_free(m->vocab);
	free(m);
}

const struct vocab *
bpemodel_vocab(const struct bpemodel *m)
{
	return m->vocab;
}

bool
bpemodel_fallback(const struct bpemodel *m)
{
	return m->fallback;
}

static inline void
more_ids(struct ids *out, size_t n)
{
	if (out->cap - out->n < n)
		out->id =
		    mem_grow(out->id, &out->cap, out->n + n, sizeof *out->id);
}

void
ids_add(struct ids *out, uint32_t id)
{
	more_ids(out, 1);
	out->id[out->n++] = id;
}

static int
add_unknown(const struct bpemodel *m, const char *p, size_t n, bool again,
    struct ids *out)
{
	size_t i;
	bool bytes = m->fallback || m->bytes;

	for (i = 0; i < n && bytes; i++)
		bytes = m->byte[(unsigned char)p[i]] != VOCAB_NONE;
	if (bytes) {
		for (i = 0; i < n; i++)
			ids_add(out, m->byte[(unsigned char)p[i]]);
		return 0;
	}
	if (m->unk == VOCAB_NONE)
		return fail("the tokenizer has no piece for byte %02x, and "
			    "none for what is unknown",
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

/* What no safe cut goes through, and has not been met. */
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
	more_ids(out, WORDCACHE_IDS);
	if (cache != NULL && wordcache_find(cache, p, n, out->id, &out->n))
		return 0;
	return merge_part(m, cache, p, n, out);
}

int
bpemodel_encode(const struct bpemodel *m, struct wordcache *cache,
    const char *text, const struct words *words, struct ids *out)
{
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
