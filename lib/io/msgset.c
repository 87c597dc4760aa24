/* SPDX-License-Identifier: MIT */
/*
 * Setting one field: a map is rewritten with that field changed.  To change
 * several fields of a record, use a msg_build (msgbuild.h), which writes once.
 */
#include <string.h>

#include "io/msg.h"
#include "io/msgbuild.h"

void
msg_set(struct msg *m, const char *key, const struct buf *packed)
{
	struct msg_build b;

	msg_build(&b, m);
	buf_add(msg_build_set(&b, key), packed->p, packed->n);
	msg_build_end(&b, m);
}

void
msg_del(struct msg *m, const char *key)
{
	struct msg_build b;
	struct msg_view v;

	if (msg_any(m, key, &v) == 0)
		return;
	msg_build(&b, m);
	msg_build_drop(&b, key);
	msg_build_end(&b, m);
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
			v.n = 0; /* not a list: replace it by one */
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
