/* SPDX-License-Identifier: MIT */
/*
 * bpe: tokenizer.json to encode and decode with.
 *
 * Byte-level BPE (GPT-2, Llama 3, Qwen) with the file's own pretokeniser
 * expressions, and the SentencePiece style of Llama 2 with byte fallback;
 * normalisers (normalize.h), added and special tokens.  A tokenizer is read
 * once and is then read-only: threads may share it.
 */
#ifndef TEXT_BPE_H
#define TEXT_BPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct bpe;

/* DIR/tokenizer.json and, where there, DIR/tokenizer_config.json; NULL on
 * failure. */
struct bpe *bpe_open(const char *dir);
void bpe_close(struct bpe *);

size_t bpe_vocab(const struct bpe *); /* highest id + 1 */
/* XXH3-128 of the bytes of tokenizer.json, in hexadecimal. */
const char *bpe_fingerprint(const struct bpe *);

/*
 * Append the ids of n bytes of UTF-8 to *ids (mem_grow with *cap, *count in
 * use).  Special tokens spelt in the text are text, unless `specials`.
 * No BOS is added.  -1: not UTF-8, or the expression gave up.
 */
must_use int bpe_encode(const struct bpe *, const char *text, size_t n,
    bool specials, uint32_t **ids, size_t *count, size_t *cap);
/*
 * The same without specials, for text that goes on (or not) from text that
 * has been encoded: no space of SentencePiece is put in front where it does.
 */
must_use int bpe_encode_on(const struct bpe *, const char *text, size_t n,
    bool goes_on, uint32_t **ids, size_t *count, size_t *cap);
/* The first special or added token spelt in the text at or after `from`. */
bool bpe_find_special(const struct bpe *, const char *text, size_t n,
    size_t from, size_t *start, size_t *end, uint32_t *id);
/*
 * Append the text of ids; special tokens are left out unless `specials`.
 * Tokens are bytes: what is appended is UTF-8 where the ids were so made.
 */
must_use int bpe_decode(const struct bpe *, const uint32_t *, size_t n,
    bool specials, struct buf *out);

/* The id of a special or added token by its text; -1 where there is none. */
int64_t bpe_token(const struct bpe *, const char *text);
/*
 * From tokenizer_config.json (and generation_config.json or config.json,
 * where they say): -1 where there is none.
 */
int64_t bpe_bos(const struct bpe *);
int64_t bpe_eos(const struct bpe *);
/*
 * chat_template of tokenizer_config.json, or NULL; whether a BOS is put in
 * front (add_bos_token).
 */
const char *bpe_chat_template(const struct bpe *);
bool bpe_adds_bos(const struct bpe *);

/*
 * Train a byte-level BPE on text: the JSON of a tokenizer.json with `vocab`
 * ids (specials first, then 256 bytes, then merges), pretokenised as GPT-2.
 * Where there is no room for 256 bytes, those that occur in the text; any
 * other cannot be encoded then.  -1, and nothing is appended, where the text
 * does not yield so many pieces.
 */
must_use int bpe_train(const char *text, size_t n, size_t vocab,
    const char *const *specials, size_t special_count, struct buf *json);
/*
 * The same on the bytes of a file, with <s> and </s> as tokens 0 and 1; about
 * gets the tokenizer_config.json beside it, `longest` the tokens of a text.
 */
must_use int bpe_train_file(const char *path, size_t vocab, size_t longest,
    struct buf *json, struct buf *about);

#endif
