/* SPDX-License-Identifier: MIT */
/*
 * adapter: low-rank adapters of a policy (LoRA; Hu et al., arXiv 2106.09685),
 * in the files of PEFT.
 *
 * A matrix W0[out, in] of the base, which is frozen, gets two small matrices,
 * which are trained:
 *
 *	W = W0 + s B @ A,  A[rank, in],  B[out, rank]
 *
 * where s = alpha / rank, or alpha / sqrt(rank) with rank-stabilized scaling
 * (Kalajdzievski, arXiv 2312.03732).
 *
 * W is formed only to be written (params_widen): the passes add the product of
 * the adapter to that of the matrix (tensor/linear.h).  If config.transposed, W
 *is stored [in, out]; A and B are stored as above in either case.
 *
 * Other modules can be trained whole beside them (PEFT's modules_to_save): the
 * adapters have a copy of such a module's tensors, which replaces the base's.
 *
 *	adapter_read(&a, dir);           // or adapter_init for new ones
 *	adapter_bind(&a, &base, &config);
 *	adapter_attach(&a, &w, &a.table); // w: a table like the base's
 *	adapter_release(&a);
 */
#ifndef NN_ADAPTER_H
#define NN_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "nn/config.h"
#include "nn/params.h"

/* What new adapters are to be. */
struct adapter_spec {
	size_t rank;
	double alpha;        /* 0: twice the rank */
	bool rslora;         /* s = alpha / sqrt(rank) */
	const char *targets; /* modules, with commas; NULL, "all-linear": all */
	const char *saved;   /* modules trained whole, with commas; or NULL */
};

struct adapter {
	size_t rank;
	double alpha, scale;
	bool rslora;
	char *base;    /* directory of the base */
	char **target; /* names of modules, or ends of them */
	size_t targets;
	char **saved; /* ends of names of modules that are trained whole */
	size_t saveds;
	bool transposed;
	struct params table; /* A, B, A, B, ..., and copies */
	size_t pairs;        /* of A and B */
	size_t *of; /* the policy's tensor of each pair, then of each copy */
};

/* s, as above. */
double adapter_scale(double alpha, size_t rank, bool rslora);
/* Whether the policy in dir has adapters. */
bool adapter_there(const char *dir);
/*
 * Read DIR/adapter_config.json.  -1: it is not readable, asks for something
 * that is not computed here, or names a base that does not exist or has
 * adapters itself.
 */
must_use int adapter_read(struct adapter *, const char *dir);
/*
 * New adapters for matrices in the layers of a policy; no table yet.  -1: a
 * target names none of them.
 */
must_use int adapter_init(struct adapter *, const struct adapter_spec *,
    const struct params *policy);
void adapter_release(struct adapter *);
/* Append the text of an adapter_config.json for a base of this config. */
void adapter_write(const struct adapter *, const struct config *base,
    struct buf *json);

/*
 * Make the table for a policy's tensors, all p NULL.  -1: a target names none
 * of its matrices, or a module to save cannot be trained whole.
 */
must_use int adapter_bind(struct adapter *, const struct params *policy,
    const struct config *);
/*
 * A uniform within 1/sqrt(in), as in PEFT, by seed and name; B zero; copies
 * of the policy's tensors.
 */
void adapter_random(struct adapter *, const struct params *policy,
    uint64_t seed);

/*
 * Point the adapters of a policy's table at the As and Bs of a table, and its
 * tensors at the copies: weights for a forward pass, gradients for a backward
 * pass.
 */
void adapter_attach(const struct adapter *, struct params *policy,
    const struct params *ab);

/* ---- parts */

/* The length of "a.b.q_proj", the module of "a.b.q_proj.weight". */
size_t adapter_module(const struct tensor *);
/* Whether a tensor is trained whole. */
bool adapter_saves(const struct adapter *, const struct tensor *);
/* -1: a module to save is not one of the policy, or cannot be one. */
must_use int adapter_check_saved(const struct adapter *, const struct params *,
    const struct config *);
/* The names in a list with commas; the caller frees. */
char **adapter_names(const char *list, size_t *n);

#endif
