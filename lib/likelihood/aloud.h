/* SPDX-License-Identifier: MIT */
/*
 * aloud: a policy's answers as text, where no records are read or written: to
 * one prompt (speak.h), or in a conversation (converse.h).
 */
#ifndef LIKELIHOOD_ALOUD_H
#define LIKELIHOOD_ALOUD_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "likelihood/speak.h"

/* All is borrowed; of the speech, all but the template is set. */
struct aloud {
	struct speech speech;
	const char *dir;    /* of the chat template; NULL: do without */
	const char *prompt; /* NULL: converse */
	/* For a conversation, as in converse.h. */
	FILE *in;
	void (*listen)(bool);
	bool (*caught)(void);
};

/* Fails as speech_open, speak or converse do. */
must_use int aloud(struct aloud *);

#endif
