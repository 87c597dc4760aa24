/* SPDX-License-Identifier: MIT */
/*
 * The text is cut into words as GPT-2 does, and each distinct word is counted.
 * Then the two symbols that are adjacent most often become a new piece,
 * repeatedly (Sennrich et al. 2016).  A merge updates the counts (neighbors.h)
 * only in the words that it changes.  Ties go to the lowest ids.
 *
 * Two merges can spell the same piece, as (aa, aaa) and (aaa, aa): it keeps its
 * first id.  A merge that would spell a special token is not made, so no text
 * is encoded as one.
 */
#include "text/bpetrain.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/json.h"
#include "text/neighbors.h"
#include "text/pretokenize.h"
#include "base/utf8.h"
#include "text/vocab.h"

enum { TEXT_MAX = 1 << 30 };

struct distinct {     /* a word of the text */
	size_t at, n; /* its symbols in `symbol` */
	uint64_t count;
};

struct trainer {
	struct distinct *word;
	size_t words;
	uint32_t *symbol;
	struct neighbors *neighbors;
	/* the text of each id as in the file, with a character for a byte */
	struct buf *key;
	size_t ids, specials;
	uint32_t *table; /* id + 1 by hash of the key */
	size_t slots;    /* a power of two */
	uint32_t byte_id[256];
};

struct slice {
	const char *p;
	size_t n;
};

/* ---- pieces */

static uint32_t *
slot_of(const struct trainer *t, const char *p, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
	const struct buf *key;
	size_t i;

	for (i = 0; i < n; i++)
		h = (h ^ (unsigned char)p[i]) * 0x100000001b3u;
	for (i = h & (t->slots - 1); t->table[i] != 0;
	     i = (i + 1) & (t->slots - 1)) {
		key = &t->key[t->table[i] - 1];
		if (key->n == n && memcmp(key->p, p, n) == 0)
			break;
	}
	return &t->table[i];
}

/* The id of a key; a new one if it has none. */
static uint32_t
id_of(struct trainer *t, const char *p, size_t n)
{
	uint32_t *slot = slot_of(t, p, n);

	if (*slot == 0) {
		buf_add(&t->key[t->ids], p, n);
		*slot = (uint32_t)++t->ids;
	}
	return *slot - 1;
}

static int
add_specials(struct trainer *t, const char *const *specials, size_t n,
    size_t vocab)
{
	size_t i, length;

	if (n > vocab)
		return fail("no room for %zu special tokens", n);
	for (i = 0; i < n; i++) {
		length = strlen(specials[i]);
		if (length == 0 || !utf8_valid(specials[i], length))
			return fail("special token %zu is empty or not UTF-8",
			    i);
		if (id_of(t, specials[i], length) != i)
			return fail("special token %s occurs twice",
			    specials[i]);
	}
	t->specials = n;
	return 0;
}

/* Assign the ids of all bytes, or if there is no room of those that occur. */
static int
add_bytes(struct trainer *t, const char *text, size_t n, size_t vocab)
{
	bool occurs[256] = { false };
	size_t i, all = vocab >= t->ids + 256, length;
	char c[4];

	for (i = 0; i < n; i++)
		occurs[(unsigned char)text[i]] = true;
	for (i = 0; i < 256; i++) {
		if (!all && !occurs[i])
			continue;
		if (t->ids == vocab)
			return fail("the text has more different bytes than "
				    "the vocabulary has room for (%zu)",
			    vocab - t->specials);
		length = utf8_encode(vocab_byte_char((unsigned char)i), c);
		t->byte_id[i] = id_of(t, c, length);
		if (t->byte_id[i] < t->specials)
			return fail("special token %.*s is the name of a byte",
			    (int)length, c);
	}
	return 0;
}

/* ---- words */

