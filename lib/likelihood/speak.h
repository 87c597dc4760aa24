/* SPDX-License-Identifier: MIT */
/*
 * speak: how a policy continues a prompt, as text.
 *
 * A single sample is written while it grows; of several, each is written when
 * all are drawn, with an empty line between two.
 */
#ifndef LIKELIHOOD_SPEAK_H
#define LIKELIHOOD_SPEAK_H

#include <stddef.h>

#include "base/err.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/decode.h"
#include "text/chat.h"
#include "text/tokenizer.h"

/* All pointers are borrowed. */
struct speech {
	const struct ckpt *policy;
	const struct tokenizer *tokenizer;
	const struct chat_template *template; /* NULL: the prompt as it is */
	const struct decode_options *how;
	const struct respond_options *respond;
	int fd;                 /* the text goes there */
	size_t samples, tokens; /* set by speak */
};

/* -1: the prompt or the policy is unfit (decode_run), or a write failed. */
must_use int speak(struct speech *, const char *prompt);

#endif
