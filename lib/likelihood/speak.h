/* SPDX-License-Identifier: MIT */
/*
 * speak: how a policy continues a prompt, as text.
 *
 * A single sample is written while it grows; of several, each is written when
 * all are drawn, with an empty line between two.
 */
#ifndef LIKELIHOOD_SPEAK_H
#define LIKELIHOOD_SPEAK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/decode.h"
#include "text/chat.h"
#include "text/continuation.h"

/* All but the template is borrowed. */
struct speech {
	const struct ckpt *policy;
	const struct decode_options *how;
	const struct respond_options *respond;
	int fd;                         /* the text goes there */
	struct chat_template *template; /* NULL: the prompt as it is */
	size_t samples, tokens;         /* drawn */
};

/* Open the template of a directory; it stays NULL if there is none.  The
 * other members are set; -1 on failure. */
must_use int speech_open(struct speech *, const char *dir);
void speech_close(struct speech *);

/* -1: the prompt or the policy is unfit (decode_run), or a write failed. */
must_use int speak(struct speech *, const char *prompt);

/*
 * Begin the answer to a conversation: init its text, and let the template's
 * end of an answer end a sequence of the config.  Release the text in any case.
 */
must_use int speech_begin(const struct speech *, const struct talk *,
    struct continuation *, struct config *);

#endif
