/* SPDX-License-Identifier: MIT */
/*
 * continuation: how a prompt goes on, as text.
 *
 * Tokens come one after another; continuation_text gives what they say that
 * has not been given yet.  Prompt and continuation are decoded together, for
 * what a token says may depend on whether something stands before it.  Bytes
 * that later tokens may complete to a character are kept back until `last`.
 */
#ifndef TEXT_CONTINUATION_H
#define TEXT_CONTINUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/tokenizer.h"

struct continuation {
	const struct tokenizer *tokenizer; /* borrowed */
	uint32_t *prompt, *all;            /* its ids; those and what came */
	size_t n, cap, all_cap;            /* n of the prompt */
	size_t prompt_bytes, said;
};

/*
 * The prompt's ids, a BOS in front where the tokenizer adds one; an empty
 * prompt is that BOS, or the end token.
 */
must_use int continuation_init(struct continuation *, const struct tokenizer *,
    const char *prompt);
void continuation_release(struct continuation *);
/*
 * Append to *out what the n tokens so far say beyond what was given; after
 * `last` it begins anew.
 */
must_use int continuation_text(struct continuation *, const uint32_t *tokens,
    size_t n, bool last, struct buf *out);
/* The same, and `end` after it, written to a file descriptor. */
must_use int continuation_write(struct continuation *, const uint32_t *tokens,
    size_t n, bool last, const char *end, int fd);

#endif
