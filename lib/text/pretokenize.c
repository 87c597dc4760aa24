/* SPDX-License-Identifier: MIT */
/*
 * A pretokenizer is a list of stages.  A stage replaces spaces by a mark or
 * adds a prefix (Metaspace, ByteLevel), or cuts each word into smaller ones.
 */
#include "text/pretokenize.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/expression.h"
#include "base/utf8.h"

enum { BATCH = 256 }; /* least words that are taken at once */

/* The expression of GPT-2 (Radford et al. 2019), which ByteLevel uses. */
static const char gpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|"
			   " ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/* What Rust counts as words: also joiners, and letters in circles. */
#define WORD \
	"\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{200c}\\x{200d}\\x{24b6}-\\x{" \
	"24e9}" \
	"\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}"

/* Types that are one expression. */
static const struct {
	const char *type, *pattern;
	enum split how;
	bool invert;
} plain[] = {
	{ "Punctuation", "[!-\\/:-@\\[-`{-~\\p{P}]", SPLIT_ISOLATED, false },
	{ "Whitespace", "[" WORD "]+|[^" WORD "\\s]+", SPLIT_REMOVED, true },
	{ "WhitespaceSplit", "\\s", SPLIT_REMOVED, false },
};

struct stage {
	struct expression *cut; /* NULL: does not cut */
	enum split how;
	bool invert;  /* matches and gaps change places */
	bool marks;   /* replace each space by the prefix */
	bool always;  /* add the prefix before each word */
	bool first;   /* add it before the first word of a document */
	char *prefix; /* NULL: none */
};

struct pretokenizer {
	struct stage *s;
	size_t n, cap;
	bool bytes;
};

/* ---- reading */

void
pretokenizer_free(struct pretokenizer *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		expression_free(p->s[i].cut);
		free(p->s[i].prefix);
	}
	free(p->s);
	free(p);
}

static struct stage *
add_stage(struct pretokenizer *p)
{
	p->s = mem_grow(p->s, &p->cap, p->n + 1, sizeof *p->s);
	return &p->s[p->n++];
}

static int
add_cut(struct pretokenizer *p, const char *pattern, size_t n, bool literal,
    enum split how, bool invert)
{
	struct stage *s = add_stage(p);

	s->how = how;
	s->invert = invert;
	s->cut = expression_new(pattern, n, literal);
	return s->cut != NULL ? 0 : -1;
}

/* The behavior that j names, or else `otherwise`; -1 on failure. */
static int
behavior(const struct json *j, enum split otherwise)
{
	const char *name;
	int how, r = json_get_string(j, "behavior", &name, NULL);

	if (r <= 0)
		return r < 0 ? -1 : (int)otherwise;
	how = split_named(name);
	return how >= 0 ? how : fail("behavior %s is not known", name);
}

static int
add_split(struct pretokenizer *p, const struct json *j)
{
	const struct json *pattern = json_get(j, "pattern");
	bool literal = json_get(pattern, "Regex") == NULL, invert = false;
	const char *text;
	size_t n;
	int how = behavior(j, SPLIT_ISOLATED);
	int r =
	    json_get_string(pattern, literal ? "String" : "Regex", &text, &n);

	if (how < 0 || r < 0 || json_get_bool(j, "invert", &invert) < 0)
		return fail_in("Split");
	if (r == 0)
		return fail("Split: no pattern");
	if (literal && n == 0)
		return 0; /* matches nowhere */
	return add_cut(p, text, n, literal, (enum split)how, invert);
}

static int
add_metaspace(struct pretokenizer *p, const struct json *j)
{
	const char *mark = "\xe2\x96\x81", *scheme;
	struct stage *s = add_stage(p);
	bool prefix = true, cut = true;
	size_t n;
	int r;

	if (json_get_string(j, "replacement", &mark, NULL) < 0 ||
	    json_get_bool(j, "add_prefix_space", &prefix) < 0 ||
	    json_get_bool(j, "split", &cut) < 0 ||
	    (r = json_get_string(j, "prepend_scheme", &scheme, NULL)) < 0)
		return fail_in("Metaspace");
	if (r == 0)
		scheme = prefix ? "always" : "never";
	s->marks = true;
	s->prefix = mem_dup(mark, strlen(mark));
	s->always = strcmp(scheme, "always") == 0;
	s->first = strcmp(scheme, "first") == 0;
	if (!s->always && !s->first && strcmp(scheme, "never") != 0)
		return fail("Metaspace: prepend_scheme %s is not known",
		    scheme);
	if (*mark == '\0' || (utf8_decode(mark, strlen(mark), &n), mark[n]))
		return fail("Metaspace: replacement: expected a character");
	return cut ? add_cut(p, mark, strlen(mark), true, SPLIT_NEXT, false) :
		     0;
}

static int
add_byte_level(struct pretokenizer *p, const struct json *j)
{
	bool prefix = true, regex = true;
	struct stage *s;

	if (json_get_bool(j, "add_prefix_space", &prefix) < 0 ||
	    json_get_bool(j, "use_regex", &regex) < 0)
		return fail_in("ByteLevel");
	p->bytes = true;
	if (prefix) {
		s = add_stage(p);
		s->prefix = mem_dup(" ", 1);
		s->always = true;
	}
	return regex ?
	    add_cut(p, gpt2, sizeof gpt2 - 1, false, SPLIT_ISOLATED, false) :
	    0;
}

