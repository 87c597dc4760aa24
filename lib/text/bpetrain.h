/* SPDX-License-Identifier: MIT */
/*
 * bpetrain: train a byte-level BPE tokenizer on a text.
 */
#ifndef TEXT_BPETRAIN_H
#define TEXT_BPETRAIN_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Append the JSON of a tokenizer.json with `vocab` ids: the special tokens,
 * then the bytes, then the merges, with the pretokenizer of GPT-2.  If `vocab`
 * has no room for all 256 bytes, only those that occur in the text are
 * included, and other bytes cannot be encoded.  The same text gives the same
 * tokenizer.  -1, with nothing appended, if the text does not yield `vocab`
 * ids.
 */
must_use int bpe_train(const char *text, size_t n, size_t vocab,
    const char *const *specials, size_t special_count, struct buf *json);
/*
 * Train on the bytes of a file, with <s> and </s> as tokens 0 and 1.
 * `config` receives the matching tokenizer_config.json; `longest` is the most
 * tokens of a sequence.
 */
must_use int bpe_train_file(const char *path, size_t vocab, size_t longest,
    struct buf *json, struct buf *config);

#endif
