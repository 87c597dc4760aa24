/* SPDX-License-Identifier: MIT */
/*
 * split: make words of the parts of a text, which are the matches of an
 * expression and the gaps between them.  The behavior (isolated, removed, ...)
 * says how.
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

/* A match, or the gap between two. */
struct part {
	size_t start, end;
	bool match;
};

struct parts {
	struct part *p;
	size_t n, cap;
};

enum split {
	SPLIT_REMOVED,    /* each gap is a word; matches are dropped */
	SPLIT_ISOLATED,   /* each match and each gap is a word */
	SPLIT_CONTIGUOUS, /* adjacent matches are one word */
	SPLIT_PREVIOUS,   /* a match ends the word before it */
	SPLIT_NEXT        /* a match begins the word after it */
};

/* The behavior of a name in tokenizer.json, or -1. */
int split_named(const char *);
void words_add(struct words *, size_t start, size_t end);
/* For pretokenize(): append words to arg, a struct words; returns 0. */
int words_append(void *arg, const char *text, const struct words *);
/* Append the words of the parts. */
void split_parts(enum split, const struct parts *, struct words *);
/* Whether each part makes its words without regard to its neighbors. */
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
