/* SPDX-License-Identifier: MIT */
/*
 * tokenanswers: POST /tokenize and /detokenize.
 *
 * /tokenize takes prompt, content or text, or messages (chatfields.h), and
 * gives count, max_model_len and tokens; /detokenize takes tokens and gives
 * their text, special tokens included, as prompt and content.
 */
#ifndef SERVE_TOKENANSWERS_H
#define SERVE_TOKENANSWERS_H

#include "base/buf.h"
#include "serve/served.h"

/* Append the answer to a body, an object.  -1: names the field. */
must_use int tokenize_answer(const struct served *, const struct json *,
    struct buf *out);
must_use int detokenize_answer(const struct served *, const struct json *,
    struct buf *out);

#endif
