/* SPDX-License-Identifier: MIT */
#include "gguf/ggufexport.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gguf/ggufkeys.h"
#include "gguf/ggufout.h"
#include "gguf/gguftokens.h"
#include "tensor/gemm.h"

enum { QUANTIZATION_VERSION = 2 };

/* general.file_type */
static uint32_t
file_type(enum block_type type)
{
	return type == BLOCK_F32 ? 0 :
	    type == BLOCK_F16    ? 1 :
	    type == BLOCK_Q8_0   ? 7 :
				   32;
}

/* The last name of a path, without slashes at its end. */
static void
write_name(struct ggufwrite *w, const char *path)
{
	size_t n = strlen(path), first;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (first = n; first > 0 && path[first - 1] != '/';)
		first--;
	ggufwrite_string(w, "general.name", path + first, n - first);
}

static void
write_general(struct ggufwrite *w, const struct ggufarch *arch,
    const char *type, const char *dir, enum block_type matrices)
{
	ggufwrite_string(w, "general.architecture", arch->name,
	    strlen(arch->name));
	ggufwrite_string(w, "general.type", type, strlen(type));
	write_name(w, dir);
	ggufwrite_uint(w, "general.file_type", file_type(matrices));
	if (matrices == BLOCK_Q8_0)
		ggufwrite_uint(w, "general.quantization_version",
		    QUANTIZATION_VERSION);
}

/* ---- a policy */

static int
add_tensors(struct ggufouts *o, const struct ckpt *c,
    const struct ggufarch *arch, enum block_type type)
{
	const struct params *p = &c->params;
	struct ggufout t;
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		const struct tensor *from = &p->tensor[i];

		t = (struct ggufout){ .params = p,
			.i = i,
			.dims = from->dims,
			.rows = from->rows,
			.cols = from->cols,
			.type = BLOCK_F32 };
		if (ggufarch_place(arch, &c->config, from, &t.place) != 0)
			return -1;
		if (t.place.turned) {
			t.rows = from->cols;
			t.cols = from->rows;
		}
		if (from->dims == 2 && from->field != &p->position)
			t.type = ggufout_type(type, t.cols);
		ggufout_add(o, &t);
	}
	return 0;
}

static void
add_values(struct ggufouts *o, const char *name, const float *x, size_t n)
{
	ggufout_add(o,
	    &(struct ggufout){ .values = x,
		.place = { .name = mem_dup(name, strlen(name)) },
		.dims = 1,
		.rows = n,
		.cols = 1,
		.type = BLOCK_F32 });
}

/* The factors of rotations, which the caller frees, or NULL. */
static float *
add_factors(struct ggufouts *o, const struct config *c)
{
	const size_t n = c->learned_positions ? 0 : config_rotated(c) / 2;
	float *factor;

	if (c->rope.kind == ROPE_LONG) {
		add_values(o, "rope_factors_long.weight", c->long_factor, n);
		add_values(o, "rope_factors_short.weight", c->short_factor, n);
	}
	if (c->rope.kind != ROPE_LLAMA3)
		return NULL;
	factor = mem_alloc(n, sizeof *factor);
	ggufkeys_factors(c, factor);
	add_values(o, "rope_freqs.weight", factor, n);
	return factor;
}

/* The embedding once more, where llama.cpp wants a head. */
static void
add_head(struct ggufouts *o, const struct ggufarch *arch,
    const struct config *c)
{
	static const char name[] = "output.weight";
	struct ggufout head;
	size_t i = 0;

	if (!arch->own_head || !c->tied)
		return;
	while (strcmp(o->t[i].place.name, "token_embd.weight") != 0)
		i++;
	head = o->t[i];
	head.place.name = mem_dup(name, sizeof name - 1);
	ggufout_add(o, &head);
}

int
ggufexport(const char *file, const struct ckpt *c, enum block_type type)
{
	const struct ggufarch *arch = ggufarch_of(&c->config);
	struct ggufwrite w = { 0 };
	struct ggufouts o = { 0 };
	float *factor = NULL;
	int rc = arch == NULL ? -1 : 0;

	if (rc == 0 && c->adapter != NULL)
		rc = gemm_ready();
	if (rc == 0) {
		write_general(&w, arch, "model", c->dir, type);
		rc = ggufkeys_write(&c->config, arch, &w);
	}
	if (rc == 0) {
		factor = add_factors(&o, &c->config);
		rc = add_tensors(&o, c, arch, type);
	}
	if (rc == 0)
		add_head(&o, arch, &c->config);
	if (rc != 0)
		(void)fail_in("%s", c->dir);
	if (rc == 0)
		rc = gguftokens_write(c->dir, &c->config, &w);
	if (rc == 0 && ggufout_write(&o, &w, file) != 0)
		rc = fail_in("%s", file);
	free(factor);
	ggufout_release(&o);
	ggufwrite_release(&w);
	return rc;
}

/* ---- adapters */

/* "blk.0.attn_q.weight.lora_a", of the matrix that is adapted. */
static void
add_half(struct ggufouts *o, const struct adapter *a, size_t i,
    const struct ggufplace *place, const char *half, enum block_type type)
{
	const struct tensor *t = &a->table.tensor[i];
	struct buf name = { 0 };

	buf_addf(&name, "%s.%s", place->name, half);
	ggufout_add(o,
	    &(struct ggufout){ .params = &a->table,
		.i = i,
		.place = { .name = buf_text(&name),
		    .order = i % 2 == 1 ? place->order : GGUF_SAME,
		    .heads = place->heads },
		.dims = 2,
		.rows = t->rows,
		.cols = t->cols,
		.type = ggufout_type(type, t->cols) });
}

static int
add_pairs(struct ggufouts *o, const struct ckpt *c, const struct ggufarch *arch,
    enum block_type type)
{
	const struct adapter *a = c->adapter;
	struct ggufplace place;
	size_t i;

	if (a->table.tensors > 2 * a->pairs)
		return fail("modules that are trained whole have no form in "
			    "GGUF beside adapters; merge them");
	for (i = 0; i < a->pairs; i++) {
		if (ggufarch_place(arch, &c->config,
			&c->params.tensor[a->of[i]], &place) != 0)
			return -1;
		add_half(o, a, 2 * i, &place, "lora_a", type);
		add_half(o, a, 2 * i + 1, &place, "lora_b", type);
		free(place.name);
	}
	return 0;
}

int
ggufexport_adapters(const char *file, const struct ckpt *c,
    enum block_type type)
{
	const struct ggufarch *arch = ggufarch_of(&c->config);
	const struct adapter *a = c->adapter;
	struct ggufwrite w = { 0 };
	struct ggufouts o = { 0 };
	int rc = arch == NULL ? -1 : 0;

	if (rc == 0 && a == NULL)
		rc = fail("has no adapters");
	if (rc == 0)
		rc = add_pairs(&o, c, arch, type);
	if (rc != 0)
		(void)fail_in("%s", c->dir);
	if (rc == 0) {
		write_general(&w, arch, "adapter", c->dir, type);
		ggufwrite_string(&w, "adapter.type", "lora", 4);
		/* llama.cpp divides by the rank, whatever alpha is for. */
		ggufwrite_real(&w, "adapter.lora.alpha",
		    a->scale * (double)a->rank);
		if (ggufout_write(&o, &w, file) != 0)
			rc = fail_in("%s", file);
	}
	ggufout_release(&o);
	ggufwrite_release(&w);
	return rc;
}