static int
by_bytes(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int order = memcmp(x->p, y->p, n);

	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

/* Collect the distinct words of a text with their counts. */
static void
count_words(struct trainer *t, const char *text, const struct words *w)
{
	struct slice *s = mem_alloc(w->n, sizeof *s);
	size_t i, k, j, at = 0;
	struct distinct *d;

	for (i = 0; i < w->n; i++)
		s[i] = (struct slice){ text + w->w[i].start,
			w->w[i].end - w->w[i].start };
	if (w->n > 0)
		qsort(s, w->n, sizeof *s, by_bytes);
	t->word = mem_alloc(w->n, sizeof *t->word);
	for (i = 0; i < w->n; i = k, t->words++) {
		for (k = i + 1; k < w->n && by_bytes(&s[k], &s[i]) == 0;)
			k++;
		d = &t->word[t->words];
		*d = (struct distinct){ at, s[i].n, k - i };
		for (j = 0; j < d->n; j++)
			t->symbol[at++] = t->byte_id[(unsigned char)s[i].p[j]];
		for (j = 0; j + 1 < d->n; j++)
			neighbors_count(t->neighbors, t->symbol[d->at + j],
			    t->symbol[d->at + j + 1], (int64_t)d->count,
			    (uint32_t)t->words);
	}
	free(s);
}

/* Replace left, right by id in one word, and update the counts. */
static void
merge_in(struct trainer *t, uint32_t word, uint32_t left, uint32_t right,
    uint32_t id)
{
	struct distinct *d = &t->word[word];
	uint32_t *s = t->symbol + d->at;
	int64_t n = (int64_t)d->count;
	size_t i, k = 0;

	for (i = 0; i < d->n; k++) {
		if (i + 1 == d->n || s[i] != left || s[i + 1] != right) {
			s[k] = s[i++];
			continue;
		}
		if (k > 0) {
			neighbors_count(t->neighbors, s[k - 1], left, -n, word);
			neighbors_count(t->neighbors, s[k - 1], id, n, word);
		}
		if (i + 2 < d->n) {
			neighbors_count(t->neighbors, right, s[i + 2], -n,
			    word);
			neighbors_count(t->neighbors, id, s[i + 2], n, word);
		}
		s[k] = id;
		i += 2;
	}
	d->n = k;
}

static void
put_merge(struct buf *merges, const struct buf *left, const struct buf *right)
{
	buf_adds(merges, merges->n > 0 ? ",[" : "[");
	json_put_string(merges, left->p, left->n);
	buf_addc(merges, ',');
	json_put_string(merges, right->p, right->n);
	buf_addc(merges, ']');
}

/* Merge until there are `vocab` ids. */
static int
learn(struct trainer *t, size_t vocab, struct buf *merges)
{
	uint32_t left, right, id, *slot, *word;
	struct buf both = { 0 };
	size_t i, words;

	neighbors_settle(t->neighbors);
	while (t->ids < vocab &&
	    neighbors_take(t->neighbors, &left, &right, &word, &words)) {
		buf_reset(&both);
		buf_add(&both, t->key[left].p, t->key[left].n);
		buf_add(&both, t->key[right].p, t->key[right].n);
		slot = slot_of(t, both.p, both.n);
		if (*slot == 0 || *slot > t->specials) {
			id = id_of(t, both.p, both.n);
			put_merge(merges, &t->key[left], &t->key[right]);
			for (i = 0; i < words; i++)
				merge_in(t, word[i], left, right, id);
			neighbors_drop(t->neighbors, left, right);
			neighbors_settle(t->neighbors);
		}
		free(word);
	}
	buf_release(&both);
	return t->ids == vocab ? 0 :
				 fail("the text yields a "
				      "vocabulary of %zu, not of %zu",
				     t->ids, vocab);
}

/* ---- writing */

static void
put_head(struct buf *json, const struct trainer *t)
{
	size_t i;

	buf_adds(json,
	    "{\"version\":\"1.0\",\"truncation\":null,"
	    "\"padding\":null,\"added_tokens\":[");
	for (i = 0; i < t->specials; i++) {
		buf_addf(json, "%s{\"id\":%zu,\"content\":", i > 0 ? "," : "",
		    i);
		json_put_string(json, t->key[i].p, t->key[i].n);
		buf_adds(json,
		    ",\"single_word\":false,\"lstrip\":false,"
		    "\"rstrip\":false,\"normalized\":false,"
		    "\"special\":true}");
	}
	buf_adds(json,
	    "],\"normalizer\":null,\"pre_tokenizer\":{\"type\":"
	    "\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,"
	    "\"use_regex\":true},\"post_processor\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":true,\"trim_offsets\":false,"
	    "\"use_regex\":true},\"decoder\":{\"type\":\"ByteLevel\","
	    "\"add_prefix_space\":true,\"trim_offsets\":true,"
	    "\"use_regex\":true},\"model\":{\"type\":\"BPE\","
	    "\"dropout\":null,\"unk_token\":null,"
	    "\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
	    "\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":{");
}

static void
put_tokenizer(struct buf *json, const struct trainer *t,
    const struct buf *merges)
{
	size_t i;

	put_head(json, t);
	for (i = 0; i < t->ids; i++) {
		json_put_string(json, t->key[i].p, t->key[i].n);
		buf_addf(json, ":%zu%s", i, i + 1 < t->ids ? "," : "");
	}
	buf_adds(json, "},\"merges\":[");
	buf_add(json, merges->p, merges->n);
	buf_adds(json, "]}}\n");
}

static void
release(struct trainer *t, size_t vocab)
{
	size_t i;

	for (i = 0; i < vocab; i++)
		buf_release(&t->key[i]);
	free(t->key);
	free(t->table);
	free(t->word);
	free(t->symbol);
	neighbors_free(t->neighbors);
}

/* Cut a text into words as GPT-2 does. */
static int
cut(const char *text, size_t n, struct words *words)
{
	static const char how[] = "{\"type\": \"ByteLevel\", "
				  "\"add_prefix_space\": false}";
	struct json *j = json_parse(how, sizeof how - 1);
	struct pretokenizer *p = pretokenizer_new(j);
	struct buf copy = { 0 };
	int rc = -1;

	buf_add(&copy, text, n);
	if (p != NULL)
		rc = pretokenize(p, &copy, true, false, words_append, words);
	buf_release(&copy);
	pretokenizer_free(p);
	json_free(j);
	return rc;
}

int
bpe_train(const char *text, size_t n, size_t vocab, const char *const *specials,
    size_t special_count, struct buf *json)
{
	struct trainer t = { .slots = 16 };
	struct buf merges = { 0 };
	struct words words = { 0 };
	int rc = utf8_valid(text, n) ? 0 : fail("not UTF-8");

	if (vocab > VOCAB_IDS)
		return fail("a vocabulary of %zu: at most %d", vocab,
		    VOCAB_IDS);
	while (t.slots < 2 * vocab)
		t.slots *= 2;
	t.table = mem_alloc(t.slots, sizeof *t.table);
	t.key = mem_alloc(vocab, sizeof *t.key);
	t.symbol = mem_alloc(n, sizeof *t.symbol);
	t.neighbors = neighbors_new();
	if (rc == 0)
		rc = add_specials(&t, specials, special_count, vocab);
	if (rc == 0)
		rc = add_bytes(&t, text, n, vocab);
	if (rc == 0)
		rc = cut(text, n, &words);
	if (rc == 0) {
		count_words(&t, text, &words);
		rc = learn(&t, vocab, &merges);
	}
	if (rc == 0)
		put_tokenizer(json, &t, &merges);
	release(&t, vocab);
	free(words.w);
	buf_release(&merges);
	return rc;
}

int
bpe_train_file(const char *path, size_t vocab, size_t longest, struct buf *json,
    struct buf *config)
{
	static const char *const specials[] = { "<s>", "</s>" };
	size_t n;
	char *text = read_file(path, TEXT_MAX, &n);
	int rc;

	if (text == NULL)
		return -1;
	rc = bpe_train(text, n, vocab, specials, 2, json);
	free(text);
	if (rc != 0)
		return fail_in("%s", path);
	buf_addf(config,
	    "{\n"
	    "  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
	    "  \"bos_token\": \"<s>\",\n  \"eos_token\": \"</s>\",\n"
	    "  \"add_bos_token\": false,\n  \"add_eos_token\": false,\n"
	    "  \"clean_up_tokenization_spaces\": false,\n"
	    "  \"model_max_length\": %zu\n}\n",
	    longest);
	return 0;
}
