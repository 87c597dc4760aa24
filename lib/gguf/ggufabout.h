/* SPDX-License-Identifier: MIT */
/*
 * ggufabout: the text of a tokenizer_config.json from the keys of a GGUF file:
 * special tokens by their texts, and the chat templates.
 */
#ifndef GGUF_GGUFABOUT_H
#define GGUF_GGUFABOUT_H

#include "base/buf.h"
#include "gguf/ggufspecial.h"

/* Append it; longest: the most tokens of a sequence. */
must_use int ggufabout_put(struct buf *, const struct ggufspecial *,
    const struct ggufpieces *, const struct gguf *, size_t longest);

#endif
