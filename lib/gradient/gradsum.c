/* SPDX-License-Identifier: MIT */
#include "gradient/gradsum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { TENSORS_MAX = 1 << 16 }; /* bounds the time of a search by name */

/* The index of a name, or s->tensors where there is none. */
static size_t
find(const struct gradsum *s, const char *name)
{
	size_t i;

	if (s->last < s->tensors && strcmp(s->tensor[s->last].name, name) == 0)
		return s->last;
	for (i = 0; i < s->tensors; i++)
		if (strcmp(s->tensor[i].name, name) == 0)
			break;
	return i;
}

static struct gradsum_tensor *
add_tensor(struct gradsum *s, const char *name, size_t total)
{
	struct gradsum_tensor *t;

	s->tensor = mem_grow(s->tensor, &s->cap, s->tensors + 1, sizeof *t);
	t = &s->tensor[s->tensors++];
	memset(t, 0, sizeof *t);
	t->name = mem_dup(name, strlen(name));
	t->total = total;
	return t;
}

static void
append(float **data, size_t *cap, size_t at, const void *x, size_t n)
{
	*data = mem_extend(*data, cap, at + n, sizeof **data);
	memcpy(*data + at, x, n * sizeof **data);
}

static int
check_finite(const struct gradient_piece *p)
{
	const char *at = p->data;
	float x;
	size_t k;

	for (k = 0; k < p->n; k++) {
		memcpy(&x, at + k * sizeof x, sizeof x);
		if (!isfinite(x))
			return fail("tensor \"%s\": element %zu is not finite",
			    p->name, p->offset + k);
	}
	return 0;
}

static int
add_piece(struct gradsum *s, const struct gradient_piece *p)
{
	struct gradsum_tensor *t;
	size_t i = find(s, p->name), at;
	int rc;

	if (check_finite(p) != 0)
		return -1;
	if (i == s->tensors && i >= TENSORS_MAX)
		return fail("more than %d tensors", TENSORS_MAX);
	t = i == s->tensors ? add_tensor(s, p->name, p->total) : &s->tensor[i];
	s->last = i;
	if (t->total != p->total)
		return fail("tensor \"%s\" has %zu elements, %zu in a record "
			    "before",
		    p->name, p->total, t->total);
	at = t->cover.ahead_elements;
	rc = coverage_add(&t->cover, p->offset, p->n, p->total);
	if (rc < 0)
		return fail_in("tensor \"%s\"", p->name);
	if (rc == 1)
		append(&t->data, &t->cap, p->offset, p->data, p->n);
	else
		append(&t->ahead, &t->ahead_cap, at, p->data, p->n);
	return 0;
}

/* Append the pieces that arrived ahead, in order. */
static int
end_tensor(struct gradsum_tensor *t)
{
	const struct extent *e;
	size_t i;

	if (coverage_end(&t->cover, t->total) != 0)
		return fail_in("tensor \"%s\"", t->name);
	for (i = 0; i < t->cover.pieces; i++) {
		e = &t->cover.ahead[i];
		append(&t->data, &t->cap, e->offset, t->ahead + e->before,
		    e->n);
	}
	free(t->ahead);
	t->ahead = NULL;
	t->ahead_cap = 0;
	coverage_release(&t->cover);
	return 0;
}

int
gradsum_read(struct gradsum *s, struct gradient_in *in)
{
	struct gradient_piece p;
	size_t i;
	int rc;

	while ((rc = gradient_piece(in, &p)) == 1)
		if (add_piece(s, &p) != 0)
			return gradient_fail(in);
	for (i = 0; rc == 0 && i < s->tensors; i++)
		if (end_tensor(&s->tensor[i]) != 0)
			rc = gradient_fail(in);
	return rc;
}

/* Add f to the tensor of its name, or append a copy of f. */
static int
add_to(struct gradsum *to, const struct gradsum_tensor *f)
{
	struct gradsum_tensor *t;
	size_t i = find(to, f->name), k;

	if (i == to->tensors) {
		t = add_tensor(to, f->name, f->total);
		append(&t->data, &t->cap, 0, f->data, f->total);
		return 0;
	}
	t = &to->tensor[i];
	if (t->total != f->total)
		return fail("tensor \"%s\" has %zu elements, %zu in the "
			    "shards before",
		    f->name, f->total, t->total);
	for (k = 0; k < f->total; k++)
		t->data[k] += f->data[k];
	return 0;
}

int
gradsum_add(struct gradsum *to, struct gradsum *from)
{
	size_t i;

	if (to->tensors == 0) {
		gradsum_release(to);
		*to = *from;
		memset(from, 0, sizeof *from);
		return 0;
	}
	for (i = 0; i < from->tensors; i++) {
		to->last = i; /* shards have their tensors in one order */
		if (add_to(to, &from->tensor[i]) != 0)
			return -1;
	}
	return 0;
}

static double
dot(const float *x, const float *y, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += (double)x[i] * (double)y[i];
	return sum;
}

double
gradsum_square(const struct gradsum_tensor *t)
{
	return dot(t->data, t->data, t->total);
}

int
gradsum_dot(const struct gradsum *a, const struct gradsum *b, double *sum)
{
	const struct gradsum_tensor *x, *y;
	size_t i, j;

	*sum = 0;
	for (i = 0; i < a->tensors; i++) {
		x = &a->tensor[i];
		j = find(b, x->name);
		if (j == b->tensors)
			continue;
		y = &b->tensor[j];
		if (x->total != y->total)
			return fail("tensor \"%s\" has %zu elements in one "
				    "gradient, %zu in another",
			    x->name, x->total, y->total);
		*sum += dot(x->data, y->data, x->total);
	}
	return 0;
}

int
gradsum_put(const struct gradsum *s, struct stream_out *out)
{
	size_t i;

	for (i = 0; i < s->tensors; i++)
		if (gradient_put(out, s->tensor[i].name, s->tensor[i].data,
			s->tensor[i].total, false) != 0)
			return -1;
	return 0;
}

void
gradsum_release(struct gradsum *s)
{
	size_t i;

	for (i = 0; i < s->tensors; i++) {
		free(s->tensor[i].name);
		free(s->tensor[i].data);
		free(s->tensor[i].ahead);
		coverage_release(&s->tensor[i].cover);
	}
	free(s->tensor);
	memset(s, 0, sizeof *s);
}
