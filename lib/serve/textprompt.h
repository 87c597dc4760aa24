/* SPDX-License-Identifier: MIT */
/*
 * textprompt: the tokens of a prompt, from a text or a list of ids.
 *
 * Special tokens that are spelled in a text are such tokens, unless the field
 * parse_special of the request is false: a client that renders the template
 * itself has no other way to send them.  Texts of a conversation never make
 * special tokens (chatfields.h).  The token that texts begin with comes first,
 * unless add_special_tokens is false.
 */
#ifndef SERVE_TEXTPROMPT_H
#define SERVE_TEXTPROMPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/json.h"
#include "text/tokenizer.h"

/* Append the ids of a text; body: the request. */
must_use int textprompt_encode(const struct tokenizer *,
    const struct json *body, const struct json *text, uint32_t **ids, size_t *n,
    size_t *cap);
/* Append a list of ids, each below V. */
must_use int textprompt_ids(const struct json *list, size_t V, uint32_t **ids,
    size_t *n, size_t *cap);

#endif
