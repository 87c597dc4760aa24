/* SPDX-License-Identifier: MIT */
/*
 * chat: the turns of a conversation to tokens and action spans.
 *
 * A template is Jinja (jinja.h), the model's own or a named one, or a text
 * with fields that is spelt out.  What an assistant says is the action: from
 * the end of the text that prompts it to the token that ends its turn, or what
 * the template's generation blocks mark.  All other tokens are context.
 * Special tokens come from the template only: a special token that is spelled
 * in a turn is encoded as text.  Adjacent text is encoded in one piece, but a
 * span begins and ends a token.  Use:
 *
 *	t = template_find(dir, name);
 *	rc = template_fit(t, tokenizer);
 *	rc = chat_render(t, tokenizer, &talk, &chat);
 *	template_free(t);
 */
#ifndef TEXT_CHAT_H
#define TEXT_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"
#include "text/tokenizer.h"

enum speaker { SPEAKER_SYSTEM, SPEAKER_USER, SPEAKER_ASSISTANT, SPEAKER_TOOL };

struct turn {
	enum speaker speaker;
	const char *text; /* borrowed; NULL: the message has no text */
	size_t n;
	const struct json *message; /* all its fields, or NULL: only text */
	const struct json *beside;  /* without a message: a document whose
				     * thoughts and calls are the turn's */
	const char *role;           /* as templates know it; NULL: by speaker */
	bool given;                 /* not an action, though an assistant's */
};

/* Fields that a turn takes from the document beside it; NULL ends them. */
extern const char *const turn_fields[];

/* A conversation; all is borrowed. */
struct talk {
	const struct turn *turn;
	size_t turns;
	const struct json *document; /* its other fields; NULL: none */
	bool prompts;   /* add the text that prompts an answer; no actions */
	bool last_only; /* only the last answer is an action */
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
	struct buf left_out; /* fields that the template does not show */
	struct buf asked;    /* fields of the document that it asked for, each
			      * with a NUL after it */
};

struct chat_template;

/*
 * The template of a policy's directory: chat_template.jinja, or chat_template
 * of tokenizer_config.json or chat_template.json.  With a name: the template
 * of that name there, or else template_new(name).  Without either: "plain".
 * NULL on failure.
 */
struct chat_template *template_find(const char *dir, const char *name);
/*
 * Make the template of a name, or of a text with the fields {prompt},
 * {response}, {system}, {bos} and {eos} and the escapes \n \t \\.  NULL on
 * failure.
 */
struct chat_template *template_new(const char *);
/* -1: such a text, but malformed; a name may be one that a policy knows. */
must_use int template_check(const char *);
/* Make one of a Jinja text; name: for messages. */
struct chat_template *template_jinja(const char *text, size_t n,
    const char *name);
void template_free(struct chat_template *);
/* Append the names, separated by blanks. */
void template_names(struct buf *);
const char *template_name(const struct chat_template *);
/* Whether it is plain text, without anything around the turns. */
bool template_is_plain(const struct chat_template *);
/* The Jinja text of a named template, or NULL. */
const char *template_source(const char *name);
/* The Jinja text of a template; NULL: it is spelt out. */
const char *template_text(const struct chat_template *);

/* Learn how the template begins and ends an answer with these tokens. */
must_use int template_fit(struct chat_template *, const struct tokenizer *);
/* The special token that ends an answer, or -1. */
int64_t template_end(const struct chat_template *);
/* The same of the template of a directory. */
must_use int template_end_of(const char *dir, const struct tokenizer *,
    int64_t *end);

/*
 * Replace the contents of *chat by a conversation.  Content that is a list of
 * parts is shown as the turn's text, unless the template knows parts.  -1: the
 * text cannot be encoded, the template refuses it, or it leaves out what an
 * assistant says.
 */
must_use int chat_render(const struct chat_template *, const struct tokenizer *,
    const struct talk *, struct chat *);
void chat_release(struct chat *);

#endif
