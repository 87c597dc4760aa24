/* SPDX-License-Identifier: MIT */
/*
 * ggufspecial: what the keys of a GGUF file say of special tokens: their ids,
 * and those that begin and end a text.
 */
#ifndef GGUF_GGUFSPECIAL_H
#define GGUF_GGUFSPECIAL_H

#include "base/buf.h"
#include "gguf/ggufpieces.h"
#include "nn/config.h"

enum ggufspecial_id {
	GGUF_BOS,
	GGUF_EOS,
	GGUF_UNK,
	GGUF_PAD,
	GGUF_EOT, /* ends a turn */
	GGUF_EOM, /* ends a message */
	GGUF_SPECIALS
};

struct ggufspecial {
	int64_t id[GGUF_SPECIALS]; /* -1: none */
	bool add_bos, add_eos;     /* texts begin and end so */
};

/* Whether the part of a key after "tokenizer.ggml." is one of these. */
bool ggufspecial_known(struct gguf_text name);
/* marks: of a SentencePiece model.  -1: an id is not one of n tokens. */
must_use int ggufspecial_read(struct ggufspecial *, const struct gguf *,
    size_t n, bool marks, bool add_bos);

/* Append `,"post_processor":...` of tokenizer.json. */
void ggufspecial_put_processor(struct buf *, const struct ggufspecial *,
    const struct ggufpieces *);
/* Set bos and eos of a config; append generation_config.json. */
void ggufspecial_ends(const struct ggufspecial *, struct config *,
    struct buf *);

/* The key of an id after "tokenizer.ggml.", and in tokenizer_config.json. */
const char *ggufspecial_key(enum ggufspecial_id);
const char *ggufspecial_name(enum ggufspecial_id); /* NULL: it has none */

#endif
