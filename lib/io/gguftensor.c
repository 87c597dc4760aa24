/* SPDX-License-Identifier: MIT */
/*
 * The tensors of a GGUF file: the smallest takes 24 bytes of the list, and the
 * data of each begin where those of the one before it end.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/gguf_parts.h"

enum { TENSOR_LEAST = 8 + 4 + 4 + 8, ALIGNMENT = 32, ALIGNMENT_MAX = 1 << 20 };

static int
read_shape(struct cursor *c, struct gguf_tensor *t)
{
	uint64_t dims = 0, size = 0;
	size_t i;

	if (gguf_take(c, 4, &dims) != 0)
		return -1;
	if (dims < 1 || dims > GGUF_DIMS)
		return fail("%llu dimensions, not 1 to %d",
		    (unsigned long long)dims, GGUF_DIMS);
	t->dims = (size_t)dims;
	t->n = 1;
	for (i = 0; i < t->dims; i++) {
		if (gguf_take(c, 8, &size) != 0)
			return -1;
		if (size < 1 || size > SIZE_MAX / 8 / t->n)
			return fail("a size of %llu", (unsigned long long)size);
		t->shape[i] = (size_t)size;
		t->n *= (size_t)size;
	}
	return 0;
}

/* *place is where the file says that the data begin. */
static int
read_tensor(struct cursor *c, struct gguf_tensor *t, uint64_t *place)
{
	const struct block_layout *b;
	uint64_t type = 0;

	if (read_shape(c, t) != 0 || gguf_take(c, 4, &type) != 0 ||
	    gguf_take(c, 8, place) != 0)
		return -1;
	b = block_layout((uint32_t)type); /* of 4 bytes */
	if (b == NULL)
		return fail("its type, %s (%llu), is not known here",
		    block_type_name((uint32_t)type), (unsigned long long)type);
	t->type = (enum block_type)type;
	if (t->shape[0] % b->numbers != 0)
		return fail("rows of %zu numbers are not whole blocks of %zu, "
			    "as %s has",
		    t->shape[0], b->numbers, b->name);
	if (t->n / b->numbers > SIZE_MAX / b->bytes)
		return fail("too large");
	t->bytes = t->n / b->numbers * b->bytes;
	return 0;
}

static int
read_list(struct gguf *g, struct cursor *c, uint64_t count, uint64_t *place)
{
	for (; g->tensors < count; g->tensors++) {
		struct gguf_tensor *t = &g->tensor[g->tensors];

		if (gguf_take_name(c, &t->name) != 0)
			return fail_in("tensor %zu", g->tensors + 1);
		if (read_tensor(c, t, &place[g->tensors]) != 0)
			return gguf_fail_at("tensor", &t->name);
	}
	return 0;
}

static size_t
padded(size_t n, size_t alignment)
{
	return n + (alignment - n % alignment) % alignment;
}

/* Tensors follow each other, each at the next multiple of the alignment. */
static int
place_tensors(struct gguf *g, struct cursor *c, const uint64_t *place,
    size_t alignment)
{
	size_t at = (size_t)(c->p - g->map), i, end = 0, start;
	struct cursor data;

	if (g->tensors == 0 && c->left < alignment)
		return 0;
	start = padded(at, alignment);
	if (start > g->size)
		return fail("the file ends before its data");
	data = (struct cursor){ g->map + start, g->size - start };
	for (i = 0; i < g->tensors; i++) {
		struct gguf_tensor *t = &g->tensor[i];

		if (place[i] != padded(end, alignment)) {
			(void)fail("its data are at %llu, not at %zu",
			    (unsigned long long)place[i],
			    padded(end, alignment));
			return gguf_fail_at("tensor", &t->name);
		}
		end = padded(end, alignment);
		if (end > data.left || t->bytes > data.left - end) {
			(void)fail("its %zu bytes do not fit the file",
			    t->bytes);
			return gguf_fail_at("tensor", &t->name);
		}
		t->data = data.p + end;
		end += t->bytes;
	}
	if (data.left - end >= alignment)
		return fail("%zu bytes after the last tensor", data.left - end);
	return 0;
}

static int
tensor_order(const void *a, const void *b)
{
	const struct gguf_tensor *const *x = a, *const *y = b;

	return gguf_name_order(&(*x)->name, &(*y)->name);
}

static int
sort_tensors(struct gguf *g)
{
	const struct gguf_tensor **t;
	size_t i;

	t = mem_alloc(g->tensors, sizeof(struct gguf_tensor *));
	g->tensor_by_name = t;
	for (i = 0; i < g->tensors; i++)
		t[i] = &g->tensor[i];
	qsort(t, g->tensors, sizeof(struct gguf_tensor *), tensor_order);
	for (i = 1; i < g->tensors; i++)
		if (tensor_order(&t[i - 1], &t[i]) == 0) {
			(void)fail("is there twice");
			return gguf_fail_at("tensor", &t[i]->name);
		}
	return 0;
}

static int
read_alignment(const struct gguf *g, size_t *alignment)
{
	uint64_t a = ALIGNMENT;

	if (gguf_uint(g, "general.alignment", &a) < 0)
		return -1;
	if (a < 1 || a > ALIGNMENT_MAX || (a & (a - 1)) != 0)
		return fail("key general.alignment: %llu is not a power of two "
			    "up to %d",
		    (unsigned long long)a, ALIGNMENT_MAX);
	*alignment = (size_t)a;
	return 0;
}

int
gguf_read_tensors(struct gguf *g, struct cursor *c, uint64_t count)
{
	size_t alignment = ALIGNMENT;
	uint64_t *place;
	int rc;

	if (read_alignment(g, &alignment) != 0)
		return -1;
	if (count > c->left / TENSOR_LEAST)
		return fail("%llu tensors do not fit the file",
		    (unsigned long long)count);
	g->tensor = mem_alloc((size_t)count, sizeof *g->tensor);
	place = mem_alloc((size_t)count, sizeof *place);
	rc = read_list(g, c, count, place);
	if (rc == 0)
		rc = place_tensors(g, c, place, alignment);
	free(place);
	return rc == 0 ? sort_tensors(g) : rc;
}

size_t
gguf_tensors(const struct gguf *g)
{
	return g->tensors;
}

const struct gguf_tensor *
gguf_tensor_at(const struct gguf *g, size_t i)
{
	return &g->tensor[i];
}

const struct gguf_tensor *
gguf_find_tensor(const struct gguf *g, const char *name)
{
	const struct gguf_tensor key = { .name = { name, strlen(name) } },
				 *t = &key, **at;

	at = bsearch(&t, g->tensor_by_name, g->tensors, sizeof t, tensor_order);
	return at == NULL ? NULL : *at;
}
