/* SPDX-License-Identifier: MIT */
/*
 * layer: one layer of a transformer over T rows.
 *
 *   mid = x + s after1(attention(norm1(x)) @ o^T)
 *   out = mid + s after2(mlp(norm2(mid))),  mlp(h) = act(h) @ down^T
 *
 * or, if config.parallel, mlp(norm2(x)) in place of mlp(norm2(mid)).
 *
 * norm1 and norm2 are the norms before, after1 and after2 those after; a norm
 * without weights is not there.  s is config.residual_scale.  With dropout
 * what is added to x and to mid is dropped first.
 *
 * Training and decoding run the same function.  They differ in the attention,
 * which the caller passes (over packed sequences: transformer.c; of single
 * tokens against stored keys: incremental.c), and in the memory for the
 * intermediate values, which the caller owns.
 *
 * layer_backward recomputes norms and activations from the values that
 * layer_forward left; the values that cost a matrix product must be kept.
 */
#ifndef NN_LAYER_H
#define NN_LAYER_H

#include <stddef.h>

#include "nn/config.h"
#include "nn/matrices.h"
#include "nn/params.h"
#include "tensor/dropout.h"
#include "tensor/norm.h"

/*
 * Without a backward pass q_in may be q, k_in may be k, act may be up if gate
 * and up are not fused, mid and out may be x, and both products h.
 */
struct layer_values {
	float *x;           /* [T, D] into the layer */
	float *h;           /* [T, D] after a norm */
	float *q, *k, *v;   /* projections, placed by layer_place_qkv */
	float *q_in, *k_in; /* for attention: after qk_norm and rotation */
	float *attended;    /* [T, H*E] out of attention */
	float *mid;         /* [T, D] between attention and MLP */
	float *gate, *up;   /* before the activation, by layer_place_mlp */
	float *act;         /* [T, F] after the activation */
	float *out;         /* [T, D] out of the layer */
	float *product1, *product2; /* [T, D] before norms after; or NULL */
	float *low; /* [T, rank]: scratch of adapters; or NULL */
	/* for backward; else NULL */
	float *stat1, *stat2;             /* [T, 2] of the norms before */
	float *after_stat1, *after_stat2; /* and after */
	float *q_stat, *k_stat;           /* [T, H, 2], [T, K, 2] of qk_norm */
	float *lse;                       /* [T, H] for attention */
};

/* Memory of a backward pass, shared by all layers. */
struct layer_gradients {
	float *dx, *dh;         /* [T, D] */
	float *dq, *dk, *dv;    /* as q, k, v */
	float *dq_raw, *dk_raw; /* before qk_norm; else NULL */
	float *dattended;       /* [T, H*E] */
	float *dot;             /* [T, H] for attention */
	float *dact;            /* [T, F] */
	float *dwide;           /* [T, 2F] if gate and up are fused; or NULL */
	float *scratch;         /* linear_floats(widest, rank, T) */
	/* by tensor: where adapters' gradients are added; NULL: none are */
	const struct adapter_pair *low;
};

struct layer {
	const struct config *config;
	const struct layer_params *w;
	const struct layer_matrices *m;
	size_t index, T;
	const size_t *pos;  /* [T] row of the table of each token */
	const float *table; /* rotations: tensor/rope.h; NULL: none */
	const struct layer_values *v;
	struct dropout dropout; /* of attention; that of the MLP follows */
};

/* Attention of a layer: from q_in, k_in and v to attended, or back. */
typedef void layer_attend(const struct layer *, void *arg);

void layer_forward(const struct layer *, layer_attend *, void *arg);
/* What layer_backward reads, again from x; it may set act and out too. */
void layer_recompute(const struct layer *, layer_attend *, void *arg);
/*
 * Takes d out in g->dx and leaves d x there; adds to the parameters' gradients
 * d.  The attention adds to dq, dk and dv, which are zero.
 */
void layer_backward(const struct layer *, const struct layer_gradients *g,
    struct layer_params *d, layer_attend *, void *arg);

/* A norm over the model width, of the kind that the config has. */
struct norm layer_norm_of(const struct config *, const float *w,
    const float *b);
/* Floats from row to row of q, and of k and v. */
size_t layer_q_stride(const struct config *);
size_t layer_kv_stride(const struct config *);
/*
 * Place q, k and v in memory[T * (H + 2K) * E]: one after the other or, if the
 * projection is fused, side by side in each row.
 */
void layer_place_qkv(float *memory, const struct config *, size_t T, float **q,
    float **k, float **v);
/*
 * The same of gate and up in memory[T * F], twice that with a gate; and the
 * floats from row to row of each.
 */
void layer_place_mlp(float *memory, const struct config *, size_t T,
    float **gate, float **up);
size_t layer_mlp_stride(const struct config *);

#endif
