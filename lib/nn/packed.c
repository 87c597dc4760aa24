/* SPDX-License-Identifier: MIT */
#include "nn/packed.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"

/* Field of struct layer_params, and where it is packed. */
static const struct {
	size_t matrix, linear;
} rows[] = {
#define ROW(field) \
	{ \
		offsetof(struct layer_params, field), \
		    offsetof(struct layer_matrices, field) \
	}
	ROW(qkv),
	ROW(q),
	ROW(k),
	ROW(v),
	ROW(o),
	ROW(gate_up),
	ROW(gate),
	ROW(up),
	ROW(down),
#undef ROW
};

enum {
	ROWS = sizeof rows / sizeof rows[0],
	BATCH = 64,             /* most matrices packed together */
	BATCH_FLOATS = 1 << 20, /* most floats of more than one matrix */
	RELEASE_MIN = 1 << 18   /* bytes worth a system call */
};

const char *const packed_types[] = { "f32", "bf16", "int8", NULL };

/* Where a tensor is packed; NULL: no product reads it as a matrix. */
static struct linear *
linear_for(struct matrices *s, const struct params *p, const struct tensor *t)
{
	size_t l, i;

	if (t->field == &p->score)
		return &s->score;
	if (t->field == &p->head || (t->field == &p->embed && params_tied(p)))
		return &s->head;
	for (l = 0; l < s->L; l++)
		for (i = 0; i < ROWS; i++)
			if ((char *)t->field ==
			    (char *)&p->layer[l] + rows[i].matrix)
				return (struct linear *)(void
					*)((char *)&s->layer[l] +
				    rows[i].linear);
	return NULL;
}

/* Head and score are stored [out, in] in every family. */
static bool
needs_transpose(const struct matrices *s, const struct linear *to,
    const struct config *c)
{
	return c->transposed && to != &s->head && to != &s->score;
}

/* What is trained moves by less than the steps of INT8. */
static enum tile_type
type_of(const struct matrices *s, const struct tensor *t)
{
	return s->type == TILE_INT8 && t->trained ? TILE_F32 : s->type;
}

/* Set shapes and types; returns the floats of all matrices if packed. */
static size_t
measure(struct matrices *s, const struct params *p, const struct config *c)
{
	size_t i, used = 0;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		struct linear *to = linear_for(s, p, t);

		if (to == NULL)
			continue;
		to->tensor = i;
		to->transposed = needs_transpose(s, to, c);
		to->panel.N = to->transposed ? t->cols : t->rows;
		to->panel.K = to->transposed ? t->rows : t->cols;
		to->panel.type = type_of(s, t);
		used += panel_floats(to->panel.N, to->panel.K, to->panel.type);
		if (to->panel.K > s->widest)
			s->widest = to->panel.K;
		if (to->panel.N > s->widest && to != &s->head)
			s->widest = to->panel.N;
	}
	return used;
}

/* One block for all matrices. */
static void
place_all(struct matrices *s, const struct params *p)
{
	struct linear *to;
	size_t i, used = 0;

	s->block = mem_block(s->bytes / sizeof *s->block);
	for (i = 0; i < p->tensors; i++) {
		to = linear_for(s, p, &p->tensor[i]);
		if (to == NULL)
			continue;
		panel_place(&to->panel, to->panel.N, to->panel.K,
		    to->panel.type, s->block + used);
		used += panel_floats(to->panel.N, to->panel.K, to->panel.type);
	}
}

/* Bytes of a tensor in the file's map. */
static size_t
mapped_bytes(const struct tensor *t)
{
	return t->mapped ? t->n * stored_bytes(t->view.type) : 0;
}

static bool
releases(const struct matrices *s, const struct tensor *t)
{
	return s->release_pages && mapped_bytes(t) >= RELEASE_MIN;
}

static void
release_pages(const struct matrices *s, const struct tensor *t)
{
	if (releases(s, t))
		mem_forget(t->view.p, mapped_bytes(t));
}

