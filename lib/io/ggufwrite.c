/* SPDX-License-Identifier: MIT */
#include "io/ggufwrite.h"

#include <string.h>

enum { ALIGNMENT = 32, VERSION = 3 };

void
ggufwrite_release(struct ggufwrite *w)
{
	buf_release(&w->key);
	buf_release(&w->tensor);
}

static void
put(struct buf *b, uint64_t x, size_t bytes)
{
	for (; bytes > 0; bytes--, x >>= 8)
		buf_addc(b, (char)(x & 255));
}

static void
put_text(struct buf *b, const char *p, size_t n)
{
	put(b, n, 8);
	buf_add(b, p, n);
}

static uint32_t
bits(float x)
{
	uint32_t b;

	memcpy(&b, &x, sizeof b);
	return b;
}

static void
begin(struct ggufwrite *w, const char *key, enum gguf_type type)
{
	put_text(&w->key, key, strlen(key));
	put(&w->key, type, 4);
	w->keys++;
}

void
ggufwrite_uint(struct ggufwrite *w, const char *key, uint32_t x)
{
	begin(w, key, GGUF_UINT32);
	put(&w->key, x, 4);
}

void
ggufwrite_real(struct ggufwrite *w, const char *key, double x)
{
	begin(w, key, GGUF_FLOAT32);
	ggufwrite_float(w, (float)x);
}

void
ggufwrite_bool(struct ggufwrite *w, const char *key, bool x)
{
	begin(w, key, GGUF_BOOL);
	put(&w->key, x, 1);
}

void
ggufwrite_string(struct ggufwrite *w, const char *key, const char *p, size_t n)
{
	begin(w, key, GGUF_STRING);
	put_text(&w->key, p, n);
}

void
ggufwrite_array(struct ggufwrite *w, const char *key, enum gguf_type type,
    size_t count)
{
	begin(w, key, GGUF_ARRAY);
	put(&w->key, type, 4);
	put(&w->key, count, 8);
}

void
ggufwrite_text(struct ggufwrite *w, const char *p, size_t n)
{
	put_text(&w->key, p, n);
}

void
ggufwrite_int(struct ggufwrite *w, int32_t x)
{
	put(&w->key, (uint32_t)x, 4);
}

void
ggufwrite_float(struct ggufwrite *w, float x)
{
	put(&w->key, bits(x), 4);
}

/* Bytes from n to the next multiple of the alignment. */
static size_t
padding(size_t n)
{
	return (ALIGNMENT - n % ALIGNMENT) % ALIGNMENT;
}

void
ggufwrite_tensor(struct ggufwrite *w, const char *name, enum block_type type,
    size_t dims, const size_t *shape)
{
	const struct block_layout *b = block_layout(type);
	size_t i, n = 1;

	put_text(&w->tensor, name, strlen(name));
	put(&w->tensor, dims, 4);
	for (i = 0; i < dims; i++) {
		put(&w->tensor, shape[i], 8);
		n *= shape[i];
	}
	put(&w->tensor, type, 4);
	put(&w->tensor, w->at, 8);
	n = n / b->numbers * b->bytes;
	w->at += n + padding(n);
	w->tensors++;
}

struct atomic *
ggufwrite_begin(const struct ggufwrite *w, const char *path)
{
	struct atomic *a = atomic_open(path);
	struct buf b = { 0 };

	if (a == NULL)
		return NULL;
	buf_adds(&b, "GGUF");
	put(&b, VERSION, 4);
	put(&b, w->tensors, 8);
	put(&b, w->keys, 8);
	if (atomic_write(a, b.p, b.n) != 0 ||
	    atomic_write(a, w->key.p, w->key.n) != 0 ||
	    atomic_write(a, w->tensor.p, w->tensor.n) != 0 ||
	    ggufwrite_pad(a, b.n + w->key.n + w->tensor.n) != 0) {
		atomic_abort(a);
		a = NULL;
	}
	buf_release(&b);
	return a;
}

int
ggufwrite_pad(struct atomic *a, size_t bytes)
{
	static const char none[ALIGNMENT] = { 0 };

	return atomic_write(a, none, padding(bytes));
}
