/* SPDX-License-Identifier: MIT */
/*
 * logprobs: log-probabilities as JSON, in the forms of both endpoints.
 *
 * A token whose bytes are no UTF-8 is written as "bytes:\xe2\x80", as OpenAI
 * does.  An offset counts characters of the choice's text.
 */
#ifndef SERVE_LOGPROBS_H
#define SERVE_LOGPROBS_H

#include "base/buf.h"
#include "serve/request.h"

/* Append {"tokens", "token_logprobs", "top_logprobs", "text_offset"}, or null
 * if none are asked for. */
void logprobs_put(struct buf *, const struct request *, const struct choice *,
    const struct tokenizer *);
/* The same as {"content": [{"token", "logprob", "bytes", ...}]}. */
void logprobs_put_chat(struct buf *, const struct request *,
    const struct choice *, const struct tokenizer *);

#endif
