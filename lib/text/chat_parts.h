/* SPDX-License-Identifier: MIT */
/*
 * chat_parts: declarations that the files of chat share.
 */
#ifndef TEXT_CHAT_PARTS_H
#define TEXT_CHAT_PARTS_H

#include "text/chat.h"
#include "text/jinja.h"

enum { CHAT_OPENERS = 16 };

struct chat_template {
	char *name;
	struct jinja *jinja;
	char *source;      /* the text of jinja */
	char *custom;      /* spelt out, in place of jinja */
	bool named, plain; /* of the table */
	/* template_fit: */
	struct buf prompt;             /* the text that prompts an answer */
	int64_t end;                   /* the token that ends one, or -1 */
	struct buf tail;               /* the text that does, without a token */
	bool parts;                    /* it knows content that is a list */
	uint32_t opener[CHAT_OPENERS]; /* tokens that begin a turn */
	size_t openers;
};

/* ---- tokens: text is collected until a special token */

struct chat_writer {
	const struct tokenizer *tokenizer;
	struct chat *chat;
	struct buf pending;
	enum text_place place; /* of the text that follows */
	enum chat_end last;    /* the kind of the last token */
};

void chat_put_text(struct chat_writer *, const char *, size_t n);
must_use int chat_put_id(struct chat_writer *, int64_t id);
/* One in front of the document, whose text begins only then. */
must_use int chat_put_first(struct chat_writer *, int64_t id);
must_use int chat_flush(struct chat_writer *);
/* n bytes of a template, in which special tokens are encoded as such. */
must_use int chat_put_literal(struct chat_writer *, const char *, size_t n);
/* An action needs a token before it: BOS or EOS if there is no other. */
must_use int chat_begin_action(struct chat_writer *);
must_use int chat_end_action(struct chat_writer *);

/* ---- a template that is spelt out */

char *chat_custom_new(const char *text); /* NULL on failure */
must_use int chat_custom_render(struct chat_writer *, const char *custom,
    const struct talk *);

/* ---- where the bytes of a rendered text come from */

/* A field of a turn or, with turn SIZE_MAX, of the document. */
struct chat_source {
	size_t turn;
	const char *field;
	bool spoken; /* the words of an assistant */
	bool empty;
	bool used; /* some byte of it was rendered */
};

/* Origin o of a part is source[o - 1]; 0 is the template. */
struct chat_sources {
	struct chat_source *source;
	size_t n, cap;
	struct json *tools; /* parsed from a text; owned */
	bool has_tools;     /* the document declares some */
};

/* Set the variables of a template. */
must_use int chat_set_variables(struct jinja_run *,
    const struct chat_template *, const struct talk *, const struct tokenizer *,
    struct chat_sources *);
void chat_sources_release(struct chat_sources *);
/*
 * Append the names of the document's fields that a rendering asked for, and of
 * those that chat_check_used speaks for.
 */
void chat_list_asked(const struct chat_sources *, const struct jinja_run *,
    struct buf *asked);
/*
 * Fail if an assistant's words are left out; append the names of other fields
 * that are.
 */
must_use int chat_check_used(const struct chat_sources *, struct buf *left_out);

/* A piece of the text with one source. */
struct chat_run {
	size_t start, end;
	uint32_t origin;
	bool learnt;
};

struct chat_hit { /* a special token in the template's text */
	size_t start, end;
	uint32_t id;
	bool special; /* and not only an added token */
};

struct chat_span {
	size_t start, end, turn;
};

struct chat_text {
	struct buf text;
	struct chat_run *run;
	size_t runs, run_cap;
	struct chat_hit *hit;
	size_t hits, hit_cap;
	struct chat_span *span;
	size_t spans, span_cap;
};

/* Take the result of a rendering apart; marks which sources were used. */
void chat_text_read(struct chat_text *, const struct jinja_run *,
    const struct tokenizer *, struct chat_sources *);
/* Find the actions. */
void chat_text_spans(struct chat_text *, const struct chat_template *,
    const struct chat_sources *);
void chat_text_release(struct chat_text *);

#endif
