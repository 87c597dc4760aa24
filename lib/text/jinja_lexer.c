/* SPDX-License-Identifier: MIT */
#include "text/jinja_lexer.h"

#include <string.h>

#include "base/utf8.h"
#include "text/jinja_scan.h"

enum { BRACKETS = 200 };

struct lexer {
	struct jarena *arena;
	struct jscan s;
	bool line_start; /* what comes begins a line */
	struct jtoken *token;
	size_t n, cap;
	char bracket[BRACKETS];
	size_t brackets;
};

static void
emit(struct lexer *l, struct jtoken token)
{
	struct jtoken *more;

	if (l->n == l->cap) {
		l->cap = l->cap > 0 ? 2 * l->cap : 64;
		more = jarena_alloc(l->arena, l->cap * sizeof *more);
		if (l->n > 0)
			memcpy(more, l->token, l->n * sizeof *more);
		l->token = more;
	}
	token.line = l->s.line;
	l->token[l->n++] = token;
}

static void
emit_data(struct lexer *l, size_t from, size_t to)
{
	if (to > from)
		emit(l,
		    (struct jtoken){ .kind = JTOKEN_DATA,
			.p = l->s.p + from,
			.n = to - from });
}

/* Skip n bytes; then by the sign before the end of a tag what follows it. */
static void
end_tag(struct lexer *l, size_t n, char sign, bool trims)
{
	jscan_skip(&l->s, n);
	if (sign == '-')
		jscan_skip_space(&l->s);
	else if (trims && sign != '+' && jscan_peek(&l->s, 0) == '\n')
		jscan_skip(&l->s, 1);
	l->line_start = l->s.p[l->s.at - 1] == '\n';
}

/* The end of data before a tag {x with this sign. */
static size_t
strip(const struct lexer *l, size_t from, size_t to, char kind, char sign)
{
	size_t line = to;

	if (sign == '-')
		return jscan_before_space(&l->s, from, to);
	if (sign == '+' || kind == '{')
		return to;
	while (line > from && l->s.p[line - 1] != '\n')
		line--;
	if ((line > from || l->line_start) &&
	    jscan_before_space(&l->s, line, to) == line)
		return line;
	return to;
}

static int
skip_comment(struct lexer *l)
{
	size_t end = l->s.at;

	while (
	    end + 1 < l->s.n && (l->s.p[end] != '#' || l->s.p[end + 1] != '}'))
		end++;
	if (l->s.at == l->s.n)
		return 0;
	if (end + 1 >= l->s.n)
		return fail("line %u: a comment does not end", l->s.line);
	end_tag(l, end + 2 - l->s.at, end > l->s.at ? l->s.p[end - 1] : ' ',
	    true);
	return 0;
}

/* At {%: whether it is the tag {% raw %} or {% endraw %}; skips it then. */
static bool
take_raw(struct lexer *l, const char *name, bool trims, char *sign)
{
	struct jscan s = l->s;
	char end;

	jscan_skip(&s, 2);
	*sign = jscan_peek(&s, 0) == '-' || jscan_peek(&s, 0) == '+' ?
	    jscan_peek(&s, 0) :
	    ' ';
	jscan_skip(&s, *sign != ' ');
	jscan_skip_space(&s);
	if (s.n - s.at < strlen(name) ||
	    memcmp(s.p + s.at, name, strlen(name)) != 0)
		return false;
	jscan_skip(&s, strlen(name));
	jscan_skip_space(&s);
	end = jscan_peek(&s, 0);
	jscan_skip(&s, end == '-' || (end == '+' && trims));
	if (jscan_peek(&s, 0) != '%' || jscan_peek(&s, 1) != '}')
		return false;
	l->s = s;
	end_tag(l, 2, end, trims);
	return true;
}

static int
take_raw_body(struct lexer *l)
{
	const uint32_t line = l->s.line;
	const bool before = l->line_start;
	size_t from = l->s.at, at;
	bool after;
	char sign;

	for (; l->s.at + 1 < l->s.n; jscan_skip(&l->s, 1)) {
		at = l->s.at;
		if (l->s.p[at] != '{' || l->s.p[at + 1] != '%' ||
		    !take_raw(l, "endraw", true, &sign))
			continue;
		after = l->line_start;
		l->line_start = before;
		emit_data(l, from, strip(l, from, at, '%', sign));
		l->line_start = after;
		return 0;
	}
	return fail("line %u: a raw block does not end", line);
}

