/* SPDX-License-Identifier: MIT */
/*
 * Reading.  A segment is
 *
 *   81 aa "apprentice" MAP     the header, at most 64 KiB
 *   MAP ...                    records
 *   81 a3 "end" MAP            count, xxh3 of all bytes before it, more
 *
 * or the same maps as JSON lines, without the checksum.  After an end record
 * that says `more: true` a header must follow, unless the input is a part of a
 * stream.
 */
#include "io/stream.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/hash.h"
#include "io/sniff.h"
#include "io/window.h"

enum { HEADER_MAX = 64 << 10, MAGIC = 12 };

static const char magic[MAGIC + 1] = "\x81\xaa"
				     "apprentice";

struct stream_in {
	char **file;
	size_t files, at; /* at: the next to open */
	enum stream_kind kind;
	msg_typed *typed;
	bool part;
	struct window w; /* on the file at hand */
	bool json, inside, more;
	uint64_t segments; /* whole ones of this file */
	uint64_t records;  /* of this segment */
	struct hash *hash;
};

static const char *
kind_name(enum stream_kind kind)
{
	return kind == STREAM_TRAJ ? "traj" : "grad";
}

/* ---- files and bytes */

static int
open_next(struct stream_in *in)
{
	const char *file = in->at < in->files ? in->file[in->at] : "-";

	in->at++;
	in->segments = 0;
	return window_open(&in->w, file, in->kind == STREAM_GRAD);
}

/* A gradient's record has one typed array. */
static int
typed_gradient(const char *key)
{
	return strcmp(key, "data") == 0 ? MSG_F32 : 0;
}

/* Refuse a bad file before those in front of it have been read. */
static int
check_file(const char *file)
{
	struct stat st;

	if (strcmp(file, "-") == 0)
		return 0;
	if (stat(file, &st) != 0 || access(file, R_OK) != 0)
		return fail_sys("%s", file);
	return S_ISDIR(st.st_mode) ? fail("%s: is a directory", file) : 0;
}

struct stream_in *
stream_open(char *const *files, size_t n, enum stream_kind kind, bool part)
{
	struct stream_in *in;
	size_t i;

	for (i = 0; i < n; i++)
		if (check_file(files[i]) != 0)
			return NULL;
	in = mem_alloc(1, sizeof *in);
	in->file = mem_alloc(n, sizeof *in->file);
	for (i = 0; i < n; i++)
		in->file[i] = mem_dup(files[i], strlen(files[i]));
	in->files = n;
	in->kind = kind;
	in->part = part;
	in->typed = kind == STREAM_GRAD ? typed_gradient : NULL;
	in->hash = hash_new();
	if (open_next(in) == 0)
		return in;
	stream_close(in);
	return NULL;
}

void
stream_close(struct stream_in *in)
{
	size_t i;

	if (in == NULL)
		return;
	window_release(&in->w);
	for (i = 0; i < in->files; i++)
		free(in->file[i]);
	free(in->file);
	hash_free(in->hash);
	free(in);
}

void
stream_typed(struct stream_in *in, msg_typed *typed)
{
	in->typed = typed;
}

/* ---- objects */

static int
truncated(const struct stream_in *in)
{
	return fail("%s: truncated in segment %" PRIu64 " after %" PRIu64
		    " records",
	    in->w.name, in->segments + 1, in->records);
}

/* Put the place of the object that is read in front of a failure. */
static int
bad(const struct stream_in *in)
{
	const struct where w = { in->w.name, in->segments + 1,
		in->inside ? in->records + 1 : 0 };

	if (!in->inside)
		(void)fail_in("header");
	return fail_where(&w, NULL, 0);
}

/* The next object's bytes in the window: 1, -1. */
static int
next_binary(struct stream_in *in, const char **p, size_t *n)
{
	int r;

	for (;;) {
		*n = 0;
		r = msg_scan(in->w.p + in->w.begin, window_size(&in->w), n);
		if (r < 0)
			return bad(in);
		if (r > 0)
			break;
		r = window_fill(&in->w, *n);
		if (r <= 0)
			return r < 0 ? -1 : truncated(in);
	}
	*p = in->w.p + in->w.begin;
	return 1;
}

