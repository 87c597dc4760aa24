/* SPDX-License-Identifier: MIT */
#include "nn/average.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "nn/config_json.h"
#include "nn/params_names.h"
#include "tensor/gemm.h"

int
average_parse(const char *list, void *average)
{
	struct average *a = average;
	struct buf name = { 0 };
	const char *s = list;
	bool empty = false;

	average_release(a); /* of an earlier list */
	a->dir = mem_alloc(strlen(list) + 1, sizeof(char *));
	for (;; s++) {
		if (s[0] == '\\' && s[1] == ',')
			buf_addc(&name, *++s);
		else if (*s != ',' && *s != '\0')
			buf_addc(&name, *s);
		else {
			empty |= name.n == 0;
			a->dir[a->n++] = mem_dup(name.p, name.n);
			buf_reset(&name);
			if (*s == '\0')
				break;
		}
	}
	buf_release(&name);
	if (empty || a->n < 2)
		return fail("%s: expected two policies or more, with commas "
			    "between them",
		    list);
	return 0;
}

void
average_release(struct average *a)
{
	while (a->n > 0)
		free(a->dir[--a->n]);
	free(a->dir);
	*a = (struct average){ 0 };
}

/* ---- whether policies can be averaged */

/* The name of a tensor without what stands before all names of its policy. */
static const char *
bare(const struct tensor *t, const char *prefix)
{
	const size_t n = strlen(prefix);

	return strncmp(t->name, prefix, n) == 0 ? t->name + n : t->name;
}

static int
check_tensor(const struct tensor *a, const struct tensor *b, const char *dir)
{
	if (a->dims != b->dims || a->rows != b->rows || a->cols != b->cols)
		return fail("tensor %s has shape [%zu, %zu], in %s [%zu, %zu]",
		    b->name, b->rows, b->cols, dir, a->rows, a->cols);
	return 0;
}

/* Tables are of one order, so the first that differ are at the same place. */
static int
check_tensors(const struct ckpt *first, const struct ckpt *c)
{
	const struct params *a = &first->params, *b = &c->params;
	char *before = params_prefix(a, &first->config);
	char *prefix = params_prefix(b, &c->config);
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < a->tensors && i < b->tensors; i++)
		rc = strcmp(bare(&a->tensor[i], before),
			 bare(&b->tensor[i], prefix)) != 0 ?
		    fail("tensor %s, where %s has %s", b->tensor[i].name,
			first->dir, a->tensor[i].name) :
		    check_tensor(&a->tensor[i], &b->tensor[i], first->dir);
	if (rc == 0 && i < a->tensors)
		rc = fail("no tensor %s, which %s has", a->tensor[i].name,
		    first->dir);
	if (rc == 0 && i < b->tensors)
		rc = fail("tensor %s, which %s has not", b->tensor[i].name,
		    first->dir);
	free(before);
	free(prefix);
	return rc;
}

/* A config as text, with the ends of texts of another. */
static char *
text_of(const struct config *of, const struct config *ends)
{
	struct config c = *of;
	struct buf text = { 0 };

	c.inside = false;
	c.bos = ends->bos;
	c.eos_count = ends->eos_count;
	memcpy(c.eos, ends->eos, sizeof c.eos);
	config_write(&c, ST_F32, &text);
	return buf_text(&text);
}

/* The length of a line without its comma. */
static int
length(const char *line)
{
	const size_t n = strcspn(line, "\n");

	return (int)(n > 0 && line[n - 1] == ',' ? n - 1 : n);
}

/* The same weights compute something else under another config. */
static int
check_config(const struct ckpt *first, const struct ckpt *c)
{
	char *text = text_of(&first->config, &first->config);
	char *other = text_of(&c->config, &first->config);
	const char *a = text, *b = other;
	size_t n;
	int rc = 0;

	if (strcmp(a, b) != 0) {
		for (; (n = strcspn(a, "\n")) == strcspn(b, "\n") &&
		     memcmp(a, b, n) == 0;
		     a += n + 1)
			b += n + 1;
		a += strspn(a, " ");
		b += strspn(b, " ");
		rc = fail("config.json: %.*s, in %s %.*s", length(b), b,
		    first->dir, length(a), a);
	}
	free(text);
	free(other);
	return rc;
}

static int
check(const struct ckpt *first, const struct ckpt *c)
{
	int rc;

	if (c->others > 0)
		rc = fail("has %zu tensors of other parts of the model",
		    c->others);
	else if (strcmp(first->tokenizer, c->tokenizer) != 0)
		rc = fail("its tokenizer is not that of %s", first->dir);
	else
		rc = check_tensors(first, c);
	if (rc == 0)
		rc = check_config(first, c);
	return rc == 0 ? 0 : fail_in("%s", c->dir);
}

/* ---- the mean */

struct mean {
	struct ckpt *c;
	size_t n;
};

/*
 * Elements first .. first+n-1 of tensor i of one policy; whole rows where an
 * adapter is added.
 */
static void
widen(const struct params *p, size_t i, size_t first, size_t n, float *out)
{
	const struct tensor *t = &p->tensor[i];
	const size_t row = first / t->cols, end = (first + n - 1) / t->cols + 1;
	const size_t from = row * t->cols, all = (end - row) * t->cols;
	const size_t size = stored_bytes(t->view.type);
	float *rows;

	if (!params_adapted(p, i)) {
		params_widen_part(p, i, first, n, out);
	} else {
		rows = mem_scratch(all * sizeof *rows);
		params_widen_part(p, i, from, all, rows);
		memcpy(out, rows + (first - from), n * sizeof *out);
		free(rows);
	}
	if (t->mapped)
		mem_forget((const char *)t->view.p + first * size, n * size);
}

static bool
mean_part(const void *from, size_t i, size_t first, size_t n, float *out)
{
	const struct mean *mean = from;
	double *sum = mem_alloc(n, sizeof *sum);
	size_t j, k;

	for (k = 0; k < mean->n; k++) {
		widen(&mean->c[k].params, i, first, n, out);
		for (j = 0; j < n; j++)
			sum[j] += (double)out[j];
	}
	for (j = 0; j < n; j++)
		out[j] = (float)(sum[j] / (double)mean->n);
	free(sum);
	return true;
}

int
average_make(const char *dir, const struct average *a, int dtype,
    const struct ckpt_finish *finish, struct config *c, size_t *total,
    enum st_dtype *made)
{
	struct ckpt *first = mem_alloc(a->n, sizeof *first);
	struct mean mean = { first, 0 };
	const struct ckpt_source source = { mean_part, &mean };
	bool adapted = false, mixed = false;
	int rc = 0;

	while (rc == 0 && mean.n < a->n) {
		struct ckpt *next = &first[mean.n];

		rc = ckpt_open(next, a->dir[mean.n]);
		mean.n += rc >= 0;
		if (rc == 0)
			rc = check(first, next);
		adapted |= rc == 0 && next->adapter != NULL;
		mixed |= rc == 0 && next->dtype != first->dtype;
	}
	if (rc == 0 && adapted)
		rc = gemm_ready();
	if (rc == 0) {
		*c = first->config;
		*made = dtype >= 0 ? (enum st_dtype)dtype :
		    mixed          ? ST_F32 :
				     first->dtype;
		rc = ckpt_derive(dir, first, c->scored, *made, 0, finish,
		    &source, total);
	}
	while (mean.n > 0)
		ckpt_close(&first[--mean.n]);
	free(first);
	return rc == 0 ? 0 : -1;
}
