/* SPDX-License-Identifier: MIT */
/* stream: what is written is read; every prefix and every contradiction is
 * refused. */
#include "io/stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scratch.h"
#include "../tap.h"
#include "base/mem.h"
#include "io/hash.h"

enum { SIZE = 1 << 20, MAGIC = 12 };

static char path[] = "file";
static char *names[] = { path };

static void
store(const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		exit(1);
	(void)close(fd);
}

static size_t
load(char *p)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, p, SIZE);

	(void)close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* Write segments of 2 and 1 records; more: of the second. */
static void
make(bool json, bool more)
{
	static char *argv[] = { "tool", "caf\xc3\xa9",
		"\xff\xc3(\xed\xa0\x80" };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct stream_out *out = stream_new(fd, "out", json);
	struct msg header = { 0 }, rec = { 0 };
	int rc;

	stream_by(out, "tool", "1", 3, argv);
	msg_set_uint(&header, "x", 7);
	rc = stream_begin(out, STREAM_TRAJ, &header);
	msg_set_str(&rec, "id", "a");
	rc |= stream_put(out, &rec);
	msg_set_str(&rec, "id", "b");
	rc |= stream_put(out, &rec) | stream_end(out, true);
	rc |= stream_begin(out, STREAM_TRAJ, &header) | stream_put(out, &rec) |
	    stream_end(out, more);
	if (rc != 0)
		exit(1);
	stream_free(out);
	msg_release(&header);
	msg_release(&rec);
	(void)close(fd);
}

/* All of the file: records in all, -1. */
static int
take(enum stream_kind kind, bool part)
{
	struct stream_in *in = stream_open(names, 1, kind, part);
	struct msg m = { 0 };
	int n = 0, r = -1;

	while (in != NULL && (r = stream_segment(in, &m)) > 0) {
		while ((r = stream_record(in, &m)) > 0)
			n++;
		if (r < 0)
			break;
	}
	stream_close(in);
	msg_release(&m);
	return r < 0 ? -1 : n;
}

static bool
says(const char *words)
{
	bool good = strncmp(err_last(), path, strlen(path)) == 0 &&
	    strcmp(err_last() + strlen(path), words) == 0;

	if (!good)
		printf("# %s\n", err_last());
	return good;
}

static void
test_round(bool json)
{
	const char *how = json ? "JSON" : "binary";
	struct stream_in *in;
	struct msg header = { 0 }, rec = { 0 };
	struct msg_view by, entry, argv = { NULL, 0 }, item, text;
	struct msg m = { 0 };
	size_t at = 0, k = 0;
	uint64_t x = 0;

	make(json, false);
	in = stream_open(names, 1, STREAM_TRAJ, false);
	ok(in != NULL && stream_segment(in, &header) == 1 &&
		msg_uint(&header, "x", &x) == 1 && x == 7,
	    "%s: unknown keys of a header stay", how);
	ok(msg_any(&header, "by", &by) && msg_item(by, &at, &entry) &&
		msg_parse(&m, entry.p, entry.n) == 0 &&
		msg_any(&m, "argv", &argv),
	    "%s: the header names the program that wrote it", how);
	ok(msg_item(argv, &k, &item) && msg_item(argv, &k, &item) &&
		msg_text(item, &text) && text.n == 5 &&
		memcmp(text.p, "caf\xc3\xa9", 5) == 0,
	    "%s: an argument in UTF-8 is kept", how);
	ok(msg_item(argv, &k, &item) && msg_text(item, &text) && text.n == 6 &&
		memcmp(text.p, "\?\?(\?\?\?", 6) == 0,
	    "%s: bytes of an argument that are not UTF-8 become ?", how);
	ok(stream_record(in, &rec) == 1 && stream_record(in, &rec) == 1 &&
		stream_record(in, &rec) == 0 && stream_more(in) &&
		stream_where(in).segment == 1,
	    "%s: the first segment is read, to its end record", how);
	ok(stream_segment(in, &header) == 1 && stream_record(in, &rec) == 1 &&
		stream_record(in, &rec) == 0 && !stream_more(in) &&
		stream_segment(in, &header) == 0,
	    "%s: the second segment is read, and the stream ends", how);
	stream_close(in);
	msg_release(&header);
	msg_release(&rec);
	msg_release(&m);
}

