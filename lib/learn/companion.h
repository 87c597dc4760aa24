/* SPDX-License-Identifier: MIT */
/*
 * companion: another model of the same tokenizer that sees the packs of a
 * policy, forward only: a teacher, or a reference.  Its logits stand beside
 * the policy's, block by block, and are the caller's to overwrite.  It computes
 * in the type that the policy does (nn/panels.h).
 */
#ifndef LEARN_COMPANION_H
#define LEARN_COMPANION_H

#include <stddef.h>

#include "base/err.h"
#include "nn/ckpt.h"
#include "nn/transformer.h"

struct companion;

/* Is it a language model of the policy's tokenizer?  -1 names both. */
must_use int companion_check(const struct ckpt *, const struct ckpt *policy);
/* NULL where it does not open, or is of another tokenizer: names both. */
struct companion *companion_open(const char *dir, const struct ckpt *policy);
void companion_close(struct companion *);
/* -1 where a sequence is longer than its context. */
must_use int companion_pack(struct companion *, const struct pack *);
/* n rows from `first` of that pack; then their logits, [V] each. */
void companion_block(struct companion *, size_t first, size_t n);
float *companion_row(const struct companion *, size_t i);

#endif
