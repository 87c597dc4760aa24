/* SPDX-License-Identifier: MIT */
#include "nn/panels.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"

/* Which matrix of a layer is packed where. */
static const struct {
	size_t matrix, panel;
} rows[] = {
#define ROW(field) { offsetof(struct layer_params, field), \
	offsetof(struct layer_panels, field) }
	ROW(qkv), ROW(q), ROW(k), ROW(v), ROW(o), ROW(gate), ROW(up),
	ROW(down),
#undef ROW
};

enum { ROWS = sizeof rows / sizeof rows[0] };

struct panels *
panels_new(enum tile_type type)
{
	struct panels *s = mem_alloc(1, sizeof(*s));

	s->type = type;
	return s;
}

void
panels_free(struct panels *s)
{
	if (s == NULL)
		return;
	free(s->layer);
	mem_block_free(s->block);
	free(s);
}

/* The panel of a tensor; NULL where it is no matrix of a product. */
static struct panel *
panel_for(struct panels *s, const struct params *p, const struct tensor *t)
{
	size_t l, i;

	if (t->field == &p->score)
		return &s->score;
	if (t->field == &p->head || (t->field == &p->embed &&
	    p->head == p->embed))
		return &s->head;
	for (l = 0; l < s->L; l++)
		for (i = 0; i < ROWS; i++)
			if ((char *)t->field == (char *)&p->layer[l] +
				rows[i].matrix)
				return (struct panel *)(void *)
				    ((char *)&s->layer[l] + rows[i].panel);
	return NULL;
}

/* A head and a score are [out, in] in every family. */
static bool
turned(const struct panels *s, const struct panel *to, const struct config *c)
{
	return c->transposed && to != &s->head && to != &s->score;
}

/* All shapes, in one block. */
static void
make(struct panels *s, const struct params *p, const struct config *c)
{
	const struct tensor *t;
	struct panel *to;
	size_t i, used;

	s->L = c->L;
	s->layer = mem_alloc(c->L, sizeof *s->layer);
	for (i = used = 0; i < p->tensors; i++) {
		t = &p->tensor[i];
		to = panel_for(s, p, t);
		if (to == NULL)
			continue;
		to->N = turned(s, to, c) ? t->cols : t->rows;
		to->K = turned(s, to, c) ? t->rows : t->cols;
		used += panel_floats(to->N, to->K, s->type);
	}
	s->block = mem_block(used);
	for (i = used = 0; i < p->tensors; i++) {
		to = panel_for(s, p, &p->tensor[i]);
		if (to == NULL)
			continue;
		panel_place(to, to->N, to->K, s->type, s->block + used);
		used += panel_floats(to->N, to->K, s->type);
	}
}

static void
pack_all(struct panels *s, const struct params *p, const struct config *c)
{
	struct panel *to;
	size_t i;

	if (s->layer == NULL)
		make(s, p, c);
	for (i = 0; i < p->tensors; i++) {
		to = panel_for(s, p, &p->tensor[i]);
		if (to != NULL)
			panel_pack(to, p->tensor[i].p, turned(s, to, c));
	}
	s->fresh = true;
}

const struct panels *
panels_of(const struct params *p, const struct config *c)
{
	if (!p->panels->fresh)
		pack_all(p->panels, p, c);
	return p->panels;
}

struct panels *
panels_make(const struct params *p, const struct config *c,
    enum tile_type type)
{
	struct panels *s = panels_new(type);

	pack_all(s, p, c);
	return s;
}
