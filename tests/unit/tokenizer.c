/* SPDX-License-Identifier: MIT */
/*
 * Small tokenizers of both styles; and, if the data is present, texts with
 * their ids by the reference implementation.
 */
#include "text/tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/archive.h"
#include "io/json.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

/* h e l o Ġ w hello Ġw, and a special token that takes the blank after it */
#define BYTES(more) \
	"{\"added_tokens\":[{\"id\":9,\"content\":\"<end>\"," \
	"\"special\":true,\"rstrip\":true},{\"id\":10,\"content\":\"lol\"," \
	"\"special\":false}],\"pre_tokenizer\":{\"type\":\"ByteLevel\"," \
	"\"add_prefix_space\":false},\"decoder\":{\"type\":\"ByteLevel\"}," \
	"\"model\":{\"type\":\"BPE\",\"vocab\":{\"h\":0,\"e\":1,\"l\":2," \
	"\"o\":3,\"\xc4\xa0\":4,\"w\":5,\"he\":6,\"ll\":7,\"\xc4\xa0w\":8}," \
	"\"merges\":[\"h e\",[\"l\",\"l\"],\"\xc4\xa0 w\"]" more "}}"
/* SentencePiece: a space in front, bytes where no piece is */
#define PIECES \
	"{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[" \
	"{\"type\":\"Prepend\",\"prepend\":\"\xe2\x96\x81\"}," \
	"{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":" \
	"\"\xe2\x96\x81\"}]},\"pre_tokenizer\":null,\"decoder\":{\"type\":" \
	"\"Sequence\",\"decoders\":[{\"type\":\"Replace\",\"pattern\":{" \
	"\"String\":\"\xe2\x96\x81\"},\"content\":\" \"},{\"type\":" \
	"\"ByteFallback\"},{\"type\":\"Fuse\"},{\"type\":\"Strip\"," \
	"\"content\":\" \",\"start\":1,\"stop\":0}]},\"added_tokens\":[{" \
	"\"id\":0,\"content\":\"<unk>\",\"special\":true},{\"id\":1," \
	"\"content\":\"<s>\",\"special\":true}],\"model\":{\"type\":\"BPE\"," \
	"\"unk_token\":\"<unk>\",\"fuse_unk\":true,\"byte_fallback\":true," \
	"\"vocab\":{\"<unk>\":0,\"<s>\":1,\"\xe2\x96\x81\":2,\"a\":3," \
	"\"b\":4,\"\xe2\x96\x81" \
	"a\":5,\"<0xC3>\":6,\"<0xA9>\":7}," \
	"\"merges\":[\"\xe2\x96\x81 a\"]}}"

static struct tokenizer *
open_text(const char *json)
{
	put("tokenizer.json", json);
	return tokenizer_open(".");
}

/* Ids as "1 2 3". */
static void
ids_of(const uint32_t *ids, size_t n, struct buf *out)
{
	size_t i;

	buf_reset(out);
	for (i = 0; i < n; i++)
		buf_addf(out, "%s%u", i > 0 ? " " : "", ids[i]);
	(void)buf_text(out);
}

static void
encodes(const struct tokenizer *b, const char *text, bool specials,
    const char *expected)
{
	uint32_t *ids = NULL;
	size_t n = 0, cap = 0;
	struct buf found = { 0 };
	int rc =
	    tokenizer_encode(b, text, strlen(text), specials, &ids, &n, &cap);

	ids_of(ids, n, &found);
	ok(rc == 0 && strcmp(found.p, expected) == 0, "\"%s\" is %s: %s", text,
	    expected, rc == 0 ? found.p : err_last());
	free(ids);
	buf_release(&found);
}

static void
decodes(const struct tokenizer *b, const uint32_t *ids, size_t n, bool specials,
    const char *expected)
{
	struct buf out = { 0 };

	tokenizer_decode(b, ids, n, specials, &out);
	ok(strcmp(buf_text(&out), expected) == 0, "decoded: \"%s\"", expected);
	buf_release(&out);
}

