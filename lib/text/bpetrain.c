/* SPDX-License-Identifier: MIT */
/*
 * Training: the text is cut into words as GPT-2 does, equal words are
 * counted once, and then the most frequent pair of neighbours becomes a new
 * piece, again and again (Sennrich et al. 2016).  Counts of pairs are kept
 * in a table and corrected where a merge changes a word.  Ties go to the
 * lowest ids, so the same text gives the same tokenizer.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/json.h"
#include "text/bpe.h"
#include "text/pretokenize.h"
#include "text/utf8.h"
#include "text/vocab.h"

struct entry { /* a different word */
	size_t at, n; /* its symbols in `symbol` */
	uint64_t count;
};

struct pair {
	uint32_t left, right; /* + 1; 0 is an empty place */
	int64_t count;
};

struct trainer_state {
	struct entry *entry;
	size_t entries;
	uint32_t *symbol;
	struct pair *pair;
	size_t places, pairs;
	struct buf *piece; /* bytes of each id */
	size_t ids;
};

struct slice {
	const char *p;
	size_t n;
};

static int
by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int order = memcmp(x->p, y->p, n);

	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static struct pair *
pair_place(const struct trainer_state *t, uint32_t left, uint32_t right)
{
	uint64_t h = ((uint64_t)left << 32 | right) * 0x9e3779b97f4a7c15u;
	size_t i = (h >> 20) & (t->places - 1);

	while (t->pair[i].left != 0 && (t->pair[i].left != left + 1 ||
	    t->pair[i].right != right + 1))
		i = (i + 1) & (t->places - 1);
	return &t->pair[i];
}

static void
grow_pairs(struct trainer_state *t)
{
	struct pair *old = t->pair;
	size_t n = t->places, i;

	t->places = n == 0 ? 1024 : 2 * n;
	t->pair = mem_alloc(t->places, sizeof *t->pair);
	for (i = 0; i < n; i++)
		if (old[i].left != 0)
			*pair_place(t, old[i].left - 1, old[i].right - 1) =
			    old[i];
	free(old);
}

static void
count_pair(struct trainer_state *t, uint32_t left, uint32_t right,
    int64_t by)
{
	struct pair *p;

	if (t->pairs * 2 >= t->places)
		grow_pairs(t);
	p = pair_place(t, left, right);
	if (p->left == 0) {
		*p = (struct pair){ left + 1, right + 1, 0 };
		t->pairs++;
	}
	p->count += by;
}

static const struct pair *
best_pair(const struct trainer_state *t)
{
	const struct pair *best = NULL, *p;
	size_t i;

	for (i = 0; i < t->places; i++) {
		p = &t->pair[i];
		if (p->left == 0 || p->count <= 0)
			continue;
		if (best == NULL || p->count > best->count ||
		    (p->count == best->count && (p->left < best->left ||
			(p->left == best->left && p->right < best->right))))
			best = p;
	}
	return best;
}

/* Replace left, right by id in one word, the counts going along. */
static void
merge_in(struct trainer_state *t, struct entry *e, uint32_t left,
    uint32_t right, uint32_t id)
{
	uint32_t *s = t->symbol + e->at;
	int64_t n = (int64_t)e->count;
	size_t i, k = 0;

	for (i = 0; i < e->n; k++) {
		if (i + 1 == e->n || s[i] != left || s[i + 1] != right) {
			s[k] = s[i++];
			continue;
		}
		count_pair(t, left, right, -n);
		if (k > 0) {
			count_pair(t, s[k - 1], left, -n);
			count_pair(t, s[k - 1], id, n);
		}
		if (i + 2 < e->n) {
			count_pair(t, right, s[i + 2], -n);
			count_pair(t, id, s[i + 2], n);
		}
		s[k] = id;
		i += 2;
	}
	e->n = k;
}

/* The different words of a text, each with its count. */
static void
count_words(struct trainer_state *t, const char *text, const struct words *w,
    const uint32_t *byte_id)
{
	struct slice *s = mem_alloc(w->n, sizeof *s);
	size_t i, k, j, at = 0;
	struct entry *e;

	for (i = 0; i < w->n; i++)
		s[i] = (struct slice){ text + w->w[i].start,
			w->w[i].end - w->w[i].start };
	qsort(s, w->n, sizeof *s, by_bytes);
	t->entry = mem_alloc(w->n, sizeof *t->entry);
	for (i = 0; i < w->n; i = k) {
		for (k = i + 1; k < w->n && by_bytes(&s[k], &s[i]) == 0;)
			k++;
		e = &t->entry[t->entries++];
		*e = (struct entry){ at, s[i].n, k - i };
		for (j = 0; j < s[i].n; j++)
			t->symbol[at++] = byte_id[(unsigned char)s[i].p[j]];
		for (j = 0; j + 1 < e->n; j++)
			count_pair(t, t->symbol[e->at + j],
			    t->symbol[e->at + j + 1], (int64_t)e->count);
	}
	free(s);
}

/* A piece's bytes as the characters that byte-level files write. */
static void
put_piece(struct buf *json, const struct buf *piece)
{
	struct buf text = { 0 };
	char c[4];
	size_t i;

	for (i = 0; i < piece->n; i++)
		buf_add(&text, c, utf8_encode(vocab_byte_char(
		    (unsigned char)piece->p[i]), c));
	json_put_string(json, text.p, text.n);
	buf_release(&text);
}

