/* SPDX-License-Identifier: MIT */
/* frame_parts: what the files of frame.h share. */
#ifndef TRAJ_FRAME_PARTS_H
#define TRAJ_FRAME_PARTS_H

#include "traj/frame.h"

/* A template, and the texts that it puts around turns. */
struct frame {
	const struct tokenizer *tokenizer; /* borrowed */
	struct chat_template *template;
	struct buf head;         /* before the user, at the beginning */
	struct buf system, then; /* before a system turn, and from it to user */
	struct buf tail;         /* from the user to an answer */
	struct buf lead, end;    /* in a span, around what is said */
	struct buf next;         /* from an answer to the user */
	struct buf turn;         /* end and next */
	bool open;               /* no token ends an answer */
	bool known, knows_system;
};

/* Append tokens from .. to as text; out has memory then. */
void frame_decode(const struct tokenizer *, const uint32_t *tokens, size_t from,
    size_t to, bool specials, struct buf *out);

#endif
