/* SPDX-License-Identifier: MIT */
/* gguftokens_parts: functions shared by the files of gguftokens. */
#ifndef GGUF_GGUFTOKENS_PARTS_H
#define GGUF_GGUFTOKENS_PARTS_H

#include "base/buf.h"
#include "gguf/ggufpieces.h"
#include "io/ggufwrite.h"
#include "io/json.h"
#include "nn/config.h"

struct gguftokens {
	struct json *json; /* tokenizer.json */
	struct ggufpieces v;
	struct buf unused; /* texts of ids without a token */
	bool marks;        /* SentencePiece: spaces are marks */
	bool prefix;       /* a space is added before a text */
};

/* The two sides of merge i, "a b" or ["a", "b"]. */
must_use int gguftokens_merge(const struct json *, size_t i,
    struct gguf_text side[2]);
/* Check how a SentencePiece model marks spaces; sets prefix. */
must_use int gguftokens_spaces(struct gguftokens *);
/* Give pieces the scores that stand for the merges; -1: none do. */
must_use int gguftokens_score(struct gguftokens *);
/* Add the ids of special tokens, and the chat templates. */
must_use int gguftokens_specials(const struct gguftokens *, const char *dir,
    const struct config *, struct ggufwrite *);

#endif