static void
test_prefixes(bool json)
{
	static char bytes[SIZE];
	size_t n, k, bad = 0;
	bool named = true;
	char *last;

	make(json, false);
	n = load(bytes);
	for (k = 0; k < n; k++) {
		store(bytes, k);
		bad += take(STREAM_TRAJ, false) == -1;
		named &= strstr(err_last(), "truncated") != NULL ||
		    strstr(err_last(), "empty") != NULL;
	}
	store(bytes, n);
	ok(bad == n && take(STREAM_TRAJ, false) == 3,
	    "%zu of %zu prefixes are refused", bad, n);
	ok(named, "each prefix is reported as truncated");
	if (json)
		return;
	/* The last one: of others, `more` may become false unnoticed. */
	last = memmem(bytes + 1, n - 1, bytes, MAGIC);
	n -= (size_t)(last - bytes);
	for (bad = k = 0; k < n; k++) {
		last[k] ^= (char)(1 << k % 8);
		store(last, n);
		bad += take(STREAM_TRAJ, false) == -1;
		last[k] ^= (char)(1 << k % 8);
	}
	ok(bad == n, "%zu of %zu flipped bits are refused", bad, n);
}

static void
test_ends(void)
{
	static char bytes[SIZE];
	size_t n;

	make(false, true);
	ok(take(STREAM_TRAJ, false) == -1 &&
		says(": truncated after segment "
		     "2, which says that more follow"),
	    "a stream may not end where the end record promises more");
	ok(take(STREAM_TRAJ, true) == 3, "a part of a stream may end there");
	make(false, false);
	n = load(bytes);
	memcpy(bytes + n, bytes, n);
	store(bytes, 2 * n);
	ok(take(STREAM_TRAJ, false) == 6,
	    "two streams joined by cat are one stream");
	store(bytes, n + 20);
	ok(take(STREAM_TRAJ, false) == -1 &&
		says(": truncated in segment 3 "
		     "after 0 records"),
	    "a stream cut in its second header is refused");
	store(bytes, 2 * n - 40);
	ok(take(STREAM_TRAJ, true) == -1 &&
		says(": truncated in segment 4 "
		     "after 0 records"),
	    "a part of a stream may not end within a segment");
	ok(take(STREAM_GRAD, false) == -1 &&
		says(": segment 1: header: kind "
		     "traj, not grad"),
	    "a stream of another kind is refused");
	store(bytes, 0);
	ok(take(STREAM_TRAJ, true) == -1 && says(": empty, not a stream"),
	    "an empty file is refused");
}

/* One JSON segment with a lie in it. */
static void
test_lies(void)
{
	static const char h[] = "{\"apprentice\":{\"kind\":\"traj\","
				"\"version\":1}}\n";
	static const char last[] = "{\"end\":{\"count\":1,\"more\":false}}\n";
	static const struct {
		const char *head, *rec, *end, *why;
	} lie[] = {
		{ "hello\n", "", "", ": not a stream: begins with byte 68" },
		{ "{\"a\":1}\n", "", last,
		    ": segment 1 begins without a header" },
		{ "{\"apprentice\":5}\n", "", last,
		    ": segment 1: header: field "
		    "\"apprentice\": expected a map, found an integer" },
		{ "{\"apprentice\":{\"kind\":\"traj\",\"version\":2}}\n", "",
		    last,
		    ": segment 1: header: version 2 is not known here; 1 is" },
		{ "{\"apprentice\":{\"version\":1}}\n", "", last,
		    ": segment 1: header: field \"kind\": missing" },
		{ h, "", last,
		    ": the end of segment 1: it says 1 records, but "
		    "there are 0" },
		{ h, "{\"id\":1}\n", "{\"end\":{\"count\":1}}\n",
		    ": the end of segment 1: field \"more\": missing" },
		{ h, "{\"id\":1}\n", "{\"end\":{\"count\":1,\"more\":0}}\n",
		    ": the end of segment 1: field \"more\": expected true or "
		    "false, found an integer" },
		{ h, "{\"id\":1}\n", h,
		    ": a header in segment 1 after 1 "
		    "records, without an end record before it" },
		{ h, "[1]\n", last,
		    ": segment 1, record 1: expected an object" },
		{ h, "{\"id\":1}\n", "{\"id\":1,\"id\":2}\n",
		    ": segment 1, record 2: line 1 column 12: duplicate object "
		    "key near '\"id\"'" },
	};
	char text[1024];
	size_t i;

	for (i = 0; i < sizeof lie / sizeof lie[0]; i++) {
		(void)snprintf(text, sizeof text, "%s%s%s", lie[i].head,
		    lie[i].rec, lie[i].end);
		store(text, strlen(text));
		ok(take(STREAM_TRAJ, false) == -1 && says(lie[i].why),
		    "refused%s", lie[i].why);
	}
	(void)snprintf(text, sizeof text, "%s\n  \n{\"id\":1}\n%s", h, last);
	store(text, strlen(text));
	ok(take(STREAM_TRAJ, false) == 1, "blank lines are skipped");
}

