/* SPDX-License-Identifier: MIT */
/*
 * ema: an exponential average e of the weights w of a policy in training:
 *
 *	e <- D e + (1 - D) w	after each update, from the weights at the start
 *
 * A trainer keeps it beside the moments, in F32, and in the optimizer file as
 * the tensors ema.NAME, with D as the sum of the two numbers of `ema`
 * (trainer.h).  If the policy has adapters, these are what is averaged.  In F32
 * an update of less than half a unit in the last place is lost: so e stays up
 * to 6e-8 / (1 - D) of its size apart from w.
 */
#ifndef OPTIM_EMA_H
#define OPTIM_EMA_H

#include <stdbool.h>

#include "base/err.h"
#include "io/safetensors.h"
#include "nn/ckpt.h"
#include "nn/params.h"

/* The names of those tensors: of the average of one, "KIND.NAME"; of D. */
extern const char ema_kind[], ema_decay_name[];
/* The largest D. */
#define EMA_DECAY_MAX 0.999999

/* One update of the average, in all tensors. */
void ema_update(struct params *e, const struct params *w, double decay);
/* D as the file holds it, from a number in [0, EMA_DECAY_MAX], and back. */
void ema_store_decay(double decay, float stored[2]);
/* Store D of an optimizer file: 1; 0: it has no average; -1. */
must_use int ema_load_decay(const struct safetensors *, float stored[2],
    double *decay);
/* Whether the optimizer file of an open policy has one that can be read. */
bool ema_kept(const struct ckpt *);
/*
 * Open the policy in dir with its average in the place of its weights, or of
 * its adapters.  -1: also if it keeps none (ERR_NO_AVERAGE).
 */
must_use int ema_open(struct ckpt *, const char *dir);

#endif
