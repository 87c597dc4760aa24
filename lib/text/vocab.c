/* SPDX-License-Identifier: MIT */
#include "text/vocab.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { PIECE_MAX = 1 << 16 };

struct piece {
	char *p; /* NULL: no such id */
	uint32_t n;
};

struct merge {
	uint64_t key; /* (left << 32 | right) + 1; 0: an empty slot */
	uint32_t rank, id;
};

/* Code points that stand for bytes are below this. */
enum { BYTE_CHARS = 512 };

struct vocab {
	int16_t byte[BYTE_CHARS]; /* vocab_char_byte */
	struct piece *piece;
	size_t ids, cap;
	uint32_t *table; /* id + 1 by hash of the piece */
	size_t slots;    /* a power of two */
	struct merge *merge;
	size_t merges;
	struct safecuts safecuts;
};

/*
 * Bytes that print stand for themselves; the others, in order, for the
 * code points from 256 on (Radford et al. 2019).
 */
static bool
prints(unsigned b)
{
	return (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
}

uint32_t
vocab_byte_char(unsigned char byte)
{
	uint32_t next = 256;
	unsigned b;

	if (prints(byte))
		return byte;
	for (b = 0; b < byte; b++)
		next += !prints(b);
	return next;
}

int
vocab_char_byte(uint32_t code)
{
	uint32_t next = 256;
	unsigned b;

	if (code < 256)
		return prints(code) ? (int)code : -1;
	for (b = 0; b < 256; b++)
		if (!prints(b) && next++ == code)
			return (int)b;
	return -1;
}

/* Append the bytes that a byte-level piece stands for; 0: it is not one. */
static int
unmap(const struct vocab *v, const char *s, size_t n, struct buf *b)
{
	char *out = buf_room(b, n);
	size_t at, length, count = 0;
	uint32_t c;

	for (at = 0; at < n; at += length) {
		c = (unsigned char)s[at];
		length = 1;
		if (c >= 0x80)
			c = utf8_decode(s + at, n - at, &length);
		if (c >= BYTE_CHARS || v->byte[c] < 0)
			return 0;
		out[count++] = (char)v->byte[c];
	}
	b->n += count;
	return 1;
}

static uint64_t
hash_bytes(const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	while (n-- > 0)
		h = (h ^ (unsigned char)*p++) * 0x100000001b3u;
	return h ^ h >> 32;
}

static uint32_t *
slot_of(const struct vocab *v, const char *p, size_t n)
{
	size_t i = hash_bytes(p, n) & (v->slots - 1);
	const struct piece *x;

	for (; v->table[i] != 0; i = (i + 1) & (v->slots - 1)) {
		x = &v->piece[v->table[i] - 1];
		if (x->n == n && memcmp(x->p, p, n) == 0)
			break;
	}
	return &v->table[i];
}

uint32_t
vocab_find(const struct vocab *v, const char *p, size_t n)
{
	return *slot_of(v, p, n) - 1; /* 0 - 1 is VOCAB_NONE */
}

const char *
vocab_piece(const struct vocab *v, uint32_t id, size_t *n)
{
	if (id >= v->ids || v->piece[id].p == NULL)
		return NULL;
	*n = v->piece[id].n;
	return v->piece[id].p;
}

const struct safecuts *
vocab_safecuts(const struct vocab *v)
{
	return &v->safecuts;
}

size_t
vocab_size(const struct vocab *v)
{
	return v->ids;
}

static int
add_piece(struct vocab *v, const char *key, size_t n, int64_t id,
    bool byte_level)
{
	struct buf raw = { 0 };
	bool whole = true;

	if (id < 0 || id >= VOCAB_IDS)
		return fail("vocab: \"%.40s\": expected an id below %d", key,
		    VOCAB_IDS);
	if (n > PIECE_MAX)
		return fail("vocab: a piece of %zu bytes", n);
	v->piece =
	    mem_grow(v->piece, &v->cap, (size_t)id + 1, sizeof *v->piece);
	if ((size_t)id >= v->ids)
		v->ids = (size_t)id + 1;
	if (v->piece[id].p != NULL)
		return fail("vocab: \"%.40s\": id %lld is taken", key,
		    (long long)id);
	if (byte_level && !(whole = unmap(v, key, n, &raw))) {
		buf_reset(&raw);
		buf_add(&raw, key, n);
	} else if (!byte_level) {
		buf_add(&raw, key, n);
	}
	v->piece[id].n = (uint32_t)raw.n;
	v->piece[id].p = mem_dup(raw.p, raw.n);
	if (whole)
		*slot_of(v, raw.p, raw.n) = (uint32_t)id + 1;
	buf_release(&raw);
	return 0;
}

static size_t
power_above(size_t n)
{
	size_t p = 16;

	while (p < 2 * n)
		p *= 2;
	return p;
}

static int
read_pieces(struct vocab *v, const struct json *vocab, bool byte_level)
{
	const struct json *id;
	const char *key;
	size_t n;
	void *it;

	if (vocab == NULL || json_kind(vocab) != JSON_T_OBJECT)
		return fail("vocab: expected an object");
	v->slots = power_above(json_count(vocab));
	v->table = mem_alloc(v->slots, sizeof *v->table);
	for (it = json_next(vocab, NULL); it != NULL;
	     it = json_next(vocab, it)) {
		key = json_key(it, &n);
		id = json_value(it);
		if (json_kind(id) != JSON_T_INT)
			return fail("vocab: \"%.40s\": expected an id", key);
		if (add_piece(v, key, n, json_int(id, -1), byte_level) != 0)
			return -1;
	}
	return 0;
}

static struct merge *
merge_slot(const struct vocab *v, uint64_t sides)
{
	size_t mask = v->merges - 1;
	size_t i = (sides * 0x9e3779b97f4a7c15u >> 20) & mask;

	while (v->merge[i].key != 0 && v->merge[i].key != sides + 1)
		i = (i + 1) & mask;
	return &v->merge[i];
}

uint32_t
vocab_merge(const struct vocab *v, uint32_t left, uint32_t right, uint32_t *id)
{
	const struct merge *m = merge_slot(v, (uint64_t)left << 32 | right);

	if (m->key == 0)
		return VOCAB_NONE;
	*id = m->id;
	return m->rank;
}

/* The two sides of a merge, "a b" or ["a", "b"]. */
static int
merge_texts(const struct json *j, const char *text[2], size_t n[2])
{
	const char *space;

	if (json_kind(j) == JSON_T_ARRAY && json_count(j) == 2) {
		text[0] = json_text(json_at(j, 0), &n[0]);
		text[1] = json_text(json_at(j, 1), &n[1]);
		return text[0] != NULL && text[1] != NULL ? 0 : -1;
	}
	text[0] = json_text(j, &n[0]);
	space = text[0] != NULL ? memchr(text[0], ' ', n[0]) : NULL;
	if (space == NULL)
		return -1;
	text[1] = space + 1;
	n[1] = n[0] - (size_t)(space - text[0]) - 1;
	n[0] = (size_t)(space - text[0]);
	return 0;
}

static int
add_merge(struct vocab *v, const struct json *j, uint32_t rank, bool byte_level,
    struct buf *both)
{
	const char *text[2];
	size_t n[2], cut;
	uint32_t left, right, id;
	struct merge *m;

	if (merge_texts(j, text, n) != 0)
		return fail("merges: element %u is not two texts", rank);
	buf_reset(both);
	if (byte_level) {
		if (!unmap(v, text[0], n[0], both))
			return fail("merges: element %u is not byte-level",
			    rank);
		cut = both->n;
		if (!unmap(v, text[1], n[1], both))
			return fail("merges: element %u is not byte-level",
			    rank);
	} else {
		buf_add(both, text[0], n[0]);
		cut = both->n;
		buf_add(both, text[1], n[1]);
	}
	if (!byte_level)
		safecuts_join(&v->safecuts, both->p, cut, both->n);
	left = vocab_find(v, both->p, cut);
	right = vocab_find(v, both->p + cut, both->n - cut);
	id = vocab_find(v, both->p, both->n);
	if (left == VOCAB_NONE || right == VOCAB_NONE || id == VOCAB_NONE)
		return fail("merges: element %u names a piece that is not in "
			    "the vocabulary",
		    rank);
	m = merge_slot(v, (uint64_t)left << 32 | right);
	if (m->key == 0)
		*m = (struct merge){ ((uint64_t)left << 32 | right) + 1, rank,
			id };
	return 0;
}

int
vocab_read_merges(struct vocab *v, const struct json *model, bool byte_level)
{
	const struct json *merges = json_get(model, "merges");
	struct buf both = { 0 };
	size_t i, n = json_count(merges);
	int rc = 0;

	if (merges == NULL || json_kind(merges) != JSON_T_ARRAY)
		return fail("model: merges: expected a list");
	v->merges = power_above(n);
	v->merge = mem_alloc(v->merges, sizeof *v->merge);
	(void)buf_room(&both, 16);
	for (i = 0; i < n && rc == 0; i++)
		rc = add_merge(v, json_at(merges, i), (uint32_t)i, byte_level,
		    &both);
	buf_release(&both);
	return rc == 0 ? 0 : fail_in("model");
}

struct vocab *
vocab_new(const struct json *model, bool byte_level)
{
	struct vocab *v = mem_alloc(1, sizeof *v);
	uint32_t c;

	for (c = 0; c < BYTE_CHARS; c++)
		v->byte[c] = (int16_t)vocab_char_byte(c);
	if (read_pieces(v, json_get(model, "vocab"), byte_level) == 0)
		return v;
	(void)fail_in("model");
	vocab_free(v);
	return NULL;
}

void
vocab_free(struct vocab *v)
{
	size_t i;

	if (v == NULL)
		return;
	for (i = 0; i < v->ids; i++)
		free(v->piece[i].p);
	free(v->piece);
	free(v->table);
	free(v->merge);
	free(v);
}
