/* SPDX-License-Identifier: MIT */
/*
 * A match runs on 32 KiB of the thread's stack.  If that is too little, it is
 * repeated once with a stack of its own.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/expression.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/asciiword.h"
#include "text/oniguruma.h"

enum {
	MATCH_LIMIT = 2000000,
	HEAP_LIMIT_KIB = 64 << 10,
	JIT_STACK_MIN = 32 << 10,
	JIT_STACK_MAX = 8 << 20
};

struct expression {
	pcre2_code *code;              /* NULL: a literal */
	const struct asciiword *ascii; /* borrowed; NULL: not well known */
	char *literal;
	size_t n; /* bytes of the literal */
};

static pcre2_code *
compile(const char *pattern, size_t n)
{
	/*
	 * MULTILINE: in Oniguruma ^ and $ match at every line.  No \C: it
	 * would split characters.
	 */
	const uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_UCP |
	    PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C;
	pcre2_code *code = NULL;
	struct buf text = { 0 };
	PCRE2_UCHAR words[128];
	PCRE2_SIZE at;
	int e;

	if (oniguruma_translate(pattern, n, &text) != 0)
		goto out;
	code = pcre2_compile((PCRE2_SPTR)buf_text(&text), text.n, options, &e,
	    &at, NULL);
	if (code == NULL) {
		(void)pcre2_get_error_message(e, words, sizeof words);
		(void)fail("expression \"%.60s\" at %zu: %s", text.p, at,
		    (char *)words);
		goto out;
	}
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
out:
	buf_release(&text);
	return code;
}

struct expression *
expression_new(const char *pattern, size_t n, bool literal)
{
	struct expression *x = mem_alloc(1, sizeof *x);

	if (literal) {
		x->literal = mem_dup(pattern, n);
		x->n = n;
		return x;
	}
	x->code = compile(pattern, n);
	x->ascii = asciiword_find(pattern, n);
	if (x->code != NULL)
		return x;
	expression_free(x);
	return NULL;
}

void
expression_free(struct expression *x)
{
	if (x == NULL)
		return;
	pcre2_code_free(x->code);
	free(x->literal);
	free(x);
}

static void
matcher_init(struct matcher *m)
{
	m->data = pcre2_match_data_create(1, NULL);
	m->context = pcre2_match_context_create(NULL);
	if (m->data == NULL || m->context == NULL)
		mem_exhausted();
	(void)pcre2_set_match_limit(m->context, MATCH_LIMIT);
	(void)pcre2_set_heap_limit(m->context, HEAP_LIMIT_KIB);
}

static void
matcher_more(struct matcher *m)
{
	m->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
	if (m->stack == NULL)
		mem_exhausted();
	pcre2_jit_stack_assign(m->context, NULL, m->stack);
}

void
matcher_release(struct matcher *m)
{
	pcre2_match_data_free(m->data);
	pcre2_match_context_free(m->context);
	pcre2_jit_stack_free(m->stack);
}

/*
 * Find the next match at or after text[scan]: 1, its start and end in at; 0:
 * none; -1: too much work.
 */
static int
match(const struct expression *x, struct matcher *m, const char *text, size_t n,
    size_t scan, PCRE2_SIZE at[2])
{
	const PCRE2_SIZE *where;
	int r;

	if (m->data == NULL)
		matcher_init(m);
	r = pcre2_match(x->code, (PCRE2_SPTR)text, n, scan, PCRE2_NO_UTF_CHECK,
	    m->data, m->context);
	if (r == PCRE2_ERROR_JIT_STACKLIMIT && m->stack == NULL) {
		matcher_more(m);
		return match(x, m, text, n, scan, at);
	}
	if (r == PCRE2_ERROR_NOMATCH)
		return 0;
	where = pcre2_get_ovector_pointer(m->data);
	at[0] = where[0];
	at[1] = where[1];
	return r < 0 || at[0] > at[1] ? -1 : 1;
}

/* As Oniguruma's iterators do, ignore an empty match right after a match. */
static int
find_parts(const struct expression *x, struct matcher *m, const char *text,
    size_t n, struct scan *s, size_t enough, struct parts *out)
{
	PCRE2_SIZE at[2];
	int r;

	while (s->at <= n) {
		if (x->ascii != NULL)
			s->at = s->done = asciiword_cut(x->ascii, text,
			    s->start, s->at, n, enough, out);
		if (s->at == n && x->ascii != NULL)
			break;
		if (out->n >= enough)
			return 1;
		r = match(x, m, text, n, s->at, at);
		if (r == 0)
			break;
		if (r < 0 || at[0] < s->done)
			return fail("the tokenizer's expression takes too much "
				    "work on a text of %zu bytes",
			    n);
		if (at[0] == at[1] && s->any && at[1] == s->done) {
			for (s->at++;
			     s->at < n && (text[s->at] & 0xc0) == 0x80;)
				s->at++;
			continue;
		}
		if (s->done != at[0])
			parts_add(out, s->start + s->done, s->start + at[0],
			    false);
		parts_add(out, s->start + at[0], s->start + at[1], true);
		s->done = s->at = at[1];
		s->any = true;
	}
	if (s->done != n)
		parts_add(out, s->start + s->done, s->start + n, false);
	return 0;
}

static int
find_literal(const struct expression *x, const char *text, size_t n,
    struct scan *s, size_t enough, struct parts *out)
{
	const char *hit;
	size_t at;

	while (s->done < n) {
		if (out->n >= enough)
			return 1;
		hit = memmem(text + s->done, n - s->done, x->literal, x->n);
		at = hit != NULL ? (size_t)(hit - text) : n;
		if (at != s->done)
			parts_add(out, s->start + s->done, s->start + at,
			    false);
		if (hit != NULL) {
			parts_add(out, s->start + at, s->start + at + x->n,
			    true);
			at += x->n;
		}
		s->done = at;
	}
	return 0;
}

int
expression_parts(const struct expression *x, struct matcher *m,
    const char *text, struct scan *s, size_t enough, struct parts *out)
{
	size_t n = s->end - s->start;

	return x->literal != NULL ?
	    find_literal(x, text + s->start, n, s, enough, out) :
	    find_parts(x, m, text + s->start, n, s, enough, out);
}
