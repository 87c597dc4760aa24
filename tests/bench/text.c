/* SPDX-License-Identifier: MIT */
/*
 * text [-s SECONDS] [POLICY FILE ...]: how fast text becomes tokens, on one
 * thread, beside the speed at which memory is copied.
 *
 * Without operands the text is written here: words made of syllables, drawn
 * by Zipf's distribution (rank r with probability ~ 1/r) from 10,000, with
 * capitals, signs and numbers between; the tokenizer is trained on it.  With
 * them, the policy's tokenizer, opened and timed, and the files.
 *
 * `first` is a tokenizer that has met none of the words; `again` one that has
 * met those it could keep.  The split is cutting into words alone, GPT-2's
 * way: by hand and, the same expression in brackets, by PCRE2.
 */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "io/atomic.h"
#include "text/bpetrain.h"
#include "text/pretokenize.h"
#include "text/tokenizer.h"

enum {
	WORDS = 10000,
	TEXT_BYTES = 4 << 20,
	TRAIN_BYTES = 1 << 20,
	VOCAB = 4096,
	FILE_BYTES = 256 << 20
};

static void
put_word(size_t i, struct buf *out)
{
	static const char *const syllables[] = { "the", "an", "in", "er", "re",
		"on", "at", "ti", "is", "or", "ed", "al", "st", "ar", "to",
		"it", "ng", "se", "ha", "as", "ou", "le", "of", "ve", "ce",
		"me", "ri", "ic", "ro", "ma", "be", "su", "po", "li" };
	struct rng r = rng_at(1, 0, 0, "word", i);
	size_t n = 1 + rng_below(&r, i < 200 ? 2 : 4);

	while (n-- > 0)
		buf_adds(out,
		    syllables[rng_below(&r,
			sizeof syllables / sizeof syllables[0])]);
}

static void
put_text(struct buf *out)
{
	static const char *const ends[] = { ", ", ". ", ".\n", "; ", "'s ",
		" - ", "?\n\n", " (", ") " };
	struct rng r = rng_at(2, 0, 0, "text", 0);
	size_t start;

	while (out->n < TEXT_BYTES) {
		start = out->n;
		put_word((size_t)exp(rng_unit(&r) * log(WORDS)), out);
		if (rng_below(&r, 8) == 0)
			out->p[start] = (char)(out->p[start] - 'a' + 'A');
		if (rng_below(&r, 40) == 0)
			buf_addf(out, " %u", (unsigned)rng_below(&r, 3000));
		buf_adds(out,
		    rng_below(&r, 6) > 0 ?
			" " :
			ends[rng_below(&r, sizeof ends / sizeof ends[0])]);
	}
	(void)buf_text(out);
}

struct work {
	const char *text;
	size_t n, words;
	char *copy;
	const struct tokenizer *tokenizer;
	const struct pretokenizer *how;
	uint32_t *id;
	size_t ids, cap;
};

static void
run_copy(void *arg)
{
	struct work *w = arg;

	memcpy(w->copy, w->text, w->n);
}

static void
run_encode(void *arg)
{
	struct work *w = arg;

	w->ids = 0;
	if (tokenizer_encode(w->tokenizer, w->text, w->n, false, &w->id,
		&w->ids, &w->cap) != 0)
		printf("%s\n", err_last());
}

static int
count_words(void *arg, const char *text, const struct words *words)
{
	(void)text;
	((struct work *)arg)->words += words->n;
	return 0;
}

static void
run_split(void *arg)
{
	struct work *w = arg;
	struct buf text = { 0 };

	buf_add(&text, w->text, w->n);
	if (pretokenize(w->how, &text, true, false, count_words, w) != 0)
		printf("%s\n", err_last());
	buf_release(&text);
}

static double
bench_split(struct work w, const char *json, double least)
{
	struct json *j = json_parse(json, strlen(json));
	struct pretokenizer *p = pretokenizer_new(j);
	double took;

	if (p == NULL)
		printf("%s\n", err_last());
	w.how = p;
	took = p != NULL ? fastest_cold(run_split, &w, least) : 1e30;
	pretokenizer_free(p);
	json_free(j);
	return took;
}

#define GPT2 \
	"'s|'t|'re|'ve|'m|'ll|'d| ?\\\\p{L}+| ?\\\\p{N}+|" \
	" ?[^\\\\s\\\\p{L}\\\\p{N}]+|\\\\s+(?!\\\\S)|\\\\s+"
#define SPLIT(regex) \
	"{\"type\":\"Split\",\"behavior\":\"Isolated\"," \
	"\"pattern\":{\"Regex\":\"" regex "\"}}"

static void
bench_text(const char *name, const char *dir, const char *text, size_t n,
    double least)
{
	struct work w = { .text = text, .n = n, .copy = mem_alloc(n, 1) };
	double began = now(), opened, first, again, hand;
	struct tokenizer *b = tokenizer_open(dir);
	const double mb = (double)n / 1e6;

	if (b == NULL) {
		printf("%s\n", err_last());
		free(w.copy);
		return;
	}
	opened = now() - began;
	w.tokenizer = b;
	printf("%s\topened\t%.0f ms\n", name, 1e3 * opened);
	printf("%s\tcopied\t%.0f MB/s\n", name,
	    mb / fastest_cold(run_copy, &w, least));
	first = fastest_cold(run_encode, &w, 0x1p-60);
	again = fastest_cold(run_encode, &w, least);
	printf("%s\tencoded first\t%.1f MB/s\n", name, mb / first);
	printf("%s\tencoded again\t%.1f MB/s\t%.2f bytes a token\n", name,
	    mb / again, (double)n / (double)w.ids);
	hand = bench_split(w, SPLIT(GPT2), least);
	printf("%s\tsplit by hand\t%.1f MB/s\t%.2f of encoding again\n", name,
	    mb / hand, hand / again);
	printf("%s\tsplit by PCRE2\t%.1f MB/s\n", name,
	    mb / bench_split(w, SPLIT("(?:" GPT2 ")"), least));
	tokenizer_close(b);
	free(w.copy);
	free(w.id);
}

/* A tokenizer trained on the text that it encodes. */
static int
bench_made(double least)
{
	char dir[] = "/tmp/bench.XXXXXX", path[64];
	struct buf text = { 0 }, json = { 0 };
	FILE *f;

	put_text(&text);
	if (mkdtemp(dir) == NULL ||
	    bpe_train(text.p, TRAIN_BYTES, VOCAB, NULL, 0, &json) != 0)
		return 1;
	(void)snprintf(path, sizeof path, "%s/tokenizer.json", dir);
	f = fopen(path, "w");
	if (f == NULL || fwrite(json.p, 1, json.n, f) != json.n ||
	    fclose(f) != 0)
		return 1;
	bench_text("made text", dir, text.p, text.n, least);
	(void)unlink(path);
	(void)rmdir(dir);
	buf_release(&text);
	buf_release(&json);
	return 0;
}

int
main(int argc, char **argv)
{
	double least = 0.3;
	char *text;
	size_t n;
	int i, first = bench_options(argc, argv, &least);

	if (first == 0)
		return 2;
	bench_clock = CLOCK_THREAD_CPUTIME_ID;
	if (first == argc)
		return bench_made(least);
	for (i = first + 1; i < argc; i++) {
		text = read_file(argv[i], FILE_BYTES, &n);
		if (text == NULL)
			return 1;
		bench_text(argv[i], argv[first], text, n, least);
		free(text);
	}
	return 0;
}
