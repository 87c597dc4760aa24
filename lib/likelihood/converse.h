/* SPDX-License-Identifier: MIT */
/*
 * converse: a conversation with a policy, in its chat template.
 *
 * Turns and commands are read (typed.h); each answer is written while it is
 * sampled and stays in the conversation.  On a terminal the user is asked for
 * turns, control characters of answers are shown as '?', and lines in
 * parentheses say why an answer ended early or a turn was refused.  Elsewhere a
 * turn that is refused is a failure, and an empty line separates answers.
 */
#ifndef LIKELIHOOD_CONVERSE_H
#define LIKELIHOOD_CONVERSE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "likelihood/speak.h"

/* All is borrowed. */
struct conversation {
	struct speech *speech;
	FILE *in;
	/* Whether the user interrupted the answer; listen brackets it. */
	void (*listen)(bool);
	bool (*caught)(void);
	bool terminal; /* input and output are one; converse sets it */
};

/* Until /quit or the end of the turns.  -1: no template (ERR_NO_TEMPLATE), or a
 * failure of reading, drawing or writing. */
must_use int converse(struct conversation *);

#endif
