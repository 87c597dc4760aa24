/* SPDX-License-Identifier: MIT */
/*
 * gguftokens: the tokenizer of a policy as keys of a GGUF file; the other way
 * of ggufvocab.h.
 *
 * What GGUF cannot say is refused: another model than BPE, another normalizer
 * or pretokenizer than those of ggufpre.h, merges of SentencePiece that no
 * scores stand for, added tokens that take blanks with them.
 */
#ifndef GGUF_GGUFTOKENS_H
#define GGUF_GGUFTOKENS_H

#include "io/ggufwrite.h"
#include "nn/config.h"

/*
 * Add the tokenizer, special tokens and chat templates of the policy in `dir`.
 * Without tokenizer.json the file says that it has none.
 */
must_use int gguftokens_write(const char *dir, const struct config *,
    struct ggufwrite *);

#endif
