/* SPDX-License-Identifier: MIT */
/*
 * The table.  A row is one kind of tensor: where it stands in struct params
 * (or struct layer_params), its name in each naming (NULL: the naming has
 * none), its rows and columns in letters, and which configs have it.
 *
 * Letters: D F V as in config.h, T the context, Q = H*E, K = K*E, q and k
 * the width of a norm of q or k, 2 = 2 * F, 3 = (H + 2K) * E, 1.
 * config.transposed stores a layer's matrix [in, out]: its shape is read
 * backwards.
 */
#include "nn/params_names.h"

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
	return c->fused_qkv != QKV_APART;
}

static bool
fused_bias(const struct config *c)
{
	return c->fused_qkv != QKV_APART && c->qkv_bias;
}

static bool
apart(const struct config *c)
{
	return c->fused_qkv == QKV_APART;
}

static bool
apart_bias(const struct config *c)
{
	return c->fused_qkv == QKV_APART && c->qkv_bias;
}

static bool
qk_norm(const struct config *c)
{
	return c->qk_norm != QK_NORM_NONE;
}

static bool
before(const struct config *c)
{
	return c->norms != NORM_AFTER;
}

static bool
before_only(const struct config *c)
{
	return c->norms == NORM_BEFORE;
}

static bool
around(const struct config *c)
{
	return c->norms == NORM_AROUND;
}

static bool
before_bias(const struct config *c)
{
	return c->norms != NORM_AFTER && c->layer_norm;
}

static bool
after(const struct config *c)
{
	return c->norms != NORM_BEFORE;
}

static bool
out_bias(const struct config *c)
{
	return c->out_bias;
}

static bool
fused_gate(const struct config *c)
{
	return c->fused_gate;
}

static bool
gate_apart(const struct config *c)
{
	return c->gated && !c->fused_gate;
}

static bool
up_apart(const struct config *c)
{
	return !c->fused_gate;
}

static bool
mlp_bias(const struct config *c)
{
	return c->mlp_bias;
}

static bool
gate_bias(const struct config *c)
{
	return c->gated && c->mlp_bias;
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
	{ AT(embed), TENSOR_WEIGHT,
	    { "embed_tokens.weight", "wte.weight", "embed_in.weight" }, "VD",
	    always },
	{ AT(position), TENSOR_WEIGHT, { NULL, "wpe.weight" }, "TD", learned },
	{ IN(norm1), TENSOR_NORM,
	    { "input_layernorm.weight", "ln_1.weight",
		"input_layernorm.weight" },
	    "D", before },
	{ IN(norm1_b), TENSOR_BIAS,
	    { NULL, "ln_1.bias", "input_layernorm.bias" }, "D", before_bias },
	{ IN(qkv), TENSOR_WEIGHT,
	    { "self_attn.qkv_proj.weight", "attn.c_attn.weight",
		"attention.query_key_value.weight" },
	    "3D", fused },
	{ IN(qkv_b), TENSOR_BIAS,
	    { NULL, "attn.c_attn.bias", "attention.query_key_value.bias" }, "3",
	    fused_bias },
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
	{ IN(q_norm), TENSOR_NORM, { "self_attn.q_norm.weight", NULL }, "q",
	    qk_norm },
	{ IN(k_norm), TENSOR_NORM, { "self_attn.k_norm.weight", NULL }, "k",
	    qk_norm },
	{ IN(o), TENSOR_RESIDUAL,
	    { "self_attn.o_proj.weight", "attn.c_proj.weight",
		"attention.dense.weight" },
	    "DQ", always },
	{ IN(o_b), TENSOR_BIAS,
	    { "self_attn.o_proj.bias", "attn.c_proj.bias",
		"attention.dense.bias" },
	    "D", out_bias },
	{ IN(norm2), TENSOR_NORM,
	    { "post_attention_layernorm.weight", "ln_2.weight",
		"post_attention_layernorm.weight" },
	    "D", before_only },
	{ IN(norm2), TENSOR_NORM,
	    { "pre_feedforward_layernorm.weight", NULL, NULL }, "D", around },
	{ IN(after1), TENSOR_NORM, { "post_attention_layernorm.weight", NULL },
	    "D", after },
	{ IN(after2), TENSOR_NORM,
	    { "post_feedforward_layernorm.weight", NULL }, "D", after },
	{ IN(norm2_b), TENSOR_BIAS,
	    { NULL, "ln_2.bias", "post_attention_layernorm.bias" }, "D",
	    before_bias },
	{ IN(gate_up), TENSOR_WEIGHT, { "mlp.gate_up_proj.weight", NULL, NULL },
	    "2D", fused_gate },
	{ IN(gate), TENSOR_WEIGHT, { "mlp.gate_proj.weight", NULL }, "FD",
	    gate_apart },
	{ IN(gate_b), TENSOR_BIAS, { "mlp.gate_proj.bias", NULL }, "F",
	    gate_bias },
	{ IN(up), TENSOR_WEIGHT,
	    { "mlp.up_proj.weight", "mlp.c_fc.weight",
		"mlp.dense_h_to_4h.weight" },
	    "FD", up_apart },
	{ IN(up_b), TENSOR_BIAS,
	    { "mlp.up_proj.bias", "mlp.c_fc.bias", "mlp.dense_h_to_4h.bias" },
	    "F", mlp_bias },
	{ IN(down), TENSOR_RESIDUAL,
	    { "mlp.down_proj.weight", "mlp.c_proj.weight",
		"mlp.dense_4h_to_h.weight" },
	    "DF", always },
	{ IN(down_b), TENSOR_BIAS,
	    { "mlp.down_proj.bias", "mlp.c_proj.bias",
		"mlp.dense_4h_to_h.bias" },
	    "D", mlp_bias },
	{ AT(norm), TENSOR_NORM,
	    { "norm.weight", "ln_f.weight", "final_layer_norm.weight" }, "D",
	    always },
	{ AT(norm_b), TENSOR_BIAS,
	    { NULL, "ln_f.bias", "final_layer_norm.bias" }, "D", layer_norm },
	{ AT(head), TENSOR_WEIGHT,
	    { "lm_head.weight", "lm_head.weight", "embed_out.weight" }, "VD",
	    own_head },
	{ AT(score), TENSOR_WEIGHT,
	    { "score.weight", "score.weight", "score.weight" }, "1D", scored },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* The list of layers in the names of their tensors. */
static const char *const layer_lists[NAMING_COUNT] = { "layers", "h",
	"layers" };

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
	case '2':
		return 2 * c->F;
	case 'V':
		return c->V;
	case 'T':
		return c->context;
	case 'Q':
		return c->H * c->E;
	case 'K':
		return c->K * c->E;
	case 'q':
		return c->qk_norm == QK_NORM_WHOLE ? c->H * c->E : c->E;
	case 'k':
		return c->qk_norm == QK_NORM_WHOLE ? c->K * c->E : c->E;
	case '3':
		return (c->H + 2 * c->K) * c->E;
	default:
		return 1;
	}
}

