/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "io/atomic.h"
#include "io/hash.h"
#include "io/stream.h"

/*
 * Writing.  Maps are collected in a buffer, which is written when it is large
 * and at the end of a segment.
 */

enum {
	FLUSH_BYTES = 1 << 20,
	HEADER_MAX = 64 << 10,
	WRAPPING = 16 /* at least the bytes of {"apprentice": } */
};

/* How much of argv is recorded; less where the header becomes too large. */
static const struct extent {
	int arguments;
	size_t bytes; /* of each */
} extents[] = { { 64, 256 }, { 16, 64 }, { 1, 32 } };

enum { EXTENTS = sizeof extents / sizeof extents[0] };

struct stream_out {
	int fd;
	char *name;
	bool json;
	struct buf bytes;
	struct hash *hash;
	uint64_t records;
	const char *tool, *version; /* borrowed, as argv; NULL: do not sign */
	int argc;
	char *const *argv;
};

struct stream_out *
stream_new(int fd, const char *name, bool json)
{
	struct stream_out *out = mem_alloc(1, sizeof *out);

	out->fd = fd;
	out->name = mem_dup(name, strlen(name));
	out->json = json;
	out->hash = hash_new();
	return out;
}

void
stream_free(struct stream_out *out)
{
	if (out == NULL)
		return;
	free(out->name);
	buf_release(&out->bytes);
	hash_free(out->hash);
	free(out);
}

void
stream_by(struct stream_out *out, const char *tool, const char *version,
    int argc, char *const *argv)
{
	out->tool = tool;
	out->version = version;
	out->argc = argc;
	out->argv = argv;
}

/* The program's arguments are any bytes; where they are not UTF-8, write '?'.
 */
static void
put_text(struct buf *b, const char *s, size_t most)
{
	struct buf text = { 0 };
	size_t n, left = strlen(s);

	for (; left > 0; s += n, left -= n) {
		const bool valid = utf8_decode(s, left, &n) != UINT32_MAX;

		if (text.n + n > most)
			break;
		if (valid)
			buf_add(&text, s, n);
		else
			buf_addc(&text, '?');
	}
	msg_put_str(b, text.p, text.n);
	buf_release(&text);
}

/* Append the program to the header's `by`. */
static void
sign(const struct stream_out *out, const struct extent *most, struct msg *h)
{
	struct buf b = { 0 };
	int i, n = out->argc < most->arguments ? out->argc : most->arguments;

	msg_put_map(&b, 3);
	put_text(&b, "tool", most->bytes);
	put_text(&b, out->tool, most->bytes);
	put_text(&b, "version", most->bytes);
	put_text(&b, out->version, most->bytes);
	put_text(&b, "argv", most->bytes);
	msg_put_array(&b, (size_t)n);
	for (i = 0; i < n; i++)
		put_text(&b, out->argv[i], most->bytes);
	msg_append(h, "by", &b);
	buf_release(&b);
}

static int
flush(struct stream_out *out)
{
	int rc = write_all(out->fd, out->bytes.p, out->bytes.n, out->name);

	buf_reset(&out->bytes);
	return rc;
}

/* Write a map; counted: the checksum covers it. */
static int
put(struct stream_out *out, const struct msg *m, bool counted)
{
	size_t before = out->bytes.n;

	if (out->json) {
		if (msg_to_json(m, &out->bytes) != 0)
			return -1;
		if (out->bytes.n - before > MSG_BYTES_MAX)
			return fail("a line of more than %d MiB",
			    MSG_BYTES_MAX >> 20);
		buf_addc(&out->bytes, '\n');
	} else {
		if (m->bytes.n > MSG_BYTES_MAX)
			return fail("a record of more than %d MiB",
			    MSG_BYTES_MAX >> 20);
		if (counted)
			hash_add(out->hash, m->bytes.p, m->bytes.n);
		buf_add(&out->bytes, m->bytes.p, m->bytes.n);
	}
	return out->bytes.n > FLUSH_BYTES ? flush(out) : 0;
}

/* Write {key: inner}. */
static int
put_wrapped(struct stream_out *out, const char *key, const struct msg *inner,
    bool counted)
{
	struct msg outer = { 0 };
	int rc;

	msg_clear(&outer);
	msg_set_map(&outer, key, inner);
	rc = put(out, &outer, counted);
	msg_release(&outer);
	return rc;
}

int
stream_begin(struct stream_out *out, enum stream_kind kind,
    const struct msg *header)
{
	struct msg h = { 0 };
	int i, rc;

	for (i = 0; i < EXTENTS; i++) {
		msg_copy(&h, header);
		msg_set_str(&h, "kind", kind == STREAM_TRAJ ? "traj" : "grad");
		msg_set_uint(&h, "version", 1);
		if (out->tool != NULL)
			sign(out, &extents[i], &h);
		if (h.bytes.n + WRAPPING <= HEADER_MAX)
			break;
	}
	hash_reset(out->hash);
	out->records = 0;
	rc = h.bytes.n + WRAPPING > HEADER_MAX ?
	    fail("%s: a header of more than %d bytes", out->name, HEADER_MAX) :
	    put_wrapped(out, "apprentice", &h, true);
	msg_release(&h);
	return rc;
}

int
stream_put(struct stream_out *out, const struct msg *m)
{
	out->records++;
	return put(out, m, true);
}

/* Pack a map of one more field, without that field. */
static void
put_fields(struct buf *b, const struct msg *m)
{
	size_t i;

	msg_put_map(b, m->n + 1);
	for (i = 0; i < m->n; i++) {
		msg_put_str(b, m->field[i].key.p, m->field[i].key.n);
		buf_add(b, m->field[i].val.p, m->field[i].val.n);
	}
}

int
stream_put_array(struct stream_out *out, const struct msg *m, const char *key,
    int code, const void *p, size_t bytes)
{
	struct buf b = { 0 };
	struct msg whole = { 0 };
	int rc;

	put_fields(&b, m);
	msg_put_str(&b, key, strlen(key));
	msg_put_ext_head(&b, code, bytes);
	if (out->json || b.n + bytes <= FLUSH_BYTES / 4) {
		buf_add(&b, p, bytes);
		msg_adopt(&whole, &b);
		rc = stream_put(out, &whole);
		msg_release(&whole);
		return rc;
	}
	out->records++;
	hash_add(out->hash, b.p, b.n);
	hash_add(out->hash, p, bytes);
	buf_add(&out->bytes, b.p, b.n);
	rc = b.n + bytes > MSG_BYTES_MAX ?
	    fail("a record of more than %d MiB", MSG_BYTES_MAX >> 20) :
	    flush(out);
	if (rc == 0)
		rc = write_all(out->fd, p, bytes, out->name);
	buf_release(&b);
	return rc;
}

int
stream_end(struct stream_out *out, bool more)
{
	struct msg end = { 0 };
	struct buf b = { 0 };
	int rc;

	msg_set_uint(&end, "count", out->records);
	if (!out->json)
		msg_set_uint(&end, "xxh3", hash_value(out->hash));
	msg_put_bool(&b, more);
	msg_set(&end, "more", &b);
	rc = put_wrapped(out, "end", &end, false);
	if (rc == 0)
		rc = flush(out);
	buf_release(&b);
	msg_release(&end);
	return rc;
}
