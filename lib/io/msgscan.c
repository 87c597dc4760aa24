/* SPDX-License-Identifier: MIT */
/*
 * Measuring and indexing.  msgpack-c has no limits of its own: it allocates
 * what an array claims to hold before the first element has come, so five
 * bytes can ask for gigabytes.  Hence two passes.  The first, msg_scan, walks
 * the lengths of one object, counts what is still to come, and refuses what
 * is larger than MSG_BYTES_MAX, deeper than MSG_DEPTH_MAX, or has more
 * elements than fit in that.  msgpack-c unpacks only what has passed (msg.c).
 *
 *   00-7f int   80-8f map   90-9f array   a0-bf str   c0 nil   c2 c3 bool
 *   c4-c6 bin   c7-c9 ext   ca cb float   cc-cf uint  d0-d3 int
 *   d4-d8 fixext  d9-db str  dc dd array  de df map   e0-ff int; c1 never
 */
#include "io/msg.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The start of one object: its own bytes, and how many objects it holds. */
struct head {
	size_t bytes, children;
	bool container;
};

static size_t
big_endian(const unsigned char *p, size_t n)
{
	size_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* For each code from c0: bytes of its length field and fixed payload. */
static const struct {
	unsigned char field, fixed;
	char what; /* p payload of that length, a array, m map, x invalid */
} codes[32] = {
	{ 0, 0, 'p' },
	{ 0, 0, 'x' },
	{ 0, 0, 'p' },
	{ 0, 0, 'p' },
	{ 1, 0, 'p' },
	{ 2, 0, 'p' },
	{ 4, 0, 'p' }, /* bin */
	{ 1, 1, 'p' },
	{ 2, 1, 'p' },
	{ 4, 1, 'p' }, /* ext: and its type */
	{ 0, 4, 'p' },
	{ 0, 8, 'p' }, /* float */
	{ 0, 1, 'p' },
	{ 0, 2, 'p' },
	{ 0, 4, 'p' },
	{ 0, 8, 'p' },
	{ 0, 1, 'p' },
	{ 0, 2, 'p' },
	{ 0, 4, 'p' },
	{ 0, 8, 'p' },
	{ 0, 2, 'p' },
	{ 0, 3, 'p' },
	{ 0, 5, 'p' },
	{ 0, 9, 'p' },
	{ 0, 17, 'p' }, /* fixext */
	{ 1, 0, 'p' },
	{ 2, 0, 'p' },
	{ 4, 0, 'p' }, /* str */
	{ 2, 0, 'a' },
	{ 4, 0, 'a' },
	{ 2, 0, 'm' },
	{ 4, 0, 'm' },
};

/* 1; 0 where the length is not whole yet; -1. */
static int
read_head(const unsigned char *p, size_t n, struct head *h)
{
	size_t v = 0, field;
	unsigned c;

	*h = (struct head){ .bytes = 1 };
	if (n == 0)
		return 0;
	c = *p;
	if (c < 0x80 || c >= 0xe0)
		return 1;
	if (c < 0xa0) {
		h->container = true;
		h->children = (c & 15) * (c < 0x90 ? 2 : 1);
		return 1;
	}
	if (c < 0xc0) {
		h->bytes += c & 31;
		return 1;
	}
	if (codes[c - 0xc0].what == 'x')
		return fail("invalid MessagePack byte 0xc1");
	field = codes[c - 0xc0].field;
	if (n < 1 + field)
		return 0;
	v = big_endian(p + 1, field);
	h->bytes += field + codes[c - 0xc0].fixed;
	if (codes[c - 0xc0].what == 'p') {
		h->bytes += v;
	} else {
		h->container = true;
		h->children = v * (codes[c - 0xc0].what == 'm' ? 2 : 1);
	}
	return 1;
}

int
msg_scan(const void *bytes, size_t n, size_t *length)
{
	const unsigned char *p = bytes;
	size_t left[MSG_DEPTH_MAX + 1], at = 0;
	struct head h;
	int depth = 0, r;

	left[0] = 1;
	for (;;) {
		while (left[depth] == 0)
			if (depth-- == 0) {
				*length = at;
				return 1;
			}
		r = read_head(p + (at < n ? at : n), at < n ? n - at : 0, &h);
		*length = n + 1;
		if (r <= 0)
			return r;
		left[depth]--;
		at += h.bytes;
		if (at > MSG_BYTES_MAX || h.children > MSG_BYTES_MAX - at)
			return fail("an object of more than %d MiB",
			    MSG_BYTES_MAX >> 20);
		if (h.container) {
			if (depth == MSG_DEPTH_MAX)
				return fail("nested deeper than %d",
				    MSG_DEPTH_MAX);
			left[++depth] = h.children;
		}
		*length = at;
		if (at > n)
			return 0;
	}
}

/* Let go of lent bytes, which have no capacity and are not ours to free. */
static void
give_back(struct msg *m)
{
	if (m->bytes.cap == 0)
		m->bytes = (struct buf){ 0 };
}

void
msg_release(struct msg *m)
{
	give_back(m);
	buf_release(&m->bytes);
	free(m->field);
	*m = (struct msg){ 0 };
}

static bool
is_text(unsigned char code)
{
	return (code >= 0xa0 && code <= 0xbf) || (code >= 0xd9 && code <= 0xdb);
}

/* Index the map of m->bytes, which msg_scan has passed as a whole. */
static int
index_fields(struct msg *m)
{
	const unsigned char *p = (const unsigned char *)m->bytes.p;
	struct head h;
	size_t at, i, k, length;

	if (m->bytes.n == 0 || read_head(p, m->bytes.n, &h) != 1 ||
	    !h.container || (p[0] & 0xf0) == 0x90 || p[0] == 0xdc ||
	    p[0] == 0xdd)
		return fail("expected a map");
	m->n = h.children / 2;
	at = h.bytes;
	m->field = mem_grow(m->field, &m->cap, m->n, sizeof *m->field);
	for (i = 0; i < m->n; i++) {
		if (!is_text(p[at]))
			return fail("map key is not a string");
		(void)read_head(p + at, m->bytes.n - at, &h);
		k = p[at] < 0xc0 ? 1 : 1 + (size_t)codes[p[at] - 0xc0].field;
		m->field[i].key =
		    (struct msg_view){ m->bytes.p + at + k, h.bytes - k };
		at += h.bytes;
		if (msg_scan(p + at, m->bytes.n - at, &length) != 1)
			return fail("cut short");
		m->field[i].val = (struct msg_view){ m->bytes.p + at, length };
		at += length;
		for (k = 0; k < i; k++)
			if (m->field[k].key.n == m->field[i].key.n &&
			    memcmp(m->field[k].key.p, m->field[i].key.p,
				m->field[i].key.n) == 0)
				return fail("duplicate key \"%.*s\"",
				    (int)m->field[i].key.n, m->field[i].key.p);
	}
	return 0;
}

/* Check that n bytes are one object, and a map of not too many keys. */
static int
check_map(const void *p, size_t n)
{
	enum { KEYS_MAX = 4096 }; /* a record has a dozen */
	struct head h;
	size_t length;
	int r;

	r = msg_scan(p, n, &length);
	if (r < 0)
		return -1;
	if (r == 0 || length != n)
		return fail("not one whole object");
	if (read_head(p, n, &h) == 1 && h.children / 2 > KEYS_MAX)
		return fail("%zu keys, more than %d", h.children / 2, KEYS_MAX);
	return 0;
}

int
msg_parse(struct msg *m, const void *p, size_t n)
{
	m->n = 0;
	give_back(m);
	if (check_map(p, n) != 0)
		return -1;
	buf_reset(&m->bytes);
	buf_add(&m->bytes, p, n);
	return index_fields(m);
}

int
msg_lend(struct msg *m, const void *p, size_t n)
{
	m->n = 0;
	give_back(m);
	if (check_map(p, n) != 0)
		return -1;
	buf_release(&m->bytes);
	m->bytes = (struct buf){ .p = (char *)p, .n = n };
	return index_fields(m);
}

void
msg_adopt(struct msg *m, struct buf *b)
{
	give_back(m);
	buf_release(&m->bytes);
	m->bytes = *b;
	*b = (struct buf){ 0 };
	(void)index_fields(m);
}

void
msg_clear(struct msg *m)
{
	static const char empty = (char)0x80;

	m->n = 0;
	give_back(m);
	buf_reset(&m->bytes);
	buf_add(&m->bytes, &empty, 1);
}

void
msg_copy(struct msg *m, const struct msg *from)
{
	if (from->bytes.n == 0) {
		msg_clear(m);
		return;
	}
	give_back(m);
	buf_reset(&m->bytes);
	buf_add(&m->bytes, from->bytes.p, from->bytes.n);
	(void)index_fields(m);
}

static const struct msg_field *
find(const struct msg *m, const char *key)
{
	size_t i, n = strlen(key);

	for (i = 0; i < m->n; i++)
		if (m->field[i].key.n == n &&
		    memcmp(m->field[i].key.p, key, n) == 0)
			return &m->field[i];
	return NULL;
}

int
msg_any(const struct msg *m, const char *key, struct msg_view *packed)
{
	const struct msg_field *f = find(m, key);

	if (f == NULL)
		return 0;
	*packed = f->val;
	return 1;
}

int
msg_item(struct msg_view list, size_t *at, struct msg_view *item)
{
	const unsigned char *p = (const unsigned char *)list.p;
	struct head h;

	if (*at == 0) {
		if (read_head(p, list.n, &h) != 1 || !h.container ||
		    !((*p & 0xf0) == 0x90 || *p == 0xdc || *p == 0xdd))
			return 0;
		*at = h.bytes;
	}
	if (*at >= list.n || msg_scan(p + *at, list.n - *at, &item->n) != 1)
		return 0;
	item->p = list.p + *at;
	*at += item->n;
	return 1;
}

int
msg_text(struct msg_view packed, struct msg_view *text)
{
	size_t head;
	unsigned char c;

	if (packed.n == 0)
		return 0;
	c = (unsigned char)*packed.p;
	if (!is_text(c))
		return 0;
	head = c < 0xc0 ? 1 : 1 + (size_t)codes[c - 0xc0].field;
	*text = (struct msg_view){ packed.p + head, packed.n - head };
	return 1;
}

int
msg_ext(struct msg_view packed, int *code, struct msg_view *bytes)
{
	size_t head;
	unsigned char c;

	if (packed.n == 0)
		return 0;
	c = (unsigned char)*packed.p;
	if (!(c >= 0xc7 && c <= 0xc9) && !(c >= 0xd4 && c <= 0xd8))
		return 0;
	head = 2 + (size_t)codes[c - 0xc0].field;
	/* The code has a sign.  NOLINTNEXTLINE(*-signed-char-misuse,cert-*) */
	*code = (signed char)packed.p[head - 1];
	*bytes = (struct msg_view){ packed.p + head, packed.n - head };
	return 1;
}
