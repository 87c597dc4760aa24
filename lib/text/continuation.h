/* SPDX-License-Identifier: MIT */
/*
 * continuation: the text of a continuation, token by token as it is sampled.
 *
 * continuation_text returns the text that was added since its last call.  The
 * prompt is decoded with the continuation, because the text of a token can
 * depend on the tokens before it.  Bytes that later tokens may complete to a
 * character or to a stop text are held back until `last`.  The text ends where
 * a stop text begins.
 */
#ifndef TEXT_CONTINUATION_H
#define TEXT_CONTINUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/stops.h"
#include "text/tokenizer.h"

struct continuation {
	const struct tokenizer *tokenizer; /* borrowed */
	const struct stops *stops; /* borrowed; set after init; may be NULL */
	uint32_t *prompt, *all;    /* its ids; its ids and the continuation's */
	size_t n, cap, all_cap;    /* n: tokens of the prompt */
	size_t prompt_bytes;
	size_t returned; /* bytes of the text so far, with the prompt */
};

/*
 * Append the id that a text begins with, if the tokenizer adds one; an empty
 * text begins with BOS, or with EOS if there is no BOS; -1 if it has neither.
 */
must_use int continuation_begin(const struct tokenizer *, bool empty,
    uint32_t **ids, size_t *n, size_t *cap);
/* Encode the prompt, after that id. */
must_use int continuation_init(struct continuation *, const struct tokenizer *,
    const char *prompt);
/* The same of a prompt of n ids. */
void continuation_init_ids(struct continuation *, const struct tokenizer *,
    const uint32_t *, size_t n);
void continuation_release(struct continuation *);
/*
 * Append to *out the new text of the n tokens so far.  `last`: the
 * continuation is complete; the next call begins another one.
 */
void continuation_text(struct continuation *, const uint32_t *tokens, size_t n,
    bool last, struct buf *out);
/* Write the same, followed by `end`, to a file descriptor. */
must_use int continuation_write(struct continuation *, const uint32_t *tokens,
    size_t n, bool last, const char *end, int fd);

#endif