/* The tensors of the class around the model. */
static bool
is_outside(const struct row *r)
{
	return !r->layered &&
	    (r->in == offsetof(struct params, head) ||
		r->in == offsetof(struct params, score));
}

/*
 * The length of what precedes them: of "language_model.model.", the names of a
 * class inside a larger one, all but the family's own prefix.
 */
static size_t
outer_prefix(const struct config *c, const char *prefix)
{
	const char *own = family_row(c->family)->prefixes[0];
	const size_t n = strlen(prefix), m = strlen(own);

	if (n > m && prefix[n - m - 1] == '.' &&
	    strcmp(prefix + n - m, own) == 0)
		return n - m;
	return 0;
}

static void
add_tensor(struct params *p, const struct config *c, const struct row *r,
    size_t layer, const char *prefix)
{
	const enum naming naming = naming_of(c);
	struct tensor *t = &p->tensor[p->tensors++];
	struct buf name = { 0 };
	size_t swap;

	if (is_outside(r))
		buf_add(&name, prefix, outer_prefix(c, prefix));
	else
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
	params_sort(p);
}

/* The first row is the embedding. */
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

bool
params_is_head(const struct config *c, const char *name)
{
	static const char inner[] = "language_model.";
	const enum naming naming = naming_of(c);
	size_t i;

	if (strncmp(name, inner, sizeof inner - 1) == 0)
		name += sizeof inner - 1;
	for (i = 0; i < ROWS; i++)
		if (!rows[i].layered &&
		    rows[i].in == offsetof(struct params, head) &&
		    strcmp(rows[i].name[naming], name) == 0)
			return true;
	return false;
}

void
params_rename(struct params *p, const struct config *c, const char *prefix)
{
	struct params like;
	size_t i;

	params_init(&like, c, prefix);
	for (i = 0; i < p->tensors; i++) {
		free(p->tensor[i].name);
		p->tensor[i].name = like.tensor[i].name;
		like.tensor[i].name = NULL;
	}
	params_release(&like);
	params_sort(p);
}

char *
params_last_layer(const struct config *c, const char *prefix)
{
	struct buf name = { 0 };
	size_t i = 0;

	while (!rows[i].layered || !rows[i].has(c))
		i++;
	buf_adds(&name, prefix);
	buf_addf(&name, "%s.%zu.", layer_lists[naming_of(c)], c->L - 1);
	buf_adds(&name, rows[i].name[naming_of(c)]);
	return buf_text(&name);
}
