/* SPDX-License-Identifier: MIT */
/*
 * SentencePiece.  The score of a piece is the negative rank of the first merge
 * that makes it.  The scores stand for the merges of the file if those that
 * make a piece follow each other, and are all its cuts into two pieces: this
 * is checked by making the merges from the scores.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gguf/gguftokens_parts.h"

static const char mark[] = "\xe2\x96\x81";

int
gguftokens_merge(const struct json *j, size_t i, struct gguf_text side[2])
{
	const char *space;

	if (json_kind(j) == JSON_T_ARRAY && json_count(j) == 2) {
		side[0].p = json_text(json_at(j, 0), &side[0].n);
		side[1].p = json_text(json_at(j, 1), &side[1].n);
		if (side[0].p != NULL && side[1].p != NULL &&
		    memchr(side[0].p, ' ', side[0].n) == NULL &&
		    memchr(side[1].p, ' ', side[1].n) == NULL)
			return 0;
	} else {
		side[0].p = json_text(j, &side[0].n);
		space = side[0].p != NULL ? memchr(side[0].p, ' ', side[0].n) :
					    NULL;
		if (space != NULL) {
			side[1].p = space + 1;
			side[1].n = side[0].n - (size_t)(space - side[0].p) - 1;
			side[0].n = (size_t)(space - side[0].p);
			return 0;
		}
	}
	return fail("model: merges: element %zu is not two texts without "
		    "spaces",
	    i);
}

/* ---- marks for spaces */

static bool
text_is(const struct json *j, const char *want)
{
	const char *s = json_text(j, NULL);

	return s != NULL && strcmp(s, want) == 0;
}

static bool
replaces(const struct json *j)
{
	return text_is(json_get(j, "type"), "Replace") &&
	    text_is(json_pointer(j, "/pattern/String"), " ") &&
	    text_is(json_get(j, "content"), mark);
}

/* The normalizer that has marks: 1 with a prefix, 0 without, -1 another. */
static int
normalizer_prefix(const struct json *j)
{
	const struct json *list = json_get(j, "normalizers");
	size_t n = json_count(list);

	if (list == NULL)
		return replaces(j) ? 0 : -1;
	if (!text_is(json_get(j, "type"), "Sequence") || n < 1 || n > 2 ||
	    !replaces(json_at(list, n - 1)))
		return -1;
	if (n == 1)
		return 0;
	return text_is(json_get(json_at(list, 0), "type"), "Prepend") &&
		text_is(json_get(json_at(list, 0), "prepend"), mark) ?
	    1 :
	    -1;
}

/* A pretokenizer that has marks: as above. */
static int
metaspace_prefix(const struct json *j)
{
	const char *scheme = json_text(json_get(j, "prepend_scheme"), NULL);

	if (!text_is(json_get(j, "type"), "Metaspace") ||
	    !text_is(json_get(j, "replacement"), mark) ||
	    json_bool(json_get(j, "split"), true))
		return -1;
	if (scheme == NULL)
		return json_bool(json_get(j, "add_prefix_space"), true);
	return strcmp(scheme, "never") != 0;
}

static bool
absent(const struct json *j)
{
	return j == NULL || json_kind(j) == JSON_T_NULL;
}

/* Spaces are marks already, so cutting at spaces cuts nothing. */
static bool
cuts_nothing(const struct json *j)
{
	return absent(j) ||
	    (text_is(json_get(j, "type"), "Split") &&
		text_is(json_pointer(j, "/pattern/String"), " "));
}

int
gguftokens_spaces(struct gguftokens *t)
{
	const struct json *normalizer = json_get(t->json, "normalizer");
	const struct json *pre = json_get(t->json, "pre_tokenizer");
	int prefix = absent(normalizer) ? metaspace_prefix(pre) :
	    cuts_nothing(pre)           ? normalizer_prefix(normalizer) :
					  -1;

	if (prefix < 0)
		return fail("normalizer and pre_tokenizer: no SentencePiece "
			    "model of GGUF has these");
	t->prefix = prefix > 0;
	return 0;
}

