/* SPDX-License-Identifier: MIT */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/pretokenize.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum split_kind { SPLIT_ISOLATED, SPLIT_REMOVED, SPLIT_METASPACE };
enum { MATCH_LIMIT = 2000000, JIT_STACK_MIN = 32 << 10,
	JIT_STACK_MAX = 8 << 20 };

/* GPT-2's own (Radford et al. 2019), as ByteLevel uses it. */
static const char gpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
    " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

struct split {
	enum split_kind kind;
	pcre2_code *code; /* NULL: Metaspace that does not split */
	bool invert;
	bool always, first; /* Metaspace: whether it prepends */
	char *mark;	    /* what stands for a space */
};

struct pretokenizer {
	struct split *s;
	size_t n, cap;
	bool bytes, prefix_space;
};

void
pretokenizer_free(struct pretokenizer *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		pcre2_code_free(p->s[i].code);
		free(p->s[i].mark);
	}
	free(p->s);
	free(p);
}

static struct split *
add_split(struct pretokenizer *p, const char *pattern, size_t n, bool literal)
{
	struct split *s;
	PCRE2_UCHAR words[128];
	PCRE2_SIZE at;
	pcre2_code *code;
	int e;

	code = pcre2_compile((PCRE2_SPTR)pattern, n, PCRE2_UTF |
	    PCRE2_NO_UTF_CHECK | (literal ? PCRE2_LITERAL : PCRE2_UCP), &e,
	    &at, NULL);
	if (code == NULL) {
		(void)pcre2_get_error_message(e, words, sizeof words);
		(void)fail("expression at %zu: %s", at, (char *)words);
		return NULL;
	}
	(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	p->s = mem_grow(p->s, &p->cap, p->n + 1, sizeof *p->s);
	s = &p->s[p->n++];
	s->code = code;
	return s;
}

static int
add_pattern(struct pretokenizer *p, const struct json *j)
{
	const struct json *pattern = json_get(j, "pattern");
	const char *text, *behavior = "Isolated";
	struct split *s;
	size_t n;
	bool literal = json_get(pattern, "Regex") == NULL;
	int r = json_get_string(pattern, literal ? "String" : "Regex", &text,
	    &n);

	if (r <= 0)
		return r < 0 ? -1 : fail("Split: no pattern");
	if (json_get_string(j, "behavior", &behavior, NULL) < 0)
		return -1;
	if (strcmp(behavior, "Isolated") != 0 &&
	    strcmp(behavior, "Removed") != 0)
		return fail("Split: behavior %s is not known", behavior);
	s = add_split(p, text, n, literal);
	if (s == NULL)
		return -1;
	s->kind = behavior[0] == 'R' ? SPLIT_REMOVED : SPLIT_ISOLATED;
	s->invert = json_bool(json_get(j, "invert"), false);
	return 0;
}

static int
add_metaspace(struct pretokenizer *p, const struct json *j)
{
	const char *mark = "\xe2\x96\x81", *scheme = "always";
	struct split *s;
	struct buf pattern = { 0 };

	if (json_get_string(j, "replacement", &mark, NULL) < 0 ||
	    json_get_string(j, "prepend_scheme", &scheme, NULL) < 0)
		return -1;
	/* a word begins at each mark */
	buf_addf(&pattern, "\\Q%s\\E(?:(?!\\Q%s\\E).)*", mark, mark);
	s = add_split(p, pattern.p, pattern.n, false);
	buf_release(&pattern);
	if (s == NULL)
		return -1;
	s->kind = SPLIT_METASPACE;
	s->mark = mem_dup(mark, strlen(mark));
	s->always = strcmp(scheme, "always") == 0 &&
	    json_bool(json_get(j, "add_prefix_space"), true);
	s->first = strcmp(scheme, "first") == 0;
	if (!json_bool(json_get(j, "split"), true)) {
		pcre2_code_free(s->code);
		s->code = NULL;
	}
	return 0;
}

static int
add(struct pretokenizer *p, const struct json *j, int depth)
{
	const struct json *list = json_get(j, "pretokenizers");
	const char *type;
	size_t i;
	int r = json_get_string(j, "type", &type, NULL);

	if (r <= 0 || depth == 0)
		return r < 0 ? -1 : fail("key \"type\": missing");
	if (strcmp(type, "ByteLevel") == 0) {
		p->bytes = true;
		p->prefix_space = json_bool(json_get(j, "add_prefix_space"),
		    true);
		if (!json_bool(json_get(j, "use_regex"), true))
			return 0;
		return add_split(p, gpt2, sizeof gpt2 - 1, false) != NULL ?
		    0 : -1;
	}
	if (strcmp(type, "Digits") == 0)
		return add_split(p, json_bool(json_get(j, "individual_digits"),
		    false) ? "\\p{N}" : "\\p{N}+", json_bool(json_get(j,
		    "individual_digits"), false) ? 5 : 6, false) != NULL ?
		    0 : -1;
	if (strcmp(type, "Split") == 0)
		return add_pattern(p, j);
	if (strcmp(type, "Metaspace") == 0)
		return add_metaspace(p, j);
	if (strcmp(type, "Sequence") != 0 || list == NULL)
		return fail("type %s is not known", type);
	for (i = 0; i < json_count(list); i++)
		if (add(p, json_at(list, i), depth - 1) != 0)
			return -1;
	return 0;
}

struct pretokenizer *
pretokenizer_new(const struct json *j)
{
	struct pretokenizer *p = mem_alloc(1, sizeof *p);

	if (j == NULL || json_kind(j) == JSON_T_NULL ||
	    add(p, j, JSON_DEPTH) == 0)
		return p;
	(void)fail_in("pre_tokenizer");
	pretokenizer_free(p);
	return NULL;
}

bool
pretokenizer_bytes(const struct pretokenizer *p)
{
	return p->bytes;
}

static void
add_word(struct words *out, size_t start, size_t end)
{
	if (start == end)
		return;
	out->w = mem_grow(out->w, &out->cap, out->n + 1, sizeof *out->w);
	out->w[out->n++] = (struct word){ start, end };
}

/* Cut one word by an expression; what lies between matches is words too. */
static int
cut(const struct split *s, const char *text, struct word w,
    pcre2_match_data *data, pcre2_match_context *context, struct words *out)
{
	const PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);
	size_t from = w.start, scan = w.start;
	bool keep_match = s->kind != SPLIT_REMOVED || s->invert;
	bool keep_gap = s->kind != SPLIT_REMOVED || !s->invert;
	int r;

	while (scan < w.end) {
		r = pcre2_match(s->code, (PCRE2_SPTR)text + w.start,
		    w.end - w.start, scan - w.start, PCRE2_NO_UTF_CHECK,
		    data, context);
		if (r == PCRE2_ERROR_NOMATCH)
			break;
		if (r < 0)
			return fail("the tokenizer's expression gave up on a "
			    "text of %zu bytes", w.end - w.start);
		if (at[1] == at[0]) { /* empty: on by a character */
			scan = w.start + at[1] + 1;
			while (scan < w.end && (text[scan] & 0xc0) == 0x80)
				scan++;
			continue;
		}
		if (keep_gap)
			add_word(out, from, w.start + at[0]);
		if (keep_match)
			add_word(out, w.start + at[0], w.start + at[1]);
		from = scan = w.start + at[1];
	}
	if (keep_gap)
		add_word(out, from, w.end);
	return 0;
}

