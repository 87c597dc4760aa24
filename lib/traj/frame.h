/* SPDX-License-Identifier: MIT */
/*
 * frame: what a chat template puts around turns, and turns taken out of it.
 *
 *	f = frame_new(dir, name, tokenizer);
 *	frame_turns(f, tokenizer, t, &talk);
 *	frame_free(f);
 */
#ifndef TRAJ_FRAME_H
#define TRAJ_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "text/chat.h"
#include "text/tokenizer.h"
#include "traj/traj.h"

struct frame;

/* The template of a policy's directory, by a name or NULL (chat.h). */
struct frame *frame_new(const char *dir, const char *name,
    const struct tokenizer *);
void frame_free(struct frame *);

/* A conversation.  All zero is empty; reused. */
struct frame_talk {
	struct frame_turn {
		enum speaker speaker;
		bool given;   /* an answer that is no action */
		size_t at, n; /* in text */
	} * turn;
	size_t turns, cap;
	struct buf text;
};

/*
 * The turns of a trajectory.  Where the template makes other tokens of them, or
 * the frame is NULL, what lies between action spans is the user's.
 */
void frame_turns(const struct frame *, const struct tokenizer *,
    const struct traj *, struct frame_talk *);
void frame_talk_release(struct frame_talk *);

#endif
