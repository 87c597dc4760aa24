/* SPDX-License-Identifier: MIT */
/*
 * adapter: low-rank adapters of a policy (LoRA; Hu et al., arXiv
 * 2106.09685), in the files of PEFT.
 *
 * A matrix W0[out, in] of a base, which stays as it is, gets two small ones,
 * which are trained:
 *
 *	W = W0 + s B @ A,  A[rank, in],  B[out, rank],  s = alpha / rank
 *
 * W is formed when the adapters are read and whenever they have changed, so
 * that forward and backward know nothing of them.  By the chain rule
 *
 *	dA = s B^T @ dW,  dB = s dW @ A^T.
 *
 * Where config.transposed a matrix and its gradient stand as [in, out]; A
 * and B stand as above all the same.
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

struct adapter {
	size_t rank;
	double alpha, scale;
	char *base;    /* directory of the base */
	char **target; /* names of modules, or ends of them */
	size_t targets;
	bool transposed;
	struct params table; /* A and B by turns, in the order of the policy */
	size_t *of;          /* [tensors / 2] which of its tensors they adapt */
};

/* Whether the policy in dir is one with adapters. */
bool adapter_there(const char *dir);
/*
 * DIR/adapter_config.json.  -1: it cannot be read, asks for what is not
 * computed here, or names a base that is not there or has adapters itself.
 */
must_use int adapter_read(struct adapter *, const char *dir);
/* For all matrices in the layers of a policy; the table is not made yet. */
void adapter_init(struct adapter *, size_t rank, double alpha,
    const struct params *policy);
void adapter_release(struct adapter *);
/* The text of an adapter_config.json for a base of this config. */
void adapter_write(const struct adapter *, const struct config *base,
    struct buf *json);

/*
 * Make the table for a policy's tensors, all p NULL.  -1 where a target is
 * none of its matrices.
 */
must_use int adapter_bind(struct adapter *, const struct params *policy,
    const struct config *);
/* A uniform within 1/sqrt(in), as PEFT has it, by seed and name; B zero. */
void adapter_random(struct adapter *, uint64_t seed);

/* w's adapted matrices from those of the base and a table of As and Bs. */
void adapter_apply(const struct adapter *, struct params *w,
    const struct params *base, const struct params *ab);
/* Memory for the adapted matrices alone. */
void adapter_alloc(const struct adapter *, struct params *policy);
/* d[A and B] from dw, which has the adapted matrices' gradients. */
void adapter_gradient(const struct adapter *, struct params *d,
    const struct params *dw, const struct params *ab);

#endif
