/* SPDX-License-Identifier: MIT */
/*
 * params: the parameter table.
 *
 * One row per kind of tensor says its name in each family's files, the
 * field, its shape in letters, whether there is one per layer, and when it
 * exists.  The table alone drives loading, shape checks, saving, zeroing,
 * the names of gradient records, the weight-decay mask and the optimiser's
 * walk.  Weights, gradients and both moments of AdamW are four instances of
 * one struct.
 *
 * A matrix stands as it does in the file: [out, in], or [in, out] where
 * config.transposed (GPT-2's Conv1D).  A tensor that the policy does not
 * have is NULL.  A struct params stays where params_init found it: tensors
 * point at its fields.
 */
#ifndef NN_PARAMS_H
#define NN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "nn/config.h"

struct layer_params {
	float *norm1, *norm1_b; /* [D] before attention */
	float *qkv, *qkv_b;     /* fused: [D, 3D], [3D] */
	float *q, *q_b;         /* [H*E, D], [H*E] */
	float *k, *k_b;         /* [K*E, D], [K*E] */
	float *v, *v_b;         /* [K*E, D], [K*E] */
	float *q_norm, *k_norm; /* [E] */
	float *o, *o_b;         /* [D, H*E], [D] */
	float *norm2, *norm2_b; /* [D] before the MLP */
	float *gate;            /* [F, D] */
	float *up, *up_b;       /* [F, D], [F] (GPT-2: c_fc) */
	float *down, *down_b;   /* [D, F], [D] (GPT-2: c_proj) */
};

/* How a tensor begins, and what it is to the layer. */
enum tensor_kind { TENSOR_NORM, TENSOR_BIAS, TENSOR_WEIGHT, TENSOR_RESIDUAL };

/* One tensor, for those who walk them all. */
struct tensor {
	char *name;        /* as in the safetensors file */
	size_t rows, cols; /* as stored; a vector has cols 1 and dims 1 */
	size_t dims, n;
	enum tensor_kind kind;
	float *p;
	bool mapped;   /* p is in a file's private map, as the file has it */
	float **field; /* where the forward pass finds it, or NULL */
};

struct packed;

struct params {
	float *embed;               /* [V, D] */
	float *position;            /* [context, D] or NULL */
	struct layer_params *layer; /* L */
	float *norm, *norm_b;       /* [D] */
	float *head;  /* [V, D]; = embed where tied; NULL where scored */
	float *score; /* [1, D] or NULL */
	struct tensor *tensor;  /* in the order of files */
	struct tensor **sorted; /* the same by name */
	size_t tensors, total;  /* total = sum of n */
	float *block;           /* owned memory, or NULL: p points elsewhere */
	struct packed *packed;  /* what forward passes make of them: packed.h */
};

/* The table of a config, all p NULL; prefix: "model.", "transformer." or "". */
void params_init(struct params *, const struct config *, const char *prefix);
/*
 * A table of tensors that no forward pass looks for: fields NULL.  Takes the
 * list and the names in it.
 */
void params_list(struct params *, struct tensor *list, size_t n);
/* The table of another instance, names included, all p NULL. */
void params_table(struct params *, const struct params *other,
    const struct config *);
/* The same with a zeroed block. */
void params_like(struct params *, const struct params *other,
    const struct config *);
/* One zeroed block for all tensors; and point the fields at them. */
void params_alloc(struct params *);
/* Set tensor i's memory (params_alloc's alternative), and its field. */
void params_point(struct params *, size_t i, float *p);
/* Whoever writes to weights that have been used says so. */
void params_changed(struct params *);
/* Whether the head is the embedding. */
bool params_tied(const struct params *);
void params_zero(struct params *);
void params_release(struct params *);
/* Index of a name, or (size_t)-1. */
size_t params_find(const struct params *, const char *name);
/*
 * Random initial weights: normal with deviation sqrt(2/(5D)), as in Nguyen and
 * Salazar (arXiv 1910.05895) for the square ones, which is GPT-2's .02 at its
 * width of about a thousand and larger in small models; what adds to the
 * residual stream by 1/sqrt(2L) less; norms 1, biases 0.  What a tensor gets
 * depends on seed, shape and name alone.
 */
void params_random(struct params *, const struct config *, uint64_t seed);
void tensor_random(struct tensor *, const struct config *, uint64_t seed);

#endif
