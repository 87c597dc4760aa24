/* SPDX-License-Identifier: MIT */
/*
 * One cursor walks the file, and nothing is read beyond its end.  The smallest
 * key takes 13 bytes of the file, so a count that the rest of the file cannot
 * hold is refused before memory is allocated for it.
 */
#include "io/gguf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/gguf_parts.h"

enum { KEY_LEAST = 8 + 4 + 1, NAME_MAX_BYTES = 65535 };

static const size_t sizes[GGUF_TYPES] = {
	[GGUF_UINT8] = 1,
	[GGUF_INT8] = 1,
	[GGUF_UINT16] = 2,
	[GGUF_INT16] = 2,
	[GGUF_UINT32] = 4,
	[GGUF_INT32] = 4,
	[GGUF_FLOAT32] = 4,
	[GGUF_BOOL] = 1,
	[GGUF_UINT64] = 8,
	[GGUF_INT64] = 8,
	[GGUF_FLOAT64] = 8,
};

int
gguf_take(struct cursor *c, size_t bytes, uint64_t *x)
{
	if (c->left < bytes)
		return fail("the file ends here");
	*x = gguf_whole(c->p, bytes);
	c->p += bytes;
	c->left -= bytes;
	return 0;
}

static int
skip(struct cursor *c, uint64_t bytes)
{
	if (c->left < bytes)
		return fail("%llu bytes, but the file has only %zu more",
		    (unsigned long long)bytes, c->left);
	c->p += bytes;
	c->left -= (size_t)bytes;
	return 0;
}

static int
take_text(struct cursor *c, struct gguf_text *t)
{
	uint64_t n = 0;

	if (gguf_take(c, 8, &n) != 0)
		return -1;
	*t = (struct gguf_text){ (const char *)c->p, (size_t)n };
	return skip(c, n);
}

/* Names are compared as C strings, so they have no NULs. */
int
gguf_take_name(struct cursor *c, struct gguf_text *t)
{
	if (take_text(c, t) != 0)
		return -1;
	if (t->n == 0 || t->n > NAME_MAX_BYTES ||
	    memchr(t->p, '\0', t->n) != NULL)
		return fail("a name of %zu bytes, or with a NUL", t->n);
	return 0;
}

int
gguf_name_order(const struct gguf_text *a, const struct gguf_text *b)
{
	int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

	return order != 0 ? order : (a->n > b->n) - (a->n < b->n);
}

/* For messages. */
int
gguf_fail_at(const char *kind, const struct gguf_text *name)
{
	return fail_in("%s %.*s", kind, GGUF_SHOWN(*name));
}

/* ---- keys */

static int
check_bools(const struct gguf_key *k)
{
	size_t i;

	for (i = 0; k->type == GGUF_BOOL && i < k->count; i++)
		if (k->at[i] > 1)
			return fail("%d is not a truth value", k->at[i]);
	return 0;
}

static int
read_value(struct cursor *c, struct gguf_key *k)
{
	struct gguf_text text;
	uint64_t type = 0, count = 1;
	size_t i;

	if (gguf_take(c, 4, &type) != 0)
		return -1;
	k->array = type == GGUF_ARRAY;
	if (k->array &&
	    (gguf_take(c, 4, &type) != 0 || gguf_take(c, 8, &count) != 0))
		return -1;
	if (type >= GGUF_TYPES || type == GGUF_ARRAY)
		return fail("type %llu of a value is not known%s",
		    (unsigned long long)type, k->array ? " in an array" : "");
	k->type = (enum gguf_type)type;
	k->at = c->p;
	if (type == GGUF_STRING) {
		if (count > c->left / 8)
			return fail("%llu texts do not fit the file",
			    (unsigned long long)count);
		for (i = 0; i < count; i++)
			if (take_text(c, &text) != 0)
				return -1;
	} else if (count > c->left / sizes[type]) {
		return fail("%llu values do not fit the file",
		    (unsigned long long)count);
	} else if (skip(c, count * sizes[type]) != 0) {
		return -1;
	}
	k->count = (size_t)count;
	return check_bools(k);
}

