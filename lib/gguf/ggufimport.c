/* SPDX-License-Identifier: MIT */
#include "gguf/ggufimport.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gguf/ggufconfig.h"
#include "gguf/ggufvocab.h"
#include "tensor/blocks.h"

/* Where the values of each tensor of a policy stand in a file. */
struct weights {
	const struct params *params;
	const struct gguf_tensor **from; /* NULL: not in the file */
	struct ggufplace *place;
};

/* ---- values */

/* Rows of the policy's matrix, which stand in another order in the file. */
static void
widen_rows(const struct tensor *to, const struct gguf_tensor *from,
    const struct ggufplace *place, size_t first, size_t n, float *out)
{
	size_t r, at, take, i;

	for (; n > 0; first += take, out += take, n -= take) {
		r = ggufarch_file_row(place, to->rows, first / to->cols);
		at = first % to->cols;
		take = to->cols - at < n ? to->cols - at : n;
		blocks_widen(out, from->data, from->type, r * to->cols + at,
		    take);
		for (i = 0; i < take; i++)
			out[i] -= place->add;
	}
}

/* The policy has [in, out]; row o of the file has the numbers of column o. */
static void
widen_turned(const struct tensor *to, const struct gguf_tensor *from,
    size_t first, size_t n, float *out)
{
	const size_t row = first / to->cols;
	const size_t rows = (first + n - 1) / to->cols + 1 - row;
	float *part = mem_scratch(rows * sizeof *part);
	size_t o, r, at;

	for (o = 0; o < to->cols; o++) {
		blocks_widen(part, from->data, from->type, o * to->rows + row,
		    rows);
		for (r = 0; r < rows; r++) {
			at = (row + r) * to->cols + o;
			if (at >= first && at - first < n)
				out[at - first] = part[r];
		}
	}
	free(part);
}

/* Release the pages that were read, which others may read once more. */
static void
forget(const struct tensor *to, const struct gguf_tensor *from,
    const struct ggufplace *place, size_t first, size_t n)
{
	const size_t each = place->order == GGUF_SAME ? 1 :
	    place->order == GGUF_PAIRS ? to->rows / place->heads :
					 to->rows;
	const size_t row = from->bytes / to->rows;
	const size_t begin = first / to->cols / each * each;
	const size_t end = (first + n - 1) / to->cols / each * each + each;

	if (to->dims == 2)
		mem_forget((const char *)from->data + begin * row,
		    (end - begin) * row);
}

static bool
widen(const void *arg, size_t i, size_t first, size_t n, float *out)
{
	const struct weights *w = arg;
	const struct gguf_tensor *from = w->from[i];
	const struct tensor *to = &w->params->tensor[i];

	if (from == NULL)
		return false;
	if (w->place[i].turned) {
		widen_turned(to, from, first, n, out);
	} else {
		widen_rows(to, from, &w->place[i], first, n, out);
		forget(to, from, &w->place[i], first, n);
	}
	return true;
}

/* ---- shapes */

static int
check_shape(const struct tensor *to, const struct gguf_tensor *from,
    const struct ggufplace *place)
{
	const size_t across = place->turned ? to->rows :
	    to->dims == 2                   ? to->cols :
					      to->rows;
	const size_t down = place->turned ? to->cols : to->rows;

	if (from->dims == to->dims && from->shape[0] == across &&
	    (to->dims == 1 || from->shape[1] == down))
		return 0;
	if (to->dims == 1)
		return fail("tensor %s: expected %zu numbers", place->name,
		    across);
	return fail("tensor %s: expected %zu rows of %zu", place->name, down,
	    across);
}

/* Mark that a tensor of the file is used. */
static void
use(const struct gguf *g, bool *used, const struct gguf_tensor *t)
{
	if (t != NULL)
		used[t - gguf_tensor_at(g, 0)] = true;
}

static int
find(struct weights *w, const struct gguf *g, const struct config *c,
    const struct ggufarch *arch, bool *used)
{
	const struct params *p = w->params;
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		if (p->tensor[i].field == &p->score)
			continue;
		if (ggufarch_place(arch, c, &p->tensor[i], &w->place[i]) != 0)
			return -1;
		w->from[i] = gguf_find_tensor(g, w->place[i].name);
		if (w->from[i] == NULL)
			return fail("tensor %s: missing", w->place[i].name);
		if (check_shape(&p->tensor[i], w->from[i], &w->place[i]) != 0)
			return -1;
		use(g, used, w->from[i]);
	}
	return 0;
}