/* The next line that is not blank, without its newline: 1, -1. */
static int
next_line(struct stream_in *in, const char **p, size_t *n)
{
	size_t looked = 0;
	char *newline = NULL;
	int r;

	for (;;) {
		newline = in->w.end > in->w.begin ?
		    memchr(in->w.p + in->w.begin + looked, '\n',
			window_size(&in->w) - looked) :
		    NULL;
		if (newline != NULL)
			break;
		looked = window_size(&in->w);
		if (looked > MSG_BYTES_MAX) {
			(void)fail("a line of more than %d MiB",
			    MSG_BYTES_MAX >> 20);
			return bad(in);
		}
		r = window_fill(&in->w, 0);
		if (r <= 0)
			return r < 0 ? -1 : truncated(in);
	}
	*p = in->w.p + in->w.begin;
	*n = (size_t)(newline - *p);
	return 1;
}

static bool
is_blank(const char *p, size_t n)
{
	while (n > 0 && (*p == ' ' || *p == '\t' || *p == '\r')) {
		p++;
		n--;
	}
	return n == 0;
}

/* The next map, lent or copied, and how many bytes of the window it takes. */
static int
next_map(struct stream_in *in, struct msg *m, bool lent, size_t *bytes)
{
	const char *p = NULL;
	size_t n = 0;
	int r;

	if (!in->json) {
		r = next_binary(in, &p, &n);
		*bytes = n;
		if (r > 0 && (lent ? msg_lend : msg_parse)(m, p, n) != 0)
			r = bad(in);
		return r;
	}
	for (;;) {
		r = next_line(in, &p, &n);
		if (r <= 0)
			return r;
		if (!is_blank(p, n))
			break;
		in->w.begin += n + 1;
	}
	*bytes = n + 1;
	return msg_from_json(m, p, n, in->typed) != 0 ? bad(in) : 1;
}

static bool
only_key(const struct msg *m, const char *key)
{
	struct msg_view v;

	return m->n == 1 && msg_any(m, key, &v) == 1;
}

/* ---- segments */

static int
check_header(const struct stream_in *in, const struct msg *h)
{
	const char *want = kind_name(in->kind);
	struct msg_view kind;
	uint64_t version;
	int r = msg_str(h, "kind", &kind);

	if (r <= 0)
		return r < 0 ? -1 : fail("field \"kind\": missing");
	if (kind.n != strlen(want) || memcmp(kind.p, want, kind.n) != 0)
		return fail("kind %.*s, not %s", (int)kind.n, kind.p, want);
	r = msg_uint(h, "version", &version);
	if (r <= 0)
		return r < 0 ? -1 : fail("field \"version\": missing");
	if (version != 1)
		return fail("version %" PRIu64 " is not known here; 1 is",
		    version);
	return 0;
}

/* A map in place of a header; as the first of a file it is a document. */
static int
fail_headless(const struct stream_in *in)
{
	return fail_kind(in->json && in->segments == 0 ? ERR_DOCUMENTS :
							 ERR_OTHER,
	    NULL, "%s: segment %" PRIu64 " begins without a header", in->w.name,
	    in->segments + 1);
}

static int
read_header(struct stream_in *in, struct msg *header)
{
	struct msg m = { 0 };
	size_t n;
	int r = next_map(in, &m, false, &n);

	if (r > 0 && !only_key(&m, "apprentice"))
		r = fail_headless(in);
	else if (r > 0 && m.bytes.n > HEADER_MAX)
		r = fail("%s: segment %" PRIu64 ": a header of %zu bytes, "
			 "more than %d",
		    in->w.name, in->segments + 1, m.bytes.n, HEADER_MAX);
	else if (r > 0 &&
	    (msg_map(&m, "apprentice", header) <= 0 ||
		check_header(in, header) != 0))
		r = bad(in);
	if (r > 0) {
		hash_reset(in->hash);
		if (!in->json)
			hash_add(in->hash, in->w.p + in->w.begin, n);
		in->w.begin += n;
		in->inside = true;
	}
	msg_release(&m);
	return r;
}

