/* SPDX-License-Identifier: MIT */
/*
 * The table.  A row is one kind of tensor: where it stands in struct params
 * (or struct layer_params), its name in each naming (NULL: the naming has
 * none), its rows and columns in letters, and which configs have it.
 *
 * Letters: D F V as in config.h, T the context, Q = H*E, K = K*E, E the head
 * width, 3 = 3*D, 1.  config.transposed stores a layer's matrix [in, out]:
 * its shape is read backwards.
 */
#include "nn/params.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "nn/family.h"

struct row {
	size_t in;
	bool layered;
	enum tensor_kind kind;
	const char *name[NAMING_COUNT];
	const char *shape; /* "VD": matrix; "D": vector */
	bool (*has)(const struct config *);
};

static bool
always(const struct config *c)
{
	(void)c;
	return true;
}

static bool
layer_norm(const struct config *c)
{
	return c->layer_norm;
}

static bool
learned(const struct config *c)
{
	return c->learned_positions;
}

static bool
fused(const struct config *c)
{
	return c->fused_qkv;
}

static bool
apart(const struct config *c)
{
	return !c->fused_qkv;
}

static bool
apart_bias(const struct config *c)
{
	return !c->fused_qkv && c->qkv_bias;
}

static bool
head_norm(const struct config *c)
{
	return c->qk_norm;
}

static bool
out_bias(const struct config *c)
{
	return c->out_bias;
}

static bool
gated(const struct config *c)
{
	return c->gated;
}

static bool
mlp_bias(const struct config *c)
{
	return c->mlp_bias;
}

static bool
own_head(const struct config *c)
{
	return !c->tied && !c->scored;
}

static bool
scored(const struct config *c)
{
	return c->scored;
}

#define AT(field) offsetof(struct params, field), false
#define IN(field) offsetof(struct layer_params, field), true

