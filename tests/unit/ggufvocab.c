/* SPDX-License-Identifier: MIT */
/*
 * Tokenizers of GGUF files: the merges that scores stand for give the tokens
 * of SentencePiece by its definition; every pretokenizer of the table is
 * found again by what it says; and changed files are read or refused.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/rng.h"
#include "gguf/ggufpieces.h"
#include "gguf/ggufpre.h"
#include "gguf/gguftokens.h"
#include "gguf/ggufvocab.h"
#include "nn/family.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "text/bpetrain.h"
#include "text/pretokenize.h"
#include "text/tokenizer.h"

enum { PIECES = 60, TEXTS = 400, CHANGES = 4000, SPECIALS = 3, BYTES = 256 };

static const char mark[] = "\xe2\x96\x81";
static const char *const letters[] = { "a", "b", "c", mark };

/* A vocabulary of SentencePiece: specials, bytes, letters, random pieces. */
struct sp {
	char text[SPECIALS + BYTES + PIECES][40];
	float score[SPECIALS + BYTES + PIECES];
	size_t n;
};

static int
sp_find(const struct sp *v, const char *p, size_t n)
{
	size_t i;

	for (i = SPECIALS + BYTES; i < v->n; i++)
		if (strlen(v->text[i]) == n && memcmp(v->text[i], p, n) == 0)
			return (int)i;
	return -1;
}

static void
sp_make(struct sp *v, struct rng *r)
{
	static const char *const specials[] = { "<unk>", "<s>", "</s>" };
	char one[40];
	size_t i, k;

	for (i = 0; i < SPECIALS; i++)
		(void)strcpy(v->text[i], specials[i]);
	for (i = 0; i < BYTES; i++)
		(void)snprintf(v->text[SPECIALS + i], 40, "<0x%02X>",
		    (unsigned)i);
	v->n = SPECIALS + BYTES;
	for (i = 0; i < 4; i++)
		(void)strcpy(v->text[v->n++], letters[i]);
	while (v->n < SPECIALS + BYTES + PIECES) {
		one[0] = '\0';
		for (k = 2 + rng_below(r, 4); k > 0; k--)
			(void)strcat(one, letters[rng_below(r, 4)]);
		if (sp_find(v, one, strlen(one)) >= 0)
			continue;
		/* a score of its own */
		v->score[v->n] =
		    -(float)rng_below(r, 1000) - (float)v->n / 1024;
		(void)strcpy(v->text[v->n++], one);
	}
}

static void
sp_write(const struct sp *v, const char *path)
{
	struct ggufwrite w = { 0 };
	size_t i;

	ggufwrite_string(&w, "tokenizer.ggml.model", "llama", 5);
	ggufwrite_array(&w, "tokenizer.ggml.tokens", GGUF_STRING, v->n);
	for (i = 0; i < v->n; i++)
		ggufwrite_text(&w, v->text[i], strlen(v->text[i]));
	ggufwrite_array(&w, "tokenizer.ggml.scores", GGUF_FLOAT32, v->n);
	for (i = 0; i < v->n; i++)
		ggufwrite_float(&w, v->score[i]);
	ggufwrite_array(&w, "tokenizer.ggml.token_type", GGUF_INT32, v->n);
	for (i = 0; i < v->n; i++)
		ggufwrite_int(&w,
		    i == 0                   ? GGUF_UNKNOWN :
			i < SPECIALS         ? GGUF_CONTROL :
			i < SPECIALS + BYTES ? GGUF_BYTE :
					       GGUF_NORMAL);
	need(atomic_commit(ggufwrite_begin(&w, path), false));
	ggufwrite_release(&w);
}

/* Join the neighbors whose joint piece has the highest score, the leftmost. */
static size_t
sp_encode(const struct sp *v, const char *text, int *id)
{
	const char *at[128];
	size_t n = 0, i, best;
	int piece;

	for (; *text != '\0'; text += *text == *mark ? 3 : 1)
		at[n++] = text;
	at[n] = text;
	for (;;) {
		best = n;
		for (i = 0; i + 1 < n; i++) {
			piece = sp_find(v, at[i], (size_t)(at[i + 2] - at[i]));
			if (piece < 0)
				continue;
			id[i] = piece;
			if (best == n || v->score[piece] > v->score[id[best]])
				best = i;
		}
		if (best == n)
			break;
		memmove(&at[best + 1], &at[best + 2],
		    (n - best - 1) * sizeof at[0]);
		n--;
	}
	for (i = 0; i < n; i++)
		id[i] = sp_find(v, at[i], (size_t)(at[i + 1] - at[i]));
	return n;
}

