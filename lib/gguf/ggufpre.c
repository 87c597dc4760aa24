/* SPDX-License-Identifier: MIT */
/*
 * A name of llama.cpp stands for the expressions of one published tokenizer;
 * names with the same expressions share a row.  llama.cpp has no normalizer:
 * the one here is that of the tokenizers that are called so.
 */
#include "gguf/ggufpre.h"

#include <string.h>

#include "base/buf.h"

#define NONE "null"
#define NFC "{\"type\":\"NFC\"}"

#define BYTES(regex) \
	"{\"type\":\"ByteLevel\",\"add_prefix_space\":false," \
	"\"trim_offsets\":true,\"use_regex\":" regex "}"
#define SPLIT(pattern) \
	"{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" pattern \
	"\"},\"behavior\":\"Isolated\",\"invert\":false}"
#define SEQUENCE(a, b) "{\"type\":\"Sequence\",\"pretokenizers\":[" a "," b "]}"
#define DIGITS "{\"type\":\"Digits\",\"individual_digits\":true}"

/* English contractions, words, numbers, other characters, blanks. */
#define CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define BLANKS "\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+"
#define WORD "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+"
#define OTHER " ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*"
#define OTHER_SLASH " ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*"
#define WORDS(numbers) CONTRACTIONS "|" WORD "|" numbers "|" OTHER "|" BLANKS

/* Words that begin with capitals, and words of capitals. */
#define UPPER "[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"
#define LOWER "[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]"
#define BEFORE "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?"
#define CASED(end, numbers) \
	BEFORE UPPER "*" LOWER "+" end "|" BEFORE UPPER "+" LOWER "*" end \
		     "|" numbers "|" OTHER_SLASH "|" BLANKS

static const struct ggufpre rows[] = {
	{ "gpt-2 phi-2 mpt jais exaone4", NONE, BYTES("true") },
	{ "olmo", NFC, BYTES("true") },
	{ "smollm starcoder refact command-r codeshell exaone minerva-7b", NONE,
	    SEQUENCE(DIGITS, BYTES("true")) },
	{ "llama-bpe llama3 llama-v3 falcon3 lfm2", NONE,
	    SEQUENCE(SPLIT(WORDS("\\\\p{N}{1,3}")), BYTES("false")), true,
	    true },
	{ "dbrx smaug-bpe", NONE,
	    SEQUENCE(SPLIT(WORDS("\\\\p{N}{1,3}")), BYTES("false")) },
	{ "qwen2 deepseek-r1-qwen megrez", NFC,
	    SEQUENCE(SPLIT(WORDS("\\\\p{N}")), BYTES("false")) },
	{ "stablelm2", NONE,
	    SEQUENCE(SPLIT(WORDS("\\\\p{N}")), BYTES("false")) },
	{ "tekken", NONE,
	    SEQUENCE(SPLIT(CASED("", "\\\\p{N}")), BYTES("false")), true,
	    true },
	{ "gpt-4o llama4", NONE,
	    SEQUENCE(SPLIT(CASED(CONTRACTIONS "?", "\\\\p{N}{1,3}")),
		BYTES("false")) },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* Whether a name is one of a list with blanks. */
static bool
lists(const char *names, struct gguf_text name)
{
	size_t n;

	for (; *names != '\0'; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		if (n == name.n && memcmp(names, name.p, n) == 0)
			return true;
	}
	return false;
}

const struct ggufpre *
ggufpre_named(struct gguf_text name)
{
	struct buf known = { 0 };
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (lists(rows[i].names, name)) {
			buf_release(&known);
			return &rows[i];
		}
		buf_addf(&known, i > 0 ? " %s" : "%s", rows[i].names);
	}
	(void)fail("key tokenizer.ggml.pre: %.*s is not known here; known are "
		   "%s",
	    GGUF_SHOWN(name), buf_text(&known));
	buf_release(&known);
	return NULL;
}

/* ---- by what a tokenizer.json says */

/* Append a form in which equal stages are equal texts. */
static void
put_stages(struct buf *b, const struct json *j, int depth)
{
	const char *type = json_text(json_get(j, "type"), NULL);
	const struct json *list = json_get(j, "pretokenizers");
	size_t i;

	if (type == NULL || depth == 0)
		return;
	if (list == NULL)
		list = json_get(j, "normalizers");
	for (i = 0; list != NULL && i < json_count(list); i++)
		put_stages(b, json_at(list, i), depth - 1);
	if (list != NULL)
		return;
	buf_addf(b, "%s ", type);
	if (strcmp(type, "ByteLevel") == 0)
		buf_addf(b, "%d %d",
		    json_bool(json_get(j, "add_prefix_space"), true),
		    json_bool(json_get(j, "use_regex"), true));
	else
		json_put(b, j);
	buf_addc(b, '\n');
}

static void
put_parsed(struct buf *b, const char *text)
{
	struct json *j = json_parse(text, strlen(text));

	put_stages(b, j, JSON_DEPTH);
	buf_addc(b, '\n');
	json_free(j);
}

const struct ggufpre *
ggufpre_of(const struct json *tokenizer)
{
	bool ignore =
	    json_bool(json_pointer(tokenizer, "/model/ignore_merges"), false);
	const struct ggufpre *found = NULL;
	struct buf wanted = { 0 }, row = { 0 };
	size_t i;

	put_stages(&wanted, json_get(tokenizer, "normalizer"), JSON_DEPTH);
	buf_addc(&wanted, '\n');
	put_stages(&wanted, json_get(tokenizer, "pre_tokenizer"), JSON_DEPTH);
	buf_addc(&wanted, '\n');
	for (i = 0; i < ROWS && found == NULL; i++) {
		buf_reset(&row);
		put_parsed(&row, rows[i].normalizer);
		put_parsed(&row, rows[i].pre_tokenizer);
		if (row.n == wanted.n && memcmp(row.p, wanted.p, row.n) == 0 &&
		    rows[i].ignore_merges == ignore)
			found = &rows[i];
	}
	buf_release(&wanted);
	buf_release(&row);
	if (found == NULL)
		(void)fail("normalizer and pre_tokenizer: no pretokenizer of "
			   "GGUF is like these");
	return found;
}