/* Data, and the beginning of the tag after it. */
static int
take_data(struct lexer *l)
{
	size_t from = l->s.at, to;
	char kind = '\0', sign;

	for (; l->s.at < l->s.n; jscan_skip(&l->s, 1)) {
		kind = jscan_peek(&l->s, 1);
		if (l->s.p[l->s.at] == '{' &&
		    (kind == '{' || kind == '%' || kind == '#'))
			break;
	}
	to = l->s.at;
	if (to == l->s.n) {
		emit_data(l, from, to);
		return 0;
	}
	sign = jscan_peek(&l->s, 2);
	if (sign != '-' && sign != '+')
		sign = ' ';
	to = strip(l, from, to, kind, sign);
	emit_data(l, from, to);
	if (kind == '%' && take_raw(l, "raw", false, &sign))
		return take_raw_body(l);
	jscan_skip(&l->s, 2 + (sign != ' '));
	if (kind == '#')
		return skip_comment(l);
	emit(l,
	    (struct jtoken){
		.kind = kind == '{' ? JTOKEN_PRINT : JTOKEN_BLOCK });
	return 0;
}

static int
balance(struct lexer *l, int op)
{
	static const char open[] = "([{", close[] = ")]}";
	const char *at;

	if (op > 0 && op < 128 && (at = strchr(open, op)) != NULL) {
		if (l->brackets == BRACKETS)
			return fail("line %u: brackets nested deeper than %d",
			    l->s.line, BRACKETS);
		l->bracket[l->brackets++] = close[at - open];
	} else if (op > 0 && op < 128 && strchr(close, op) != NULL) {
		if (l->brackets == 0 || l->bracket[--l->brackets] != op)
			return fail("line %u: unexpected '%c'", l->s.line, op);
	}
	return 0;
}

/* The tokens of a tag, and its end. */
static int
take_tag(struct lexer *l, bool print)
{
	const char end = print ? '}' : '%';
	struct jtoken token;
	char c, sign;

	for (;;) {
		jscan_skip_space(&l->s);
		c = jscan_peek(&l->s, 0);
		sign = c == '-' || (c == '+' && !print) ? c : ' ';
		if (l->brackets == 0 && jscan_peek(&l->s, sign != ' ') == end &&
		    jscan_peek(&l->s, 1 + (sign != ' ')) == '}') {
			emit(l,
			    (struct jtoken){ .kind = print ?
				    JTOKEN_PRINT_END :
				    JTOKEN_BLOCK_END });
			end_tag(l, 2 + (sign != ' '), sign, !print);
			return 0;
		}
		if (jscan_token(&l->s, l->arena, &token) != 0)
			return fail_in("line %u", l->s.line);
		if (token.kind == JTOKEN_END)
			return fail("line %u: a tag does not end", l->s.line);
		if (token.kind == JTOKEN_OPERATOR && balance(l, token.op) != 0)
			return -1;
		emit(l, token);
	}
}

const struct jtoken *
jtoken_read(struct jarena *arena, const char *text, size_t n)
{
	struct lexer l = { .arena = arena, .line_start = true };

	if (!utf8_valid(text, n)) {
		(void)fail("not UTF-8");
		return NULL;
	}
	jscan_init(&l.s, arena, text, n);
	while (l.s.at < l.s.n) {
		if (take_data(&l) != 0)
			return NULL;
		if (l.n > 0 &&
		    (l.token[l.n - 1].kind == JTOKEN_PRINT ||
			l.token[l.n - 1].kind == JTOKEN_BLOCK) &&
		    take_tag(&l, l.token[l.n - 1].kind == JTOKEN_PRINT) != 0)
			return NULL;
	}
	emit(&l, (struct jtoken){ .kind = JTOKEN_END });
	return l.token;
}