/* Whether the tokenizer_config.json has the text. */
static bool
says(const struct ggufvocab *files, const char *text)
{
	return memmem(files->config.p, files->config.n, text, strlen(text)) !=
	    NULL;
}

static struct tokenizer *
open_as(const char *path, struct ggufvocab *out, struct config *c)
{
	struct gguf *g = gguf_open(path);
	struct tokenizer *t;

	need(g == NULL ? -1 : 0);
	need(ggufvocab_read(out, g, c));
	need(mkdir("t", 0777));
	put_bytes("t/tokenizer.json", out->tokenizer.p, out->tokenizer.n);
	put_bytes("t/tokenizer_config.json", out->config.p, out->config.n);
	t = tokenizer_open("t");
	need(t == NULL ? -1 : 0);
	gguf_close(g);
	drop("t");
	return t;
}

static void
test_scores(uint64_t seed)
{
	struct rng r = rng_at(seed, 0, 0, "scores", 0);
	struct sp v = { 0 };
	struct ggufvocab files;
	struct config c = { .V = SPECIALS + BYTES + PIECES, .context = 32 };
	struct tokenizer *t;
	char text[128], marked[128];
	int want[128];
	uint32_t *ids = NULL;
	size_t i, k, n, m, count, cap = 0, wrong = 0;

	sp_make(&v, &r);
	sp_write(&v, "f");
	t = open_as("f", &files, &c);
	for (i = 0; i < TEXTS; i++) {
		text[0] = '\0';
		(void)strcpy(marked, mark);
		for (k = 1 + rng_below(&r, 20); k > 0; k--) {
			n = rng_below(&r, 4);
			(void)strcat(text, n == 3 ? " " : letters[n]);
			(void)strcat(marked, letters[n]);
		}
		m = sp_encode(&v, marked, want);
		count = 0;
		need(tokenizer_encode(t, text, strlen(text), false, &ids,
		    &count, &cap));
		for (k = 0; k < count && k < m; k++)
			wrong += ids[k] != (uint32_t)want[k];
		wrong += count != m;
	}
	ok(wrong == 0, "%d texts have the tokens of SentencePiece, seed %llu",
	    TEXTS, (unsigned long long)seed);
	ok(c.bos == 1 && c.eos_count == 1 && c.eos[0] == 2 &&
		says(&files, "\"add_bos_token\": true"),
	    "BOS and EOS are those of SentencePiece if no key says");
	free(ids);
	tokenizer_close(t);
	ggufvocab_release(&files);
	(void)unlink("f");
}

static void
test_pretokenizers(void)
{
	static const char *const names[] = { "gpt-2", "olmo", "smollm",
		"llama-bpe", "dbrx", "qwen2", "stablelm2", "tekken", "gpt-4o",
		"starcoder", "llama3" };
	const struct ggufpre *pre;
	struct pretokenizer *p;
	struct json *j;
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		pre = ggufpre_named(
		    (struct gguf_text){ names[i], strlen(names[i]) });
		if (!ok(pre != NULL, "%s is known", names[i]))
			continue;
		buf_reset(&b);
		buf_addf(&b,
		    "{\"normalizer\":%s,\"pre_tokenizer\":%s,\"model\":"
		    "{\"ignore_merges\":%s}}",
		    pre->normalizer, pre->pre_tokenizer,
		    pre->ignore_merges ? "true" : "false");
		j = json_parse(b.p, b.n);
		ok(j != NULL && ggufpre_of(j) == pre,
		    "%s is found by what it says", names[i]);
		p = pretokenizer_new(json_get(j, "pre_tokenizer"));
		ok(p != NULL && pretokenizer_bytes(p), "%s can be used: %s",
		    names[i], p == NULL ? err_last() : "");
		pretokenizer_free(p);
		json_free(j);
	}
	ok(ggufpre_named((struct gguf_text){ "gpt", 3 }) == NULL &&
		ggufpre_named((struct gguf_text){ "", 0 }) == NULL &&
		ggufpre_named((struct gguf_text){ "gpt-2 phi-2", 11 }) == NULL,
	    "parts of names and several are not known");
	buf_release(&b);
}

