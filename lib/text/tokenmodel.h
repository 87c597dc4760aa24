/* SPDX-License-Identifier: MIT */
/*
 * tokenmodel: what a tokenizer asks of its model, the "model" of a
 * tokenizer.json: turn words into ids, and ids into pieces.
 *
 * To add a model (Unigram, WordPiece), write a file that defines a struct
 * tokenmodel_type and add it to the table in tokenmodels.c.
 */
#ifndef TEXT_TOKENMODEL_H
#define TEXT_TOKENMODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "io/json.h"
#include "text/split.h"
#include "text/wordcache.h"

enum { TOKENMODEL_NONE = 0xffffffff }; /* no such piece */

struct ids {
	uint32_t *id;
	size_t n, cap;
};

static inline void
ids_room(struct ids *out, size_t n)
{
	if (out->cap - out->n < n)
		out->id =
		    mem_grow(out->id, &out->cap, out->n + n, sizeof *out->id);
}

static inline void
ids_add(struct ids *out, uint32_t id)
{
	ids_room(out, 1);
	out->id[out->n++] = id;
}

/* The struct of each model begins with this one. */
struct tokenmodel {
	const struct tokenmodel_type *type;
	bool byte_pieces; /* a piece <0xXX> stands for that byte */
};

struct tokenmodel_type {
	const char *name; /* "type" of the model in tokenizer.json */
	/* bytes: words are raw bytes, not UTF-8.  NULL on failure. */
	struct tokenmodel *(*make)(const struct json *, bool bytes);
	void (*free)(struct tokenmodel *);
	/*
	 * Append the ids of words of a text (valid UTF-8), after which
	 * WORDCACHE_PAD more bytes can be read.  cache: one that the caller
	 * has taken, or NULL.  -1: a character has no token.
	 */
	int (*encode)(const struct tokenmodel *, struct wordcache *,
	    const char *text, const struct words *, struct ids *);
	size_t (*size)(const struct tokenmodel *); /* highest id + 1 */
	/* The id of a piece, or TOKENMODEL_NONE. */
	uint32_t (*find)(const struct tokenmodel *, const char *, size_t n);
	/* The bytes of an id (borrowed), or NULL. */
	const char *(*piece)(const struct tokenmodel *, uint32_t id, size_t *n);
};

#endif