/* At the start of a segment: MessagePack or JSON; -1 where it is neither. */
static int
look(struct stream_in *in)
{
	size_t have;

	in->json = in->w.end > in->w.begin && in->w.p[in->w.begin] == '{';
	while (!in->json && window_size(&in->w) < MAGIC &&
	    window_fill(&in->w, 0) > 0)
		continue;
	have = window_size(&in->w) < MAGIC ? window_size(&in->w) : MAGIC;
	if (in->json || memcmp(in->w.p + in->w.begin, magic, have) == 0)
		return 0;
	if (in->segments > 0)
		return fail(
		    "%s: something that is not a header follows segment "
		    "%" PRIu64,
		    in->w.name, in->segments);
	return fail_kind(sniff_documents(in->w.p + in->w.begin,
			     window_size(&in->w)) ?
		ERR_DOCUMENTS :
		ERR_OTHER,
	    NULL, "%s: not a stream: begins with byte %02x", in->w.name,
	    (unsigned char)in->w.p[in->w.begin]);
}

/* Whether the file may end here. */
static int
check_ended(const struct stream_in *in)
{
	if (in->segments == 0)
		return fail("%s: empty, not a stream", in->w.name);
	if (in->more && !in->part)
		return fail("%s: truncated after segment %" PRIu64 ", which "
			    "says that more follow",
		    in->w.name, in->segments);
	return 0;
}

/* Skip blank lines between JSON segments. */
static void
skip_blanks(struct stream_in *in)
{
	while (in->json && in->w.begin < in->w.end &&
	    strchr(" \t\r\n", in->w.p[in->w.begin]) != NULL)
		in->w.begin++;
}

int
stream_segment(struct stream_in *in, struct msg *header)
{
	int r;

	for (;;) {
		skip_blanks(in);
		r = in->w.begin < in->w.end ? 1 : window_fill(&in->w, 0);
		if (r < 0)
			return -1;
		if (r > 0) {
			skip_blanks(in);
			if (in->w.begin == in->w.end)
				continue;
			return look(in) != 0 ? -1 : read_header(in, header);
		}
		if (check_ended(in) != 0)
			return -1;
		window_close(&in->w);
		if (in->at >= in->files)
			return 0;
		if (open_next(in) != 0)
			return -1;
	}
}

static int
check_end(struct stream_in *in, const struct msg *end)
{
	uint64_t count, sum;
	int more, r = msg_uint(end, "count", &count);

	if (r <= 0)
		return r < 0 ? -1 : fail("field \"count\": missing");
	if (count != in->records)
		return fail("it says %" PRIu64
			    " records, but there are %" PRIu64,
		    count, in->records);
	r = in->json ? 1 : msg_uint(end, "xxh3", &sum);
	if (r <= 0)
		return r < 0 ? -1 : fail("field \"xxh3\": missing");
	if (!in->json && sum != hash_value(in->hash))
		return fail("the checksum does not match: the data is "
			    "damaged");
	r = msg_bool(end, "more", &more);
	if (r <= 0)
		return r < 0 ? -1 : fail("field \"more\": missing");
	in->more = more;
	return 0;
}

static int
next_record(struct stream_in *in, struct msg *m, bool lent)
{
	struct msg end = { 0 };
	size_t n;
	int r;

	if (!in->inside)
		return 0;
	r = next_map(in, m, lent, &n);
	if (r <= 0)
		return r;
	if (only_key(m, "apprentice"))
		return fail("%s: a header in segment %" PRIu64 " after %" PRIu64
			    " records, without an end record before it",
		    in->w.name, in->segments + 1, in->records);
	if (!only_key(m, "end")) {
		if (!in->json)
			hash_add(in->hash, in->w.p + in->w.begin, n);
		in->w.begin += n;
		in->records++;
		return 1;
	}
	if (msg_map(m, "end", &end) <= 0 || check_end(in, &end) != 0)
		r = fail_in("%s: the end of segment %" PRIu64, in->w.name,
		    in->segments + 1);
	msg_release(&end);
	if (r < 0)
		return -1;
	in->w.begin += n;
	in->inside = false;
	in->records = 0;
	in->segments++;
	return 0;
}

int
stream_record(struct stream_in *in, struct msg *m)
{
	return next_record(in, m, false);
}

int
stream_lend(struct stream_in *in, struct msg *m)
{
	return next_record(in, m, true);
}

bool
stream_more(const struct stream_in *in)
{
	return in->more;
}

struct where
stream_where(const struct stream_in *in)
{
	return (struct where){ in->w.name, in->segments + in->inside,
		in->inside ? in->records : 0 };
}
