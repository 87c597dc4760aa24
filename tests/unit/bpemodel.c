/* SPDX-License-Identifier: MIT */
/*
 * Random small models of both styles against the definition of BPE: merge the
 * neighbors of lowest rank, leftmost first, over the whole word, without safe
 * cuts, cache or heap.
 */
#include "text/bpemodel.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/tap.h"
#include "text/tokenmodels.h"
#include "text/merge.h"
#include "base/utf8.h"
#include "text/vocab.h"

#define MARK "\xe2\x96\x81"

/* What pieces and texts are made of; the last two are in no vocabulary. */
static const char *const letters[] = { "a", "b", "c", ".", "1", MARK, MARK,
	"\xc3\xa9", "\xe2\x96\x82", "\n", "\xe4\xb8\xad" };

enum { KNOWN = 9, LETTERS = 11, PIECES = 60, BYTE_IDS = 256 };

struct piece {
	char text[64];
};

/*
 * The JSON of a model: byte pieces, letters, and merges of pieces so far.
 * `apart`: as real ones, none has a mark after anything but marks.
 */
static void
put_model(struct rng *r, bool fallback, bool apart, struct buf *json)
{
	struct piece piece[PIECES] = { 0 };
	struct buf merges = { 0 };
	size_t i, n, a, b, id = 0;

	buf_reset(json);
	buf_adds(json,
	    "{\"type\":\"BPE\",\"unk_token\":\"<unk>\","
	    "\"fuse_unk\":true,\"byte_fallback\":");
	buf_addf(json, "%s,\"vocab\":{\"<unk>\":%zu",
	    fallback ? "true" : "false", id);
	for (i = 0; i < BYTE_IDS; i++)
		buf_addf(json, ",\"<0x%02zX>\":%zu", i, ++id);
	for (n = 0; n < KNOWN; n++)
		(void)snprintf(piece[n].text, sizeof piece[n].text, "%s",
		    letters[n]);
	for (i = 0; i < KNOWN; i++)
		if (i != 6) /* the second mark */
			buf_addf(json, ",\"%s\":%zu", letters[i], ++id);
	while (n < PIECES) {
		char both[2 * sizeof piece->text];

		a = rng_below(r, n);
		b = rng_below(r, n);
		(void)snprintf(both, sizeof both, "%s%s", piece[a].text,
		    piece[b].text);
		for (i = 0; i < n && strcmp(piece[i].text, both) != 0; i++)
			;
		if (strlen(both) >= sizeof piece->text || i < n ||
		    (apart && strncmp(piece[b].text, MARK, 3) == 0 &&
			strspn(piece[a].text, MARK) != strlen(piece[a].text)))
			continue;
		memcpy(piece[n++].text, both, strlen(both));
		buf_addf(json, ",\"%s\":%zu", both, ++id);
		buf_addf(&merges, "%s[\"%s\",\"%s\"]", merges.n > 0 ? "," : "",
		    piece[a].text, piece[b].text);
	}
	buf_addf(json, "},\"merges\":[%s]}", buf_text(&merges));
	buf_release(&merges);
}

/* The whole word by the definition. */
static size_t
textbook(const struct vocab *v, bool fallback, const char *p, size_t n,
    uint32_t *id)
{
	const uint32_t unk = vocab_find(v, "<unk>", 5);
	uint32_t rank, best, made, make;
	size_t count = 0, at, length, i, where;

	for (at = 0; at < n; at += length) {
		(void)utf8_decode(p + at, n - at, &length);
		id[count] = vocab_find(v, p + at, length);
		if (id[count] != VOCAB_NONE)
			count++;
		else if (!fallback && (count == 0 || id[count - 1] != unk))
			id[count++] = unk;
		for (i = 0; i < length && fallback &&
		     vocab_find(v, p + at, length) == VOCAB_NONE;
		     i++) {
			char name[8];

			(void)snprintf(name, sizeof name, "<0x%02X>",
			    (unsigned char)p[at + i]);
			id[count++] = vocab_find(v, name, 6);
		}
	}
	for (;;) {
		best = VOCAB_NONE;
		for (i = 0; i + 1 < count; i++) {
			rank = vocab_merge(v, id[i], id[i + 1], &make);
			if (rank < best) {
				best = rank;
				where = i;
				made = make;
			}
		}
		if (best == VOCAB_NONE)
			return count;
		id[where] = made;
		count--;
		memmove(id + where + 1, id + where + 2,
		    (count - where - 1) * sizeof *id);
	}
}

