/* SPDX-License-Identifier: MIT */
/*
 * frozen: a second model, which is not trained: a teacher or a reference.
 *
 * It has the policy's tokenizer and computes in the policy's type
 * (nn/packed.h).  Use, forward only:
 *
 *	f = frozen_open("sft", &policy, true);
 *	frozen_pack(f, pack);           // forward pass of the policy's pack
 *	frozen_block(f, first, n);      // logits of n rows of it
 *	y = frozen_row(f, i);           // [V] of row i of the block
 *	frozen_close(f);
 *
 * Log-probabilities of trajectories come from likelihood.h and frozen_ckpt.
 * The caller that opens it closes it.
 */
#ifndef LIKELIHOOD_FROZEN_H
#define LIKELIHOOD_FROZEN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "nn/ckpt.h"
#include "nn/transformer.h"

struct frozen;

/* Is it a language model?  -1: it has a scalar head, not a distribution. */
must_use int frozen_check_head(const struct ckpt *);
/* Is it a language model of the policy's tokenizer?  -1 says what is not. */
must_use int frozen_check(const struct ckpt *, const struct ckpt *policy);
/*
 * -1 where it cannot be read, has no distribution or another tokenizer.  read:
 * false to only plan passes (nn/plan.h), for which the weights are not read.
 */
must_use int frozen_open_ckpt(struct ckpt *, const char *dir,
    const struct ckpt *policy, bool read);
/* NULL then. */
struct frozen *frozen_open(const char *dir, const struct ckpt *policy,
    bool read);
void frozen_close(struct frozen *);
/* The model; borrowed. */
const struct ckpt *frozen_ckpt(const struct frozen *);
/* -1 where a sequence is longer than its context. */
must_use int frozen_pack(struct frozen *, const struct pack *);
void frozen_block(struct frozen *, size_t first, size_t n);
/* The same into logits[n, V], which are the caller's. */
void frozen_logits(const struct frozen *, size_t first, size_t n,
    float *logits);
/* The caller may overwrite the row. */
float *frozen_row(const struct frozen *, size_t i);

#endif