static int
check_used(const struct gguf *g, const struct config *c,
    const struct ggufarch *arch, bool *used)
{
	size_t i;

	if (arch->rope_factors)
		use(g, used, gguf_find_tensor(g, "rope_freqs.weight"));
	if (c->rope.kind == ROPE_LONG) {
		use(g, used, gguf_find_tensor(g, "rope_factors_long.weight"));
		use(g, used, gguf_find_tensor(g, "rope_factors_short.weight"));
	}
	if (c->tied || c->scored)
		use(g, used, gguf_find_tensor(g, "output.weight"));
	for (i = 0; i < gguf_tensors(g); i++)
		if (!used[i])
			return fail("tensor %.*s: not one of a %s model",
			    GGUF_SHOWN(gguf_tensor_at(g, i)->name), arch->name);
	return 0;
}

/* The type of all matrices, if it is F16 or BF16; else F32. */
static enum st_dtype
type_of(const struct weights *w)
{
	enum st_dtype dtype = ST_OTHER, one;
	size_t i;

	for (i = 0; i < w->params->tensors; i++) {
		if (w->from[i] == NULL || w->from[i]->dims != 2)
			continue;
		one = w->from[i]->type == BLOCK_F16 ? ST_F16 :
		    w->from[i]->type == BLOCK_BF16  ? ST_BF16 :
						      ST_F32;
		dtype = dtype == ST_OTHER || dtype == one ? one : ST_F32;
	}
	return dtype;
}

/* ---- all together */

static int
create(const char *dir, const struct ggufimport *how, const struct weights *w,
    const struct config *c, const struct ggufvocab *v, enum st_dtype dtype)
{
	struct buf generation = v->generation, tokenizer = v->tokenizer,
		   about = v->config;
	const struct ckpt_text text[] = { { "generation_config.json",
					      &generation },
		{ "tokenizer.json", &tokenizer },
		{ "tokenizer_config.json", &about } };
	const struct ckpt_source source = { widen, w };
	const struct ckpt_new new = { .config = c,
		.params = w->params,
		.dtype = dtype,
		.text = text,
		.texts = v->none ? 0 : 3,
		.seed = how->seed,
		.finish = how->finish,
		.source = &source };

	return ckpt_create(dir, &new);
}

static int
import(const char *dir, const char *path, const struct gguf *g,
    const struct ggufimport *how, struct config *c, const struct ggufarch *arch,
    size_t *total, enum st_dtype *dtype)
{
	bool *used = mem_alloc(gguf_tensors(g), sizeof *used);
	struct ggufvocab v = { 0 };
	struct weights w = { 0 };
	struct params p;
	size_t i;
	int rc;

	params_init(&p, c, NULL);
	w = (struct weights){ &p,
		mem_alloc(p.tensors, sizeof(struct gguf_tensor *)),
		mem_alloc(p.tensors, sizeof *w.place) };
	rc = find(&w, g, c, arch, used);
	if (rc == 0)
		rc = check_used(g, c, arch, used);
	if (rc == 0)
		rc = ggufvocab_read(&v, g, c);
	if (rc != 0)
		(void)fail_in("%s", path);
	if (rc == 0) {
		*dtype =
		    how->dtype < 0 ? type_of(&w) : (enum st_dtype)how->dtype;
		*total = p.total;
		rc = create(dir, how, &w, c, &v, *dtype);
	}
	for (i = 0; i < p.tensors; i++)
		free(w.place[i].name);
	free(w.place);
	free(w.from);
	free(used);
	ggufvocab_release(&v);
	params_release(&p);
	return rc;
}

int
ggufimport(const char *dir, const char *path, const struct ggufimport *how,
    struct config *c, size_t *total, enum st_dtype *dtype)
{
	struct gguf *g = gguf_open(path);
	const struct ggufarch *arch = NULL;
	int rc = g == NULL ? -1 : ggufconfig_read(c, g, &arch);

	if (g != NULL && rc != 0)
		rc = fail_in("%s", path);
	if (rc == 0) {
		c->scored = how->scored;
		rc = import(dir, path, g, how, c, arch, total, dtype);
	}
	gguf_close(g);
	return rc;
}
