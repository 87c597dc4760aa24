/* SPDX-License-Identifier: MIT */
/*
 * ggufvocab: the tokenizer of a GGUF file as the files of a policy:
 * tokenizer.json, tokenizer_config.json with the chat template, and
 * generation_config.json.
 *
 * tokenizer.ggml.model is gpt2 (byte-level BPE with merges; ggufpre.h), llama
 * (a SentencePiece model of BPE with scores, which becomes BPE with byte
 * fallback; ggufpieces.h), or none.
 */
#ifndef GGUF_GGUFVOCAB_H
#define GGUF_GGUFVOCAB_H

#include "base/buf.h"
#include "io/gguf.h"
#include "nn/config.h"

struct ggufvocab {
	struct buf tokenizer, config, generation; /* texts of the files */
	bool none; /* the file has no tokenizer: only `generation` is set */
};

/*
 * Read the tokenizer of a file for a policy of this config, whose bos and eos
 * are set.
 */
must_use int ggufvocab_read(struct ggufvocab *, const struct gguf *,
    struct config *);
void ggufvocab_release(struct ggufvocab *);

#endif