static const struct row rows[] = {
	{ AT(embed), TENSOR_WEIGHT, { "embed_tokens.weight", "wte.weight" },
	    "VD", always },
	{ AT(position), TENSOR_WEIGHT, { NULL, "wpe.weight" }, "TD", learned },
	{ IN(norm1), TENSOR_NORM, { "input_layernorm.weight", "ln_1.weight" },
	    "D", always },
	{ IN(norm1_b), TENSOR_BIAS, { NULL, "ln_1.bias" }, "D", layer_norm },
	{ IN(qkv), TENSOR_WEIGHT, { NULL, "attn.c_attn.weight" }, "3D", fused },
	{ IN(qkv_b), TENSOR_BIAS, { NULL, "attn.c_attn.bias" }, "3", fused },
	{ IN(q), TENSOR_WEIGHT, { "self_attn.q_proj.weight", NULL }, "QD",
	    apart },
	{ IN(q_b), TENSOR_BIAS, { "self_attn.q_proj.bias", NULL }, "Q",
	    apart_bias },
	{ IN(k), TENSOR_WEIGHT, { "self_attn.k_proj.weight", NULL }, "KD",
	    apart },
	{ IN(k_b), TENSOR_BIAS, { "self_attn.k_proj.bias", NULL }, "K",
	    apart_bias },
	{ IN(v), TENSOR_WEIGHT, { "self_attn.v_proj.weight", NULL }, "KD",
	    apart },
	{ IN(v_b), TENSOR_BIAS, { "self_attn.v_proj.bias", NULL }, "K",
	    apart_bias },
	{ IN(q_norm), TENSOR_NORM, { "self_attn.q_norm.weight", NULL }, "E",
	    head_norm },
	{ IN(k_norm), TENSOR_NORM, { "self_attn.k_norm.weight", NULL }, "E",
	    head_norm },
	{ IN(o), TENSOR_RESIDUAL,
	    { "self_attn.o_proj.weight", "attn.c_proj.weight" }, "DQ", always },
	{ IN(o_b), TENSOR_BIAS, { "self_attn.o_proj.bias", "attn.c_proj.bias" },
	    "D", out_bias },
	{ IN(norm2), TENSOR_NORM,
	    { "post_attention_layernorm.weight", "ln_2.weight" }, "D", always },
	{ IN(norm2_b), TENSOR_BIAS, { NULL, "ln_2.bias" }, "D", layer_norm },
	{ IN(gate), TENSOR_WEIGHT, { "mlp.gate_proj.weight", NULL }, "FD",
	    gated },
	{ IN(up), TENSOR_WEIGHT, { "mlp.up_proj.weight", "mlp.c_fc.weight" },
	    "FD", always },
	{ IN(up_b), TENSOR_BIAS, { "mlp.up_proj.bias", "mlp.c_fc.bias" }, "F",
	    mlp_bias },
	{ IN(down), TENSOR_RESIDUAL,
	    { "mlp.down_proj.weight", "mlp.c_proj.weight" }, "DF", always },
	{ IN(down_b), TENSOR_BIAS, { "mlp.down_proj.bias", "mlp.c_proj.bias" },
	    "D", mlp_bias },
	{ AT(norm), TENSOR_NORM, { "norm.weight", "ln_f.weight" }, "D",
	    always },
	{ AT(norm_b), TENSOR_BIAS, { NULL, "ln_f.bias" }, "D", layer_norm },
	{ AT(head), TENSOR_WEIGHT, { "lm_head.weight", "lm_head.weight" }, "VD",
	    own_head },
	{ AT(score), TENSOR_WEIGHT, { "score.weight", "score.weight" }, "1D",
	    scored },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* The list of layers in the names of their tensors. */
static const char *const layer_lists[NAMING_COUNT] = { "layers", "h" };

static enum naming
naming_of(const struct config *c)
{
	return family_row(c->family)->naming;
}

static size_t
dimension(char letter, const struct config *c)
{
	switch (letter) {
	case 'D':
		return c->D;
	case 'F':
		return c->F;
	case 'V':
		return c->V;
	case 'T':
		return c->context;
	case 'Q':
		return c->H * c->E;
	case 'K':
		return c->K * c->E;
	case 'E':
		return c->E;
	case '3':
		return 3 * c->D;
	default:
		return 1;
	}
}

/* The names of head and score have no prefix. */
static bool
prefixed(const struct row *r)
{
	return r->in != offsetof(struct params, head) &&
	    r->in != offsetof(struct params, score);
}

static void
add_tensor(struct params *p, const struct config *c, const struct row *r,
    size_t layer, const char *prefix)
{
	const enum naming naming = naming_of(c);
	struct tensor *t = &p->tensor[p->tensors++];
	struct buf name = { 0 };
	size_t swap;

	if (r->layered || prefixed(r))
		buf_adds(&name, prefix);
	if (r->layered)
		buf_addf(&name, "%s.%zu.", layer_lists[naming], layer);
	buf_adds(&name, r->name[naming]);
	t->name = buf_text(&name);
	t->kind = r->kind;
	t->dims = strlen(r->shape);
	t->rows = dimension(r->shape[0], c);
	t->cols = t->dims == 2 ? dimension(r->shape[1], c) : 1;
	if (c->transposed && r->layered && t->dims == 2) {
		swap = t->rows;
		t->rows = t->cols;
		t->cols = swap;
	}
	t->n = t->rows * t->cols;
	t->field = (float **)(void *)((r->layered ? (char *)&p->layer[layer] :
						    (char *)p) +
	    r->in);
	p->total += t->n;
}

/* Rows first .. end-1 of one layer. */
static void
add_run(struct params *p, const struct config *c, size_t first, size_t end,
    size_t layer, const char *prefix)
{
	for (; first < end; first++)
		if (rows[first].has(c))
			add_tensor(p, c, &rows[first], layer, prefix);
}

static int
by_name(const void *a, const void *b)
{
	const struct tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
sort_names(struct params *p)
{
	size_t i;

	if (p->sorted == NULL)
		p->sorted = mem_alloc(p->tensors, sizeof(struct tensor *));
	for (i = 0; i < p->tensors; i++)
		p->sorted[i] = &p->tensor[i];
	qsort(p->sorted, p->tensors, sizeof(struct tensor *), by_name);
}

void
params_init(struct params *p, const struct config *c, const char *prefix)
{
	size_t i, k, l, count = 0;

	if (prefix == NULL)
		prefix = family_row(c->family)->prefixes[0];
	*p = (struct params){ .matrices = matrices_new() };
	p->layer = mem_alloc(c->L, sizeof *p->layer);
	for (i = 0; i < ROWS; i++)
		if (rows[i].has(c))
			count += rows[i].layered ? c->L : 1;
	p->tensor = mem_alloc(count, sizeof *p->tensor);
	/* Walk a run of layered rows once for each layer. */
	for (i = 0; i < ROWS; i = k) {
		for (k = i + 1; k < ROWS && rows[k].layered && rows[i].layered;)
			k++;
		for (l = 0; l < (rows[i].layered ? c->L : 1); l++)
			add_run(p, c, i, k, l, prefix);
	}
	sort_names(p);
}

/* The first row is the embedding, the first layered one norm1. */
char *
params_prefix(const struct params *p, const struct config *c)
{
	const char *first = p->tensor[0].name;

	return mem_dup(first,
	    strlen(first) - strlen(rows[0].name[naming_of(c)]));
}

const char *
params_find_prefix(const struct config *c,
    bool (*has)(const void *, const char *name), const void *ctx)
{
	const struct family_row *f = family_row(c->family);
	const char *found = NULL;
	struct buf name = { 0 };
	size_t i;

	for (i = 0; i < FAMILY_PREFIXES && f->prefixes[i] != NULL; i++) {
		buf_reset(&name);
		buf_addf(&name, "%s%s", f->prefixes[i],
		    rows[0].name[f->naming]);
		if (has(ctx, buf_text(&name))) {
			found = f->prefixes[i];
			break;
		}
	}
	buf_release(&name);
	return found != NULL ? found : f->prefixes[0];
}

char *
params_last_layer(const struct config *c, const char *prefix)
{
	struct buf name = { 0 };
	size_t i = 0;

	while (!rows[i].layered)
		i++;
	buf_adds(&name, prefix);
	buf_addf(&name, "%s.%zu.", layer_lists[naming_of(c)], c->L - 1);
	buf_adds(&name, rows[i].name[naming_of(c)]);
	return buf_text(&name);
}

void
params_list(struct params *p, struct tensor *list, size_t n)
{
	size_t i;

	*p = (struct params){ .tensor = list, .tensors = n };
	for (i = 0; i < n; i++)
		p->total += list[i].n;
	sort_names(p);
}

void
params_table(struct params *p, const struct params *other,
    const struct config *c)
{
	const size_t n = other->tensors;
	struct tensor *list;
	size_t i;

	if (other->layer != NULL) {
		params_init(p, c, "");
		for (i = 0; i < n; i++)
			free(p->tensor[i].name);
	} else {
		list = mem_alloc(n, sizeof *list);
		memcpy(list, other->tensor, n * sizeof *list);
		params_list(p, list, n);
	}
	for (i = 0; i < n; i++) {
		p->tensor[i].p = NULL;
		p->tensor[i].view = (struct stored){ NULL, STORED_F32 };
		p->tensor[i].name = mem_dup(other->tensor[i].name,
		    strlen(other->tensor[i].name));
	}
	sort_names(p);
}

void
params_like(struct params *p, const struct params *other,
    const struct config *c)
{
	params_table(p, other, c);
	params_alloc(p);
}

void
params_changed(struct params *p)
{
	if (p->matrices != NULL) /* made by params_init */
		p->matrices->fresh = false;
}

void
params_point(struct params *p, size_t i, float *at)
{
	params_changed(p);
	p->tensor[i].p = at;
	params_view(p, i, &(struct stored){ at, STORED_F32 });
	if (p->tensor[i].field == NULL)
		return;
	*p->tensor[i].field = at;
	if (p->tensor[i].field == &p->embed && params_tied(p))
		p->head = at;
}

/* The last row is a head or a score, unless the policy has none. */
bool
params_tied(const struct params *p)
{
	const struct tensor *last = &p->tensor[p->tensors - 1];

	return last->field != &p->head && last->field != &p->score;
}

void
params_alloc(struct params *p)
{
	float *at;
	size_t i;

	p->block = at = mem_block(p->total);
	for (i = 0; i < p->tensors; at += p->tensor[i].n, i++)
		params_point(p, i, at);
}

void
params_release(struct params *p)
{
	size_t i;

	for (i = 0; i < p->tensors; i++)
		free(p->tensor[i].name);
	free(p->tensor);
	free(p->sorted);
	free(p->layer);
	free(p->low);
	mem_block_free(p->block);
	matrices_free(p->matrices);
	*p = (struct params){ 0 };
}

static int
name_order(const void *name, const void *b)
{
	const struct tensor *const *t = b;

	return strcmp(name, (*t)->name);
}

size_t
params_find(const struct params *p, const char *name)
{
	struct tensor **at;
	size_t i;

	if (p->sorted == NULL) { /* not made by params_init */
		for (i = 0; i < p->tensors; i++)
			if (strcmp(p->tensor[i].name, name) == 0)
				return i;
		return (size_t)-1;
	}
	at = bsearch(name, p->sorted, p->tensors, sizeof(struct tensor *),
	    name_order);
	return at == NULL ? (size_t)-1 : (size_t)(*at - p->tensor);
}
