/* SPDX-License-Identifier: MIT */
/*
 * params: the tensors of a policy, from one table.
 *
 * A row of the table (params_names.c) is one kind of tensor: its name in the
 *files of each naming, its field, its shape in letters, whether there is one
 *for each layer, and which configs have it.  Only the table drives loading,
 * shape checks, saving, zeroing, the names of gradient records, the
 * weight-decay mask and the optimizer's walk.  Weights, gradients and both
 * moments of AdamW are four instances of one struct.
 *
 *	params_init(&p, &config, NULL);  // the table, no memory
 *	params_alloc(&p);                // or params_point each tensor
 *	params_random(&p, &config, seed);
 *	params_release(&p);
 *
 * A matrix is stored as in the file: [out, in], or [in, out] if
 * config.transposed.  A field is NULL if the policy has no such tensor.  A
 * struct params must not be moved after params_init: tensors point at its
 * fields.
 */
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/config.h"
#include "nn/matrices.h"
#include "tensor/stored.h"

struct layer_params {
	float *norm1, *norm1_b; /* [D] before attention */
	float *after1, *after2; /* [D] after attention and MLP */
	float *qkv, *qkv_b;     /* fused: [(H + 2K) E, D], [(H + 2K) E] */
	float *q, *q_b;         /* [H*E, D], [H*E] */
	float *k, *k_b;         /* [K*E, D], [K*E] */
	float *v, *v_b;         /* [K*E, D], [K*E] */
	float *q_norm, *k_norm; /* [E], or [H*E] and [K*E] */
	float *o, *o_b;         /* [D, H*E], [D] */
	float *norm2, *norm2_b; /* [D] before the MLP */
	float *gate_up;         /* fused: [2F, D], gate first */
	float *gate, *gate_b;   /* [F, D], [F] */
	float *up, *up_b;       /* [F, D], [F] */
	float *down, *down_b;   /* [D, F], [D] */
};

/* Decides initial weights; TENSOR_RESIDUAL adds to the residual stream. */
enum tensor_kind { TENSOR_NORM, TENSOR_BIAS, TENSOR_WEIGHT, TENSOR_RESIDUAL };

/* One tensor of the list. */
struct tensor {
	char *name;        /* as in the safetensors file */
	size_t rows, cols; /* as stored; a vector has cols 1 and dims 1 */
	size_t dims, n;
	enum tensor_kind kind;
	float *p;           /* NULL where it is only viewed, or not there */
	struct stored view; /* of p, or of the file's bytes */
	bool mapped;        /* view lies in a file's private map, unchanged */
	bool trained;       /* whole, beside adapters */
	float **field;      /* in struct params, to be set to p too; or NULL */
};

/* The adapter of a tensor: W + scale * B[out, rank] @ A[rank, in]. */
struct adapter_pair {
	size_t rank; /* 0: none */
	size_t in, out;
	bool transposed; /* W is stored [in, out] */
	float scale;
	float *A, *B; /* borrowed */
};

struct params {
	float *embed;               /* [V, D] */
	float *position;            /* [context, D] or NULL */
	struct layer_params *layer; /* L */
	float *norm, *norm_b;       /* [D] */
	float *head;            /* [V, D]; = embed if tied; NULL if scored */
	float *score;           /* [1, D] or NULL */
	struct tensor *tensor;  /* in the order of files */
	struct tensor **sorted; /* the same by name */
	size_t tensors, total;  /* total = sum of n */
	struct stored embed_view, position_view;
	struct adapter_pair *low;  /* [tensors], owned; NULL: no adapters */
	float *block;              /* owned memory of params_alloc, or NULL */
	struct matrices *matrices; /* copies for the passes, owned: packed.h */
};

/*
 * The table of a config, all p NULL.  prefix: what precedes the names of the
 * model's tensors ("model."); NULL: the family's own (params_names.c).
 */
void params_init(struct params *, const struct config *, const char *prefix);
/*
 * A table of tensors that no forward pass reads: fields NULL.  Takes ownership
 * of the list and of the names in it.
 */
void params_list(struct params *, struct tensor *list, size_t n);
/* The table of another instance, names copied, all p NULL. */
void params_table(struct params *, const struct params *other,
    const struct config *);
/* The same with a zeroed block. */
void params_like(struct params *, const struct params *other,
    const struct config *);
/* Allocate one zeroed block for all tensors and point the fields at them. */
void params_alloc(struct params *);
/* Set tensor i's memory, borrowed (instead of params_alloc), and its field. */
void params_point(struct params *, size_t i, float *p);
/* Set the view of tensor i, borrowed, of a tensor without memory. */
void params_view(struct params *, size_t i, const struct stored *);
/* Use the memory or view of tensor k of another instance, and its adapter. */
void params_share(struct params *, size_t i, const struct params *from,
    size_t k);
/* Whether tensor i has an adapter. */
bool params_adapted(const struct params *, size_t i);
/*
 * out[n] = tensor i in F32, with its adapter multiplied out, for which
 * gemm_ready() must have been called.
 */
void params_widen(const struct params *, size_t i, float *out);
/* The same of n elements from `first` on; whole rows if it has an adapter. */
void params_widen_part(const struct params *, size_t i, size_t first, size_t n,
    float *out);
/* Call after writing to weights that a pass has read: packed copies go stale.
 */
void params_changed(struct params *);
/* The same after writing only to adapters. */
void params_low_changed(struct params *);
/* Whether the head is the embedding. */
bool params_tied(const struct params *);
/* Memory of the table, and of the adapters that it points to. */
void params_zero(struct params *);
bool params_finite(const struct params *);
void params_release(struct params *);
/* Index of a name, or (size_t)-1. */
size_t params_find(const struct params *, const char *name);
/* Order the list by name again, after names have changed. */
void params_sort(struct params *);

#endif
