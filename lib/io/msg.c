/* SPDX-License-Identifier: MIT */
/*
 * The values of a msg.  msg_scan has passed all bytes that come here.  Text
 * and typed arrays are read in place; msgpack-c unpacks numbers, and packs.
 */
#include "io/msg.h"

#include <msgpack.h>
#include <string.h>

#include "base/mem.h"

/* Typed arrays are copied to memory and from it as they are. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "streams and safetensors are little endian, and so must be the machine");

/*
 * Unpack the value of a key: 1, 0 absent.  Of a container only the type is
 * set, so nothing is allocated.
 */
static int
value_of(const struct msg *m, const char *key, msgpack_object *o)
{
	struct msg_view v;
	msgpack_unpacked u;
	unsigned char c;

	o->type = MSGPACK_OBJECT_NIL;
	if (!msg_any(m, key, &v))
		return 0;
	c = (unsigned char)v.p[0];
	if ((c >= 0x80 && c < 0xa0) || (c >= 0xdc && c < 0xe0)) {
		o->type = (c & 0xf0) == 0x80 || c >= 0xde ?
		    MSGPACK_OBJECT_MAP :
		    MSGPACK_OBJECT_ARRAY;
		return 1;
	}
	msgpack_unpacked_init(&u);
	if (msgpack_unpack_next(&u, v.p, v.n, NULL) == MSGPACK_UNPACK_SUCCESS)
		*o = u.data;
	msgpack_unpacked_destroy(&u);
	return 1;
}

static int
wrong(const char *key, const char *wanted, const msgpack_object *o)
{
	static const char *const names[] = {
		[MSGPACK_OBJECT_NIL] = "nil",
		[MSGPACK_OBJECT_BOOLEAN] = "a truth value",
		[MSGPACK_OBJECT_POSITIVE_INTEGER] = "an integer",
		[MSGPACK_OBJECT_NEGATIVE_INTEGER] = "a negative integer",
		[MSGPACK_OBJECT_FLOAT32] = "a number",
		[MSGPACK_OBJECT_FLOAT64] = "a number",
		[MSGPACK_OBJECT_STR] = "text",
		[MSGPACK_OBJECT_BIN] = "bytes",
		[MSGPACK_OBJECT_ARRAY] = "a list",
		[MSGPACK_OBJECT_MAP] = "a map",
		[MSGPACK_OBJECT_EXT] = "a typed array",
	};

	return fail("field \"%s\": expected %s, found %s", key, wanted,
	    names[o->type]);
}

int
msg_str(const struct msg *m, const char *key, struct msg_view *text)
{
	struct msg_view v;
	msgpack_object o;

	if (!msg_any(m, key, &v))
		return 0;
	if (msg_text(v, text))
		return 1;
	(void)value_of(m, key, &o);
	return wrong(key, "text", &o);
}

