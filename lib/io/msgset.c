/* SPDX-License-Identifier: MIT */
/*
 * Setting fields: a map is its head, and its fields one after the other.
 * The new map is written beside the old one with the field in its place, or
 * at the end, and indexed anew; the order of keys stays.
 */
#include <string.h>

#include "io/msg.h"

/* Write every field but `key`, which takes the packed value (none: n = 0). */
static void
rewrite(struct msg *m, const char *key, const char *packed, size_t n)
{
	struct buf b = { 0 }, old = m->bytes;
	struct msg_view at;
	size_t i, k = strlen(key);
	bool there = msg_any(m, key, &at) == 1, same;

	(void)buf_room(&b, old.n + k + n + 16);
	msg_put_map(&b, m->n + (n > 0 && !there) - (n == 0 && there));
	for (i = 0; i < m->n; i++) {
		same = there && m->field[i].val.p == at.p;
		if (same && n == 0)
			continue;
		msg_put_str(&b, m->field[i].key.p, m->field[i].key.n);
		if (same)
			buf_add(&b, packed, n);
		else
			buf_add(&b, m->field[i].val.p, m->field[i].val.n);
	}
	if (n > 0 && !there) {
		msg_put_str(&b, key, k);
		buf_add(&b, packed, n);
	}
	m->bytes = (struct buf){ 0 };
	msg_adopt(m, &b);
	if (old.cap > 0) /* else it was lent */
		buf_release(&old);
}

void
msg_set(struct msg *m, const char *key, const struct buf *packed)
{
	if (m->bytes.n == 0)
		msg_clear(m);
	rewrite(m, key, packed->p, packed->n);
}

void
msg_append(struct msg *m, const char *key, const struct buf *packed)
{
	struct msg_view v = { NULL, 0 };
	const unsigned char *p;
	struct buf b = { 0 };
	size_t n = 0, head = 0;

	if (msg_any(m, key, &v) == 1) {
		p = (const unsigned char *)v.p;
		if ((*p & 0xf0) == 0x90) {
			n = *p & 15;
			head = 1;
		} else if (*p == 0xdc) {
			n = (size_t)p[1] << 8 | p[2];
			head = 3;
		} else {
			v.n = 0; /* not a list: it is replaced by one */
		}
	}
	msg_put_array(&b, n + 1);
	if (v.n > head)
		buf_add(&b, v.p + head, v.n - head);
	buf_add(&b, packed->p, packed->n);
	msg_set(m, key, &b);
	buf_release(&b);
}

void
msg_del(struct msg *m, const char *key)
{
	struct msg_view v;

	if (msg_any(m, key, &v) == 1)
		rewrite(m, key, NULL, 0);
}

void
msg_set_str(struct msg *m, const char *key, const char *text)
{
	struct buf b = { 0 };

	msg_put_str(&b, text, strlen(text));
	msg_set(m, key, &b);
	buf_release(&b);
}

void
msg_set_uint(struct msg *m, const char *key, uint64_t v)
{
	struct buf b = { 0 };

	msg_put_uint(&b, v);
	msg_set(m, key, &b);
	buf_release(&b);
}

void
msg_set_float(struct msg *m, const char *key, double x)
{
	struct buf b = { 0 };

	msg_put_float(&b, x);
	msg_set(m, key, &b);
	buf_release(&b);
}

void
msg_set_map(struct msg *m, const char *key, const struct msg *sub)
{
	char nothing = (char)0x80;
	struct buf empty = { .p = &nothing, .n = 1 };

	msg_set(m, key, sub->bytes.n > 0 ? &sub->bytes : &empty);
}

static void
set_ext(struct msg *m, const char *key, int code, const void *p, size_t n)
{
	struct buf b = { 0 };

	msg_put_ext(&b, code, p, n);
	msg_set(m, key, &b);
	buf_release(&b);
}

void
msg_set_f32(struct msg *m, const char *key, const float *x, size_t n)
{
	set_ext(m, key, MSG_F32, x, n * sizeof *x);
}

void
msg_set_u32(struct msg *m, const char *key, const uint32_t *x, size_t n)
{
	set_ext(m, key, MSG_U32, x, n * sizeof *x);
}

void
msg_set_bf16(struct msg *m, const char *key, const uint16_t *x, size_t n)
{
	set_ext(m, key, MSG_BF16, x, n * sizeof *x);
}
