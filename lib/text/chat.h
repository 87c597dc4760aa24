/* SPDX-License-Identifier: MIT */
/*
 * chat: turns of a conversation -> tokens with action spans.
 *
 * A template says what stands around the turns of each role.  What the
 * assistant says, its end token included, are actions; all else is given.
 * Special tokens come from the template alone: spelt out in a turn they are
 * text.  Text that stands together is encoded together, and text that goes
 * on is encoded as going on (no space of SentencePiece in front), so the
 * ids are those of the whole.
 */
#ifndef TEXT_CHAT_H
#define TEXT_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/tokenizer.h"

enum speaker { SPEAKER_SYSTEM, SPEAKER_USER, SPEAKER_ASSISTANT, SPEAKER_TOOL };

struct turn {
	enum speaker speaker;
	const char *text; /* borrowed */
	size_t n;
};

enum chat_end {
	CHAT_OPEN,
	CHAT_EOS,
	CHAT_TURN
}; /* how the last action ended */

/* Tokens and spans of one conversation; all zero is empty; reused. */
struct chat {
	uint32_t *tokens;
	size_t n, cap;
	uint32_t *bound; /* start, end of each span */
	size_t bounds, bound_cap;
	enum chat_end end;
};

struct template;

/*
 * A name (plain, chatml, llama2, llama3, zephyr, gemma, alpaca, hh), or a
 * template spelt out with {prompt}, {response}, {system}, {bos} and {eos}
 * and the escapes \n \t \\.  NULL with the reason.
 */
struct template *template_new(const char *);
/* The named one whose marks stand in a chat_template; plain where none does (or
 * NULL). */
struct template *template_find(const char *chat_template);
void template_free(struct template *);
const char *template_name(const struct template *);

must_use int chat_render(const struct template *, const struct tokenizer *,
    const struct turn *, size_t turns, struct chat *);
void chat_release(struct chat *);

#endif
