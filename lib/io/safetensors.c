/* SPDX-License-Identifier: MIT */
/*
 * The header is checked once, against the file's size and against itself:
 * every tensor's bytes must be its dtype's size times the product of its shape
 * and lie inside the data, and sorted by offset the tensors must follow each
 * other without overlap.  A gap is refused too: the format has none, and bytes
 * that no tensor owns could hide something.
 */
#include "io/safetensors.h"

#include <assert.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/atomic.h"
#include "io/identity.h"
#include "io/json.h"

/*
 * A JSON tree takes up to a hundred times its text, so the text is bounded
 * by what policies need: 8 MiB are some 80000 tensors.
 */
enum { HEADER_MAX = 8 << 20, LENGTH = 8 };

struct safetensors {
	char *map;
	size_t size, header;
	char *(*meta)[2]; /* keys and values, in pairs */
	size_t metas;
	struct st_tensor *t;       /* in the order of the header */
	struct st_tensor **sorted; /* by name */
	size_t n;
	uint64_t identity;
};

static const struct {
	const char *name;
	enum st_dtype dtype;
	size_t size;
} dtypes[] = {
	{ "F32", ST_F32, 4 },
	{ "F16", ST_F16, 2 },
	{ "BF16", ST_BF16, 2 },
	{ "F64", ST_OTHER, 8 },
	{ "I64", ST_OTHER, 8 },
	{ "I32", ST_OTHER, 4 },
	{ "I16", ST_OTHER, 2 },
	{ "I8", ST_OTHER, 1 },
	{ "U64", ST_OTHER, 8 },
	{ "U32", ST_OTHER, 4 },
	{ "U16", ST_OTHER, 2 },
	{ "U8", ST_OTHER, 1 },
	{ "BOOL", ST_OTHER, 1 },
	{ "F8_E4M3", ST_OTHER, 1 },
	{ "F8_E5M2", ST_OTHER, 1 },
};

static int
read_dtype(const struct json *j, struct st_tensor *t, size_t *size)
{
	const char *name;
	size_t i;
	int r = json_get_string(j, "dtype", &name, NULL);

	if (r <= 0)
		return r < 0 ? -1 : fail("dtype: missing");
	for (i = 0; i < sizeof dtypes / sizeof dtypes[0]; i++)
		if (strcmp(name, dtypes[i].name) == 0) {
			t->dtype = dtypes[i].dtype;
			*size = dtypes[i].size;
			return 0;
		}
	return fail("dtype %s is not known", name);
}

static int
read_shape(const struct json *j, struct st_tensor *t)
{
	const struct json *s = json_get(j, "shape");
	int64_t x;
	size_t i;

	if (s == NULL || json_kind(s) != JSON_T_ARRAY)
		return fail("shape: expected a list");
	t->dims = json_count(s);
	if (t->dims > ST_DIMS)
		return fail("shape of %zu dimensions, more than %d", t->dims,
		    ST_DIMS);
	t->n = 1;
	for (i = 0; i < t->dims; i++) {
		x = json_int(json_at(s, i), -1);
		if (x < 1)
			return fail("shape: expected sizes above 0");
		if (__builtin_mul_overflow(t->n, (size_t)x, &t->n))
			return fail("shape is too large");
		t->shape[i] = (size_t)x;
	}
	return 0;
}

/* data: bytes after the header. */
static int
read_tensor(const struct json *j, struct st_tensor *t, char *at, size_t data)
{
	const struct json *o = json_get(j, "data_offsets");
	int64_t begin = json_int(json_at(o, 0), -1);
	int64_t end = json_int(json_at(o, 1), -1);
	size_t size = 0, want;

	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	if (read_dtype(j, t, &size) != 0 || read_shape(j, t) != 0)
		return -1;
	if (o == NULL || json_count(o) != 2 || begin < 0 || end < begin ||
	    (uint64_t)end > data)
		return fail("data_offsets do not lie in %zu bytes of data",
		    data);
	if (__builtin_mul_overflow(t->n, size, &want) ||
	    want != (size_t)(end - begin))
		return fail("%lld bytes do not make its shape",
		    (long long)(end - begin));
	t->bytes = want;
	t->data = at + begin;
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct st_tensor *const *x = a, *const *y = b;

	return ((*x)->data > (*y)->data) - ((*x)->data < (*y)->data);
}

