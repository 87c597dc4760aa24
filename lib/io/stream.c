/* SPDX-License-Identifier: MIT */
/*
 * Reading.  Bytes come into one window that slides and grows up to the
 * largest object we take.  A segment is
 *
 *   81 aa "apprentice" MAP     the header, at most 64 KiB
 *   MAP ...                    records
 *   81 a3 "end" MAP            count, xxh3 of all bytes before it, more
 *
 * or the same maps as JSON lines, without the checksum.  Where the stream
 * may end is a matter of what the last end record said: `more: true` must be
 * followed by a header, unless only a part of a stream was promised.
 */
#include "io/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/hash.h"
#include "io/wait.h"

enum {
	HEADER_MAX = 64 << 10,
	READ_BYTES = 1 << 18,
	PIPE_BYTES = 1 << 20,
	MAGIC = 12
};

static const char magic[MAGIC + 1] = "\x81\xaa"
				     "apprentice";

struct stream_in {
	char **file;
	size_t files, at; /* at: the next to open */
	enum stream_kind kind;
	bool part;
	int fd;
	const char *name; /* one of file, or of no file */
	bool json, eof;
	char *window;
	size_t begin, end, cap;
	bool inside, more;
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
	bool standard = strcmp(file, "-") == 0;

	in->at++;
	in->name = standard ? "<stdin>" : file;
	in->fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	if (in->kind == STREAM_GRAD) /* where it is a pipe, a wider one */
		(void)fcntl(in->fd, F_SETPIPE_SZ, PIPE_BYTES);
	in->begin = in->end = 0;
	in->eof = false;
	in->segments = 0;
	return in->fd < 0 ? fail_sys("%s", file) : 0;
}

/* What can be told of a file before those in front of it have been read. */
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
	in->hash = hash_new();
	if (open_next(in) == 0)
		return in;
	stream_close(in);
	return NULL;
}

static void
close_file(struct stream_in *in)
{
	if (in->fd > STDERR_FILENO)
		(void)close(in->fd);
	in->fd = -1;
}

void
stream_close(struct stream_in *in)
{
	size_t i;

	if (in == NULL)
		return;
	close_file(in);
	for (i = 0; i < in->files; i++)
		free(in->file[i]);
	free(in->file);
	free(in->window);
	hash_free(in->hash);
	free(in);
}

/*
 * More bytes into the window: 1, 0 at the end of the file, -1.  want: what
 * the object in it has at least, or 0.  Of a large one all that is missing is
 * read and no more, so that nothing of the next has to be moved.
 */
static int
fill(struct stream_in *in, size_t want)
{
	const size_t have = in->end - in->begin;
	const bool large = want > have && want - have >= READ_BYTES;
	size_t room = have; /* doubled, so scans stay linear */
	ssize_t got;

	if (in->eof)
		return 0;
	if (large)
		room = want - have;
	else if (room < READ_BYTES)
		room = READ_BYTES;
	if (in->begin > 0) {
		memmove(in->window, in->window + in->begin,
		    in->end - in->begin);
		in->end -= in->begin;
		in->begin = 0;
	}
	in->window = mem_extend(in->window, &in->cap, in->end + room, 1);
	do {
		got = wait_read(in->fd, in->window + in->end, room);
		if (got < 0)
			return fail_in("%s", in->name);
		in->eof = got == 0;
		in->end += (size_t)got;
		room -= (size_t)got;
	} while (large && got > 0 && room > 0);
	return in->end - in->begin > have;
}

/* ---- objects */

static int
truncated(const struct stream_in *in)
{
	return fail("%s: truncated in segment %" PRIu64 " after %" PRIu64
		    " records",
	    in->name, in->segments + 1, in->records);
}

