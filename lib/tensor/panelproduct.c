/* SPDX-License-Identifier: MIT */
/*
 * A task multiplies up to STRIP_ROWS rows of x by some of the panels.  For each
 * block of K it packs its part of x (a strip), which then stays in the
 * second-level cache, and goes through the panels, one at a time, each of which
 * stays in the first-level cache.  So w is read once for every STRIP_ROWS rows.
 * The blocks of K depend on K only, and their sums are added in order; that
 * makes rows independent of each other, which they are not with OpenBLAS.
 *
 * Measured by tests/bench/kernels on a Zen 3 (AVX2) with two threads: products
 * with 576 rows have .63 to .98 of the rate of OpenBLAS in F32, .59 to .96 in
 * BF16, and 1.2 to 1.7 in INT8.  Products with one row read w at 24 to 38, 26
 * to 39 and 60 to 70 GB/s (memory: 13 to 19 GB/s, the third-level cache more),
 * so they take half of the time of F32 in BF16 and an eighth in INT8.
 */
#include "tensor/panel.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "tensor/strip.h"

enum {
	ONE_THREAD = 1 << 19, /* up to so many multiplications: one task */
	TASKS = 4,            /* tasks for each thread, at most */
	TASK_PANELS = 4,      /* panels of a task, at least */
	CHUNK = 8,            /* strips that share a packed block of a view */
	CACHED = 1 << 18      /* bytes of packed panels that a cache holds */
};

/* Panels in groups, rows in strips. */
struct division {
	const struct product *product;
	size_t rows, groups; /* rows of a strip, at most */
};

static size_t
group_begin(const struct division *d, size_t g)
{
	return panel_count(d->product->w) * g / d->groups;
}

static void
multiply_task(size_t i, void *arg)
{
	const struct division *d = arg;
	const struct product *s = d->product;
	const size_t g = i % d->groups, first = i / d->groups * d->rows;
	const size_t from = group_begin(d, g), end = group_begin(d, g + 1);
	const size_t bytes = TILE_COLS * tile_bytes(s->w->type);
	struct strip x;
	size_t k;

	for (k = 0; k < s->words; k += x.depth) {
		strip_pack(&x, s, first, d->rows, k);
		strip_multiply(s, &x, from, end,
		    (const char *)s->w->p + (from * s->words + k) * bytes,
		    s->words * TILE_COLS);
	}
}

/*
 * A view: for each block of K the strips of some rows are packed together;
 * then each task packs the block of its panels and multiplies all strips by
 * it while it is in the cache.
 */
struct pass {
	const struct division *d;
	struct strip *strip;
	size_t strips, first, k; /* first row */
};

static void
pack_task(size_t i, void *arg)
{
	const struct pass *p = arg;

	strip_pack(&p->strip[i], p->d->product, p->first + i * p->d->rows,
	    p->d->rows, p->k);
}

static void
view_task(size_t g, void *arg)
{
	const struct pass *p = arg;
	const struct product *s = p->d->product;
	const size_t from = group_begin(p->d, g);
	const size_t end = group_begin(p->d, g + 1);
	const size_t depth = p->strip[0].depth, stride = depth * TILE_COLS;
	char *w = mem_scratch((end - from) * stride * tile_bytes(s->w->type));
	size_t i;

	panel_pack_block(w, s->w, from, end, p->k, depth);
	for (i = 0; i < p->strips; i++)
		strip_multiply(s, &p->strip[i], from, end, w, stride);
	free(w);
}

static void
multiply_view(struct division *d)
{
	const struct product *s = d->product;
	const size_t strips = (s->M + d->rows - 1) / d->rows;
	const size_t chunk = strips < CHUNK ? strips : CHUNK;
	const size_t all = panel_count(s->w);
	const size_t bytes = s->depth * TILE_COLS * tile_bytes(s->w->type);
	const size_t most = CACHED / bytes > 0 ? CACHED / bytes : 1;
	const size_t threads = par_threads();
	struct pass p = { .d = d };
	size_t i;

	/* As many as keep all threads busy to the end. */
	d->groups = (all + most - 1) / most;
	d->groups = (d->groups + threads - 1) / threads * threads;
	if (d->groups > all)
		d->groups = all;
	p.strip = mem_scratch(chunk * sizeof *p.strip);
	for (i = 0; i < strips; i += p.strips) {
		p.first = i * d->rows;
		p.strips = strips - i < chunk ? strips - i : chunk;
		for (p.k = 0; p.k < s->words; p.k += p.strip[0].depth) {
			par_for(p.strips, pack_task, &p);
			par_for(d->groups, view_task, &p);
		}
	}
	free(p.strip);
}

size_t
panel_view_rows(void)
{
	return CHUNK * STRIP_ROWS;
}

/*
 * The strips that a view shares, and for each thread a strip of its own or a
 * packed block with the numbers that it is packed from.
 */
size_t
panel_scratch(size_t threads)
{
	const size_t block =
	    CACHED + 2 * sizeof(float) * TILE_DEPTH * TILE_COLS;

	return CHUNK * sizeof(struct strip) +
	    threads * (block + sizeof(struct strip));
}

static void
multiply(struct product *s)
{
	const struct panel *w = s->w;
	const size_t R = tile_rows(w->type), want = TASKS * par_threads();
	const size_t all = panel_count(w);
	struct division d = { s, STRIP_ROWS / R * R, 1 };
	size_t down;

	product_init(s);
	if (w->p == NULL) {
		multiply_view(&d);
		return;
	}
	down = (s->M + d.rows - 1) / d.rows;
	if (down < want && s->M * w->N * w->K > ONE_THREAD)
		d.groups = (want + down - 1) / down;
	if (d.groups > (all + TASK_PANELS - 1) / TASK_PANELS)
		d.groups = (all + TASK_PANELS - 1) / TASK_PANELS;
	par_for(down * d.groups, multiply_task, &d);
}

void
panel_forward(float *out, const float *x, const struct panel *w,
    const float *bias, const float *onto, size_t M)
{
	struct product s = { .out = out,
		.x = x,
		.bias = bias,
		.onto = onto,
		.w = w,
		.M = M };

	multiply(&s);
}

void
panel_forward_transposed(float *out, const float *x, const struct panel *w,
    const float *onto, size_t M)
{
	struct product s = { .out = out,
		.x = x,
		.onto = onto,
		.w = w,
		.M = M,
		.transposed = true };

	multiply(&s);
}
