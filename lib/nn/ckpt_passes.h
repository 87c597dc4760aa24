/* SPDX-License-Identifier: MIT */
/*
 * ckpt_passes: open a policy to run passes over it, as every tool does that
 * samples, scores or differentiates.
 */
#ifndef NN_CKPT_PASSES_H
#define NN_CKPT_PASSES_H

#include "nn/ckpt.h"
#include "nn/packed.h"

/*
 * ckpt_open, which also refuses weights that are not finite, sets the type of
 * the passes and releases mapped pages after use (packed.h).  Returns what
 * ckpt_open does: 1 with a message if an older state is taken.
 */
must_use int ckpt_open_passes(struct ckpt *, const char *dir, enum tile_type);
/* The same without reading the weights, to plan passes (plan.h). */
must_use int ckpt_open_unread(struct ckpt *, const char *dir, enum tile_type);

#endif