/* A header near the limit loses arguments before it is refused. */
static void
test_large_header(void)
{
	enum { ARGS = 70, LONG = 300, KEY = 50000, TOO_LONG = 66000 };
	static char arg[LONG + 1], text[TOO_LONG + 1], *argv[ARGS];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), i;
	struct stream_out *out = stream_new(fd, "out", false);
	struct msg header = { 0 };

	memset(arg, 'x', LONG);
	memset(text, 'y', KEY);
	for (i = 0; i < ARGS; i++)
		argv[i] = arg;
	stream_by(out, "tool", "1", ARGS, argv);
	msg_set_str(&header, "y", text);
	ok(stream_begin(out, STREAM_TRAJ, &header) == 0 &&
		stream_end(out, false) == 0,
	    "long arguments are cut");
	ok(take(STREAM_TRAJ, false) == 0,
	    "a header with long arguments can be read");
	memset(text, 'y', TOO_LONG);
	msg_set_str(&header, "y", text);
	ok(stream_begin(out, STREAM_TRAJ, &header) == -1 &&
		strcmp(err_last(), "out: a header of more than 65536 bytes") ==
		    0,
	    "a header that is too large is refused");
	stream_free(out);
	msg_release(&header);
	(void)close(fd);
}

static void
test_files(void)
{
	char *none[] = { path, "/tmp/no/such/file" }, *dir[] = { "/tmp" };

	ok(stream_open(none, 2, STREAM_TRAJ, false) == NULL &&
		strcmp(err_last(),
		    "/tmp/no/such/file: No such file or directory") == 0,
	    "a missing file is reported before others are read");
	ok(stream_open(dir, 1, STREAM_TRAJ, false) == NULL &&
		strcmp(err_last(), "/tmp: is a directory") == 0,
	    "a directory is refused");
}

static void
test_hash(void)
{
	struct hash *h = hash_new();
	char hex[HASH_HEX];

	ok(hash_value(h) == 0x2d06800538d394c2, "XXH3-64 of nothing");
	hash_add(h, "ab", 2);
	hash_add(h, "c", 1);
	ok(hash_value(h) == 0x78af5f94892f3950, "XXH3-64 of abc, in two parts");
	hash_hex(hex, "abc", 3);
	ok(strcmp(hex, "06b05ab6733a618578af5f94892f3950") == 0,
	    "XXH3-128 of abc");
	hash_free(h);
}

static int
typed_tokens(const char *key)
{
	return strcmp(key, "tokens") == 0 ? MSG_U32 : 0;
}

/* Arrays from a few bytes to what takes the window several reads. */
static void
test_arrays(bool json)
{
	enum { MOST = 1 << 18 };
	static const size_t sizes[] = { 1, 100, 40000, MOST, 65536, 3, MOST };
	const size_t count = sizeof sizes / sizeof *sizes;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600), rc;
	struct stream_out *out = stream_new(fd, "out", json);
	struct msg m = { 0 };
	uint32_t *x = mem_alloc(MOST, sizeof *x), *got = NULL;
	size_t i, n, cap = 0, right = 0;
	struct stream_in *in;

	for (i = 0; i < MOST; i++)
		x[i] = (uint32_t)i * 2654435761u;
	msg_clear(&m);
	rc = stream_begin(out, STREAM_GRAD, &m);
	msg_set_str(&m, "id", "a");
	for (i = 0; i < count; i++)
		rc |= stream_put_array(out, &m, "tokens", MSG_U32, x,
		    sizes[i] * sizeof *x);
	rc |= stream_end(out, false);
	stream_free(out);
	(void)close(fd);
	in = stream_open(names, 1, STREAM_GRAD, false);
	stream_typed(in, typed_tokens);
	rc |= stream_segment(in, &m) != 1;
	for (i = 0; stream_lend(in, &m) == 1; i++)
		right += i < count && m.n == 2 &&
		    msg_u32(&m, "tokens", &got, &n, &cap) == 1 &&
		    n == sizes[i] && memcmp(got, x, n * sizeof *x) == 0;
	ok(rc == 0 && right == count && i == count &&
		stream_segment(in, &m) == 0,
	    "%s: %zu arrays of %zu come through", json ? "JSON" : "binary",
	    right, count);
	stream_close(in);
	msg_release(&m);
	free(x);
	free(got);
}

int
main(void)
{
	scratch_enter();
	test_round(false);
	test_round(true);
	test_arrays(false);
	test_arrays(true);
	test_prefixes(false);
	test_prefixes(true);
	test_ends();
	test_lies();
	test_large_header();
	test_files();
	test_hash();
	(void)unlink(path);
	scratch_leave();
	return tap_done();
}
