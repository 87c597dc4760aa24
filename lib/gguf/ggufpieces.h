/* SPDX-License-Identifier: MIT */
/*
 * ggufpieces: the vocabulary of a GGUF file, and the merges that scores of a
 * SentencePiece model stand for.
 *
 * Such a model joins the two neighbors whose joint piece has the highest
 * score.  So every cut of a piece into two others is a merge, and merges are
 * in the order of the scores of what they make.
 */
#ifndef GGUF_GGUFPIECES_H
#define GGUF_GGUFPIECES_H

#include <stdint.h>

#include "io/gguf.h"

/* tokenizer.ggml.token_type */
enum ggufkind {
	GGUF_NORMAL = 1,
	GGUF_UNKNOWN,
	GGUF_CONTROL,
	GGUF_USER_DEFINED,
	GGUF_UNUSED,
	GGUF_BYTE
};

struct ggufpiece {
	struct gguf_text text; /* borrowed */
	enum ggufkind kind;
	float score;
};

struct ggufpieces {
	struct ggufpiece *p; /* by id */
	uint32_t *by_text;
	size_t n;
};

struct ggufmerge {
	uint32_t left, right, whole;
};

enum { GGUF_NO_PIECE = 0xffffffff };

/* The pieces of a file: tokens, token_type and, if needed, scores. */
must_use int ggufpieces_read(struct ggufpieces *, const struct gguf *,
    bool scores);
/* Sort pieces by text; -1: two are the same, or one is not UTF-8. */
must_use int ggufpieces_sort(struct ggufpieces *);
void ggufpieces_release(struct ggufpieces *);
uint32_t ggufpieces_find(const struct ggufpieces *, const char *, size_t n);

/*
 * The merges that the scores stand for, in order; the caller frees.  -1: a
 * piece is too long for this, or a score is not a number.
 */
must_use int ggufpieces_merges(const struct ggufpieces *,
    struct ggufmerge **merges, size_t *count);

#endif