int
msg_uint(const struct msg *m, const char *key, uint64_t *out)
{
	msgpack_object o;

	if (!value_of(m, key, &o))
		return 0;
	if (o.type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return wrong(key, "an integer from 0", &o);
	*out = o.via.u64;
	return 1;
}

int
msg_float(const struct msg *m, const char *key, double *out)
{
	msgpack_object o;

	if (!value_of(m, key, &o))
		return 0;
	switch (o.type) {
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		*out = (double)o.via.u64;
		return 1;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		*out = (double)o.via.i64;
		return 1;
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		*out = o.via.f64;
		return 1;
	default:
		return wrong(key, "a number", &o);
	}
}

int
msg_bool(const struct msg *m, const char *key, int *out)
{
	msgpack_object o;

	if (!value_of(m, key, &o))
		return 0;
	if (o.type != MSGPACK_OBJECT_BOOLEAN)
		return wrong(key, "true or false", &o);
	*out = o.via.boolean;
	return 1;
}

int
msg_map(const struct msg *m, const char *key, struct msg *sub)
{
	struct msg_view v;
	msgpack_object o;

	if (!value_of(m, key, &o))
		return 0;
	if (o.type != MSGPACK_OBJECT_MAP)
		return wrong(key, "a map", &o);
	(void)msg_any(m, key, &v);
	if (msg_parse(sub, v.p, v.n) != 0)
		return fail_in("field \"%s\"", key);
	return 1;
}

/*
 * Find a typed array of one of two codes: 1, 0, -1.  *got: its code, *bytes:
 * where its *n elements lie.
 */
static int
typed(const struct msg *m, const char *key, const int code[2],
    const char *wanted, int *got, struct msg_view *bytes, size_t *n)
{
	struct msg_view v;
	msgpack_object o;
	size_t size;

	if (!msg_any(m, key, &v))
		return 0;
	if (!msg_ext(v, got, bytes) || (*got != code[0] && *got != code[1])) {
		(void)value_of(m, key, &o);
		return wrong(key, wanted, &o);
	}
	size = *got == MSG_BF16 ? 2 : 4;
	if (bytes->n % size != 0)
		return fail("field \"%s\": %zu bytes are no multiple of %zu",
		    key, bytes->n, size);
	*n = bytes->n / size;
	return 1;
}

static int
floats(const struct msg *m, const char *key, int *got, struct msg_view *bytes,
    size_t *n)
{
	static const int code[2] = { MSG_F32, MSG_BF16 };

	return typed(m, key, code, "a float32 array", got, bytes, n);
}

int
msg_f32(const struct msg *m, const char *key, float **out, size_t *n,
    size_t *cap)
{
	struct msg_view bytes = { NULL, 0 };
	int code = 0, r = floats(m, key, &code, &bytes, n);
	uint16_t half;
	uint32_t bits;
	size_t i;

	if (r <= 0)
		return r;
	*out = mem_grow(*out, cap, *n, sizeof **out);
	if (code == MSG_F32) {
		if (*n > 0)
			memcpy(*out, bytes.p, *n * sizeof **out);
		return 1;
	}
	for (i = 0; i < *n; i++) {
		memcpy(&half, bytes.p + 2 * i, sizeof half);
		bits = (uint32_t)half << 16;
		memcpy(*out + i, &bits, sizeof bits);
	}
	return 1;
}

int
msg_f32_view(const struct msg *m, const char *key, const void **p, size_t *n)
{
	struct msg_view bytes = { NULL, 0 };
	int code = 0, r = floats(m, key, &code, &bytes, n);

	if (r <= 0)
		return r;
	*p = bytes.p;
	return code == MSG_F32;
}

int
msg_u32(const struct msg *m, const char *key, uint32_t **out, size_t *n,
    size_t *cap)
{
	static const int code[2] = { MSG_U32, MSG_U32 };
	struct msg_view bytes = { NULL, 0 };
	int got, r = typed(m, key, code, "a uint32 array", &got, &bytes, n);

	if (r <= 0)
		return r;
	*out = mem_grow(*out, cap, *n, sizeof **out);
	if (*n > 0)
		memcpy(*out, bytes.p, *n * sizeof **out);
	return 1;
}

/* ---- packing */

static int
to_buf(void *b, const char *p, size_t n)
{
	buf_add(b, p, n);
	return 0;
}

static msgpack_packer
onto(struct buf *b)
{
	return (msgpack_packer){ .data = b, .callback = to_buf };
}

void
msg_put_map(struct buf *b, size_t pairs)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_map(&p, pairs);
}

void
msg_put_array(struct buf *b, size_t n)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_array(&p, n);
}

void
msg_put_str(struct buf *b, const char *s, size_t n)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_str(&p, n);
	(void)msgpack_pack_str_body(&p, s, n);
}

void
msg_put_uint(struct buf *b, uint64_t v)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_uint64(&p, v);
}

void
msg_put_int(struct buf *b, int64_t v)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_int64(&p, v);
}

void
msg_put_float(struct buf *b, double x)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_double(&p, x);
}

void
msg_put_bool(struct buf *b, int v)
{
	msgpack_packer p = onto(b);

	(void)(v ? msgpack_pack_true(&p) : msgpack_pack_false(&p));
}

void
msg_put_nil(struct buf *b)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_nil(&p);
}

void
msg_put_ext_head(struct buf *b, int code, size_t n)
{
	msgpack_packer p = onto(b);

	(void)msgpack_pack_ext(&p, n, (int8_t)code);
}

void
msg_put_ext(struct buf *b, int code, const void *bytes, size_t n)
{
	msg_put_ext_head(b, code, n);
	buf_add(b, bytes, n);
}