/* ---- scores */

static void
find_bytes(struct gguftokens *t)
{
	const struct json *unk = json_pointer(t->json, "/model/unk_token");
	const struct gguf_text *s;
	const char *text;
	uint32_t id;
	size_t i, n;

	for (i = 0; i < t->v.n; i++) {
		s = &t->v.p[i].text;
		if (t->v.p[i].kind == GGUF_NORMAL && s->n == 6 &&
		    memcmp(s->p, "<0x", 3) == 0 && s->p[5] == '>')
			t->v.p[i].kind = GGUF_BYTE;
	}
	text = json_text(unk, &n);
	id = text != NULL ? ggufpieces_find(&t->v, text, n) : GGUF_NO_PIECE;
	if (id != GGUF_NO_PIECE)
		t->v.p[id].kind = GGUF_UNKNOWN;
}

static int
by_ids(const void *a, const void *b)
{
	const struct ggufmerge *x = a, *y = b;

	if (x->whole != y->whole)
		return x->whole < y->whole ? -1 : 1;
	if (x->left != y->left)
		return x->left < y->left ? -1 : 1;
	return (x->right > y->right) - (x->right < y->right);
}

static int
read_merge(struct gguftokens *t, size_t i, const struct json *j,
    struct ggufmerge *m)
{
	struct gguf_text side[2];
	struct buf both = { 0 };

	if (gguftokens_merge(j, i, side) != 0)
		return -1;
	buf_add(&both, side[0].p, side[0].n);
	buf_add(&both, side[1].p, side[1].n);
	m->left = ggufpieces_find(&t->v, side[0].p, side[0].n);
	m->right = ggufpieces_find(&t->v, side[1].p, side[1].n);
	m->whole = ggufpieces_find(&t->v, both.p, both.n);
	buf_release(&both);
	if (m->left == GGUF_NO_PIECE || m->right == GGUF_NO_PIECE ||
	    m->whole == GGUF_NO_PIECE)
		return fail("model: merges: element %zu names a piece that is "
			    "not in the vocabulary",
		    i);
	return 0;
}

/* Score the pieces; -1: merges that make a piece are not together. */
static int
score(struct gguftokens *t, const struct ggufmerge *m, size_t n)
{
	const float none = -(float)n - 1;
	size_t i;

	for (i = 0; i < t->v.n; i++)
		t->v.p[i].score = none;
	for (i = 0; i < n; i++) {
		if (i > 0 && m[i].whole == m[i - 1].whole)
			continue;
		if (t->v.p[m[i].whole].score != none)
			return fail("model: merges: element %zu: no score "
				    "stands for it",
			    i);
		t->v.p[m[i].whole].score = -(float)i;
	}
	return 0;
}

/* m is sorted here. */
static int
compare(struct gguftokens *t, struct ggufmerge *m, size_t n)
{
	struct ggufmerge *made;
	size_t count;
	int rc;

	if (ggufpieces_merges(&t->v, &made, &count) != 0)
		return -1;
	qsort(m, n, sizeof *m, by_ids);
	qsort(made, count, sizeof *made, by_ids);
	rc = n == count && (n == 0 || memcmp(m, made, n * sizeof *m) == 0) ?
	    0 :
	    fail("model: merges: %zu, where scores would stand for %zu", n,
		count);
	free(made);
	return rc;
}

int
gguftokens_score(struct gguftokens *t)
{
	const struct json *list = json_pointer(t->json, "/model/merges");
	size_t i, n = json_count(list);
	struct ggufmerge *m = mem_alloc(n, sizeof *m);
	int rc = n < 1 << 24 ? 0 : fail("model: merges: too many");

	find_bytes(t);
	for (i = 0; i < n && rc == 0; i++)
		rc = read_merge(t, i, json_at(list, i), &m[i]);
	if (rc == 0)
		rc = score(t, m, n);
	if (rc == 0)
		rc = compare(t, m, n);
	free(m);
	return rc;
}