static void
random_word(struct rng *r, struct buf *out)
{
	size_t n = 1 + rng_below(r, rng_below(r, 4) == 0 ? 120 : 12);
	size_t some = 1 + rng_below(r, LETTERS);

	buf_reset(out);
	while (n-- > 0)
		buf_adds(out, letters[rng_below(r, some)]);
	memset(buf_room(out, WORDCACHE_PAD), (int)rng_below(r, 256),
	    WORDCACHE_PAD);
}

static bool
agrees(const struct tokenmodel *m, const struct vocab *v,
    struct wordcache *cache, bool fallback, const struct buf *text,
    struct ids *ids)
{
	const struct word word = { 0, text->n };
	const struct words words = { (struct word *)&word, 1, 1 };
	uint32_t *want = mem_alloc(text->n, sizeof *want);
	size_t n = textbook(v, fallback, text->p, text->n, want);
	bool good;

	ids->n = 0;
	good = m->type->encode(m, cache, text->p, &words, ids) == 0 &&
	    ids->n == n && memcmp(ids->id, want, n * sizeof *want) == 0;
	free(want);
	return good;
}

static void
test_model(struct rng *r, bool fallback, bool apart)
{
	enum { MODELS = 20, WORDS = 400 };
	struct buf json = { 0 }, text = { 0 };
	struct wordcache *cache;
	struct tokenmodel *m;
	struct vocab *v;
	struct ids ids = { 0 };
	int model, rc, i, bad = 0, safecuts = 0;

	for (model = 0; model < MODELS; model++) {
		struct json *j;

		put_model(r, fallback, apart, &json);
		j = json_parse(json.p, json.n);
		m = tokenmodel_new(j, false);
		v = vocab_new(j, false);
		rc = v != NULL ? vocab_read_merges(v, j, false) : -1;
		json_free(j);
		if (m == NULL || rc != 0) {
			ok(false, "%s", err_last());
			break;
		}
		cache = wordcache_new();
		safecuts += !vocab_safecuts(v)->joined['a'][SAFECUT_MARK];
		for (i = 0; i < WORDS; i++) {
			random_word(r, &text);
			bad += !agrees(m, v, NULL, fallback, &text, &ids);
			bad += !agrees(m, v, cache, fallback, &text, &ids);
			bad += !agrees(m, v, cache, fallback, &text, &ids);
		}
		wordcache_free(cache);
		tokenmodel_free(m);
		vocab_free(v);
	}
	ok(bad == 0, "%d of %d words differ, %s", bad, 3 * MODELS * WORDS,
	    fallback ? "bytes" : "unknowns in one");
	ok(apart ? safecuts == MODELS : safecuts < MODELS,
	    "%d models have a safe cut before the mark", safecuts);
	free(ids.id);
	buf_release(&json);
	buf_release(&text);
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Merging n times the same letter, the fastest of a few. */
static double
time_run(const struct vocab *v, uint32_t letter, size_t n)
{
	uint32_t *id = mem_alloc(n, sizeof *id);
	double best = 1e30, took;
	size_t i;
	int k;

	for (k = 0; k < 3; k++) {
		for (i = 0; i < n; i++)
			id[i] = letter;
		took = seconds();
		(void)bpe_merge(v, id, n);
		took = seconds() - took;
		best = took < best ? took : best;
	}
	free(id);
	return best;
}

/* n log n makes 16 times the text some 20 times the work; n^2 makes it 256. */
static void
test_long(void)
{
	static const char text[] =
	    "{\"vocab\":{\"a\":0,\"aa\":1,\"aaaa\":2,"
	    "\"aaaaaaaa\":3},\"merges\":[\"a a\",\"aa aa\",\"aaaa aaaa\"]}";
	struct json *j = json_parse(text, sizeof text - 1);
	struct vocab *v = vocab_new(j, false);
	double few, many;

	if (ok(v != NULL && vocab_read_merges(v, j, false) == 0,
		"a vocabulary of runs")) {
		few = time_run(v, 0, 1 << 13);
		many = time_run(v, 0, 1 << 17);
		ok(many < 120 * few,
		    "a long run: 16 times the text is %.0f "
		    "times the work",
		    many / few);
	}
	vocab_free(v);
	json_free(j);
}

int
main(void)
{
	struct rng r = rng_at(3, 0, 0, "bpemodel", 0);

	test_model(&r, true, true);
	test_model(&r, true, false);
	test_model(&r, false, true);
	test_long();
	return tap_done();
}
