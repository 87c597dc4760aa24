/* SPDX-License-Identifier: MIT */
#include "nn/packed.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"

/* Which matrix of a layer is packed where. */
static const struct {
	size_t matrix, linear;
} rows[] = {
#define ROW(field) \
	{ \
		offsetof(struct layer_params, field), \
		    offsetof(struct packed_layer, field) \
	}
	ROW(qkv),
	ROW(q),
	ROW(k),
	ROW(v),
	ROW(o),
	ROW(gate),
	ROW(up),
	ROW(down),
#undef ROW
};

enum {
	ROWS = sizeof rows / sizeof rows[0],
	BATCH = 64,             /* matrices packed together, */
	BATCH_FLOATS = 1 << 20, /* if they are no more than this */
	FORGOTTEN = 1 << 18     /* bytes worth a call of the system */
};

struct packed *
packed_new(enum tile_type type)
{
	struct packed *s = mem_alloc(1, sizeof(*s));

	s->type = type;
	return s;
}

void
packed_free(struct packed *s)
{
	if (s == NULL)
		return;
	free(s->layer);
	mem_block_free(s->block);
	mem_block_free(s->back_block);
	free(s);
}

/* The place of a tensor; NULL where it is no matrix of a product. */
static struct linear *
linear_for(struct packed *s, const struct params *p, const struct tensor *t)
{
	size_t l, i;

	if (t->field == &p->score)
		return &s->score;
	if (t->field == &p->head ||
	    (t->field == &p->embed && p->head == p->embed))
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

/* A head and a score are [out, in] in every family. */
static bool
needs_transpose(const struct packed *s, const struct linear *to,
    const struct config *c)
{
	return c->transposed && to != &s->head && to != &s->score;
}

/* Shapes; how many floats the panels take, and half of them the way back. */
static size_t
measure(struct packed *s, const struct params *p, const struct config *c)
{
	size_t i, used = 0;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		struct linear *to = linear_for(s, p, t);

		if (to == NULL)
			continue;
		to->transposed = needs_transpose(s, to, c);
		to->panel.N = to->transposed ? t->cols : t->rows;
		to->panel.K = to->transposed ? t->rows : t->cols;
		used += panel_floats(to->panel.N, to->panel.K, s->type);
		if (to->panel.K > s->widest)
			s->widest = to->panel.K;
		if (to->panel.N > s->widest && to != &s->head)
			s->widest = to->panel.N;
	}
	return used;
}

/* All places, in one block. */
static void
make(struct packed *s, const struct params *p, const struct config *c)
{
	struct linear *to;
	size_t i, used;

	s->L = c->L;
	s->layer = mem_alloc(c->L, sizeof *s->layer);
	used = measure(s, p, c);
	s->bytes = used * sizeof(*s->block);
	s->block = mem_block(used);
	for (i = used = 0; i < p->tensors; i++) {
		to = linear_for(s, p, &p->tensor[i]);
		if (to == NULL)
			continue;
		panel_place(&to->panel, to->panel.N, to->panel.K, s->type,
		    s->block + used);
		used += panel_floats(to->panel.N, to->panel.K, s->type);
	}
}

/* The same of the way back: N and K change places. */
static void
make_back(struct packed *s, const struct params *p)
{
	struct linear *to;
	size_t i, used;

	for (i = used = 0; i < p->tensors; i++) {
		to = linear_for(s, p, &p->tensor[i]);
		if (to != NULL)
			used += panel_floats(to->panel.K, to->panel.N, s->type);
	}
	s->back_block = mem_block(used);
	for (i = used = 0; i < p->tensors; i++) {
		to = linear_for(s, p, &p->tensor[i]);
		if (to == NULL)
			continue;
		panel_place(&to->back, to->panel.K, to->panel.N, s->type,
		    s->back_block + used);
		used += panel_floats(to->panel.K, to->panel.N, s->type);
	}
}

static void
let_go(const struct packed *s, const struct tensor *t)
{
	const size_t size = t->n * sizeof(*t->p);

	if (s->forget && t->mapped && size >= FORGOTTEN)
		mem_forget(t->p, size);
}

/* Matrices that are packed together: panels first[i] .. first[i+1] - 1 are of
 * i. */
struct batch {
	bool back;
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
	panel_pack_one(b->back ? &to->back : &to->panel, to->w,
	    to->transposed != b->back, i - b->first[m]);
}

static void
pack_batch(const struct packed *s, struct batch *b)
{
	size_t m;

	par_for(b->first[b->n], pack_task, b);
	for (m = 0; m < b->n; m++)
		let_go(s, b->tensor[m]);
	b->n = b->floats = 0;
}

/* What there is of weights, and little of it at a time where it is let go. */
static void
pack_all(struct packed *s, const struct params *p, bool back)
{
	struct batch b = { .back = back };
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		struct linear *to = linear_for(s, p, t);

		if (to == NULL)
			continue;
		if (b.n == BATCH || (b.n > 0 && b.floats + t->n > BATCH_FLOATS))
			pack_batch(s, &b);
		to->w = t->p;
		b.to[b.n] = to;
		b.tensor[b.n] = t;
		b.floats += t->n;
		b.first[b.n + 1] =
		    b.first[b.n] + panel_count(back ? &to->back : &to->panel);
		b.n++;
	}
	pack_batch(s, &b);
}

void
packed_set_type(const struct params *p, enum tile_type type)
{
	struct packed *s = p->packed;

	if (s->type == type)
		return;
	free(s->layer);
	mem_block_free(s->block);
	mem_block_free(s->back_block);
	*s = (struct packed){ .type = type, .forget = s->forget };
}

void
packed_release_pages(const struct params *p)
{
	p->packed->forget = true;
}

void
packed_passed(const struct params *p, size_t l)
{
	struct packed *s = p->packed;
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *t = &p->tensor[i];
		const char *field = (const char *)t->field;

		if (l < s->L ? field >= (const char *)&p->layer[l] &&
			    field < (const char *)&p->layer[l + 1] :
			       linear_for(s, p, t) == &s->head)
			let_go(s, t);
	}
}

const struct packed *
packed_of(const struct params *p, const struct config *c)
{
	struct packed *s = p->packed;

	if (s->fresh)
		return s;
	if (s->layer == NULL)
		make(s, p, c);
	pack_all(s, p, false);
	s->fresh = true;
	s->back = false;
	return s;
}

const struct packed *
packed_backward(const struct params *p, const struct config *c)
{
	struct packed *s = p->packed;

	(void)packed_of(p, c);
	if (s->type == TILE_F32 || s->back)
		return s;
	if (s->back_block == NULL)
		make_back(s, p);
	pack_all(s, p, true);
	s->back = true;
	return s;
}