/* Put the place of the object being read in front of a failure. */
static int
bad(const struct stream_in *in)
{
	const struct where w = { in->name, in->segments + 1,
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
		r = msg_scan(in->window + in->begin, in->end - in->begin, n);
		if (r < 0)
			return bad(in);
		if (r > 0)
			break;
		r = fill(in, *n);
		if (r <= 0)
			return r < 0 ? -1 : truncated(in);
	}
	*p = in->window + in->begin;
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
		newline = in->end > in->begin ?
		    memchr(in->window + in->begin + looked, '\n',
			in->end - in->begin - looked) :
		    NULL;
		if (newline != NULL)
			break;
		looked = in->end - in->begin;
		if (looked > MSG_BYTES_MAX) {
			(void)fail("a line of more than %d MiB",
			    MSG_BYTES_MAX >> 20);
			return bad(in);
		}
		r = fill(in, 0);
		if (r <= 0)
			return r < 0 ? -1 : truncated(in);
	}
	*p = in->window + in->begin;
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
		in->begin += n + 1;
	}
	*bytes = n + 1;
	return msg_from_json(m, p, n) != 0 ? bad(in) : 1;
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

/* A map where a header is due: a document, where it is the first of a file. */
static int
fail_headless(const struct stream_in *in)
{
	return fail_kind(in->json && in->segments == 0 ? ERR_DOCUMENTS :
							 ERR_OTHER,
	    NULL, "%s: segment %" PRIu64 " begins without a header", in->name,
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
		    in->name, in->segments + 1, m.bytes.n, HEADER_MAX);
	else if (r > 0 &&
	    (msg_map(&m, "apprentice", header) <= 0 ||
		check_header(in, header) != 0))
		r = bad(in);
	if (r > 0) {
		hash_reset(in->hash);
		if (!in->json)
			hash_add(in->hash, in->window + in->begin, n);
		in->begin += n;
		in->inside = true;
	}
	msg_release(&m);
	return r;
}

/* At the beginning of a file: what it is; -1 when it is no stream. */
static int
look(struct stream_in *in)
{
	size_t have;

	in->json = in->end > in->begin && in->window[in->begin] == '{';
	while (!in->json && in->end - in->begin < MAGIC && fill(in, 0) > 0)
		continue;
	have = in->end - in->begin < MAGIC ? in->end - in->begin : MAGIC;
	if (in->json || memcmp(in->window + in->begin, magic, have) == 0)
		return 0;
	if (in->segments > 0)
		return fail("%s: something that is no header follows segment "
			    "%" PRIu64,
		    in->name, in->segments);
	return fail("%s: not a stream: begins with byte %02x", in->name,
	    (unsigned char)in->window[in->begin]);
}

/* Whether the file may end here. */
static int
check_ended(const struct stream_in *in)
{
	if (in->segments == 0)
		return fail("%s: empty, not a stream", in->name);
	if (in->more && !in->part)
		return fail("%s: truncated after segment %" PRIu64 ", which "
			    "says that more follow",
		    in->name, in->segments);
	return 0;
}

/* Skip blank lines between JSON segments. */
static void
skip_blanks(struct stream_in *in)
{
	while (in->json && in->begin < in->end &&
	    strchr(" \t\r\n", in->window[in->begin]) != NULL)
		in->begin++;
}

int
stream_segment(struct stream_in *in, struct msg *header)
{
	int r;

	for (;;) {
		skip_blanks(in);
		r = in->begin < in->end ? 1 : fill(in, 0);
		if (r < 0)
			return -1;
		if (r > 0) {
			skip_blanks(in);
			if (in->begin == in->end)
				continue;
			return look(in) != 0 ? -1 : read_header(in, header);
		}
		if (check_ended(in) != 0)
			return -1;
		close_file(in);
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
		    in->name, in->segments + 1, in->records);
	if (!only_key(m, "end")) {
		if (!in->json)
			hash_add(in->hash, in->window + in->begin, n);
		in->begin += n;
		in->records++;
		return 1;
	}
	if (msg_map(m, "end", &end) <= 0 || check_end(in, &end) != 0)
		r = fail_in("%s: the end of segment %" PRIu64, in->name,
		    in->segments + 1);
	msg_release(&end);
	if (r < 0)
		return -1;
	in->begin += n;
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
	return (struct where){ in->name, in->segments + in->inside,
		in->inside ? in->records : 0 };
}
