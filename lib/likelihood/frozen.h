/* SPDX-License-Identifier: MIT */
/*
 * companion: another model of the same tokenizer that sees the packs of a
 * policy, forward only: a teacher, or a reference.  Its logits stand beside
 * the policy's, block by block, and are the caller's to overwrite.  It computes
 * in the type that the policy does (nn/packed.h).
 */
#ifndef LIKELIHOOD_FROZEN_H
#define LIKELIHOOD_FROZEN_H

#include <stddef.h>

#include "base/err.h"
#include "nn/ckpt.h"
#include "nn/transformer.h"

struct frozen;

/* Is it a language model of the policy's tokenizer?  -1 names both. */
must_use int frozen_check(const struct ckpt *, const struct ckpt *policy);
/* NULL where it does not open, or is of another tokenizer: names both. */
struct frozen *frozen_open(const char *dir, const struct ckpt *policy);
void frozen_close(struct frozen *);
/* -1 where a sequence is longer than its context. */
must_use int frozen_pack(struct frozen *, const struct pack *);
/* n rows from `first` of that pack; then their logits, [V] each. */
void frozen_block(struct frozen *, size_t first, size_t n);
float *frozen_row(const struct frozen *, size_t i);

#endif