/* Matrices packed together: panels first[i] .. first[i+1] - 1 belong to i. */
struct batch {
	const struct tensor *tensor[BATCH];
	struct linear *to[BATCH];
	size_t first[BATCH + 1], n, floats;
};

static void
pack_task(size_t i, void *arg)
{
	const struct batch *b = arg;
	struct linear *to;
	size_t m = 0;

	while (b->first[m + 1] <= i)
		m++;
	to = b->to[m];
	panel_pack_one(&to->panel, &to->w, to->transposed, i - b->first[m]);
}

static void
pack_batch(const struct matrices *s, struct batch *b)
{
	size_t m;

	par_for(b->first[b->n], pack_task, b);
	for (m = 0; m < b->n; m++)
		release_pages(s, b->tensor[m]);
	b->n = b->floats = 0;
}

/* Pack in batches, so that few pages are mapped at a time. */
static void
pack_all(const struct matrices *s, const struct params *p)
{
	struct batch b = { .n = 0 };
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		struct linear *to = linear_for((struct matrices *)s, p, t);

		if (to == NULL)
			continue;
		if (b.n == BATCH || (b.n > 0 && b.floats + t->n > BATCH_FLOATS))
			pack_batch(s, &b);
		b.to[b.n] = to;
		b.tensor[b.n] = t;
		b.floats += t->n;
		b.first[b.n + 1] = b.first[b.n] + panel_count(&to->panel);
		b.n++;
	}
	pack_batch(s, &b);
}

/* Where the weights are now; views of them, but where they are packed. */
static void
view_all(struct matrices *s, const struct params *p)
{
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		struct linear *to = linear_for(s, p, &p->tensor[i]);
		enum tile_type type;
		size_t N, K;

		if (to == NULL)
			continue;
		type = to->panel.type;
		N = to->panel.N;
		K = to->panel.K;
		to->w = p->tensor[i].view;
		if (s->block == NULL)
			panel_view(&to->panel, N, K, type, &to->w,
			    to->transposed);
		if (type == TILE_BF16 ||
		    (type == TILE_F32 && to->w.type != STORED_F32))
			panel_view(&to->back, K, N, type, &to->w,
			    !to->transposed);
		else if (type == TILE_INT8)
			panel_view_packed(&to->back, TILE_BF16, &to->panel);
		else
			to->back = (struct panel){ 0 };
	}
}

/* ---- adapters */

/* Set ranks; returns the floats of all adapters when they are packed. */
static size_t
measure_low(struct matrices *s, const struct params *p)
{
	struct linear *to;
	size_t i, used = 0;

	for (i = 0; p->low != NULL && i < p->tensors; i++) {
		to = linear_for(s, p, &p->tensor[i]);
		if (to == NULL || p->low[i].rank == 0)
			continue;
		to->low.rank = p->low[i].rank;
		used += low_rank_floats(to);
		if (to->low.rank > s->rank)
			s->rank = to->low.rank;
	}
	return used;
}

/* Small enough to be packed again whenever they change. */
static void
pack_low(struct matrices *s, const struct params *p)
{
	const size_t floats = measure_low(s, p);
	struct linear *to;
	size_t i, used;

	if (s->low_block == NULL && floats > 0)
		s->low_block = mem_floats(floats);
	for (i = used = 0; s->rank > 0 && i < p->tensors; i++) {
		to = linear_for(s, p, &p->tensor[i]);
		if (to == NULL || to->low.rank == 0)
			continue;
		to->low.scale = p->low[i].scale;
		to->low.A = p->low[i].A;
		to->low.B = p->low[i].B;
		low_rank_pack(to, s->low_block + used);
		used += low_rank_floats(to);
	}
}

/* ---- */

