/* SPDX-License-Identifier: MIT */
/*
 * dialog: the turns of a conversation that grows.  All zero is an empty one.
 */
#ifndef LIKELIHOOD_DIALOG_H
#define LIKELIHOOD_DIALOG_H

#include <stddef.h>

#include "text/chat.h"

struct dialog {
	struct turn *turn; /* [turns]; their texts are owned */
	size_t turns, cap;
};

/* Append a turn of n bytes, which are copied. */
void dialog_add(struct dialog *, enum speaker, const char *, size_t n);
/* Set the system's turn, which comes first; an empty text removes it. */
void dialog_set_system(struct dialog *, const char *, size_t n);
/* Drop the last turn; or all but the system's. */
void dialog_drop_last(struct dialog *);
void dialog_reset(struct dialog *);
void dialog_release(struct dialog *);

#endif