static int
by_name(const void *a, const void *b)
{
	const struct st_tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
check_places(const struct safetensors *s, const char *data)
{
	const struct st_tensor **t = mem_alloc(s->n, sizeof *t);
	const char *at = data;
	size_t i;
	int rc = 0;

	for (i = 0; i < s->n; i++)
		t[i] = &s->t[i];
	qsort(t, s->n, sizeof *t, by_place);
	for (i = 0; i < s->n && rc == 0; i++) {
		if ((const char *)t[i]->data != at)
			rc = fail("tensor %s: %s", t[i]->name,
			    (const char *)t[i]->data < at ? "overlaps another" :
							    "a gap before it");
		at = (const char *)t[i]->data + t[i]->bytes;
	}
	if (rc == 0 && at != s->map + s->size)
		rc = fail("%zu bytes after the last tensor",
		    (size_t)(s->map + s->size - at));
	free(t);
	return rc;
}

static void
read_meta(struct safetensors *s, const struct json *j)
{
	const char *value, *key;
	size_t n, length;
	void *it;

	s->meta = mem_alloc(json_count(j), sizeof *s->meta);
	for (it = json_next(j, NULL); it != NULL; it = json_next(j, it)) {
		value = json_text(json_value(it), &length);
		if (value == NULL)
			continue;
		key = json_key(it, &n);
		s->meta[s->metas][0] = mem_dup(key, n);
		s->meta[s->metas++][1] = mem_dup(value, length);
	}
}

static int
read_tensors(struct safetensors *s, const struct json *j)
{
	char *data = s->map + LENGTH + s->header;
	size_t left = s->size - LENGTH - s->header, n;
	const char *key;
	void *it;

	if (json_kind(j) != JSON_T_OBJECT)
		return fail("header: expected an object, found %s",
		    json_kind_name(j));
	s->t = mem_alloc(json_count(j), sizeof *s->t);
	for (it = json_next(j, NULL); it != NULL; it = json_next(j, it)) {
		key = json_key(it, &n);
		if (strcmp(key, "__metadata__") == 0) {
			read_meta(s, json_value(it));
			continue;
		}
		s->t[s->n].name = mem_dup(key, n);
		if (read_tensor(json_value(it), &s->t[s->n++], data, left) != 0)
			return fail_in("tensor %s", key);
	}
	s->sorted = mem_alloc(s->n, sizeof(struct st_tensor *));
	for (n = 0; n < s->n; n++)
		s->sorted[n] = &s->t[n];
	qsort(s->sorted, s->n, sizeof(struct st_tensor *), by_name);
	return check_places(s, data);
}

/* The tree is many times its text, so it goes at once. */
static int
read_header(struct safetensors *s)
{
	struct json *j = json_parse(s->map + LENGTH, s->header);
	int rc = j == NULL ? fail_in("header") : read_tensors(s, j);

	json_free(j);
	return rc;
}

static int
map_file(struct safetensors *s, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_sys("stat");
	if (!S_ISREG(st.st_mode))
		return fail("not a regular file");
	s->size = (size_t)st.st_size;
	s->identity = identity_of(&st);
	if (s->size == 0)
		return 0; /* no map has no bytes */
	s->map =
	    mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (s->map != MAP_FAILED)
		return 0;
	s->map = NULL;
	return fail_sys("map");
}

static int
read_map(struct safetensors *s)
{
	uint64_t n = 0;
	int i;

	assert(s->map != NULL || s->size == 0);
	if (s->size < LENGTH + 2)
		return fail("%zu bytes are no safetensors file", s->size);
	for (i = LENGTH; i-- > 0;)
		n = n << 8 | (unsigned char)s->map[i];
	if (n > s->size - LENGTH)
		return fail("a header of %llu bytes does not fit a file of "
			    "%zu",
		    (unsigned long long)n, s->size);
	if (n > HEADER_MAX)
		return fail("a header of %llu bytes, more than %d",
		    (unsigned long long)n, HEADER_MAX);
	s->header = (size_t)n;
	return read_header(s);
}

struct safetensors *
st_open(const char *path)
{
	struct safetensors *s = mem_alloc(1, sizeof *s);
	/* O_NONBLOCK: refuse a FIFO instead of waiting for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	rc = fd < 0 ? fail_sys("%s", path) : map_file(s, fd);
	if (rc == 0 && read_map(s) != 0)
		rc = fail_kind(ERR_DAMAGED, NULL, "%s", err_last());
	if (fd >= 0 && rc != 0)
		(void)fail_in("%s", path);
	if (fd >= 0)
		(void)close(fd);
	if (rc == 0)
		return s;
	st_close(s);
	return NULL;
}

void
st_close(struct safetensors *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		free(s->t[i].name);
	free(s->t);
	free(s->sorted);
	for (i = 0; i < s->metas; i++) {
		free(s->meta[i][0]);
		free(s->meta[i][1]);
	}
	free(s->meta);
	if (s->map != NULL)
		(void)munmap(s->map, s->size);
	free(s);
}

size_t
st_count(const struct safetensors *s)
{
	return s->n;
}

struct st_tensor *
st_at(const struct safetensors *s, size_t i)
{
	return &s->t[i];
}

static int
name_order(const void *name, const void *b)
{
	const struct st_tensor *const *t = b;

	return strcmp(name, (*t)->name);
}

struct st_tensor *
st_find(const struct safetensors *s, const char *name)
{
	struct st_tensor **at = bsearch(name, s->sorted, s->n,
	    sizeof(struct st_tensor *), name_order);

	return at == NULL ? NULL : *at;
}

const char *
st_meta(const struct safetensors *s, const char *key)
{
	size_t i;

	for (i = 0; i < s->metas; i++)
		if (strcmp(s->meta[i][0], key) == 0)
			return s->meta[i][1];
	return NULL;
}

uint64_t
st_identity(const struct safetensors *s)
{
	return s->identity;
}

const char *
st_header(const struct safetensors *s, size_t *n)
{
	*n = s->header;
	return s->map + LENGTH;
}

size_t
st_size(const struct safetensors *s)
{
	return s->size;
}

size_t
st_dtype_size(enum st_dtype dtype)
{
	return dtype == ST_F32 ? 4 : 2;
}

const char *
st_dtype_name(enum st_dtype dtype)
{
	static const char *const names[] = { "F32", "F16", "BF16" };

	return names[dtype];
}

static void
put_shape(struct buf *b, const struct st_tensor *t)
{
	size_t i;

	for (i = 0; i < t->dims; i++)
		buf_addf(b, i > 0 ? ",%zu" : "%zu", t->shape[i]);
}

static void
put_header(struct buf *b, const struct st_tensor *t, size_t count,
    const char *const (*meta)[2], size_t metas)
{
	size_t i, at = 0;

	buf_adds(b, "{\"__metadata__\":{\"format\":\"pt\"");
	for (i = 0; i < metas; i++) {
		buf_addc(b, ',');
		json_put_string(b, meta[i][0], strlen(meta[i][0]));
		buf_addc(b, ':');
		json_put_string(b, meta[i][1], strlen(meta[i][1]));
	}
	buf_addc(b, '}');
	for (i = 0; i < count; at += t[i].bytes, i++) {
		buf_addc(b, ',');
		json_put_string(b, t[i].name, strlen(t[i].name));
		buf_addf(b, ":{\"dtype\":\"%s\",\"shape\":[",
		    st_dtype_name(t[i].dtype));
		put_shape(b, &t[i]);
		buf_addf(b, "],\"data_offsets\":[%zu,%zu]}", at,
		    at + t[i].bytes);
	}
	buf_addc(b, '}');
	while (b->n % LENGTH != 0)
		buf_addc(b, ' ');
}

static int
write_header(struct atomic *a, const struct buf *header)
{
	char length[LENGTH];
	size_t i;

	for (i = 0; i < LENGTH; i++)
		length[i] = (char)((uint64_t)header->n >> 8 * i & 255);
	if (atomic_write(a, length, LENGTH) != 0)
		return -1;
	return atomic_write(a, header->p, header->n);
}

struct atomic *
st_begin_aside(const char *path, const struct st_tensor *t, size_t count,
    const char *const (*meta)[2], size_t metas)
{
	struct atomic *a = atomic_open(path);
	struct buf header = { 0 };

	if (a == NULL)
		return NULL;
	put_header(&header, t, count, meta, metas);
	if (write_header(a, &header) != 0) {
		atomic_abort(a);
		a = NULL;
	}
	buf_release(&header);
	return a;
}

struct atomic *
st_write_aside(const char *path, const struct st_tensor *t, size_t count,
    const char *const (*meta)[2], size_t metas)
{
	struct atomic *a = st_begin_aside(path, t, count, meta, metas);
	size_t i;

	for (i = 0; a != NULL && i < count; i++)
		if (atomic_write(a, t[i].data, t[i].bytes) != 0) {
			atomic_abort(a);
			a = NULL;
		}
	return a;
}

int
st_write(const char *path, const struct st_tensor *t, size_t count,
    const char *const (*meta)[2], size_t metas, int sync)
{
	struct atomic *a = st_write_aside(path, t, count, meta, metas);

	return a == NULL ? -1 : atomic_commit(a, sync != 0);
}