static void
put_head(struct buf *json, const char *const *specials, size_t n)
{
	size_t i;

	buf_adds(json, "{\"version\":\"1.0\",\"truncation\":null,"
	    "\"padding\":null,\"added_tokens\":[");
	for (i = 0; i < n; i++) {
		buf_addf(json, "%s{\"id\":%zu,\"content\":", i > 0 ? "," : "",
		    i);
		json_put_string(json, specials[i], strlen(specials[i]));
		buf_adds(json, ",\"single_word\":false,\"lstrip\":false,"
		    "\"rstrip\":false,\"normalized\":false,"
		    "\"special\":true}");
	}
	buf_adds(json, "],\"normalizer\":null,\"pre_tokenizer\":{\"type\":"
	    "\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,"
	    "\"use_regex\":true},\"post_processor\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":true,\"trim_offsets\":false,"
	    "\"use_regex\":true},\"decoder\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":true,\"trim_offsets\":true,"
	    "\"use_regex\":true},\"model\":{\"type\":\"BPE\","
	    "\"dropout\":null,\"unk_token\":null,"
	    "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
	    "\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":{");
	for (i = 0; i < n; i++) {
		json_put_string(json, specials[i], strlen(specials[i]));
		buf_addf(json, ":%zu,", i);
	}
}

static void
put_merge(struct buf *merges, const struct trainer_state *t, uint32_t left,
    uint32_t right)
{
	buf_adds(merges, merges->n > 0 ? ",[" : "[");
	put_piece(merges, &t->piece[left]);
	buf_addc(merges, ',');
	put_piece(merges, &t->piece[right]);
	buf_addc(merges, ']');
}

/* Merge until there are `vocab` ids. */
static int
learn(struct trainer_state *t, size_t vocab, struct buf *merges)
{
	const struct pair *best;
	uint32_t left, right;
	size_t i;

	while (t->ids < vocab) {
		best = best_pair(t);
		if (best == NULL)
			return fail("the text yields %zu pieces, not %zu",
			    t->ids, vocab);
		left = best->left - 1;
		right = best->right - 1;
		put_merge(merges, t, left, right);
		buf_add(&t->piece[t->ids], t->piece[left].p,
		    t->piece[left].n);
		buf_add(&t->piece[t->ids], t->piece[right].p,
		    t->piece[right].n);
		for (i = 0; i < t->entries; i++)
			merge_in(t, &t->entry[i], left, right,
			    (uint32_t)t->ids);
		/* what overlapped with itself (aaa) must not come again */
		pair_place(t, left, right)->count = 0;
		t->ids++;
	}
	return 0;
}

/* Ids of the bytes: all, or where there is no room those that occur. */
static int
alphabet(struct trainer_state *t, const char *text, size_t n, size_t vocab,
    uint32_t *byte_id)
{
	bool occurs[256] = { false };
	size_t i, all = vocab >= t->ids + 256;
	char c;

	for (i = 0; i < n; i++)
		occurs[(unsigned char)text[i]] = true;
	for (i = 0; i < 256; i++) {
		if (!all && !occurs[i])
			continue;
		if (t->ids == vocab)
			return fail("the text has more than the %zu different "
			    "bytes that there is room for", vocab);
		byte_id[i] = (uint32_t)t->ids;
		c = (char)i;
		buf_add(&t->piece[t->ids++], &c, 1);
	}
	return 0;
}

static void
release(struct trainer_state *t, size_t vocab)
{
	size_t i;

	for (i = 0; i < vocab; i++)
		buf_release(&t->piece[i]);
	free(t->piece);
	free(t->entry);
	free(t->symbol);
	free(t->pair);
}

int
bpe_train(const char *text, size_t n, size_t vocab,
    const char *const *specials, size_t special_count, struct buf *json)
{
	static const char cut[] = "{\"type\": \"ByteLevel\", "
	    "\"add_prefix_space\": false}";
	struct trainer_state t = { .ids = special_count };
	struct json *j = json_parse(cut, sizeof cut - 1);
	struct pretokenizer *p = pretokenizer_new(j);
	struct buf copy = { 0 }, merges = { 0 };
	struct words words = { 0 };
	uint32_t byte_id[256] = { 0 };
	size_t i;
	int rc = utf8_valid(text, n) ? 0 : fail("not UTF-8");

	t.piece = mem_alloc(vocab, sizeof *t.piece);
	t.symbol = mem_alloc(n, sizeof *t.symbol);
	buf_add(&copy, text, n);
	if (rc == 0 && vocab < special_count)
		rc = fail("no room for %zu special tokens", special_count);
	if (rc == 0)
		rc = alphabet(&t, text, n, vocab, byte_id);
	if (rc == 0)
		rc = pretokenize(p, &copy, true, false, &words);
	if (rc == 0) {
		grow_pairs(&t);
		count_words(&t, copy.p, &words, byte_id);
		rc = learn(&t, vocab, &merges);
	}
	if (rc == 0) {
		put_head(json, specials, special_count);
		for (i = special_count; i < t.ids; i++) {
			put_piece(json, &t.piece[i]);
			buf_addf(json, ":%zu%s", i, i + 1 < t.ids ? "," : "");
		}
		buf_adds(json, "},\"merges\":[");
		buf_add(json, merges.p, merges.n);
		buf_adds(json, "]}}\n");
	}
	release(&t, vocab);
	free(words.w);
	buf_release(&copy);
	buf_release(&merges);
	pretokenizer_free(p);
	json_free(j);
	return rc;
}
