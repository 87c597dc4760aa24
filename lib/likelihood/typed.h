/* SPDX-License-Identifier: MIT */
/*
 * typed: the turns of a user, and commands, from lines of text.
 *
 * A line is a turn.  After a line that ends with a backslash the next one
 * belongs to it too; and so do the lines between two that have nothing but
 * three double quotes.  A first word that begins with a slash, and has no other
 * one, is a command; it is none between quotes.  Empty turns are skipped.
 */
#ifndef LIKELIHOOD_TYPED_H
#define LIKELIHOOD_TYPED_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

/* TYPED_UNKNOWN: a command that is none of these; text is all of it. */
enum typed_kind {
	TYPED_TURN,
	TYPED_RESET,
	TYPED_SYSTEM,
	TYPED_QUIT,
	TYPED_UNKNOWN
};

struct typed {
	FILE *in;      /* borrowed */
	int prompt_fd; /* a terminal to ask at; -1: none */
	struct buf line;
	enum typed_kind kind;
	struct buf text; /* the turn, or what follows the command */
};

/* The next one: 1, 0 at the end, -1: a turn is too long, or reading failed. */
must_use int typed_read(struct typed *);
void typed_release(struct typed *);

#endif