static void
test_bytes(void)
{
	const uint32_t ids[] = { 6, 7, 3, 9, 8, 10 }, beyond = 11;
	struct tokenizer *b;
	struct buf out = { 0 };
	uint32_t *none = NULL, id;
	size_t n = 0, cap = 0, start, end;

	put("tokenizer_config.json",
	    "{\"bos_token\":null,\"eos_token\":{"
	    "\"content\":\"<end>\"},\"add_bos_token\":true}");
	put("config.json", "{\"bos_token_id\":3,\"eos_token_id\":3}");
	b = open_text(BYTES(""));
	if (!ok(b != NULL, "byte-level: %s", err_last()))
		return;
	ok(tokenizer_vocab(b) == 11 && tokenizer_eos(b) == 9 &&
		tokenizer_bos(b) == -1 && tokenizer_first(b) == -1 &&
		tokenizer_token(b, "<end>") == 9 &&
		tokenizer_token(b, "he") == 6 &&
		tokenizer_token(b, "hell") == -1 &&
		strlen(tokenizer_fingerprint(b)) == 32,
	    "vocabulary size and special tokens");
	encodes(b, "hello w", true, "6 7 3 8");
	encodes(b, "", true, "");
	encodes(b, "lllo", true, "7 2 3");
	encodes(b, "<end> w", true, "9 5");
	encodes(b, "hlolo", true, "0 10 3");
	decodes(b, ids, 6, true, "hello<end> wlol");
	decodes(b, ids, 6, false, "hello wlol");
	ok(tokenizer_encode(b, "x", 1, true, &none, &n, &cap) == -1, "%s",
	    err_last());
	ok(tokenizer_encode(b, "<end>", 5, false, &none, &n, &cap) == -1,
	    "special tokens are text unless asked for: %s", err_last());
	ok(tokenizer_encode(b, "h\xff", 2, true, &none, &n, &cap) == -1 &&
		strcmp(err_last(), "not UTF-8") == 0,
	    "%s", err_last());
	decodes(b, &beyond, 1, true, "");
	ok(tokenizer_find_special(b, "he<end>  ", 9, 0, &start, &end, &id) &&
		start == 2 && id == 9 &&
		!tokenizer_find_special(b, "he<end>", 7, 3, &start, &end, &id),
	    "tokenizer_find_special finds a special token");
	free(none);
	buf_release(&out);
	tokenizer_close(b);
}

static void
test_pieces(void)
{
	const uint32_t ids[] = { 5, 2, 4, 6, 7 };
	uint32_t *on = NULL;
	size_t n = 0, cap = 0;
	struct buf out = { 0 };
	struct tokenizer *b;

	put("tokenizer_config.json",
	    "{\"bos_token\":\"<s>\","
	    "\"add_bos_token\":true}");
	b = open_text(PIECES);
	if (!ok(b != NULL, "SentencePiece: %s", err_last()))
		return;
	ok(tokenizer_bos(b) == 1 && tokenizer_first(b) == 1 &&
		tokenizer_eos(b) == 3,
	    "EOS by config.json");
	encodes(b, "a b\xc3\xa9", true, "5 2 4 6 7");
	encodes(b, "<s>a", true, "1 5");
	encodes(b, "\xe2\x82\xac", true, "2 0");
	decodes(b, ids, 5, true, "a b\xc3\xa9");
	ok(tokenizer_encode_part(b, "a", 1, PLACE_AFTER_TEXT, &on, &n, &cap) ==
		    0 &&
		tokenizer_encode_part(b, "a", 1, PLACE_FIRST, &on, &n, &cap) ==
		    0,
	    "text that continues is encoded");
	ids_of(on, n, &out);
	ok(strcmp(out.p, "3 5") == 0,
	    "no prefix space for text that continues: %s", out.p);
	free(on);
	buf_release(&out);
	tokenizer_close(b);
}

