/* SPDX-License-Identifier: MIT */
/*
 * split: what becomes of the matches of an expression when a text is cut by
 * it.  The text is given as parts, matches and the gaps between them; the
 * behaviour (isolated, removed, ...) says which words they make.
 */
#ifndef TEXT_SPLIT_H
#define TEXT_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* A word: bytes start .. end of the text. */
struct word {
	size_t start, end;
};

struct words {
	struct word *w;
	size_t n, cap;
};

/* A match of the expression, or what lies between two. */
struct part {
	size_t start, end;
	bool match;
};

struct parts {
	struct part *p;
	size_t n, cap;
};

enum split {
	SPLIT_REMOVED,    /* matches are dropped */
	SPLIT_ISOLATED,   /* each match is a word */
	SPLIT_CONTIGUOUS, /* neighbouring matches are one word */
	SPLIT_PREVIOUS,   /* a match ends the word before it */
	SPLIT_NEXT        /* a match begins the word after it */
};

/* By its name in a tokenizer.json; -1 where there is none. */
int split_named(const char *);
void words_add(struct words *, size_t start, size_t end);
/* Append words to arg, a struct words; 0: as what takes words. */
int words_append(void *arg, const char *text, const struct words *);
/* Append the words that the parts make. */
void split_parts(enum split, const struct parts *, struct words *);
/* Whether these are all the words, though more parts may follow. */
bool split_is_local(enum split);

void parts_grow(struct parts *);

static inline void
parts_add(struct parts *out, size_t start, size_t end, bool match)
{
	if (out->n == out->cap)
		parts_grow(out);
	out->p[out->n++] = (struct part){ start, end, match };
}

#endif