static int
apply(const struct split *s, const char *text, struct words *words)
{
	struct words out = { 0 };
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	pcre2_jit_stack *stack = pcre2_jit_stack_create(JIT_STACK_MIN,
	    JIT_STACK_MAX, NULL);
	size_t i;
	int rc = 0;

	if (data == NULL || context == NULL)
		mem_exhausted();
	pcre2_set_match_limit(context, MATCH_LIMIT);
	pcre2_jit_stack_assign(context, NULL, stack);
	for (i = 0; i < words->n && rc == 0; i++)
		rc = cut(s, text, words->w[i], data, context, &out);
	pcre2_match_data_free(data);
	pcre2_match_context_free(context);
	pcre2_jit_stack_free(stack);
	free(words->w);
	*words = out;
	return rc;
}

/* Spaces become marks, and one is put in front. */
static void
mark_spaces(const struct split *s, bool first, bool goes_on, struct buf *text)
{
	struct buf out = { 0 };
	size_t i, n = strlen(s->mark);

	if (!goes_on && (s->always || (s->first && first)) && text->n > 0 &&
	    text->p[0] != ' ' &&
	    (text->n < n || memcmp(text->p, s->mark, n) != 0))
		buf_add(&out, s->mark, n);
	for (i = 0; i < text->n; i++)
		if (text->p[i] == ' ')
			buf_add(&out, s->mark, n);
		else
			buf_addc(&out, text->p[i]);
	buf_release(text);
	*text = out;
}

int
pretokenize(const struct pretokenizer *p, struct buf *text, bool first,
    bool goes_on, struct words *words)
{
	struct buf spaced = { 0 };
	size_t i;

	if (p->prefix_space && !goes_on && text->n > 0 && text->p[0] != ' ') {
		buf_addc(&spaced, ' ');
		buf_add(&spaced, text->p, text->n);
		buf_release(text);
		*text = spaced;
	}
	for (i = 0; i < p->n; i++)
		if (p->s[i].kind == SPLIT_METASPACE)
			mark_spaces(&p->s[i], first, goes_on, text);
	words->n = 0;
	add_word(words, 0, text->n);
	for (i = 0; i < p->n; i++)
		if (p->s[i].code != NULL &&
		    apply(&p->s[i], text->p, words) != 0)
			return -1;
	return 0;
}
