/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "text/bpetrain.h"
#include "text/tokenizer.h"

static const char *const specials[] = { "<s>", "</s>" };
static const char text[] =
    "low low low low low lower lower newest newest "
    "newest newest newest newest widest widest widest aaaaaaa aaaaaaa";

static struct tokenizer *
trained(const char *from, size_t vocab)
{
	struct buf json = { 0 };
	struct tokenizer *b = NULL;

	if (bpe_train(from, strlen(from), vocab, specials, 2, &json) == 0) {
		put("tokenizer.json", buf_text(&json));
		b = tokenizer_open(".");
	}
	buf_release(&json);
	return b;
}

static void
test_whole(void)
{
	static const char all[] = "lowest <s> \xe2\x82\xac\n\t aaaa new\x7f";
	struct buf out = { 0 }, once = { 0 }, again = { 0 };
	uint32_t *ids = NULL;
	size_t n = 0, cap = 0;
	struct tokenizer *b = trained(text, 275);

	if (!ok(b != NULL && tokenizer_vocab(b) == 275,
		"a vocabulary of the size asked for: %s", err_last()))
		return;
	ok(tokenizer_token(b, "<s>") == 0 && tokenizer_token(b, "</s>") == 1,
	    "special tokens have the first ids");
	/* aa 12 times; es and st 9 times, and then est */
	ok(tokenizer_token(b, "aa") == 258 && tokenizer_token(b, "es") == 259 &&
		tokenizer_token(b, "est") == 260 &&
		tokenizer_token(b, "st") == -1,
	    "merges by frequency, of equals the lowest ids first");
	need(tokenizer_encode(b, all, sizeof all - 1, false, &ids, &n, &cap));
	tokenizer_decode(b, ids, n, true, &out);
	ok(n < sizeof all - 1 && strcmp(buf_text(&out), all) == 0,
	    "any text is encoded and decoded unchanged");
	ok(n > 1 && ids[0] != 0, "a spelled special token is encoded as text");
	ok(bpe_train(text, strlen(text), 275, specials, 2, &once) == 0 &&
		bpe_train(text, strlen(text), 275, specials, 2, &again) == 0 &&
		once.n == again.n && memcmp(once.p, again.p, once.n) == 0,
	    "the same text gives the same tokenizer");
	free(ids);
	buf_release(&out);
	buf_release(&once);
	buf_release(&again);
	tokenizer_close(b);
}

static void
test_small(void)
{
	static const char runs[] = "aaaaaaaaaaaaaaa aaaaaaa aaaaa ababababa "
				   "bababa abababab aabaabaab";
	uint32_t *ids = NULL;
	size_t n = 0, cap = 0;
	struct tokenizer *b = trained("abab abab", 6);

	/* <s> </s>, then ' ' a b, then ab */
	ok(b != NULL && tokenizer_vocab(b) == 6 &&
		tokenizer_token(b, "a") == 3 && tokenizer_token(b, "ab") == 5,
	    "without room for 256 bytes, bytes that occur have ids");
	ok(b != NULL &&
		tokenizer_encode(b, "abab", 4, false, &ids, &n, &cap) == 0 &&
		n == 2 && ids[0] == 5 && ids[1] == 5,
	    "a small vocabulary has merges too");
	ok(b != NULL &&
		tokenizer_encode(b, "x", 1, false, &ids, &n, &cap) == -1,
	    "%s", err_last());
	tokenizer_close(b);
	b = trained(runs, 275);
	ok(b != NULL, "training on runs of one letter: %s", err_last());
	tokenizer_close(b);
	free(ids);
}

static void
test_refusals(void)
{
	struct buf json = { 0 };

	ok(bpe_train("ab", 2, 300, specials, 2, &json) == -1 &&
		strcmp(err_last(),
		    "the text yields a vocabulary of 259, not of 300") == 0,
	    "%s", err_last());
	ok(bpe_train("abc", 3, 4, specials, 2, &json) == -1, "%s", err_last());
	ok(bpe_train("abc", 3, 1, specials, 2, &json) == -1, "%s", err_last());
	ok(bpe_train("a\xff", 2, 300, specials, 2, &json) == -1, "%s",
	    err_last());
	ok(bpe_train("", 0, 300, specials, 2, &json) == -1, "%s", err_last());
	ok(json.n == 0, "a failed training appends nothing");
	buf_release(&json);
}

int
main(void)
{
	scratch_enter();
	test_whole();
	test_small();
	test_refusals();
	(void)unlink("tokenizer.json");
	scratch_leave();
	return tap_done();
}
