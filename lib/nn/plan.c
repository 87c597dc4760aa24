/* SPDX-License-Identifier: MIT */
#include "nn/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/par.h"
#include "io/json.h"
#include "nn/packed.h"
#include "tensor/panel.h"

enum {
	AROUND = 64 << 10, /* bytes that Linux maps around one that is read */
	PROGRAM = 5 << 20, /* code, libraries, buffers: measured */
	BLAS = 6 << 20     /* OpenBLAS, loaded: measured */
};

static const char *const part_names[PLAN_PARTS] = { "weights", "packed",
	"activations", "logits", "cache", "gradients", "optimizer",
	"trajectories", "scratch", "program" };
static const char *const part_text[PLAN_PARTS] = {
	"pages of the weights' files", "matrices in the kernels' layout",
	"of a micro-batch", "of a block of actions", "keys and values",
	"sums, F32", "weights in training, gradient, moments",
	"tokens and numbers of a segment", "of threads, in products",
	"code, libraries, buffers"
};
static const char *const stage_names[PLAN_STAGES] = { "open", "pack", "prompts",
	"sampling", "forward", "head", "backward", "output" };
static const char *const stage_text[PLAN_STAGES] = {
	"read and check the weights", "put matrices in the kernels' layout",
	"keys and values of prompts", "draw tokens", "layers",
	"logits, and their gradients", "layers", "write"
};

void
plan_see(struct plan *p, size_t V, const uint32_t *tokens, size_t n)
{
	size_t i;

	if (p->seen == NULL) {
		p->V = V;
		p->seen = mem_alloc(V, sizeof *p->seen);
	}
	for (i = 0; i < n; i++)
		if (tokens[i] < p->V)
			p->seen[tokens[i]] = true;
	p->trajectories++;
	p->tokens += n;
	p->longest = n > p->longest ? n : p->longest;
}

/* Bytes mapped when the rows of the tokens seen are read from an embedding. */
static double
rows_read(const struct plan *p, double embed, size_t drawn)
{
	const double row = p->V > 0 ? embed / (double)p->V : 0;
	double windows = (double)drawn, last = -1, from, to;
	size_t v;

	for (v = 0; v < p->V; v++) {
		if (!p->seen[v])
			continue;
		from = (double)(size_t)(row * (double)v / AROUND);
		to = (double)(size_t)((row * (double)(v + 1) - 1) / AROUND);
		from = from > last ? from : last + 1;
		windows += to >= from ? to - from + 1 : 0;
		last = to;
	}
	return windows * AROUND < embed ? windows * AROUND : embed;
}

/* Pages of a model's own file that stay once it is in use. */
static double
mapped_in_use(const struct plan *p, const struct params *w,
    const struct packed_sizes *z, enum plan_use use, size_t drawn)
{
	const bool tied = params_tied(w);
	const bool read_by_row =
	    tied ? z->copies : ckpt_check_releases(w); /* and not otherwise */
	double bytes = (double)z->stays;

	if (read_by_row) {
		if (z->stays >= z->embed && !tied)
			bytes -= (double)z->embed;
		bytes += rows_read(p, (double)z->embed, drawn);
	}
	/* Backward reads the head where it lies, unless INT8 is all there is.
	 */
	if (use == PLAN_BACKWARD_TOO && z->copies &&
	    packed_type(w) != TILE_INT8)
		bytes += (double)z->head;
	return bytes < (double)z->mapped ? bytes : (double)z->mapped;
}

static double
mapped(const struct params *w)
{
	double bytes = 0;
	size_t i;

	for (i = 0; i < w->tensors; i++)
		if (w->tensor[i].mapped)
			bytes += (double)(w->tensor[i].n *
			    stored_bytes(w->tensor[i].view.type));
	return bytes;
}

struct plan_model *
plan_model(struct plan *p, const struct ckpt *c, enum plan_use use,
    size_t drawn)
{
	struct plan_model *m = &p->model[p->models++];
	const struct packed_sizes z = packed_sizes(&c->params, &c->config,
	    use == PLAN_DECODE, ckpt_check_releases(&c->params));
	const struct ckpt *own = c->base != NULL ? c->base : c;
	double beside = (double)(c->wide_cap * sizeof *c->wide);

	*m = (struct plan_model){ .opened = 0 };
	if (c->base != NULL)
		beside += (double)(own->wide_cap * sizeof *own->wide) +
		    mapped(&c->adapter->table);
	m->opened = beside + (double)z.first;
	if (z.copies) {
		m->packing.weights = beside + (double)z.packing.read;
		m->packing.packed = (double)z.packing.packed;
	}
	m->bytes[PLAN_WEIGHTS] =
	    beside + mapped_in_use(p, &c->params, &z, use, drawn);
	m->bytes[PLAN_PACKED] = (double)z.packed;
	return m;
}

void
plan_passes(struct plan_model *m, const struct plan_passes *w)
{
	double *bytes = m->bytes;

	if (w->micro == 0) {
		bytes[PLAN_WEIGHTS] = m->opened;
		bytes[PLAN_PACKED] = m->packing.weights = m->packing.packed = 0;
	}
	bytes[PLAN_ACTIVATIONS] = (double)w->activations;
	bytes[PLAN_LOGITS] = (double)w->logits;
}

