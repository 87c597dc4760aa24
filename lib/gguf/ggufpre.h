/* SPDX-License-Identifier: MIT */
/*
 * ggufpre: the normalizers and pretokenizers that byte-level tokenizers of
 * GGUF files have: tokenizer.ggml.pre is a name, for which tokenizer.json has
 * a list of expressions.
 */
#ifndef GGUF_GGUFPRE_H
#define GGUF_GGUFPRE_H

#include <stdbool.h>

#include "io/gguf.h"
#include "io/json.h"

struct ggufpre {
	const char *names;         /* with blanks; the first is written */
	const char *normalizer;    /* JSON, as in tokenizer.json */
	const char *pre_tokenizer; /* JSON */
	bool ignore_merges;        /* words that are pieces are not merged */
	bool bos;                  /* texts begin with BOS, if no key says */
};

/* By a name; NULL on failure, which lists those known. */
const struct ggufpre *ggufpre_named(struct gguf_text name);
/* That of a tokenizer.json; NULL: GGUF has none like it. */
const struct ggufpre *ggufpre_of(const struct json *tokenizer);

#endif
