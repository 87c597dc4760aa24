/* SPDX-License-Identifier: MIT */
/* ggufjson: the text of a tokenizer.json from the keys of a GGUF file. */
#ifndef GGUF_GGUFJSON_H
#define GGUF_GGUFJSON_H

#include "base/buf.h"
#include "gguf/ggufpre.h"
#include "gguf/ggufspecial.h"

/*
 * Append it: with a pretokenizer that of a byte-level BPE, whose merges the
 * file has; without one (NULL) that of a SentencePiece model.
 */
must_use int ggufjson_put(struct buf *, const struct gguf *,
    const struct ggufpieces *, const struct ggufspecial *,
    const struct ggufpre *);

#endif
