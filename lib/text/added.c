/* SPDX-License-Identifier: MIT */
/*
 * Each set of tokens is sorted by bytes, so tokens with a common beginning are
 * adjacent.  Matching at a position reads the text byte by byte and narrows a
 * range of tokens by bisection; the last token that was matched completely is
 * the longest.  A position costs at most the length of the longest token, and
 * one table look-up if no token begins with its byte.
 */
#include "text/added.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/vocab.h"

struct token {
	char *text, *decoded; /* decoded: NULL, the same */
	size_t n, decoded_n;
	uint32_t id;
	bool special, lstrip, rstrip, single_word, normalized;
};

struct key { /* the bytes of a token that are searched for */
	char *p;
	size_t n;
	const struct token *token; /* borrowed */
};

struct keys {
	struct key *k;
	size_t n;
	bool begins[256]; /* whether a key begins with this byte */
};

struct added {
	struct token *t; /* by id */
	size_t n;
	struct keys set[ADDED_SETS];
};

static int
read_token(struct token *t, const struct json *j)
{
	const char *text;
	uint64_t id;
	size_t n = 0;
	int r = json_get_string(j, "content", &text, &n), normalized;

	if (r < 0 || json_get_bool(j, "special", &t->special) < 0 ||
	    json_get_bool(j, "lstrip", &t->lstrip) < 0 ||
	    json_get_bool(j, "rstrip", &t->rstrip) < 0 ||
	    json_get_bool(j, "single_word", &t->single_word) < 0 ||
	    (normalized = json_get_bool(j, "normalized", &t->normalized)) < 0)
		return -1;
	if (r == 0 || n == 0)
		return fail("no content");
	if (normalized == 0)
		t->normalized = !t->special;
	r = json_get_uint(j, "id", &id);
	if (r <= 0 || id >= VOCAB_IDS)
		return r < 0 ?
		    -1 :
		    fail("\"%.40s\": expected an id below %d", text, VOCAB_IDS);
	t->text = mem_dup(text, n);
	t->n = n;
	t->id = (uint32_t)id;
	return 0;
}

