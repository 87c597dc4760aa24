/* SPDX-License-Identifier: MIT */
/*
 * chatfields: the fields of POST /v1/chat/completions.
 *
 * messages, tools, documents and chat_template_kwargs, which the policy's
 * template sees as those of a document of demo2traj; max_completion_tokens or
 * max_tokens (1024); logprobs, top_logprobs; and those of
 * request.h.  What a message says never makes a special token.
 */
#ifndef SERVE_CHATFIELDS_H
#define SERVE_CHATFIELDS_H

#include "serve/request.h"
#include "serve/served.h"

/* Fill a request from its body, an object.  -1: names the field. */
must_use int chat_read(struct request *, const struct served *);
/* Append the tokens that prompt an answer to the body's messages. */
must_use int chat_prompt(const struct json *body, const struct served *,
    uint32_t **ids, size_t *n, size_t *cap);

#endif
