/* SPDX-License-Identifier: MIT */
/*
 * export: write a model's distributions at every action of a segment into
 * its records, as the k likeliest tokens and a tail (traj/topk.h), so that a
 * student can distil without loading the teacher.
 */
#ifndef LIKELIHOOD_EXPORT_H
#define LIKELIHOOD_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/stream.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt_passes.h"
#include "traj/topk.h"
#include "traj/traj.h"

/* Open a model as ckpt_open_passes does; -1: also where it is a classifier. */
must_use int export_open(struct ckpt *, const char *dir, enum tile_type);
/* -1 names the record that the model cannot read. */
must_use int export_topk(struct likelihood *, const struct ckpt *,
    struct traj_segment *, size_t k);
/*
 * The same of every segment of a stream, in micro-batches of so many tokens;
 * *n: trajectories.
 */
must_use int export_stream(const struct ckpt *, size_t micro, size_t k,
    struct stream_in *, struct stream_out *, uint64_t *n);

/*
 * Distribution j of c from the logits z[V], which are overwritten: tokens by
 * falling logit, of equal ones the lower first.
 */
void export_topk_take(struct topk *c, size_t j, float *z, size_t V);

#endif