/* A file with the trained tokenizer of a policy directory "d". */
static void
write_trained(const char *path)
{
	static const char text[] = "the rain in the lane and the train again";
	struct ggufwrite w = { 0 };
	struct config c = { .V = 290,
		.context = 64,
		.bos = 0,
		.eos = { 1, 5 },
		.eos_count = 2 };
	struct buf json = { 0 }, about = { 0 };

	put("text", text);
	need(bpe_train_file("text", 270, 64, &json, &about));
	need(mkdir("d", 0777));
	put_bytes("d/tokenizer.json", json.p, json.n);
	put_bytes("d/tokenizer_config.json", about.p, about.n);
	put("d/chat_template.jinja", "{{ messages[0].content }}");
	need(gguftokens_write("d", &c, &w));
	need(atomic_commit(ggufwrite_begin(&w, path), false));
	ggufwrite_release(&w);
	buf_release(&json);
	buf_release(&about);
	(void)unlink("text");
}

static void
test_trained(void)
{
	static const char text[] = " the rain, in \xc3\xbc"
				   "ber and <s> again";
	struct config c = { .V = 290, .context = 64 };
	struct tokenizer *a, *b;
	struct ggufvocab files;
	uint32_t *x = NULL, *y = NULL;
	size_t n = 0, m = 0, cap = 0, room = 0;

	write_trained("f");
	a = tokenizer_open("d");
	b = open_as("f", &files, &c);
	need(tokenizer_encode(a, text, sizeof text - 1, true, &x, &n, &cap));
	need(tokenizer_encode(b, text, sizeof text - 1, true, &y, &m, &room));
	ok(n == m && n > 0 && memcmp(x, y, n * sizeof *x) == 0,
	    "a trained tokenizer: the same tokens");
	ok(tokenizer_vocab(b) == 270, "ids without a token are left out");
	ok(c.bos == 0 && c.eos_count == 2 && c.eos[0] == 1 && c.eos[1] == 5,
	    "two tokens that end a response");
	ok(says(&files, "\"chat_template\": \"{{ messages[0].content }}\""),
	    "the chat template");
	ok(says(&files, "\"add_bos_token\": false"), "no BOS is added");
	free(x);
	free(y);
	tokenizer_close(a);
	tokenizer_close(b);
	ggufvocab_release(&files);
	drop("d");
}

static void
test_changed(void)
{
	struct rng r = rng_at(3, 0, 0, "gguf", 0);
	struct ggufvocab files;
	struct config c;
	char path[32], *p, *q;
	size_t n, i, k, good = 0;
	int fd = memfd_create("f", 0);
	struct gguf *g;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	p = read_file("f", 1 << 20, &n);
	for (i = 0; i < CHANGES; i++) {
		q = mem_dup(p, n);
		for (k = 0; k < 2; k++)
			q[rng_below(&r, n)] = (char)rng_below(&r, 256);
		need(pwrite(fd, q, n, 0) == (ssize_t)n ? 0 : -1);
		c = (struct config){ .V = 290, .context = 64 };
		g = gguf_open(path);
		if (g != NULL) {
			good += ggufvocab_read(&files, g, &c) == 0;
			ggufvocab_release(&files);
		}
		gguf_close(g);
		free(q);
	}
	ok(good > 0 && good < CHANGES,
	    "of %d changed files the tokenizers of %zu are read", CHANGES,
	    good);
	free(p);
	(void)close(fd);
	(void)unlink("f");
}

int
main(void)
{
	uint64_t seed;

	scratch_enter();
	for (seed = 1; seed <= 5; seed++)
		test_scores(seed);
	test_pretokenizers();
	test_trained();
	test_changed();
	scratch_leave();
	return tap_done();
}