static int
read_keys(struct gguf *g, struct cursor *c, uint64_t count)
{
	if (count > c->left / KEY_LEAST)
		return fail("%llu keys do not fit the file",
		    (unsigned long long)count);
	g->key = mem_alloc((size_t)count, sizeof *g->key);
	for (; g->keys < count; g->keys++) {
		struct gguf_key *k = &g->key[g->keys];

		if (gguf_take_name(c, &k->name) != 0)
			return fail_in("key %zu", g->keys + 1);
		if (read_value(c, k) != 0)
			return gguf_fail_at("key", &k->name);
	}
	return 0;
}

/* ---- the file */

static int
key_order(const void *a, const void *b)
{
	const struct gguf_key *const *x = a, *const *y = b;

	return gguf_name_order(&(*x)->name, &(*y)->name);
}

static int
sort_keys(struct gguf *g)
{
	size_t i;

	g->key_by_name = mem_alloc(g->keys, sizeof(struct gguf_key *));
	for (i = 0; i < g->keys; i++)
		g->key_by_name[i] = &g->key[i];
	qsort(g->key_by_name, g->keys, sizeof(struct gguf_key *), key_order);
	for (i = 1; i < g->keys; i++)
		if (key_order(&g->key_by_name[i - 1], &g->key_by_name[i]) ==
		    0) {
			(void)fail("is there twice");
			return gguf_fail_at("key", &g->key_by_name[i]->name);
		}
	return 0;
}

static int
read_body(struct gguf *g, struct cursor *c)
{
	uint64_t tensors = 0, keys = 0;

	if (gguf_take(c, 8, &tensors) != 0 || gguf_take(c, 8, &keys) != 0 ||
	    read_keys(g, c, keys) != 0 || sort_keys(g) != 0)
		return -1;
	return gguf_read_tensors(g, c, tensors);
}

static int
read_map(struct gguf *g)
{
	struct cursor c = { g->map, g->size };
	uint64_t magic = 0, version = 0;

	if (gguf_take(&c, 4, &magic) != 0 || magic != 0x46554747 ||
	    gguf_take(&c, 4, &version) != 0)
		return fail("not a GGUF file");
	if (version == 0x02000000 || version == 0x03000000)
		return fail("a big-endian GGUF file");
	if (version != 2 && version != 3)
		return fail("version %llu of GGUF, not 2 or 3",
		    (unsigned long long)version);
	return read_body(g, &c);
}

static int
map_file(struct gguf *g, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fail_sys("stat");
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return fail("not a GGUF file");
	g->size = (size_t)st.st_size;
	g->map = mmap(NULL, g->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (g->map != MAP_FAILED)
		return read_map(g);
	g->map = NULL;
	return fail_sys("map");
}

struct gguf *
gguf_open(const char *path)
{
	struct gguf *g = mem_alloc(1, sizeof *g);
	/* O_NONBLOCK: refuse a FIFO instead of waiting for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc;

	rc = fd < 0 ? fail_sys("%s", path) : map_file(g, fd);
	if (fd >= 0 && rc != 0)
		(void)fail_in("%s", path);
	if (fd >= 0)
		(void)close(fd);
	if (rc == 0)
		return g;
	gguf_close(g);
	return NULL;
}

void
gguf_close(struct gguf *g)
{
	if (g == NULL)
		return;
	if (g->map != NULL)
		(void)munmap(g->map, g->size);
	free(g->key);
	free(g->key_by_name);
	free(g->tensor);
	free(g->tensor_by_name);
	free(g);
}

size_t
gguf_keys(const struct gguf *g)
{
	return g->keys;
}

const struct gguf_key *
gguf_key_at(const struct gguf *g, size_t i)
{
	return &g->key[i];
}

const struct gguf_key *
gguf_find(const struct gguf *g, const char *name)
{
	const struct gguf_key key = { .name = { name, strlen(name) } },
			      *k = &key, **at;

	at = bsearch(&k, g->key_by_name, g->keys, sizeof k, key_order);
	return at == NULL ? NULL : *at;
}
