/* SPDX-License-Identifier: MIT */
/*
 * tokenizer: text to token ids and back, as a tokenizer.json says.
 *
 * The file names a normalizer (normalize.h), a pretokenizer (pretokenize.h),
 * added tokens (added.h), a model (tokenmodel.h) and a decoder (decoder.h);
 * this module runs them in order.  Use:
 *
 *	t = tokenizer_open(dir);
 *	rc = tokenizer_encode(t, text, n, false, &ids, &count, &cap);
 *	rc = tokenizer_decode(t, ids, count, false, &out);
 *	tokenizer_close(t);
 *
 * A tokenizer does not change after tokenizer_open: threads may share it.
 */
#ifndef TEXT_TOKENIZER_H
#define TEXT_TOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct tokenizer;

/*
 * Read DIR/tokenizer.json and, if it exists, DIR/tokenizer_config.json.  NULL
 * on failure; ERR_NO_DIRECTORY if DIR is not a directory.
 */
struct tokenizer *tokenizer_open(const char *dir);
void tokenizer_close(struct tokenizer *);

size_t tokenizer_vocab(const struct tokenizer *); /* highest id + 1 */
/* XXH3-128 of the bytes of tokenizer.json, in hexadecimal. */
const char *tokenizer_fingerprint(const struct tokenizer *);

/*
 * Append the ids of n bytes of UTF-8 to *ids (grown by mem_grow: *cap
 * allocated, *count in use).  Special tokens that are spelled in the text are
 * encoded as text, unless `specials`.  No BOS is added.  -1: the text is not
 * UTF-8, has characters without a token, or is too hard for an expression of
 * the tokenizer.
 */
must_use int tokenizer_encode(const struct tokenizer *, const char *text,
    size_t n, bool specials, uint32_t **ids, size_t *count, size_t *cap);
/*
 * The same, without specials, of a part of a document.  SentencePiece puts a
 * space in front of the first part; older tokenizers (normalizer Prepend,
 * Metaspace "always") of one after a special token too.
 */
enum text_place { PLACE_FIRST, PLACE_AFTER_SPECIAL, PLACE_AFTER_TEXT };
must_use int tokenizer_encode_part(const struct tokenizer *, const char *text,
    size_t n, enum text_place, uint32_t **ids, size_t *count, size_t *cap);
/* Find the first added token that is spelled at or after text[from]. */
bool tokenizer_find_special(const struct tokenizer *, const char *text,
    size_t n, size_t from, size_t *start, size_t *end, uint32_t *id);
/*
 * Append the text of n ids; special tokens are left out unless `specials`.
 * A token may be part of a character, so the result need not be UTF-8.  Ids
 * that are not in the vocabulary are nothing: a policy may have more rows than
 * its tokenizer has tokens.
 */
void tokenizer_decode(const struct tokenizer *, const uint32_t *, size_t n,
    bool specials, struct buf *out);

/* The same of ids that follow others: a space that the tokenizer removes at the
 * start of a text stays. */
void tokenizer_decode_more(const struct tokenizer *, const uint32_t *, size_t n,
    bool specials, struct buf *out);

/*
 * Append what tokenizer_find_special finds as this token.  It is what
 * tokenizer_decode gives, unless the tokenizer normalizes added tokens.
 */
void tokenizer_spelled(const struct tokenizer *, uint32_t id, struct buf *out);

/* The id of an added token or a piece of the vocabulary by its text, or -1. */
int64_t tokenizer_token(const struct tokenizer *, const char *text);
/*
 * The ids of BOS and EOS, or -1: by tokenizer_config.json, else by
 * generation_config.json or config.json.
 */
int64_t tokenizer_bos(const struct tokenizer *);
int64_t tokenizer_eos(const struct tokenizer *);
/*
 * The id that texts begin with, or -1: by the post_processor (postprocess.h),
 * else BOS where tokenizer_config.json has add_bos_token.
 */
int64_t tokenizer_first(const struct tokenizer *);

#endif