static void
test_refusals(void)
{
	static const char *const bad[] = { "", "[]", "{}", "{\"model\":[]}",
		"{\"model\":{\"type\":\"Unigram\"}}",
		"{\"model\":{\"type\":\"BPE\",\"vocab\":[],\"merges\":[]}}",
		"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},"
		"\"merges\":[]}}",
		"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":0},"
		"\"merges\":[]}}",
		"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},"
		"\"merges\":[\"a a\"]}}",
		BYTES(",\"byte_fallback\":7"), BYTES(",\"unk_token\":7") };
	struct tokenizer *b;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		b = open_text(bad[i]);
		ok(b == NULL &&
			strncmp(err_last(), "./tokenizer.json: ", 18) == 0,
		    "%s", err_last());
		tokenizer_close(b);
	}
	b = open_text("{\"model\":{\"type\":\"Unigram\"}}");
	ok(b == NULL &&
		strstr(err_last(),
		    "./tokenizer.json: model: type Unigram is not known "
		    "(known: BPE") == err_last(),
	    "an unknown model names the known ones: %s", err_last());
	ok(tokenizer_open("nowhere") == NULL &&
		err_last_kind() == ERR_NO_DIRECTORY &&
		strcmp(err_about(), "ORG/MODEL") == 0,
	    "no such directory: %s", err_last());
	ok(tokenizer_open("Org/Model-1.5B_x") == NULL &&
		strcmp(err_about(), "Org/Model-1.5B_x") == 0,
	    "the name of a model to download: %s", err_about());
}

/* One line of the vectors. */
static bool
agrees(const struct tokenizer *b, const struct json *j)
{
	const struct json *want = json_get(j, "ids");
	struct buf decoded = { 0 };
	uint32_t *ids = NULL;
	size_t n = 0, cap = 0, text_n, want_n, i;
	const char *text = json_text(json_get(j, "text"), &text_n);
	const char *want_text = json_text(json_get(j, "decoded"), &want_n);
	bool good =
	    tokenizer_encode(b, text, text_n, true, &ids, &n, &cap) == 0;

	tokenizer_decode(b, ids, n, true, &decoded);
	good = good && n == json_count(want) && decoded.n == want_n &&
	    (want_n == 0 || memcmp(decoded.p, want_text, want_n) == 0);
	for (i = 0; i < n && good; i++)
		good = json_int(json_at(want, i), -1) == (int64_t)ids[i];
	if (!good)
		printf("# differs: %.60s\n", text);
	free(ids);
	buf_release(&decoded);
	return good;
}

static void
test_vectors(const char *data, const char *name, const char *home)
{
	struct buf path = { 0 }, all = { 0 };
	char *file, *line, *save = NULL;
	struct archive_in *in;
	struct tokenizer *b;
	struct json *j;
	ssize_t got = 1;
	int lines = 0, bad = 0;

	buf_addf(&path, "%s/%s", data, home);
	b = tokenizer_open(buf_text(&path));
	buf_reset(&path);
	buf_addf(&path, "%s/vectors/tokenizer-%s.jsonl.gz", data, name);
	file = buf_text(&path);
	in = archive_in_open(&file, 1);
	if (b == NULL || archive_in_next(in) != 1)
		got = -1;
	while (got > 0) {
		got = archive_in_read(in, buf_room(&all, 65536), 65536);
		all.n += got > 0 ? (size_t)got : 0;
	}
	line = got < 0 ? NULL : strtok_r(buf_text(&all), "\n", &save);
	for (; line != NULL; line = strtok_r(NULL, "\n", &save), lines++) {
		j = json_parse(line, strlen(line));
		bad += j == NULL || !agrees(b, j);
		json_free(j);
	}
	ok(lines > 50 && bad == 0, "%s: %d of %d texts: %s", name, lines - bad,
	    lines, err_last());
	archive_in_close(in);
	tokenizer_close(b);
	buf_release(&path);
	buf_release(&all);
}

int
main(void)
{
	static const char *const vectors[][2] = {
		{ "gpt2", "models/tiny-gpt2-16d" },
		{ "llama2", "tokenizers/llama2" },
		{ "mistral-v1", "tokenizers/mistral-v1" },
		{ "qwen3", "tokenizers/qwen3" },
		{ "stories260K", "models/stories260K" },
	};
	char *data = realpath("../shared/data", NULL);
	size_t i;

	scratch_enter();
	test_bytes();
	test_pieces();
	test_refusals();
	for (i = 0; i < 5 && data != NULL; i++)
		test_vectors(data, vectors[i][0], vectors[i][1]);
	if (data == NULL)
		ok(true, "vectors # SKIP they are not here");
	free(data);
	(void)unlink("tokenizer.json");
	(void)unlink("tokenizer_config.json");
	(void)unlink("config.json");
	scratch_leave();
	return tap_done();
}