void
packed_set_type(struct params *p, enum tile_type type)
{
	if (p->matrices->type == type)
		return;
	matrices_clear(p->matrices);
	p->matrices->type = type;
}

enum tile_type
packed_type(const struct params *p)
{
	return p->matrices->type;
}

void
packed_release_pages(struct params *p)
{
	p->matrices->release_pages = true;
}

void
packed_as(struct params *p, const struct params *other)
{
	packed_set_type(p, packed_type(other));
	p->matrices->release_pages = other->matrices->release_pages;
}

void
packed_passed(const struct params *p, size_t l)
{
	struct matrices *s = p->matrices;
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		const char *field = (const char *)t->field;

		if (l < s->L ? field >= (const char *)&p->layer[l] &&
			    field < (const char *)&p->layer[l + 1] :
			       linear_for(s, p, t) == &s->head)
			release_pages(s, t);
	}
}

static struct matrices *
with_shapes(const struct params *p, const struct config *c)
{
	struct matrices *s = p->matrices;

	if (s->layer == NULL) {
		s->L = c->L;
		s->layer = mem_alloc(c->L, sizeof *s->layer);
		s->bytes = measure(s, p, c) * sizeof *s->block;
	}
	return s;
}

/* Whether copies are packed. */
static bool
copies(const struct matrices *s, bool decode)
{
	return decode || s->type == TILE_INT8 || s->bytes <= s->keep;
}

const struct matrices *
packed_shapes(const struct params *p, const struct config *c)
{
	struct matrices *s = with_shapes(p, c);

	(void)measure_low(s, p);
	return s;
}

/*
 * Walk the matrices as pack_all does: a copy is there before the pages that it
 * was made from are released.
 */
static void
measure_packing(struct packed_sizes *z, struct matrices *s,
    const struct params *p)
{
	size_t read = z->first, packed = 0, i;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		const struct linear *to = linear_for(s, p, t);

		if (to == NULL)
			continue;
		packed += sizeof *s->block *
		    panel_floats(to->panel.N, to->panel.K, to->panel.type);
		if (z->first == 0) /* nothing was read before */
			read += mapped_bytes(t);
		if (read + packed > z->packing.read + z->packing.packed) {
			z->packing.read = read;
			z->packing.packed = packed;
		}
		if (releases(s, t))
			read -= mapped_bytes(t);
	}
}

struct packed_sizes
packed_sizes(const struct params *p, const struct config *c, bool decode,
    bool unread)
{
	struct matrices *s = with_shapes(p, c);
	struct packed_sizes z = { .copies = copies(s, decode) };
	size_t i;

	z.packed = measure_low(s, p) * sizeof *s->low_block;
	if (z.copies)
		z.packed += s->bytes;
	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		const struct linear *to = linear_for(s, p, t);
		const size_t bytes = mapped_bytes(t);

		z.mapped += bytes;
		if (to == NULL || !z.copies || !releases(s, t))
			z.stays += bytes;
		if (to == &s->head)
			z.head = bytes;
		if (t->field == &p->embed)
			z.embed = bytes;
	}
	z.first = unread ? 0 : z.mapped;
	if (z.copies)
		measure_packing(&z, s, p);
	return z;
}

static const struct matrices *
matrices_for(const struct params *p, const struct config *c, bool decode)
{
	struct matrices *s = with_shapes(p, c);

	if (s->block == NULL && copies(s, decode)) {
		place_all(s, p);
		s->fresh = false;
	}
	if (!s->fresh) {
		view_all(s, p);
		if (s->block != NULL)
			pack_all(s, p);
	}
	if (!s->fresh || !s->fresh_low)
		pack_low(s, p);
	s->fresh = s->fresh_low = true;
	return s;
}

const struct matrices *
packed_of(const struct params *p, const struct config *c)
{
	return matrices_for(p, c, true);
}

const struct matrices *
packed_for_rows(const struct params *p, const struct config *c)
{
	return matrices_for(p, c, false);
}