static int
add_plain(struct pretokenizer *p, const struct json *j, const char *type)
{
	bool each = false;
	size_t i;
	int how;

	if (strcmp(type, "Digits") == 0) {
		if (json_get_bool(j, "individual_digits", &each) < 0)
			return fail_in("Digits");
		return add_cut(p, "\\p{N}", 5, false,
		    each ? SPLIT_ISOLATED : SPLIT_CONTIGUOUS, false);
	}
	for (i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (strcmp(type, plain[i].type) == 0) {
			how = behavior(j, plain[i].how);
			return how < 0 ? fail_in("%s", type) :
					 add_cut(p, plain[i].pattern,
					     strlen(plain[i].pattern), false,
					     (enum split)how, plain[i].invert);
		}
	return fail("type %s is not known", type);
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
	if (strcmp(type, "ByteLevel") == 0)
		return add_byte_level(p, j);
	if (strcmp(type, "Split") == 0)
		return add_split(p, j);
	if (strcmp(type, "Metaspace") == 0)
		return add_metaspace(p, j);
	if (strcmp(type, "Sequence") != 0)
		return add_plain(p, j, type);
	if (list == NULL || json_kind(list) != JSON_T_ARRAY)
		return fail("Sequence: key \"pretokenizers\": expected a list");
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

/* ---- cutting */

struct taker {
	int (*take)(void *, const char *text, const struct words *);
	void *arg;
};

/*
 * Cut one word.  The smaller ones go to taker, unless it is NULL; those that
 * it has not taken remain in out.
 */
static int
cut_word(const struct stage *s, struct matcher *m, const char *text,
    struct word word, struct parts *parts, const struct taker *taker,
    struct words *out)
{
	const size_t enough =
	    taker != NULL && split_is_local(s->how) ? BATCH : SIZE_MAX;
	struct scan scan = { word.start, word.end };
	size_t i;
	int r;

	do {
		parts->n = 0;
		r = expression_parts(s->cut, m, text, &scan, enough, parts);
		if (r < 0)
			return -1;
		for (i = 0; i < parts->n && s->invert; i++)
			parts->p[i].match = !parts->p[i].match;
		split_parts(s->how, parts, out);
		if (taker != NULL && out->n >= BATCH) {
			if (taker->take(taker->arg, text, out) != 0)
				return -1;
			out->n = 0;
		}
	} while (r > 0);
	return 0;
}

static int
cut(const struct stage *s, const char *text, const struct taker *taker,
    struct words *words)
{
	struct words out = { 0 };
	struct parts parts = { 0 };
	struct matcher m = { 0 };
	size_t i;
	int rc = 0;

	for (i = 0; i < words->n && rc == 0; i++)
		rc = cut_word(s, &m, text, words->w[i], &parts, taker, &out);
	matcher_release(&m);
	free(parts.p);
	free(words->w);
	*words = out;
	return rc;
}

static bool
starts_with(const char *p, size_t n, const char *prefix)
{
	size_t m = strlen(prefix);

	return n >= m && memcmp(p, prefix, m) == 0;
}

/* Replace spaces by marks and add prefixes. */
static void
put_marks(const struct stage *s, bool first, bool after_text, struct buf *text,
    struct words *words)
{
	struct buf out = { 0 };
	size_t i, k, start;

	for (i = 0; i < words->n; i++) {
		struct word *w = &words->w[i];
		const char *p = text->p + w->start;
		size_t n = w->end - w->start;

		start = out.n;
		if ((s->always || (s->first && first && i == 0)) &&
		    !(after_text && i == 0) && !starts_with(p, n, s->prefix) &&
		    !(s->marks && p[0] == ' '))
			buf_adds(&out, s->prefix);
		for (k = 0; k < n; k++)
			if (s->marks && p[k] == ' ')
				buf_adds(&out, s->prefix);
			else
				buf_addc(&out, p[k]);
		*w = (struct word){ start, out.n };
	}
	buf_release(text);
	*text = out;
}

int
pretokenize(const struct pretokenizer *p, struct buf *text, bool first,
    bool after_text, int (*take)(void *, const char *, const struct words *),
    void *arg)
{
	const struct taker taker = { take, arg };
	struct words words = { 0 };
	size_t i;
	int rc = 0;

	words_add(&words, 0, text->n);
	for (i = 0; i < p->n && rc == 0; i++) {
		if (p->s[i].prefix != NULL)
			put_marks(&p->s[i], first, after_text, text, &words);
		(void)buf_room(text, PRETOKENIZE_PAD);
		if (p->s[i].cut != NULL)
			rc = cut(&p->s[i], text->p,
			    i + 1 == p->n ? &taker : NULL, &words);
	}
	(void)buf_room(text, PRETOKENIZE_PAD);
	if (rc == 0)
		rc = take(arg, text->p, &words);
	free(words.w);
	return rc;
}
