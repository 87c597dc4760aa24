/* SPDX-License-Identifier: MIT */
/*
 * chat: the turns of a conversation to tokens and action spans.
 *
 * A template says what precedes and follows the turns of each role.  The text
 * of an assistant turn and its end token are actions; all other tokens are
 * context.  Special tokens come from the template only: a special token that
 * is spelled in a turn is encoded as text.  Adjacent text is encoded in one
 * piece, so the ids are those of the whole conversation.
 */
#ifndef TEXT_CHAT_H
#define TEXT_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/tokenizer.h"

enum speaker { SPEAKER_SYSTEM, SPEAKER_USER, SPEAKER_ASSISTANT, SPEAKER_TOOL };

struct turn {
	enum speaker speaker;
	const char *text; /* borrowed */
	size_t n;
};

/* The last token of the last action: text, EOS, or another end of turn. */
enum chat_end { CHAT_OPEN, CHAT_EOS, CHAT_TURN };

/* One conversation; begins as all zero, and is reused. */
struct chat {
	uint32_t *tokens;
	size_t n, cap;
	uint32_t *bound; /* start and end of each action span */
	size_t bounds, bound_cap;
	enum chat_end end;
};

struct chat_template;

/*
 * Make the template of a name, or of a text with the fields {prompt},
 * {response}, {system}, {bos} and {eos} and the escapes \n \t \\.  NULL on
 * failure.
 */
struct chat_template *template_new(const char *);
/*
 * Make the named template whose mark occurs in a chat_template; "plain" if
 * there is none, or if chat_template is NULL.
 */
struct chat_template *template_find(const char *chat_template);
void template_free(struct chat_template *);
/* Append the names, separated by blanks. */
void template_names(struct buf *);
const char *template_name(const struct chat_template *);

/*
 * Replace the contents of *chat by these turns.  -1: the text cannot be
 * encoded, or the turns do not fit the template.
 */
must_use int chat_render(const struct chat_template *, const struct tokenizer *,
    const struct turn *, size_t turns, struct chat *);
void chat_release(struct chat *);

#endif