static int
by_id(const void *a, const void *b)
{
	const struct token *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static int
by_bytes(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);

	return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static void
add_key(struct keys *keys, const struct buf *text, const struct token *t)
{
	keys->k[keys->n++] =
	    (struct key){ mem_dup(text->p, text->n), text->n, t };
	keys->begins[(unsigned char)*text->p] = true;
}

static int
add_keys(struct added *a, enum added_set set, const struct normalizer *z)
{
	struct keys *keys = &a->set[set];
	struct buf text = { 0 };
	size_t i;
	int rc = 0;

	keys->k = mem_alloc(a->n, sizeof *keys->k);
	for (i = 0; i < a->n && rc == 0; i++) {
		struct token *t = &a->t[i];

		if (set != ADDED_ALL &&
		    t->normalized != (set == ADDED_NORMALIZED))
			continue;
		buf_reset(&text);
		buf_add(&text, t->text, t->n);
		if (set == ADDED_NORMALIZED)
			rc = normalize(z, false, &text);
		if (rc == 0 && set == ADDED_NORMALIZED) {
			t->decoded = mem_dup(buf_text(&text), text.n);
			t->decoded_n = text.n;
		}
		if (rc == 0 && text.n > 0)
			add_key(keys, &text, t);
	}
	buf_release(&text);
	qsort(keys->k, keys->n, sizeof *keys->k, by_bytes);
	return rc;
}

static int
read_tokens(struct added *a, const struct json *j, const struct normalizer *z)
{
	size_t i, count = json_count(j);
	enum added_set set;

	if (j != NULL && json_kind(j) != JSON_T_ARRAY &&
	    json_kind(j) != JSON_T_NULL)
		return fail("expected a list");
	a->t = mem_alloc(count, sizeof *a->t);
	for (i = 0; i < count; i++)
		if (read_token(&a->t[a->n++], json_at(j, i)) != 0)
			return fail_in("element %zu", i);
	qsort(a->t, a->n, sizeof *a->t, by_id);
	for (i = 1; i < a->n; i++)
		if (a->t[i].id == a->t[i - 1].id)
			return fail("\"%.40s\": id %u is taken", a->t[i].text,
			    a->t[i].id);
	for (set = 0; set < ADDED_SETS; set++)
		if (add_keys(a, set, z) != 0)
			return -1;
	return 0;
}

struct added *
added_new(const struct json *j, const struct normalizer *z)
{
	struct added *a = mem_alloc(1, sizeof *a);

	if (read_tokens(a, j, z) == 0)
		return a;
	(void)fail_in("added_tokens");
	added_free(a);
	return NULL;
}

void
added_free(struct added *a)
{
	size_t i, set;

	if (a == NULL)
		return;
	for (set = 0; set < ADDED_SETS; set++) {
		for (i = 0; i < a->set[set].n; i++)
			free(a->set[set].k[i].p);
		free(a->set[set].k);
	}
	for (i = 0; i < a->n; i++) {
		free(a->t[i].text);
		free(a->t[i].decoded);
	}
	free(a->t);
	free(a);
}

/*
 * The first of keys lo .. hi-1, which share `depth` bytes, whose next byte is
 * at least c.  A key that ends there sorts first.
 */
static size_t
bound(const struct keys *s, size_t lo, size_t hi, size_t depth, unsigned c)
{
	size_t mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->k[mid].n <= depth ||
		    (unsigned char)s->k[mid].p[depth] < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The longest key at the start of p[0 .. n), or NULL. */
static const struct key *
longest(const struct keys *s, const char *p, size_t n, bool specials)
{
	const struct key *best = NULL;
	size_t lo = 0, hi = s->n, depth, i;
	unsigned c;

	for (depth = 0; depth < n && lo < hi; depth++) {
		c = (unsigned char)p[depth];
		lo = bound(s, lo, hi, depth, c);
		hi = bound(s, lo, hi, depth, c + 1);
		for (i = lo; i < hi && s->k[i].n == depth + 1; i++)
			if (specials || !s->k[i].token->special) {
				best = &s->k[i];
				break;
			}
	}
	return best;
}

static bool
word_at(const char *text, size_t n, size_t at)
{
	size_t length;

	return at < n &&
	    normalize_is_word(utf8_decode(text + at, n - at, &length));
}

/* Whether the match is not part of a longer word. */
static bool
is_single_word(const char *text, size_t n, size_t start, size_t end)
{
	return (start == 0 || !word_at(text, n, utf8_before(text, start))) &&
	    !word_at(text, n, end);
}

/* Include the blanks around a match, as lstrip and rstrip of its token say. */
static void
widen(const struct token *t, const char *text, size_t n, size_t from,
    struct added_hit *hit)
{
	size_t length, at;

	while (t->lstrip && hit->start > from) {
		at = utf8_before(text, hit->start);
		if (!utf8_is_space(utf8_decode(text + at, n - at, &length)))
			break;
		hit->start = at;
	}
	while (t->rstrip && hit->end < n &&
	    utf8_is_space(utf8_decode(text + hit->end, n - hit->end, &length)))
		hit->end += length;
}

bool
added_find(const struct added *a, enum added_set set, const char *text,
    size_t n, size_t from, bool specials, struct added_hit *hit)
{
	const struct keys *s = &a->set[set];
	const struct key *k;
	size_t at = from;

	while (s->n > 0) {
		while (at < n && !s->begins[(unsigned char)text[at]])
			at++;
		if (at == n)
			break;
		k = longest(s, text + at, n - at, specials);
		if (k == NULL) {
			at++;
			continue;
		}
		if (!k->token->single_word ||
		    is_single_word(text, n, at, at + k->n)) {
			*hit =
			    (struct added_hit){ at, at + k->n, k->token->id };
			widen(k->token, text, n, from, hit);
			return true;
		}
		at += k->n;
	}
	return false;
}

static const struct token *
find_id(const struct added *a, uint32_t id)
{
	const struct token key = { .id = id };

	return bsearch(&key, a->t, a->n, sizeof *a->t, by_id);
}

const char *
added_text(const struct added *a, uint32_t id, size_t *n, bool *special)
{
	const struct token *t = find_id(a, id);

	if (t == NULL)
		return NULL;
	*n = t->n;
	*special = t->special;
	return t->text;
}

const char *
added_decoded(const struct added *a, uint32_t id, size_t *n, bool *special)
{
	const struct token *t = find_id(a, id);

	if (t == NULL || t->decoded == NULL)
		return added_text(a, id, n, special);
	*n = t->decoded_n;
	*special = t->special;
	return t->decoded;
}

int64_t
added_id(const struct added *a, const char *text)
{
	const struct keys *s = &a->set[ADDED_ALL];
	const struct key *k = longest(s, text, strlen(text), true);

	return k != NULL && k->n == strlen(text) ? (int64_t)k->token->id : -1;
}

size_t
added_size(const struct added *a)
{
	return a->n > 0 ? (size_t)a->t[a->n - 1].id + 1 : 0;
}
