/* SPDX-License-Identifier: MIT */
#include "text/added.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/vocab.h"

struct token {
	char *text;
	size_t n;
	uint32_t id;
	bool special, lstrip, rstrip, single_word;
};

struct added {
	struct token *t; /* by first byte, the longest first */
	size_t n, size;
	size_t first[257]; /* where the tokens of a first byte begin */
};

static int
read_token(struct token *t, const struct json *j)
{
	const char *text;
	uint64_t id;
	size_t n = 0;
	int r = json_get_string(j, "content", &text, &n);

	if (r < 0 || json_get_bool(j, "special", &t->special) < 0 ||
	    json_get_bool(j, "lstrip", &t->lstrip) < 0 ||
	    json_get_bool(j, "rstrip", &t->rstrip) < 0 ||
	    json_get_bool(j, "single_word", &t->single_word) < 0)
		return -1;
	if (r == 0 || n == 0)
		return fail("no content");
	r = json_get_uint(j, "id", &id);
	if (r <= 0 || id >= VOCAB_IDS)
		return r < 0 ? -1 : fail("\"%.40s\": expected an id below %d",
		    text, VOCAB_IDS);
	t->text = mem_dup(text, n);
	t->n = n;
	t->id = (uint32_t)id;
	return 0;
}

static int
by_byte_and_length(const void *a, const void *b)
{
	const struct token *x = a, *y = b;
	int order = (unsigned char)x->text[0] - (unsigned char)y->text[0];

	return order != 0 ? order : (x->n < y->n) - (x->n > y->n);
}

struct added *
added_new(const struct json *j)
{
	struct added *a = mem_alloc(1, sizeof *a);
	size_t i, count = json_count(j), b;

	if (j != NULL && json_kind(j) != JSON_T_ARRAY &&
	    json_kind(j) != JSON_T_NULL) {
		(void)fail("added_tokens: expected a list");
		added_free(a);
		return NULL;
	}
	a->t = mem_alloc(count, sizeof *a->t);
	for (i = 0; i < count; i++) {
		if (read_token(&a->t[a->n++], json_at(j, i)) != 0) {
			(void)fail_in("added_tokens: element %zu", i);
			added_free(a);
			return NULL;
		}
		if (a->t[i].id >= a->size)
			a->size = (size_t)a->t[i].id + 1;
	}
	qsort(a->t, a->n, sizeof *a->t, by_byte_and_length);
	for (b = 0, i = 0; b <= 256; b++) {
		while (i < a->n && (unsigned char)a->t[i].text[0] < b)
			i++;
		a->first[b] = i;
	}
	return a;
}

void
added_free(struct added *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->n; i++)
		free(a->t[i].text);
	free(a->t);
	free(a);
}

static bool
is_word(const char *text, size_t n, size_t at)
{
	return at < n && (isalnum((unsigned char)text[at]) ||
	    text[at] == '_' || (unsigned char)text[at] >= 0x80);
}

static bool
stands(const struct token *t, const char *text, size_t n, size_t at)
{
	if (t->n > n - at || memcmp(text + at, t->text, t->n) != 0)
		return false;
	return !t->single_word || ((at == 0 || !is_word(text, n, at - 1)) &&
	    !is_word(text, n, at + t->n));
}

bool
added_find(const struct added *a, const char *text, size_t n, size_t from,
    bool specials, struct added_hit *hit)
{
	const struct token *t;
	size_t at, i;
	unsigned char c;

	for (at = from; at < n && a->n > 0; at++) {
		c = (unsigned char)text[at];
		for (i = a->first[c]; i < a->first[c + 1]; i++) {
			t = &a->t[i];
			if ((t->special && !specials) ||
			    !stands(t, text, n, at))
				continue;
			*hit = (struct added_hit){ at, at + t->n, t->id };
			while (t->lstrip && hit->start > from &&
			    isspace((unsigned char)text[hit->start - 1]))
				hit->start--;
			while (t->rstrip && hit->end < n &&
			    isspace((unsigned char)text[hit->end]))
				hit->end++;
			return true;
		}
	}
	return false;
}

const char *
added_text(const struct added *a, uint32_t id, size_t *n, bool *special)
{
	size_t i;

	if (id >= a->size)
		return NULL;
	for (i = 0; i < a->n; i++)
		if (a->t[i].id == id) {
			*n = a->t[i].n;
			*special = a->t[i].special;
			return a->t[i].text;
		}
	return NULL;
}

int64_t
added_id(const struct added *a, const char *text)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strcmp(a->t[i].text, text) == 0)
			return a->t[i].id;
	return -1;
}

size_t
added_size(const struct added *a)
{
	return a->size;
}
