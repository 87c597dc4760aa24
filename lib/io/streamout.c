/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/hash.h"
#include "io/stream.h"

enum {
	FLUSH_BYTES = 1 << 20,
	HEADER_MAX = 64 << 10,
	ARGUMENT_MAX = 256, /* of argv as it is recorded */
	ARGUMENTS_MAX = 64
};

struct stream_out {
	int fd;
	char *name;
	bool json;
	struct buf bytes;
	struct hash *hash;
	uint64_t records;
	struct buf by; /* our entry, packed */
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
	buf_release(&out->by);
	hash_free(out->hash);
	free(out);
}

static void
put_text(struct buf *b, const char *s)
{
	msg_put_str(b, s, strnlen(s, ARGUMENT_MAX));
}

void
stream_by(struct stream_out *out, const char *tool, const char *version,
    int argc, char *const *argv)
{
	int i, n = argc < ARGUMENTS_MAX ? argc : ARGUMENTS_MAX;

	buf_reset(&out->by);
	msg_put_map(&out->by, 3);
	put_text(&out->by, "tool");
	put_text(&out->by, tool);
	put_text(&out->by, "version");
	put_text(&out->by, version);
	put_text(&out->by, "argv");
	msg_put_array(&out->by, (size_t)n);
	for (i = 0; i < n; i++)
		put_text(&out->by, argv[i]);
}

static int
flush(struct stream_out *out)
{
	int rc = write_all(out->fd, out->bytes.p, out->bytes.n, out->name);

	buf_reset(&out->bytes);
	return rc;
}

/* One map; `counted`: it is under the checksum. */
static int
put(struct stream_out *out, const struct msg *m, bool counted)
{
	if (out->json) {
		if (msg_to_json(m, &out->bytes) != 0)
			return -1;
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

/* {key: inner} */
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
	int rc;

	msg_copy(&h, header);
	msg_set_str(&h, "kind", kind == STREAM_TRAJ ? "traj" : "grad");
	msg_set_uint(&h, "version", 1);
	if (out->by.n > 0)
		msg_append(&h, "by", &out->by);
	hash_reset(out->hash);
	out->records = 0;
	rc = h.bytes.n + 16 > HEADER_MAX ?
	    fail("%s: a header of more than %d bytes", out->name,
		HEADER_MAX) :
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