double
plan_pairs(const struct pack *p)
{
	double sum = 0, n, shared;
	size_t b, q;

	for (b = 0; b < p->B; b++) {
		q = p->parent == NULL ? b : p->parent[b];
		n = (double)(p->start[b + 1] - p->start[b]);
		shared = q == b ? 0 : (double)(p->start[q + 1] - p->start[q]);
		sum += n * (n + 1) / 2 + n * shared;
	}
	return sum;
}

void
plan_passes_add(struct plan_passes *sum, const struct plan_passes *w,
    double times)
{
	if (w->activations > sum->activations)
		sum->activations = w->activations;
	if (w->logits > sum->logits)
		sum->logits = w->logits;
	if (w->micro > sum->micro)
		sum->micro = w->micro;
	sum->packs += times * w->packs;
	sum->tokens += times * w->tokens;
	sum->rows += times * w->rows;
	sum->pairs += times * w->pairs;
}

void
plan_program(struct plan *p, bool blas)
{
	p->bytes[PLAN_PROGRAM] += PROGRAM + (blas ? BLAS : 0);
	p->bytes[PLAN_SCRATCH] += (double)panel_scratch(par_threads());
}

static double
total(const double *x, size_t n)
{
	double sum = 0;

	while (n > 0)
		sum += x[--n];
	return sum;
}

/* The parts when `used` models are in use, and perhaps the next is packed. */
static double
at_moment(const struct plan *p, size_t used, bool packing,
    double bytes[PLAN_PARTS])
{
	const struct plan_model *m = p->model;
	size_t i, k;

	memcpy(bytes, p->bytes, sizeof p->bytes);
	for (i = 0; i < p->models; i++, m++) {
		for (k = 0; i < used && k < PLAN_PARTS; k++)
			bytes[k] += m->bytes[k];
		if (i == used && packing) {
			bytes[PLAN_WEIGHTS] += m->packing.weights;
			bytes[PLAN_PACKED] += m->packing.packed;
		} else if (i >= used) {
			bytes[PLAN_WEIGHTS] += m->opened;
		}
	}
	return total(bytes, PLAN_PARTS);
}

double
plan_peak(const struct plan *p, double bytes[PLAN_PARTS])
{
	double some[PLAN_PARTS], most = at_moment(p, 0, false, bytes), sum;
	size_t i;

	for (i = 1; i <= 2 * p->models; i++) {
		sum = at_moment(p, i / 2, i % 2 == 1, some);
		if (sum < most)
			continue;
		most = sum;
		memcpy(bytes, some, sizeof some);
	}
	return most;
}

double
plan_seconds(const struct plan *p)
{
	return total(p->seconds, PLAN_STAGES);
}

/* ---- as text */

static void
put_counts_json(const struct plan *p, struct buf *b)
{
	buf_addf(b,
	    "{\"segments\":%zu,\"trajectories\":%zu,\"tokens\":%zu,"
	    "\"longest\":%zu",
	    p->segments, p->trajectories, p->tokens, p->longest);
	if (p->micro > 0)
		buf_addf(b, ",\"micro\":%zu", p->micro);
	if (p->samples > 0)
		buf_addf(b, ",\"samples\":%zu", p->samples);
}

static void
put_json(const struct plan *p, double peak, const double *bytes, struct buf *b)
{
	size_t i;

	put_counts_json(p, b);
	buf_addf(b, ",\"memory\":{\"total\":%.0f", peak);
	for (i = 0; i < PLAN_PARTS; i++)
		if (bytes[i] > 0)
			buf_addf(b, ",\"%s\":%.0f", part_names[i], bytes[i]);
	buf_adds(b, "},\"seconds\":{\"total\":");
	json_put_double(b, plan_seconds(p));
	for (i = 0; i < PLAN_STAGES; i++)
		if (p->seconds[i] > 0) {
			buf_addf(b, ",\"%s\":", stage_names[i]);
			json_put_double(b, p->seconds[i]);
		}
	buf_adds(b, "}}\n");
}

static void
put_text(const struct plan *p, double peak, const double *bytes, struct buf *b)
{
	size_t i;

	buf_addf(b, "%zu trajector%s in %zu segment%s, %zu tokens\n",
	    p->trajectories, p->trajectories == 1 ? "y" : "ies", p->segments,
	    p->segments == 1 ? "" : "s", p->tokens);
	buf_addf(b, "%zu tokens in the longest", p->longest);
	if (p->micro > 0)
		buf_addf(b, ", %zu in the largest micro-batch", p->micro);
	if (p->samples > 0)
		buf_addf(b, "; %zu samples", p->samples);
	buf_addf(b, "\n%-14s%8.0f MiB\n", "memory", peak / (1 << 20));
	for (i = 0; i < PLAN_PARTS; i++)
		if (bytes[i] >= 0.05 * (1 << 20))
			buf_addf(b, "  %-12s%8.1f      %s\n", part_names[i],
			    bytes[i] / (1 << 20), part_text[i]);
	buf_addf(b, "%-14s%8.1f s\n", "time", plan_seconds(p));
	for (i = 0; i < PLAN_STAGES; i++)
		if (p->seconds[i] >= 0.005)
			buf_addf(b, "  %-12s%9.2f     %s\n", stage_names[i],
			    p->seconds[i], stage_text[i]);
}

void
plan_write(const struct plan *p, bool json, struct buf *b)
{
	double bytes[PLAN_PARTS], peak = plan_peak(p, bytes);

	(json ? put_json : put_text)(p, peak, bytes, b);
}

void
plan_release(struct plan *p)
{
	free(p->seen);
	*p = (struct plan){ 0 };
}
