/* SPDX-License-Identifier: MIT */
/*
 * acts: what is inside struct acts; for transformer.c, block.c and head.c.
 *
 * Kept for backward, of each layer, is what costs a matrix product to make
 * again.  Norms and activation functions are cheap and are made again.
 * Without backward all layers share one layer's memory.
 */
#ifndef NN_ACTS_H
#define NN_ACTS_H

#include <stddef.h>

#include "nn/config.h"
#include "nn/packed.h"
#include "nn/params.h"
#include "nn/rotary.h"
#include "nn/transformer.h"

struct layer_acts {
	float *x;               /* [T, D] into the layer */
	float *stat1, *stat2;   /* [T, 2] of the norms */
	float *q, *k, *v;       /* as projected; rotated, unless qk_norm */
	float *q_stat, *k_stat; /* [T, H, 2], [T, K, 2] of qk_norm */
	float *att;             /* [T, H*E] */
	float *lse;             /* [T, H] */
	float *mid;             /* [T, D] between attention and MLP */
	float *gate, *up; /* [T, F] before the activation; no gate in GELU */
};

/* Shared by all layers. */
struct work {
	float *h;            /* [T, D] after a norm */
	float *q, *k;        /* normed and rotated, where qk_norm */
	float *act;          /* [T, F] after the activation */
	float *kv;           /* keys and values, laid out: attention_floats */
	float *dx, *dh;      /* [T, D] */
	float *dq, *dk, *dv; /* as q, k, v */
	float *dq_raw, *dk_raw; /* before qk_norm */
	float *datt;            /* [T, H*E] */
	float *dot;             /* [T, H] */
	float *dact;            /* [T, F] */
	float *pack;            /* linear_floats: what backward products pack */
};

struct acts {
	struct config config;
	const struct packed *packed; /* of the weights at hand */
	size_t T, R;                 /* of the pack at hand */
	float *arena;
	size_t arena_cap;
	struct layer_acts *layer; /* L */
	struct work work;
	float *last;             /* [T, D] after the layers */
	float *at_rows;          /* [R, D] the rows of last */
	float *stat;             /* [R, 2] of the last norm */
	float *hidden, *dhidden; /* [R, D] */
	size_t *pos;             /* [T] */
	size_t pos_cap;
	struct rotary rotary;
	float *logits; /* a block of rows */
	size_t logits_cap;
};

/* Rows of q, of k and of v are so far apart. */
size_t acts_q_stride(const struct config *);
size_t acts_kv_stride(const struct config *);

#endif
